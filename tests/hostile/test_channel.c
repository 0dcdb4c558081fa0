/* SPDX-License-Identifier: ISC */
/*
 * A hostile worker and its channel: what it sends there.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "op.h"
#include "own.h"
#include "support/pair.h"
#include "wicket/fdpass.h"

TestSuite(channel, .timeout = 60);

static void make_page(struct pair *p)
{
	scratch_write(&p->s, "srv/page", "page\n", 0644);
	pair_give(p, "srv/page");
}

static void still_serves(struct pair *p, struct wicket *w)
{
	close(GRANTED(wicket_open(w, pair_path(p, "srv/page"), O_RDONLY, 0)));
}

/* ---- 22: descriptors pushed at the helper -------------------------------- */

/*
 * Before it is confined, so that the channel itself has to refuse.  A kernel
 * without SO_PASSRIGHTS lets them through; the helper then ends the session.
 */
static void push(struct pair *p, struct wicket *w)
{
	int fds[WICKET_FDS_MAX];
	int channel = wicket_fd(w);
	ssize_t n;

	for (size_t i = 0; i < WICKET_FDS_MAX; i++)
		fds[i] = channel;
	n = wicket_sendfds(channel, "junk", 4, fds, WICKET_FDS_MAX, 0);
	if (n < 0) {
		CHILD_CHECK(errno == EPERM);
		CHILD_CHECK(wicket_sendfds(channel, "x", 1, fds, 1, 0) < 0);
		CHILD_CHECK(errno == EPERM);
		still_serves(p, w);
	} else {
		REFUSED(EPIPE,
			wicket_open(w, pair_path(p, "srv/page"), O_RDONLY, 0));
	}
}

Test(channel, attack_22_descriptors_are_refused_at_the_sender)
{
	struct pair p = {
		.policy = "read @/srv/**\n", .make = make_page, .before = push};

	pair_run(&p);
	pair_end(&p);
}

/* ---- 23: messages of no form --------------------------------------------- */

static const void *message;
static size_t message_len;

static void send_message(struct pair *p, struct wicket *w)
{
	still_serves(p, w);
	CHILD_CHECK(send(wicket_fd(w), message, message_len, 0) ==
		    (ssize_t)message_len);
	REFUSED(EPIPE, wicket_open(w, pair_path(p, "srv/page"), O_RDONLY, 0));
}

static void ends_the_session(const void *bytes, size_t len)
{
	struct pair p = {.policy = "read @/srv/**\n",
			 .make = make_page,
			 .work = send_message};

	message = bytes;
	message_len = len;
	pair_run(&p);
	pair_end(&p);
}

Test(channel, attack_23_a_malformed_message_ends_that_session)
{
	static const char zeros[OP_HEADER];
	static char junk[BOUND_MESSAGE];

	srand(23);
	for (size_t i = 0; i < sizeof(junk); i++)
		junk[i] = (char)rand();
	ends_the_session("x", 1);
	ends_the_session(zeros, sizeof(zeros) - 1);
	ends_the_session(junk, sizeof(junk));
	ends_the_session("", 0);
}

Test(channel, attack_23_an_oversized_message_ends_that_session)
{
	static char big[BOUND_MESSAGE + 1];

	ends_the_session(big, sizeof(big));
}

static void ask_unknown(struct pair *p, struct wicket *w)
{
	uint8_t buf[64];
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct op_reply reply;
	struct wire_in in;
	ssize_t n;

	wire_put_u16(&o, 999);
	wire_put_u16(&o, 0);
	wire_put_u32(&o, 77);
	wire_put_u32(&o, 0);
	wire_put_u32(&o, 0);
	CHILD_CHECK(send(wicket_fd(w), buf, o.len, 0) == (ssize_t)o.len);
	n = recv(wicket_fd(w), buf, sizeof(buf), 0);
	CHILD_CHECK(n > 0);
	in = wire_in(buf, (size_t)n);
	CHILD_CHECK(op_get_reply(&in, &reply) == 0);
	CHILD_CHECK(reply.id == 77 && reply.error == ENOSYS);
	still_serves(p, w);
}

