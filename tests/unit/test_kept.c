/* SPDX-License-Identifier: ISC */
/* listeners.c of the supervisor: sockets that outlast helper and worker. */
#include "supervisor/listeners.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "support/child.h"
#include "support/fds.h"
#include "support/netns.h"
#include "support/sock.h"
#include "wicket/fdpass.h"

TestSuite(kept, .timeout = 10);

struct bench {
	size_t fds; /* open before */
	struct kept_listeners t;
	int control;
	int helper;
};

static void bench_open(struct bench *b)
{
	int sv[2];

	*b = (struct bench){.fds = fds_count()};
	CHILD_CHECK(wicket_socketpair(SOCK_SEQPACKET, sv) == 0);
	b->control = sv[0];
	b->helper = sv[1];
}

static void bench_close(struct bench *b)
{
	listeners_close(&b->t);
	close_fd(&b->control);
	close_fd(&b->helper);
	CHILD_CHECK(fds_count() == b->fds);
}

/* A message as of a helper that has made it; the socket stays the caller's. */
static int keep(struct bench *b, const char *object, const char *path,
		uint64_t index, int fd)
{
	const struct control c = {.kind = CONTROL_LISTENER,
				  .number = index,
				  .dev = 5,
				  .ino = 6,
				  .object = object,
				  .path = path};
	struct control_message m = CONTROL_MESSAGE_INIT;
	int r;

	CHILD_CHECK(control_send(b->helper, &c, &fd, fd >= 0) == 0);
	CHILD_CHECK(control_recv(b->control, &m) == 1);
	r = listeners_keep(&b->t, &m);
	/* What it keeps is no part of the message any more. */
	control_clear(&m);
	return r;
}

static int listening(struct bench *b, const char *object, uint64_t index)
{
	int fd = sock_listen(object, 1);

	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(keep(b, object, "", index, fd) == 0);
	return fd;
}

static struct policy *policy(const char *text)
{
	struct policy_note note = POLICY_NOTE_INIT;
	struct policy *p = NULL;

	CHILD_CHECK(policy_new("test", &p) == 0);
	CHILD_CHECK(policy_parse(p, "test.policy", text, strlen(text), NULL,
				 &note) == 0);
	return p;
}

static void give(struct bench *b, const char *text)
{
	struct policy *p = policy(text);

	CHILD_CHECK(listeners_give(&b->t, p, b->control) == 0);
	policy_free(p);
}

static void expect(struct bench *b, enum control_kind kind, const char *object,
		   uint64_t index, int fd)
{
	struct control_message m = CONTROL_MESSAGE_INIT;

	CHILD_CHECK(control_recv(b->helper, &m) == 1);
	CHILD_CHECK(m.c.kind == kind && m.c.number == index);
	CHILD_CHECK(strcmp(m.c.object, object) == 0);
	CHILD_CHECK(m.c.dev == 5 && m.c.ino == 6);
	CHILD_CHECK(m.nfds == (fd >= 0));
	CHILD_CHECK(fd < 0 || sock_cookie(fd) == sock_cookie(m.fds[0]));
	control_clear(&m);
}

static void expect_nothing(struct bench *b)
{
	struct control_message m = CONTROL_MESSAGE_INIT;

	CHILD_CHECK(control_recv(b->helper, &m) == -EAGAIN);
}

NETNS_TEST(kept, are_given_where_allowed_and_else_stopped)
{
	struct bench b;

	bench_open(&b);
	int one = listening(&b, "tcp 127.0.0.1:80", 0);
	int two = listening(&b, "tcp 127.0.0.1:81", 0);
	int three = listening(&b, "tcp 127.0.0.1:82", 0);

	give(&b, "listen tcp 127.0.0.1:80 127.0.0.1:82\n");
	expect(&b, CONTROL_LISTENER, "tcp 127.0.0.1:82", 0, three);
	expect(&b, CONTROL_LISTENER, "tcp 127.0.0.1:80", 0, one);
	expect_nothing(&b);
	CHILD_CHECK(b.t.n == 2);
	/* Copies elsewhere accept no more, and the port is closed. */
	CHILD_CHECK(sock_connect("tcp 127.0.0.1:81", 0) == -ECONNREFUSED);
	/* It does not come back. */
	give(&b, "listen tcp *:* 127.0.0.1:*\n");
	expect(&b, CONTROL_LISTENER, "tcp 127.0.0.1:82", 0, three);
	expect(&b, CONTROL_LISTENER, "tcp 127.0.0.1:80", 0, one);
	expect_nothing(&b);
	close_fd(&one);
	close_fd(&two);
	close_fd(&three);
	bench_close(&b);
}

