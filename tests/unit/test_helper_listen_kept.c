/* SPDX-License-Identifier: ISC */
/* listen.c: listeners that come from an earlier helper and go to the next. */
#include "helper/listen.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "support/bed.h"
#include "support/sock.h"
#include "support/support.h"

TestSuite(helper_listen_kept, .timeout = 10);

/* Asks without hearing what the supervisor is told of it. */
static int ask(struct bed *b, op_handler *op, const char *object)
{
	close_fd(&b->job.fd);
	b->request = (struct op_request){.object = object, .target = ""};
	b->job = (struct job){
		.request = &b->request, .missing = b->helper.missing, .fd = -1};
	return op(&b->helper, &b->job);
}

/* The next that the supervisor was told; the caller clears it. */
static struct control_message told(struct bed *b, enum control_kind kind,
				   const char *object)
{
	struct control_message m = CONTROL_MESSAGE_INIT;

	CHILD_CHECK(control_recv(b->supervisor, &m) == 1);
	CHILD_CHECK(m.c.kind == kind);
	CHILD_CHECK(strcmp(m.c.object, object) == 0);
	CHILD_CHECK(m.nfds == (kind == CONTROL_LISTENER));
	return m;
}

static void expect_untold(struct bed *b)
{
	struct control_message m = CONTROL_MESSAGE_INIT;

	CHILD_CHECK(control_recv(b->supervisor, &m) == -EAGAIN);
}

NETNS_TEST(helper_listen_kept, are_told_before_the_worker_has_them)
{
	struct control_message m;
	struct bed b;

	bed_start(&b, "listen tcp *:80\n");
	CHILD_CHECK(ask(&b, do_listen, "tcp 0.0.0.0:80") == 0);
	m = told(&b, CONTROL_LISTENER, "tcp *:80");
	CHILD_CHECK(m.c.number == 0 && m.c.path[0] == '\0');
	CHILD_CHECK(sock_cookie(m.fds[0]) == sock_cookie(b.job.fd));
	control_clear(&m);
	/* The same again is no news. */
	CHILD_CHECK(ask(&b, do_listen, "tcp *:80") == 0);
	expect_untold(&b);
	CHILD_CHECK(ask(&b, do_unlisten, "tcp *:80") == 0);
	m = told(&b, CONTROL_UNLISTEN, "tcp *:80");
	control_clear(&m);
	expect_untold(&b);
	bed_end(&b);
}

NETNS_TEST(helper_listen_kept, are_not_given_where_they_cannot_be_told)
{
	struct bed b;

	bed_start(&b, "listen tcp *:80\n");
	close_fd(&b.supervisor);
	CHILD_CHECK(ask(&b, do_listen, "tcp *:80") == -EPIPE);
	/* Nor is the port taken. */
	bed_keep(&b, sock_listen("tcp *:80", 1));
	bed_end(&b);
}

NETNS_TEST(helper_listen_kept, are_told_anew_when_they_were_stopped)
{
	struct control_message m;
	struct bed b;

	bed_start(&b, "listen tcp *:80\n");
	int fd = bed_fd(&b, do_listen, "tcp *:80", 0);

	CHILD_CHECK(shutdown(fd, SHUT_RDWR) == 0);
	CHILD_CHECK(ask(&b, do_listen, "tcp *:80") == 0);
	m = told(&b, CONTROL_UNLISTEN, "tcp *:80");
	control_clear(&m);
	m = told(&b, CONTROL_LISTENER, "tcp *:80");
	CHILD_CHECK(sock_cookie(m.fds[0]) == sock_cookie(b.job.fd));
	CHILD_CHECK(sock_cookie(m.fds[0]) != sock_cookie(fd));
	control_clear(&m);
	bed_end(&b);
}

/* From one helper to another, by way of the supervisor: its cookie. */
static uint64_t hand_over(struct bed *from, struct bed *to, const char *object)
{
	struct control_message m;
	uint64_t cookie;

	CHILD_CHECK(ask(from, do_listen, object) == 0);
	m = told(from, CONTROL_LISTENER, object);
	cookie = sock_cookie(m.fds[0]);
	CHILD_CHECK(listeners_take(&to->helper, &m) == 0);
	CHILD_CHECK(m.fds[0] == -1);
	control_clear(&m);
	/* The one before has ended. */
	close_fd(&from->job.fd);
	from->helper.listeners = listeners_free(from->helper.listeners);
	return cookie;
}

