/* SPDX-License-Identifier: ISC */
/*
 * Many files in one message.
 */
#include "wicket/wicket.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "support/fds.h"
#include "support/mortals.h"
#include "support/played.h"
#include "wicket/fdpass.h"

enum {
	MANY = 1000,
};

/* n items that open PATH for reading. */
static void fill(struct wicket_open_item *v, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		v[i] = (struct wicket_open_item){
			.path = path, .flags = O_RDONLY, .fd = 7, .error = 7};
}

static void close_items(struct wicket_open_item *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close_fd(&v[i].fd);
}

/* How many requests the next message to the helper has. */
static unsigned requests_in_message(int helper, uint32_t first)
{
	static uint8_t buf[BOUND_MESSAGE];
	ssize_t n = recv(helper, buf, sizeof(buf), MSG_DONTWAIT);
	struct wire_in i = wire_in(buf, n > 0 ? (size_t)n : 0);
	unsigned count = 0;

	while (i.off < i.len) {
		struct op_request q;

		cr_assert_eq(op_get_request(&i, &q), 0);
		cr_assert_eq(q.op, OP_open);
		cr_assert_eq(q.id, first + count++);
	}
	return count;
}

/* Queues as many answers, in one message, with a descriptor each. */
static void answer(const struct played *p, uint32_t first, size_t n)
{
	struct op_reply replies[WICKET_FDS_MAX];

	for (size_t i = 0; i < n; i++)
		replies[i] = (struct op_reply){
			.op = OP_open, .id = first + (uint32_t)i, .nfds = 1};
	played_replies(p, replies, n);
}

/* ---- results --------------------------------------------------------- */

Test(batch, gives_result_and_error_of_each, .timeout = 30)
{
	const struct op_reply replies[] = {
		{.op = OP_open, .id = 1, .nfds = 1},
		{.op = OP_open, .id = 2, .error = ENOENT},
		{.op = OP_open, .id = 3, .nfds = 1},
	};
	struct wicket_open_item v[3];
	struct played p;

	fill(v, 3, "/x");
	played_open(&p, 0);
	played_replies(&p, replies, 3);
	cr_assert_eq(wicket_openv(p.w, v, 3), 2);
	cr_assert_geq(v[0].fd, 0);
	cr_assert(fds_cloexec(v[0].fd));
	cr_assert_eq(v[0].error, 0);
	cr_assert_eq(v[1].fd, -1);
	cr_assert_eq(v[1].error, ENOENT);
	cr_assert_geq(v[2].fd, 0);
	cr_assert_eq(requests_in_message(p.helper, 1), 3);
	cr_assert_not(played_was_asked(p.helper));
	close_items(v, 3);
	played_close(&p);
}

Test(batch, takes_its_answers_from_several_messages, .timeout = 30)
{
	struct wicket_open_item v[5];
	struct played p;

	fill(v, 5, "/x");
	played_open(&p, 0);
	answer(&p, 1, 2);
	answer(&p, 3, 3);
	cr_assert_eq(wicket_openv(p.w, v, 5), 5);
	close_items(v, 5);
	played_close(&p);
}

Test(batch, asks_nothing_for_what_no_helper_could_open, .timeout = 30)
{
	static char path[BOUND_PATH + 1];
	struct wicket_open_item v[3];
	struct played p;

	memset(path, 'x', BOUND_PATH);
	fill(v, 3, "/x");
	v[0].path = NULL;
	v[2].path = path;
	played_open(&p, 0);
	answer(&p, 1, 1);
	cr_assert_eq(wicket_openv(p.w, v, 3), 1);
	cr_assert_eq(v[0].error, EFAULT);
	cr_assert_eq(v[1].error, 0);
	cr_assert_eq(v[2].error, ENAMETOOLONG);
	cr_assert_eq(requests_in_message(p.helper, 1), 1);
	cr_assert_eq(wicket_openv(p.w, v, 1), 0);
	cr_assert_eq(wicket_openv(p.w, NULL, 0), 0);
	cr_assert_not(played_was_asked(p.helper));
	close_items(v, 3);
	played_close(&p);
}

