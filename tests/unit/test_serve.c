/* SPDX-License-Identifier: ISC */
/* serve(): the loop around it all, in a process of its own. */
#include "helper/serve.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "chan.h"
#include "control.h"
#include "support/program.h"
#include "support/site.h"
#include "wicket/fdpass.h"

struct server {
	pid_t pid;
	int control; /* the supervisor's end */
	int worker;
	/* The last message of replies. */
	uint8_t bytes[BOUND_MESSAGE];
	struct wire_in replies;
	int fds[BOUND_FDS];
	size_t nfds;
	size_t taken;
};

/* What the supervisor says; fd -1: nothing goes with it. */
static void order(struct server *v, const struct control *c, int fd)
{
	CHILD_CHECK(control_send(v->control, c, &fd, fd >= 0) == 0);
}

static void server_start(struct server *v, struct site *s)
{
	pid_t parent = getpid();
	int control[2];
	int helper;
	bool refuses;

	CHILD_CHECK(wicket_socketpair(SOCK_SEQPACKET, control) == 0);
	CHILD_CHECK(chan_pair(&v->worker, &helper, &refuses) == 0);
	v->control = control[0];
	v->pid = fork();
	CHILD_CHECK(v->pid >= 0);
	if (v->pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
			_exit(99);
		close_fd(&v->worker);
		close_fd(&v->control);
		close_fd(&helper);
		s->h.control = control[1];
		_exit(-serve(&s->h));
	}
	close_fd(&control[1]);
	order(v, &(struct control){.kind = CONTROL_CHANNEL, .id = 1}, helper);
	close_fd(&helper);
}

