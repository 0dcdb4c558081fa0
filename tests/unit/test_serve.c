/* SPDX-License-Identifier: ISC */
/* serve(): the loop around it all, in a process of its own. */
#include "helper/serve.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "chan.h"
#include "control.h"
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

SITE_TEST(serve, has_a_batch_of_many_turns_answered, "read @/**\n")
{
	static uint8_t buf[BOUND_MESSAGE];
	struct wire_out o = wire_out(buf, sizeof(buf));
	static struct server v;

	for (uint32_t id = 1; id <= 1000; id++) {
		struct op_request r = {.op = OP_open,
				       .id = id,
				       .object = "/etc/shadow",
				       .target = ""};

		op_put_request(&o, &r);
	}
	CHILD_CHECK(!o.failed);
	server_start(&v, s);
	CHILD_CHECK(chan_send(v.worker, buf, o.len, NULL, 0, 0) == 0);
	for (uint32_t id = 1; id <= 1000; id++)
		expect(&v, id, EACCES);
	CHILD_CHECK(server_end(&v) == 0);
}
