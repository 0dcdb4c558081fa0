/* SPDX-License-Identifier: ISC */
/*
 * Helpers that die: no outcome is lost, none is doubled.
 */
#include "call.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "support/fds.h"
#include "support/mortals.h"
#include "support/played.h"

static int access_x(const struct played *p)
{
	return wicket_access(p->w, "/x", R_OK);
}

/* ---- one death ------------------------------------------------------- */

Test(sync, asks_again_what_has_no_effect, .timeout = 30)
{
	struct played p;

	played_open(&p, 0);
	played_hello(&p, 0);
	played_done(&p, OP_sync, 2);
	played_done(&p, OP_access, 3);
	cr_assert_eq(access_x(&p), 0);
	played_asked(p.helper, OP_access, 1);
	played_asked(p.helper, OP_sync, 2);
	played_asked(p.helper, OP_access, 3);
	played_close(&p);
}

Test(sync, says_eownerdead_of_what_may_have_had_an_effect, .timeout = 30)
{
	struct played p;

	played_open(&p, 0);
	played_hello(&p, 0);
	played_done(&p, OP_sync, 2);
	FAILS(wicket_unlink(p.w, "/x"), EOWNERDEAD);
	played_asked(p.helper, OP_unlink, 1);
	played_asked(p.helper, OP_sync, 2);
	cr_assert_not(played_was_asked(p.helper));
	played_done(&p, OP_unlink, 3);
	cr_assert_eq(wicket_unlink(p.w, "/x"), 0);
	played_close(&p);
}

Test(sync, asks_again_to_open_but_not_to_create_or_truncate, .timeout = 30)
{
	struct played p;
	int fd;

	played_open(&p, 0);
	played_hello(&p, 0);
	played_done(&p, OP_sync, 2);
	FAILS(wicket_open(p.w, "/x", O_WRONLY | O_CREAT, 0), EOWNERDEAD);
	played_hello(&p, 0);
	played_done(&p, OP_sync, 4);
	FAILS(wicket_open(p.w, "/x", O_WRONLY | O_TRUNC, 0), EOWNERDEAD);
	played_hello(&p, 0);
	played_done(&p, OP_sync, 6);
	played_fd(&p, 7);
	fd = wicket_open(p.w, "/x", O_WRONLY, 0);
	cr_assert_geq(fd, 0);
	close_fd(&fd);
	played_close(&p);
}

Test(sync, takes_the_old_helpers_last_answer, .timeout = 30)
{
	struct played p;

	played_open(&p, 0);
	played_done(&p, OP_unlink, 1);
	played_hello(&p, 0);
	cr_assert_eq(wicket_unlink(p.w, "/x"), 0);
	played_done(&p, OP_unlink, 2);
	played_done(&p, OP_sync, 3);
	cr_assert_eq(wicket_unlink(p.w, "/x"), 0);
	played_asked(p.helper, OP_unlink, 1);
	played_asked(p.helper, OP_unlink, 2);
	played_asked(p.helper, OP_sync, 3);
	played_close(&p);
}

Test(sync, lets_the_new_helper_answer_what_still_waited, .timeout = 30)
{
	struct op_reply no = {.op = OP_unlink, .id = 1, .error = ENOENT};
	struct played p;

	played_open(&p, 0);
	played_hello(&p, 0);
	played_reply(&p, &no, 0);
	FAILS(wicket_unlink(p.w, "/x"), ENOENT);
	played_done(&p, OP_sync, 2);
	played_done(&p, OP_unlink, 3);
	cr_assert_eq(wicket_unlink(p.w, "/x"), 0);
	played_asked(p.helper, OP_unlink, 1);
	played_asked(p.helper, OP_sync, 2);
	played_asked(p.helper, OP_unlink, 3);
	played_close(&p);
}

Test(sync, does_not_ask_again_what_was_given_up, .timeout = 30)
{
	struct played p;

	played_open(&p, 20);
	FAILS(access_x(&p), ETIMEDOUT);
	played_hello(&p, 0);
	played_done(&p, OP_sync, 3);
	FAILS(wicket_unlink(p.w, "/x"), EOWNERDEAD);
	played_asked(p.helper, OP_access, 1);
	played_asked(p.helper, OP_unlink, 2);
	played_asked(p.helper, OP_sync, 3);
	cr_assert_not(played_was_asked(p.helper));
	played_close(&p);
}