Test(batch, refuses_null_and_another_process_handle, .timeout = 30)
{
	struct wicket_open_item v[1];
	struct played p;

	fill(v, 1, "/x");
	played_open(&p, 0);
	FAILS(wicket_openv(NULL, v, 1), EBADF);
	FAILS(wicket_openv(p.w, NULL, 1), EFAULT);
	FAILS(wicket_openv(p.w, v, (size_t)INT_MAX + 1), EINVAL);
	played_close(&p);
}

/* ---- splitting ------------------------------------------------------- */

Test(batch, splits_by_the_descriptors_that_a_message_can_carry, .timeout = 30)
{
	static struct wicket_open_item v[MANY];
	struct played p;
	uint32_t id = 1;

	fill(v, MANY, "/x");
	played_open(&p, 0);
	for (size_t left = MANY; left > 0;) {
		size_t n = left < WICKET_FDS_MAX ? left : WICKET_FDS_MAX;

		answer(&p, id, n);
		id += (uint32_t)n;
		left -= n;
	}
	cr_assert_eq(wicket_openv(p.w, v, MANY), MANY);
	cr_assert_eq(requests_in_message(p.helper, 1), WICKET_FDS_MAX);
	cr_assert_eq(requests_in_message(p.helper, 254), WICKET_FDS_MAX);
	cr_assert_eq(requests_in_message(p.helper, 507), WICKET_FDS_MAX);
	cr_assert_eq(requests_in_message(p.helper, 760), MANY - 759);
	close_items(v, MANY);
	played_close(&p);
}

Test(batch, splits_by_the_length_of_a_message, .timeout = 30)
{
	enum {
		N = 40,
		FIT = BOUND_MESSAGE / (BOUND_PATH - 1 + 4 + 1 + 8 + OP_HEADER),
	};
	static char path[BOUND_PATH];
	struct wicket_open_item v[N];
	struct played p;

	memset(path, 'x', BOUND_PATH - 1);
	path[0] = '/';
	fill(v, N, path);
	played_open(&p, 0);
	answer(&p, 1, FIT);
	answer(&p, 1 + FIT, FIT);
	answer(&p, 1 + 2 * FIT, N - 2 * FIT);
	cr_assert_eq(wicket_openv(p.w, v, N), N);
	cr_assert_eq(requests_in_message(p.helper, 1), FIT);
	close_items(v, N);
	played_close(&p);
}

/* ---- failures -------------------------------------------------------- */

Test(batch, says_emfile_of_the_message_whose_descriptors_were_lost,
     .timeout = 30)
{
	struct wicket_open_item v[4];
	struct rlimit old, full;
	struct played p;

	fill(v, 4, "/x");
	played_open(&p, 0);
	answer(&p, 1, 3);
	played_reply(
		&p, &(struct op_reply){.op = OP_open, .id = 4, .error = ENOENT},
		0);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	full = old;
	full.rlim_cur = (rlim_t)p.helper + 2;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &full), 0);
	cr_assert_eq(wicket_openv(p.w, v, 4), 0);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(v[i].error, EMFILE);
	cr_assert_eq(v[3].error, ENOENT);
	played_close(&p);
}

Test(batch, keeps_what_came_when_the_rest_times_out, .timeout = 30)
{
	static struct wicket_open_item v[MANY];
	struct played p;

	fill(v, MANY, "/x");
	played_open(&p, 20);
	answer(&p, 1, 2);
	cr_assert_eq(wicket_openv(p.w, v, MANY), 2);
	for (int i = 2; i < MANY; i++) {
		cr_assert_eq(v[i].fd, -1);
		cr_assert_eq(v[i].error, ETIMEDOUT);
	}
	cr_assert_eq(requests_in_message(p.helper, 1), WICKET_FDS_MAX);
	cr_assert_not(played_was_asked(p.helper));
	close_items(v, 2);
	/* Late ones are dropped. */
	answer(&p, 3, WICKET_FDS_MAX - 2);
	played_done(&p, OP_unlink, WICKET_FDS_MAX + 1);
	cr_assert_eq(wicket_unlink(p.w, "/x"), 0);
	played_close(&p);
}