NETNS_TEST(helper_listen_kept, are_the_same_by_the_next_helper)
{
	struct bed one, two;
	uint64_t cookie;

	bed_start(&one, "listen tcp *:80\nlisten unix @a\n");
	bed_start(&two, "listen tcp *:80\nlisten unix @a\n");
	cookie = hand_over(&one, &two, "tcp *:80");
	CHILD_CHECK(ask(&two, do_listen, "tcp *:80") == 0);
	CHILD_CHECK(sock_cookie(two.job.fd) == cookie);
	cookie = hand_over(&one, &two, "unix @a");
	CHILD_CHECK(ask(&two, do_listen, "unix @a") == 0);
	CHILD_CHECK(sock_cookie(two.job.fd) == cookie);
	expect_untold(&two);
	bed_end(&two);
	bed_end(&one);
}

static const char *name_below(struct scratch *s, char *buf, size_t size)
{
	(void)snprintf(buf, size, "unix %s", scratch_path(s, "sock"));
	return buf;
}

NETNS_TEST(helper_listen_kept, have_their_names_taken_away_by_order)
{
	char object[128], policy[160];
	struct control_message m;
	struct scratch s;
	struct bed b;
	struct control drop;

	scratch_make(&s);
	(void)snprintf(policy, sizeof(policy), "listen %s\n",
		       name_below(&s, object, sizeof(object)));
	bed_start(&b, policy);
	CHILD_CHECK(ask(&b, do_listen, object) == 0);
	m = told(&b, CONTROL_LISTENER, object);
	CHILD_CHECK(strcmp(m.c.path, scratch_path(&s, "sock")) == 0);
	CHILD_CHECK(m.c.ino != 0);
	/* As another helper that has it from the supervisor. */
	b.helper.listeners = listeners_free(b.helper.listeners);
	drop = (struct control){.object = object, .path = m.c.path};
	CHILD_CHECK(listeners_take(&b.helper, &m) == 0);
	CHILD_CHECK(access(scratch_path(&s, "sock"), F_OK) == 0);
	drop.number = 1;
	listeners_drop(&b.helper, &drop);
	drop.number = 0;
	drop.path = "/other";
	listeners_drop(&b.helper, &drop);
	drop.object = "nonsense";
	listeners_drop(&b.helper, &drop);
	CHILD_CHECK(sock_option(b.job.fd, SOL_SOCKET, SO_ACCEPTCONN) == 1);
	expect_untold(&b);
	drop.object = object;
	drop.path = scratch_path(&s, "sock");
	listeners_drop(&b.helper, &drop);
	control_clear(&m);
	CHILD_CHECK(access(scratch_path(&s, "sock"), F_OK) < 0);
	CHILD_CHECK(accept(b.job.fd, NULL, NULL) < 0 && errno == EINVAL);
	/* The supervisor, whose order it was, waits for no answer. */
	expect_untold(&b);
	bed_end(&b);
	scratch_remove(&s);
}

NETNS_TEST(helper_listen_kept, are_sockets_at_an_address_and_not_too_many)
{
	struct control_message m = CONTROL_MESSAGE_INIT;
	struct bed b;

	bed_start(&b, "listen tcp *:80\n");
	m.c = (struct control){.object = "tcp *:80", .path = ""};
	CHILD_CHECK(listeners_take(&b.helper, &m) == -EPROTO);
	m.nfds = 1;
	m.c.object = "nonsense";
	m.fds[0] = dup(b.supervisor);
	CHILD_CHECK(listeners_take(&b.helper, &m) == -EINVAL);
	/* It stays the message's. */
	CHILD_CHECK(m.fds[0] >= 0);
	control_clear(&m);
	m.c.object = "tcp *:80";
	for (int i = 0; i < BOUND_LISTENERS; i++) {
		m.nfds = 1;
		m.fds[0] = -1;
		CHILD_CHECK(listeners_take(&b.helper, &m) == 0);
	}
	m.nfds = 1;
	CHILD_CHECK(listeners_take(&b.helper, &m) == -ENFILE);
	m.nfds = 0;
	bed_end(&b);
}