Test(sync, asks_again_when_it_began_too, .timeout = 30)
{
	struct op_request q = {
		.op = OP_hello, .object = "", .number = OP_PROTOCOL};
	struct played p;

	played_open(&p, 0);
	played_hello(&p, 0);
	played_done(&p, OP_sync, 2);
	played_hello(&p, 3);
	cr_assert_eq(call_plain(p.w, &q), 0);
	played_close(&p);
}

/* ---- several --------------------------------------------------------- */

Test(sync, another_death_loses_the_sync_and_a_new_one_is_sent, .timeout = 30)
{
	struct played p;

	played_open(&p, 0);
	played_hello(&p, 0);
	played_hello(&p, 0);
	played_done(&p, OP_sync, 3);
	FAILS(wicket_unlink(p.w, "/x"), EOWNERDEAD);
	played_asked(p.helper, OP_unlink, 1);
	played_asked(p.helper, OP_sync, 2);
	played_asked(p.helper, OP_sync, 3);
	cr_assert_not(played_was_asked(p.helper));
	played_close(&p);
}

/* The first sync is answered too, and behind it something is left out. */
Test(sync, only_the_newest_sync_ends_it, .timeout = 30)
{
	struct played p;

	played_open(&p, 0);
	played_hello(&p, 0);
	played_hello(&p, 0);
	played_done(&p, OP_sync, 2);
	/* Asked again as the fourth, with which a third helper died. */
	played_hello(&p, 0);
	played_done(&p, OP_sync, 3);
	played_done(&p, OP_sync, 5);
	played_done(&p, OP_access, 6);
	cr_assert_eq(access_x(&p), 0);
	played_asked(p.helper, OP_access, 1);
	played_asked(p.helper, OP_sync, 2);
	played_asked(p.helper, OP_sync, 3);
	played_asked(p.helper, OP_access, 4);
	played_asked(p.helper, OP_sync, 5);
	played_asked(p.helper, OP_access, 6);
	played_close(&p);
}

Test(sync, what_kills_every_helper_is_not_asked_for_ever, .timeout = 30)
{
	struct played p;
	uint32_t id;

	played_open(&p, 0);
	for (id = 1; id <= 2 * BOUND_AGAIN; id += 2) {
		played_hello(&p, 0);
		played_done(&p, OP_sync, id + 1);
	}
	FAILS(access_x(&p), EOWNERDEAD);
	for (id = 1; id <= 2 * BOUND_AGAIN; id += 2) {
		played_asked(p.helper, OP_access, id);
		played_asked(p.helper, OP_sync, id + 1);
	}
	cr_assert_not(played_was_asked(p.helper));
	played_close(&p);
}

/* ---- what a helper may not do ---------------------------------------- */

Test(sync, refuses_a_hole_when_no_helper_died, .timeout = 30)
{
	struct played p;

	played_open(&p, 20);
	FAILS(access_x(&p), ETIMEDOUT);
	played_done(&p, OP_access, 2);
	FAILS(access_x(&p), EPROTO);
	played_close(&p);
}

Test(sync, refuses_a_hole_after_the_sync, .timeout = 30)
{
	struct played p;

	played_open(&p, 20);
	played_hello(&p, 0);
	played_done(&p, OP_sync, 2);
	played_done(&p, OP_access, 3);
	cr_assert_eq(access_x(&p), 0);
	FAILS(access_x(&p), ETIMEDOUT);
	played_done(&p, OP_access, 5);
	FAILS(access_x(&p), EPROTO);
	played_close(&p);
}

Test(sync, refuses_an_answer_from_behind, .timeout = 30)
{
	struct played p;

	played_open(&p, 0);
	played_hello(&p, 0);
	played_done(&p, OP_sync, 2);
	played_done(&p, OP_access, 1);
	FAILS(access_x(&p), EPROTO);
	played_close(&p);
}

Test(sync, refuses_a_sync_that_is_answered_as_something_else, .timeout = 30)
{
	struct played p;

	played_open(&p, 0);
	played_hello(&p, 0);
	played_done(&p, OP_access, 2);
	FAILS(access_x(&p), EPROTO);
	played_close(&p);
}

Test(sync, refuses_an_unasked_word_that_is_no_hello, .timeout = 30)
{
	const struct op_reply words[] = {
		{.op = OP_access},
		{.op = OP_hello},
		{.op = OP_hello, .error = ENOMEM},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct played p;

		played_open(&p, 0);
		played_reply(&p, &words[i], 0);
		FAILS(access_x(&p), EPROTO);
		played_close(&p);
	}
}