NETNS_TEST(kept, are_all_stopped_by_a_policy_without_any)
{
	struct bench b;

	bench_open(&b);
	for (int i = 0; i < 5; i++) {
		char object[64];

		snprintf(object, sizeof(object), "tcp 127.0.0.1:%d", 90 + i);
		int fd = listening(&b, object, 0);
		close_fd(&fd);
	}
	give(&b, "read /etc/passwd\n");
	CHILD_CHECK(b.t.n == 0);
	expect_nothing(&b);
	bench_close(&b);
}

NETNS_TEST(kept, are_as_many_of_one_address_as_the_rule_says)
{
	struct bench b;

	bench_open(&b);
	int fd = sock_listen("tcp *:80", 1);

	/* Which socket it is does not matter here: the index does. */
	for (uint64_t i = 0; i < 4; i++)
		CHILD_CHECK(keep(&b, "tcp *:80", "", i, fd) == 0);
	give(&b, "listen tcp *:80 reuseport=2\n");
	CHILD_CHECK(b.t.n == 2);
	expect(&b, CONTROL_LISTENER, "tcp *:80", 1, fd);
	expect(&b, CONTROL_LISTENER, "tcp *:80", 0, fd);
	give(&b, "listen tcp *:80\n");
	CHILD_CHECK(b.t.n == 1);
	expect(&b, CONTROL_LISTENER, "tcp *:80", 0, fd);
	close_fd(&fd);
	bench_close(&b);
}

NETNS_TEST(kept, are_judged_by_their_path_and_what_denies_it)
{
	struct bench b;

	bench_open(&b);
	int fd = sock_listen("unix @any", 1);

	CHILD_CHECK(keep(&b, "unix /run/a", "/run/a", 0, fd) == 0);
	CHILD_CHECK(keep(&b, "unix /run/b/c", "/run/b/c", 0, fd) == 0);
	CHILD_CHECK(keep(&b, "unix:dgram /run/d", "/run/d", 0, fd) == 0);
	give(&b, "listen unix /run/**\ndeny /run/b\n");
	CHILD_CHECK(b.t.n == 1);
	expect(&b, CONTROL_LISTENER, "unix /run/a", 0, fd);
	expect_nothing(&b);
	close_fd(&fd);
	bench_close(&b);
}

NETNS_TEST(kept, are_retired_by_the_helper_that_can_take_their_names)
{
	struct policy *p = policy("listen tcp *:80\n");
	struct bench b;

	bench_open(&b);
	int fd = listening(&b, "tcp *:80", 0);

	CHILD_CHECK(keep(&b, "unix /run/a", "/run/a", 0, fd) == 0);
	CHILD_CHECK(keep(&b, "tcp *:80", "", 1, fd) == 0);
	listeners_retire(&b.t, p, b.control);
	expect(&b, CONTROL_UNLISTEN, "tcp *:80", 1, -1);
	expect(&b, CONTROL_UNLISTEN, "unix /run/a", 0, -1);
	expect_nothing(&b);
	/* Whatever becomes of that helper, they listen no more. */
	CHILD_CHECK(b.t.n == 1);
	CHILD_CHECK(accept(fd, NULL, NULL) < 0 && errno == EINVAL);
	policy_free(p);
	close_fd(&fd);
	bench_close(&b);
}

NETNS_TEST(kept, are_forgotten_by_address_path_and_index)
{
	struct control c = {.number = 1, .object = "unix /a", .path = "/b"};
	struct bench b;

	bench_open(&b);
	int fd = sock_listen("unix @any", 1);

	CHILD_CHECK(keep(&b, "unix /a", "/b", 1, fd) == 0);
	c.number = 0;
	listeners_forget(&b.t, &c);
	c.number = 1;
	c.path = "/a";
	listeners_forget(&b.t, &c);
	c.path = "/b";
	c.object = "unix /b";
	listeners_forget(&b.t, &c);
	CHILD_CHECK(b.t.n == 1);
	c.object = "unix /a";
	listeners_forget(&b.t, &c);
	CHILD_CHECK(b.t.n == 0);
	listeners_forget(&b.t, &c);
	close_fd(&fd);
	bench_close(&b);
}

NETNS_TEST(kept, are_sockets_and_not_too_many)
{
	struct bench b;
	int r = 0;

	bench_open(&b);
	CHILD_CHECK(keep(&b, "tcp *:80", "", 0, -1) == -EPROTO);
	CHILD_CHECK(b.t.n == 0);
	while (r == 0 && b.t.n < BOUND_LISTENERS) {
		r = keep(&b, "tcp *:80", "", b.t.n, b.helper);
		/* Numbers, not descriptors, are what is counted here. */
		close_fd(&b.t.v[b.t.n - 1].fd);
	}
	CHILD_CHECK(r == 0);
	CHILD_CHECK(keep(&b, "tcp *:80", "", 0, b.helper) == -ENFILE);
	bench_close(&b);
}