Test(channel, attack_23_an_unknown_operation_is_enosys_and_the_session_lives)
{
	struct pair p = {.policy = "read @/srv/**\n",
			 .make = make_page,
			 .work = ask_unknown};

	pair_run(&p);
	pair_end(&p);
}

/* Sends until the helper does not take any more, and never reads. */
static void never_read(struct pair *p, struct wicket *w)
{
	uint8_t buf[512];
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct op_request r = {.op = OP_stat, .object = pair_path(p, "srv")};
	unsigned sent = 0;

	op_put_request(&o, &r);
	CHILD_CHECK(!o.failed);
	while (send(wicket_fd(w), buf, o.len, MSG_DONTWAIT) >= 0)
		CHILD_CHECK(++sent < 1000000);
	CHILD_CHECK(errno == EAGAIN);
}

Test(channel, attack_23_who_never_reads_is_not_read)
{
	struct pair p = {.policy = "read @/srv/**\n",
			 .make = make_page,
			 .work = never_read};

	pair_run(&p);
	pair_end(&p);
}

/* ---- 33: what is written about it ---------------------------------------- */

static void name_badly(struct pair *p, struct wicket *w)
{
	char longest[BOUND_PATH];
	size_t len;

	REFUSED(EACCES, wicket_open(w, "/x\nseq=99 op=open verdict=allowed\n",
				    O_RDONLY, 0));
	REFUSED(EACCES,
		wicket_open(w, "/\x1b[2J\x07\x9b\xff\" rule=x", O_RDONLY, 0));
	REFUSED(EACCES, wicket_open(w, "/back\\slash\\x0a", O_RDONLY, 0));
	len = (size_t)snprintf(longest, sizeof(longest), "%s",
			       pair_path(p, "no"));
	while (len + 2 < sizeof(longest)) {
		memcpy(longest + len, "/\n", 2);
		len += 2;
	}
	longest[len] = '\0';
	REFUSED(EACCES, wicket_open(w, longest, O_RDONLY, 0));
	REFUSED(EACCES, wicket_connect(w, "unix /x\ny", 0));
}

static void is_one_line_a_decision(const struct pair *p, unsigned decisions)
{
	unsigned lines = 0;
	size_t len = 0;

	for (const char *c = p->audit; *c; c++) {
		len++;
		if (*c == '\n') {
			cr_assert_leq(len, BOUND_AUDIT_LINE);
			lines++;
			len = 0;
		} else {
			cr_assert(*c >= ' ' && *c <= '~', "byte %02x",
				  (unsigned char)*c);
		}
	}
	cr_assert_eq(len, 0, "the last line is whole");
	cr_assert_eq(lines, decisions);
	cr_assert_eq(pair_audited(p, "seq= op= verdict=denied"), decisions);
}

Test(channel, attack_33_the_audit_stays_one_line_a_decision)
{
	struct pair p = {.policy = "read @/srv/**\n",
			 .make = make_page,
			 .work = name_badly};

	pair_run(&p);
	is_one_line_a_decision(&p, 5);
	cr_assert(pair_audited(&p, "\\x0aseq=99"));
	cr_assert_eq(pair_audited(&p, "verdict=allowed\n"), 0);
	cr_assert(pair_audited(&p, "\\x1b[2J"));
	pair_end(&p);
}

/* Standard error is the worker's too: cut or closed, the audit is whole. */
static void cut_stderr(struct pair *p, struct wicket *w)
{
	(void)p;
	DENIED(ftruncate(2, 0));
	REFUSED(EACCES, wicket_open(w, "/etc/shadow", O_RDONLY, 0));
	close(2);
	REFUSED(EACCES, wicket_open(w, "/etc/shadow", O_RDONLY, 0));
}

Test(channel, attack_33_the_audit_does_not_go_by_the_workers_stderr)
{
	struct pair p = {.policy = "read @/srv/**\n",
			 .make = make_page,
			 .work = cut_stderr};

	pair_run(&p);
	is_one_line_a_decision(&p, 2);
	pair_end(&p);
}