Test(batch, says_that_nothing_could_be_asked, .timeout = 30)
{
	struct wicket_open_item v[2];
	struct played p;

	fill(v, 2, "/x");
	played_open(&p, 0);
	close_fd(&p.helper);
	FAILS(wicket_openv(p.w, v, 2), EPIPE);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(v[i].fd, -1);
		cr_assert_eq(v[i].error, EPIPE);
	}
	played_close(&p);
}

Test(batch, refuses_an_answer_from_the_middle, .timeout = 30)
{
	struct wicket_open_item v[3];
	struct played p;

	fill(v, 3, "/x");
	played_open(&p, 0);
	answer(&p, 1, 1);
	played_hello(&p, 0);
	answer(&p, 3, 1);
	cr_assert_eq(wicket_openv(p.w, v, 3), 1);
	cr_assert_eq(v[1].error, EPROTO);
	cr_assert_eq(v[2].error, EPROTO);
	close_items(v, 3);
	played_close(&p);
}

/* ---- helpers that die ------------------------------------------------ */

Test(batch, asks_again_for_the_rest_that_has_no_effect, .timeout = 30)
{
	struct wicket_open_item v[5];
	struct played p;

	fill(v, 5, "/x");
	v[1].flags = O_WRONLY | O_CREAT;
	v[3].flags = O_WRONLY | O_TRUNC;
	played_open(&p, 0);
	answer(&p, 1, 2);
	played_hello(&p, 0);
	played_done(&p, OP_sync, 6);
	answer(&p, 7, 2);
	cr_assert_eq(wicket_openv(p.w, v, 5), 4);
	cr_assert_eq(v[3].error, EOWNERDEAD);
	cr_assert_eq(requests_in_message(p.helper, 1), 5);
	played_asked(p.helper, OP_sync, 6);
	cr_assert_eq(requests_in_message(p.helper, 7), 2);
	close_items(v, 5);
	played_close(&p);
}

Test(batch, ends_when_nothing_can_be_asked_again, .timeout = 30)
{
	struct wicket_open_item v[2];
	struct played p;

	fill(v, 2, "/x");
	v[0].flags = v[1].flags = O_WRONLY | O_CREAT;
	played_open(&p, 0);
	played_hello(&p, 0);
	played_done(&p, OP_sync, 3);
	cr_assert_eq(wicket_openv(p.w, v, 2), 0);
	cr_assert_eq(v[0].error, EOWNERDEAD);
	cr_assert_eq(v[1].error, EOWNERDEAD);
	played_close(&p);
}

/* ---- many deaths ----------------------------------------------------- */

enum {
	SIZE = 20,
	DEATHS_MIN = 1000,
};

static void check_item(const struct mortals *m, int i,
		       const struct wicket_open_item *item)
{
	if (i % 2) {
		cr_assert_eq(item->error, 0, "/%d: %s", i,
			     strerror(item->error));
	} else if (item->error == 0) {
		cr_assert_eq(m->done[i], 1, "/%d: %d times", i, m->done[i]);
	} else {
		cr_assert_eq(item->error, EOWNERDEAD);
		cr_assert_leq(m->done[i], 1, "/%d: %d times", i, m->done[i]);
	}
}

Test(batch, thousands_of_deaths_lose_nothing_and_double_nothing, .timeout = 30)
{
	static struct mortals m;
	char paths[SIZE][32];
	struct wicket_open_item v[SIZE];
	struct played p;

	played_open(&p, 0);
	mortals_start(&m, &p, 4);
	for (int first = 0; first < MORTALS_NUMBERS; first += SIZE) {
		for (int i = 0; i < SIZE; i++) {
			(void)snprintf(paths[i], sizeof(paths[i]), "/%d",
				       first + i);
			v[i] = (struct wicket_open_item){
				.path = paths[i],
				.flags = i % 2 ? O_RDONLY : O_RDWR | O_CREAT,
			};
		}
		cr_assert_geq(wicket_openv(p.w, v, SIZE), 0);
		for (int i = 0; i < SIZE; i++)
			check_item(&m, first + i, &v[i]);
		close_items(v, SIZE);
	}
	mortals_join(&m);
	cr_assert_geq(m.deaths, DEATHS_MIN);
	played_close(&p);
}