/* ---- messages of several frames -------------------------------------- */

Test(sync, takes_several_answers_from_one_message, .timeout = 30)
{
	const struct op_reply replies[] = {
		{.op = OP_open, .id = 1, .nfds = 1},
		{.op = OP_open, .id = 2, .error = EACCES},
		{.op = OP_open, .id = 3, .nfds = 1},
	};
	struct played p;
	int fd;

	played_open(&p, 20);
	FAILS(wicket_open(p.w, "/a", O_RDONLY, 0), ETIMEDOUT);
	FAILS(wicket_open(p.w, "/b", O_RDONLY, 0), ETIMEDOUT);
	played_replies(&p, replies, 3);
	fd = wicket_open(p.w, "/c", O_RDONLY, 0);
	cr_assert_geq(fd, 0);
	close_fd(&fd);
	played_close(&p);
}

Test(sync, believes_nothing_of_a_message_that_breaks_off, .timeout = 30)
{
	struct op_reply yes = {.op = OP_access, .id = 1};
	uint8_t buf[64] = {0};
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct played p;

	played_open(&p, 0);
	op_put_reply(&o, &yes);
	cr_assert_eq(send(p.helper, buf, o.len + 3, 0), (ssize_t)o.len + 3);
	FAILS(access_x(&p), EPROTO);
	played_close(&p);
}

/* What needs no descriptor is answered all the same. */
Test(sync, says_emfile_of_those_alone_whose_descriptor_was_lost, .timeout = 30)
{
	const struct op_reply replies[] = {
		{.op = OP_open, .id = 1, .nfds = 1},
		{.op = OP_access, .id = 2, .error = ENOENT},
		{.op = OP_open, .id = 3, .nfds = 1},
	};
	struct rlimit old, full;
	struct played p;
	int fd;

	played_open(&p, 20);
	FAILS(wicket_open(p.w, "/a", O_RDONLY, 0), ETIMEDOUT);
	played_replies(&p, replies, 2);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	full = old;
	full.rlim_cur = 3;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &full), 0);
	FAILS(access_x(&p), ENOENT);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	played_replies(&p, replies + 2, 1);
	fd = wicket_open(p.w, "/c", O_RDONLY, 0);
	cr_assert_geq(fd, 0);
	close_fd(&fd);
	played_close(&p);
}

/* ---- numbers --------------------------------------------------------- */

Test(sync, ids_go_round_and_leave_out_0, .timeout = 30)
{
	struct played p;

	played_open(&p, 0);
	p.w->engine.asked = p.w->engine.answered = 0xfffffffe;
	played_done(&p, OP_access, 0xffffffff);
	played_done(&p, OP_access, 1);
	cr_assert_eq(access_x(&p), 0);
	cr_assert_eq(access_x(&p), 0);
	played_asked(p.helper, OP_access, 0xffffffff);
	played_asked(p.helper, OP_access, 1);
	played_hello(&p, 0);
	played_done(&p, OP_sync, 3);
	FAILS(wicket_unlink(p.w, "/x"), EOWNERDEAD);
	played_close(&p);
}

/* ---- many deaths ----------------------------------------------------- */

enum {
	CALLS = MORTALS_NUMBERS,
	DEATHS_MIN = 1000,
};

/* Every other call can be asked again, and must succeed. */
static void check_call(const struct played *p, const struct mortals *m, int i)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/%d", i);
	if (i % 2) {
		cr_assert_eq(wicket_access(p->w, path, R_OK), 0, "%s: %s", path,
			     strerror(errno));
	} else if (wicket_unlink(p->w, path) == 0) {
		cr_assert_eq(m->done[i], 1, "%s: %d times", path, m->done[i]);
	} else {
		cr_assert_eq(errno, EOWNERDEAD);
		cr_assert_leq(m->done[i], 1, "%s: %d times", path, m->done[i]);
	}
}

Test(sync, thousands_of_deaths_lose_nothing_and_double_nothing, .timeout = 30)
{
	static struct mortals m;
	struct played p;

	played_open(&p, 0);
	mortals_start(&m, &p, 1);
	for (int i = 0; i < CALLS; i++)
		check_call(&p, &m, i);
	mortals_join(&m);
	cr_assert_geq(m.deaths, DEATHS_MIN);
	for (int i = 0; i < CALLS; i++)
		cr_assert_leq(m.done[i], 1);
	played_close(&p);
}