/* Waits for the server: what serve() returned. */
static int server_end(struct server *v)
{
	int status;

	close_fd(&v->control);
	close_fd(&v->worker);
	CHILD_CHECK(waitpid(v->pid, &status, 0) == v->pid);
	CHILD_CHECK(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void request(struct server *v, uint32_t id, enum op op,
		    const char *object)
{
	uint8_t buf[BOUND_PATH + 64];
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct op_request r = {.op = (uint16_t)op,
			       .id = id,
			       .object = object,
			       .target = "",
			       .number = OP_PROTOCOL};

	op_put_request(&o, &r);
	CHILD_CHECK(!o.failed);
	CHILD_CHECK(chan_send(v->worker, buf, o.len, NULL, 0, 0) == 0);
}

/* Takes the next message where all of the last one's replies were looked at. */
static void more(struct server *v)
{
	ssize_t n;

	if (!wire_done(&v->replies))
		return;
	CHILD_CHECK(v->taken == v->nfds);
	v->nfds = BOUND_FDS;
	v->taken = 0;
	n = chan_recv(v->worker, v->bytes, sizeof(v->bytes), v->fds, &v->nfds,
		      0, NULL);
	CHILD_CHECK(n > 0);
	v->replies = wire_in(v->bytes, (size_t)n);
}

static void expect(struct server *v, uint32_t id, uint32_t error)
{
	struct op_reply r;

	more(v);
	CHILD_CHECK(op_get_reply(&v->replies, &r) == 0);
	CHILD_CHECK(r.id == id && r.error == error);
	if (r.nfds)
		close_fd(&v->fds[v->taken++]);
}

SITE_TEST(serve, answers_until_the_worker_is_gone, "read @/**\n")
{
	char path[BOUND_PATH + 16];
	static struct server v;

	site_file(s, "a", "text", 0600, s->worker);
	snprintf(path, sizeof(path), "%s/a", s->scratch.dir);
	server_start(&v, s);
	request(&v, 1, OP_hello, "");
	expect(&v, 1, 0);
	for (uint32_t id = 2; id < 200; id++) {
		request(&v, id, OP_open, id % 2 ? path : "/etc/shadow");
		expect(&v, id, id % 2 ? 0 : EACCES);
	}
	close_fd(&v.worker);
	CHILD_CHECK(server_end(&v) == 0);
}

SITE_TEST(serve, ends_with_the_supervisor, "read @/**\n")
{
	static struct server v;
	char byte;

	server_start(&v, s);
	request(&v, 1, OP_hello, "");
	expect(&v, 1, 0);
	close_fd(&v.control);
	/* The worker notices by the end of its channel. */
	CHILD_CHECK(recv(v.worker, &byte, 1, 0) == 0);
	CHILD_CHECK(server_end(&v) == 0);
}

SITE_TEST(serve, outlives_a_client_that_breaks_the_protocol, "read @/**\n")
{
	static struct server v;
	char byte;

	server_start(&v, s);
	CHILD_CHECK(send(v.worker, "nonsense", 8, 0) == 8);
	CHILD_CHECK(recv(v.worker, &byte, 1, 0) == 0);
	CHILD_CHECK(server_end(&v) == 0);
}

SITE_TEST(serve, keeps_order_when_the_worker_reads_late, "read @/**\n")
{
	enum {
		REQUESTS = 3000
	};
	char path[BOUND_PATH + 16];
	static struct server v;
	uint32_t got = 0;
	pid_t pid;

	site_file(s, "a", "text", 0600, s->worker);
	snprintf(path, sizeof(path), "%s/a", s->scratch.dir);
	server_start(&v, s);
	/* The writer blocks as soon as the helper reads no more. */
	pid = fork();
	CHILD_CHECK(pid >= 0);
	if (pid == 0) {
		for (uint32_t id = 1; id <= REQUESTS; id++)
			request(&v, id, OP_open, path);
		_exit(0);
	}
	while (got < REQUESTS)
		expect(&v, ++got, 0);
	CHILD_CHECK(waitpid(pid, NULL, 0) == pid);
	CHILD_CHECK(server_end(&v) == 0);
}

#define MANY 1000

static void request_many(struct server *v)
{
	static uint8_t buf[BOUND_MESSAGE];
	struct wire_out o = wire_out(buf, sizeof(buf));

	for (uint32_t id = 1; id <= MANY; id++) {
		struct op_request r = {.op = OP_open,
				       .id = id,
				       .object = "/etc/shadow",
				       .target = ""};

		op_put_request(&o, &r);
	}
	CHILD_CHECK(!o.failed);
	CHILD_CHECK(chan_send(v->worker, buf, o.len, NULL, 0, 0) == 0);
}

SITE_TEST(serve, has_a_batch_of_many_turns_answered, "read @/**\n")
{
	static struct server v;

	server_start(&v, s);
	request_many(&v);
	for (uint32_t id = 1; id <= MANY; id++)
		expect(&v, id, EACCES);
	CHILD_CHECK(server_end(&v) == 0);
}

/* ---- what the supervisor says -------------------------------------------- */

static void heard(struct server *v, enum control_kind kind,
		  struct control_message *m)
{
	struct pollfd p = {.fd = v->control, .events = POLLIN};

	CHILD_CHECK(poll(&p, 1, 5000) == 1);
	CHILD_CHECK(control_recv(v->control, m) == 1);
	CHILD_CHECK(m->c.kind == kind);
}

/* Another client, whose end takes the place of the first's. */
static int another(struct server *v, uint64_t id, unsigned flags)
{
	int first = v->worker;
	bool refuses;
	int helper;

	CHILD_CHECK(chan_pair(&v->worker, &helper, &refuses) == 0);
	order(v,
	      &(struct control){.kind = CONTROL_CHANNEL,
				.id = id,
				.number = id,
				.flags = flags},
	      helper);
	close_fd(&helper);
	return first;
}

SITE_TEST(serve, gives_back_what_waits_and_ends_in_order, "read @/**\n")
{
	struct control_message m = CONTROL_MESSAGE_INIT;
	static struct server v;

	server_start(&v, s);
	request(&v, 1, OP_reload, "");
	heard(&v, CONTROL_RENEW, &m);
	CHILD_CHECK(m.c.id == 1 && m.c.flags == CONTROL_RELOAD);
	control_clear(&m);
	order(&v, &(struct control){.kind = CONTROL_STOP}, -1);
	heard(&v, CONTROL_LEFT, &m);
	CHILD_CHECK(m.c.id == 1 && m.c.flags == CONTROL_RELOAD);
	CHILD_CHECK(m.c.reply_len == 0 && m.c.frames_len > 0);
	control_clear(&m);
	CHILD_CHECK(server_end(&v) == 0);
}

SITE_TEST(serve, answers_two_clients_and_counts_for_each, "read @/**\n")
{
	struct control_message m = CONTROL_MESSAGE_INIT;
	struct control_count one, two;
	static struct server v;
	struct wire_in i;
	int first;

	server_start(&v, s);
	request(&v, 1, OP_open, "/etc/shadow");
	expect(&v, 1, EACCES);
	first = another(&v, 4, 0);
	request(&v, 2, OP_hello, "");
	expect(&v, 2, 0);
	order(&v, &(struct control){.kind = CONTROL_COUNT}, -1);
	heard(&v, CONTROL_COUNTS, &m);
	i = wire_in(m.c.reply, m.c.reply_len);
	CHILD_CHECK(control_get_count(&i, &one) == 1);
	CHILD_CHECK(control_get_count(&i, &two) == 1);
	CHILD_CHECK(control_get_count(&i, &two) == 0);
	CHILD_CHECK(one.id == 1 && one.requests == 1 && one.denied == 1);
	CHILD_CHECK(two.id == 4 && two.requests == 1 && two.denied == 0);
	CHILD_CHECK(one.pid == (uint32_t)getpid() && one.fds == 0);
	control_clear(&m);
	close_fd(&first);
	CHILD_CHECK(server_end(&v) == 0);
}

SITE_TEST(serve, lets_only_those_go_on_who_are_told, "read @/**\n")
{
	struct control_message m = CONTROL_MESSAGE_INIT;
	static struct server v;
	struct pollfd p;

	server_start(&v, s);
	p = (struct pollfd){.fd = another(&v, 4, 0), .events = POLLIN};
	request(&v, 1, OP_reload, "");
	heard(&v, CONTROL_RENEW, &m);
	control_clear(&m);
	order(&v,
	      &(struct control){.kind = CONTROL_KEEP, .id = 1, .number = EIO},
	      -1);
	order(&v,
	      &(struct control){.kind = CONTROL_KEEP, .id = 9, .number = EIO},
	      -1);
	order(&v,
	      &(struct control){
		      .kind = CONTROL_KEEP, .id = 4, .number = EINVAL},
	      -1);
	expect(&v, 1, EINVAL);
	CHILD_CHECK(poll(&p, 1, 0) == 0);
	close_fd(&p.fd);
	CHILD_CHECK(server_end(&v) == 0);
}

SITE_TEST(serve, tells_a_client_that_the_helper_is_new, "read @/**\n")
{
	static struct server v;
	int first;

	server_start(&v, s);
	first = another(&v, 4, CONTROL_HELLO);
	expect(&v, 0, 0);
	close_fd(&first);
	CHILD_CHECK(server_end(&v) == 0);
}

static void ends_with(struct site *s, const struct control *c, int r)
{
	static struct server v;

	server_start(&v, s);
	order(&v, c, -1);
	CHILD_CHECK(server_end(&v) == r);
	v = (struct server){.pid = 0};
}

SITE_TEST(serve, ends_when_what_it_is_told_makes_no_sense, "read @/**\n")
{
	/* What only helpers say. */
	ends_with(s, &(struct control){.kind = CONTROL_COUNTS}, -EPROTO);
	ends_with(s, &(struct control){.kind = CONTROL_RENEW}, -EPROTO);
	/* Without a descriptor; of a client that is not, or not expecting. */
	ends_with(s, &(struct control){.kind = CONTROL_CHANNEL}, -EPROTO);
	ends_with(s, &(struct control){.kind = CONTROL_LEFT, .id = 9}, -EPROTO);
	ends_with(s, &(struct control){.kind = CONTROL_LEFT, .id = 1}, -EPROTO);
	ends_with(s, &(struct control){.kind = CONTROL_KIND_MAX}, -EPROTO);
	/* Of a listener that is not, or is none, there is nothing to do. */
	ends_with(s, &(struct control){.kind = CONTROL_LISTENER}, 0);
	ends_with(s, &(struct control){.kind = CONTROL_UNLISTEN}, 0);
}

/* ---- clones -------------------------------------------------------------- */

/* The clone's end, which takes the place of the one that asked. */
static int clone(struct server *v, uint32_t id)
{
	struct op_reply r;
	int first = v->worker;

	request(v, id, OP_clone, "");
	more(v);
	CHILD_CHECK(op_get_reply(&v->replies, &r) == 0);
	CHILD_CHECK(r.id == id && r.error == 0 && r.nfds == 1);
	v->worker = take_fd(&v->fds[v->taken++]);
	return first;
}

SITE_TEST(serve, has_a_clone_that_the_supervisor_knew_first, "read @/**\n")
{
	struct control_message m = CONTROL_MESSAGE_INIT;
	static struct server v;
	int first;

	server_start(&v, s);
	/* The highest so far is the supervisor's: 6. */
	close(another(&v, 6, 0));
	first = clone(&v, 1);
	/* It is there: nothing is waited for. */
	CHILD_CHECK(control_recv(v.control, &m) == 1);
	CHILD_CHECK(m.c.kind == CONTROL_CHANNEL && m.nfds == 1);
	CHILD_CHECK(m.c.id == 7);
	control_clear(&m);
	close_fd(&first);
	request(&v, 2, OP_open, "/etc/shadow");
	expect(&v, 2, EACCES);
	first = clone(&v, 3);
	CHILD_CHECK(control_recv(v.control, &m) == 1);
	CHILD_CHECK(m.c.id == 9);
	control_clear(&m);
	close_fd(&first);
	CHILD_CHECK(server_end(&v) == 0);
}

SITE_TEST(serve, makes_as_many_clones_as_the_policy_has_room_for,
	  "limit channels=3\n")
{
	static struct server v;
	int kept[2];

	server_start(&v, s);
	kept[0] = clone(&v, 1);
	kept[1] = clone(&v, 2);
	request(&v, 3, OP_clone, "");
	expect(&v, 3, EMFILE);
	/* Its place is free when one has gone. */
	close_fds(kept, 2);
	for (uint32_t id = 4;; id++) {
		struct op_reply r;

		request(&v, id, OP_clone, "");
		more(&v);
		CHILD_CHECK(op_get_reply(&v.replies, &r) == 0);
		CHILD_CHECK(r.error == 0 || r.error == EMFILE);
		if (r.error)
			continue;
		close_fd(&v.fds[v.taken++]);
		break;
	}
	CHILD_CHECK(server_end(&v) == 0);
}

/* Its wait for the one client is no wait for control, and has to be ended. */
SITE_TEST(serve, hears_the_supervisor_while_it_waits_for_one_client,
	  "read @/**\n")
{
	static struct server v;
	int status;

	server_start(&v, s);
	for (uint32_t id = 1; id <= 3; id++) {
		struct control_message m = CONTROL_MESSAGE_INIT;
		struct pollfd p = {.fd = v.control, .events = POLLIN};

		request(&v, id, OP_hello, "");
		expect(&v, id, 0);
		/* Two at once are two answers. */
		for (int i = 0; i < 2; i++)
			order(&v, &(struct control){.kind = CONTROL_COUNT}, -1);
		for (int i = 0; i < 2; i++) {
			CHILD_CHECK(poll(&p, 1, -1) == 1);
			CHILD_CHECK(control_recv(v.control, &m) == 1);
			CHILD_CHECK(m.c.kind == CONTROL_COUNTS);
			control_clear(&m);
		}
	}
	order(&v, &(struct control){.kind = CONTROL_STOP}, -1);
	CHILD_CHECK(waitpid(v.pid, &status, 0) == v.pid);
	CHILD_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close_fd(&v.control);
	close_fd(&v.worker);
}

/* Where it sleeps it waits for its client, and for nothing else. */
static bool is_asleep(void *arg)
{
	const struct server *v = arg;
	_cleanup_free_ char *text = NULL;
	const char *state;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", v->pid);
	text = scratch_read(path);
	state = text ? strrchr(text, ')') : NULL;
	return state && strncmp(state, ") S", 3) == 0;
}

/* Message and word are both there when it wakes; it reads the message first. */
SITE_TEST(serve, hears_the_supervisor_amid_the_batch_of_one_client,
	  "read @/**\n")
{
	struct control_message m = CONTROL_MESSAGE_INIT;
	static struct server v;

	server_start(&v, s);
	request(&v, 1, OP_hello, "");
	expect(&v, 1, 0);
	CHILD_CHECK(program_poll(is_asleep, &v));
	CHILD_CHECK(kill(v.pid, SIGSTOP) == 0);
	CHILD_CHECK(waitpid(v.pid, NULL, WUNTRACED) == v.pid);
	request_many(&v);
	order(&v, &(struct control){.kind = CONTROL_STOP}, -1);
	CHILD_CHECK(kill(v.pid, SIGCONT) == 0);
	heard(&v, CONTROL_LEFT, &m);
	CHILD_CHECK(m.c.reply_len > 0 && m.c.frames_len > 0);
	control_clear(&m);
	CHILD_CHECK(server_end(&v) == 0);
}
