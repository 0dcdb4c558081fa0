/* SPDX-License-Identifier: ISC */
/*
 * The supervisor as wicket_start() uses it: `supervisor embed`.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chan.h"
#include "op.h"
#include "own.h"
#include "support/child.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/scratch.h"
#include "wire.h"

/* A supervisor, and the ends of its channel and its status pipe. */
struct embedded {
	pid_t pid;
	int channel;
	int status;
};

static struct scratch s;

static const char good[] = "worker 61000\nhelper 61001\nread /etc/passwd\n";

static void make(void)
{
	scratch_make(&s);
	scratch_write(&s, "p.policy", good, 0644);
}

static void drop(void)
{
	scratch_remove(&s);
}

TestSuite(supervisor, .init = make, .fini = drop, .timeout = 20);

struct words {
	char channel[16];
	char status[16];
	char policy[16];
	const char *argv[16];
};

static void make_words(struct words *w, const char *path, int channel,
		       int status, int policy)
{
	size_t n = 0;

	snprintf(w->channel, sizeof(w->channel), "%d", channel);
	snprintf(w->status, sizeof(w->status), "%d", status);
	snprintf(w->policy, sizeof(w->policy), "%d", policy);
	w->argv[n++] = "wicket-supervisor";
	w->argv[n++] = "embed";
	w->argv[n++] = "--channel";
	w->argv[n++] = w->channel;
	w->argv[n++] = "--status";
	w->argv[n++] = w->status;
	w->argv[n++] = "--audit";
	w->argv[n++] = "none";
	if (policy >= 0) {
		w->argv[n++] = "--policy-fd";
		w->argv[n++] = w->policy;
		w->argv[n++] = "--name";
		w->argv[n++] = "text";
	} else {
		w->argv[n++] = path;
	}
	w->argv[n] = NULL;
}

/* The descriptors stay the caller's; policy is -1 for the file. */
static pid_t execute(int channel, int status, int policy)
{
	const int given[] = {channel, status, policy};
	pid_t pid = fork();
	struct words w;

	if (pid != 0)
		return pid;
	for (size_t i = 0; i < 3; i++)
		CHILD_CHECK(given[i] < 0 || fcntl(given[i], F_SETFD, 0) == 0);
	make_words(&w, scratch_path(&s, "p.policy"), channel, status, policy);
	execv(paths_built("libexec/wicket/supervisor"), (char *const *)w.argv);
	_exit(127);
}

static void start(struct embedded *e, const char *text)
{
	_cleanup_fd_ int policy = -1;
	_cleanup_fd_ int helper = -1;
	bool refuses;
	int status[2];

	cr_assert_eq(chan_pair(&e->channel, &helper, &refuses), 0);
	cr_assert_eq(pipe2(status, O_CLOEXEC), 0);
	e->status = status[0];
	if (text) {
		policy = memfd_create("policy", MFD_CLOEXEC);
		cr_assert_eq(write(policy, text, strlen(text)),
			     (ssize_t)strlen(text));
		cr_assert_eq(lseek(policy, 0, SEEK_SET), 0);
	}
	e->pid = execute(helper, status[1], policy);
	cr_assert_gt(e->pid, 0);
	close(status[1]);
}

/* The errno that the supervisor wrote before the pipe's end, and its text. */
static uint32_t told(struct embedded *e, char *text, size_t size)
{
	uint8_t buf[4096];
	size_t len = 0;
	struct wire_in i;
	uint32_t error;
	ssize_t n;

	while ((n = read(e->status, buf + len, sizeof(buf) - len)) > 0)
		len += (size_t)n;
	close(e->status);
	if (len == 0)
		return 0;
	i = wire_in(buf, len);
	error = wire_get_u32(&i);
	snprintf(text, size, "%.*s", (int)(len - 4), (const char *)buf + 4);
	return error;
}

static int finish(struct embedded *e)
{
	int status = 0;

	cr_assert_eq(waitpid(e->pid, &status, 0), e->pid);
	cr_assert(WIFEXITED(status), "status %x", (unsigned)status);
	return WEXITSTATUS(status);
}

/* The helper at the other end says hello. */
static void greeted(const struct embedded *e)
{
	struct op_request q = {.op = OP_hello,
			       .id = 1,
			       .object = "",
			       .target = "",
			       .number = OP_PROTOCOL};
	struct op_reply reply;
	uint8_t buf[8192];
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct wire_in i;
	ssize_t n;

	op_put_request(&o, &q);
	cr_assert_not(o.failed);
	cr_assert_eq(chan_send(e->channel, buf, o.len, NULL, 0, 0), 0);
	n = chan_recv(e->channel, buf, sizeof(buf), NULL, NULL, 0, NULL);
	cr_assert_gt(n, 0);
	i = wire_in(buf, (size_t)n);
	cr_assert_eq(op_get_reply(&i, &reply), 0);
	cr_assert_eq(reply.error, 0);
}

Test(supervisor, says_nothing_when_the_helper_is_ready)
{
	char text[4096] = "";
	struct embedded e;

	start(&e, NULL);
	cr_assert_eq(told(&e, text, sizeof(text)), 0, "%s", text);
	greeted(&e);
	close(e.channel);
	cr_assert_eq(finish(&e), 0);
}

Test(supervisor, takes_the_policys_text_from_a_descriptor)
{
	char text[4096] = "";
	struct embedded e;

	start(&e, good);
	cr_assert_eq(told(&e, text, sizeof(text)), 0, "%s", text);
	greeted(&e);
	close(e.channel);
	cr_assert_eq(finish(&e), 0);
}

Test(supervisor, tells_the_errno_and_one_line_of_text)
{
	char text[4096] = "";
	struct embedded e;

	start(&e, "worker 61000\nread x\n");
	cr_assert_eq(told(&e, text, sizeof(text)), EINVAL);
	cr_assert(strncmp(text, "text:2:6: ", 10) == 0, "%s", text);
	cr_assert_null(strchr(text, '\n'));
	cr_assert_eq(finish(&e), 125);
	close(e.channel);
}

Test(supervisor, helper_ends_with_the_channel)
{
	char text[4096] = "";
	struct embedded e;
	pid_t helper;

	start(&e, NULL);
	cr_assert_eq(told(&e, text, sizeof(text)), 0, "%s", text);
	helper = program_child(e.pid, "helper");
	cr_assert_gt(helper, 0);
	close(e.channel);
	cr_assert_eq(finish(&e), 0);
	/* Buried by its parent before that ended. */
	cr_assert_eq(kill(helper, 0), -1);
	cr_assert_eq(errno, ESRCH);
}

/* Another helper says hello by itself, and answers on the same channel. */
Test(supervisor, channel_outlives_the_helper)
{
	char text[4096] = "";
	uint8_t buf[4096];
	struct embedded e;
	struct op_reply r;
	struct wire_in i;
	ssize_t n;

	start(&e, NULL);
	cr_assert_eq(told(&e, text, sizeof(text)), 0, "%s", text);
	greeted(&e);
	cr_assert_eq(kill(program_child(e.pid, "helper"), SIGKILL), 0);
	n = chan_recv(e.channel, buf, sizeof(buf), NULL, NULL, 0, NULL);
	cr_assert_gt(n, 0);
	i = wire_in(buf, (size_t)n);
	cr_assert_eq(op_get_reply(&i, &r), 0);
	cr_assert_eq(r.op, OP_hello);
	cr_assert_eq(r.id, 0);
	greeted(&e);
	close(e.channel);
	cr_assert_eq(finish(&e), 0);
}

/* A service manager's stop reaches it, and the daemon needs its helper yet. */
Test(supervisor, outlasts_the_signals_that_end_a_daemon)
{
	static const int signals[] = {SIGHUP,  SIGINT,	SIGTERM,
				      SIGQUIT, SIGUSR1, SIGUSR2};
	char text[4096] = "";
	struct embedded e;

	start(&e, NULL);
	cr_assert_eq(told(&e, text, sizeof(text)), 0, "%s", text);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		cr_assert_eq(kill(e.pid, signals[i]), 0);
	greeted(&e);
	cr_assert_eq(getsid(e.pid), e.pid);
	close(e.channel);
	cr_assert_eq(finish(&e), 0);
}

Test(supervisor, refuses_what_is_no_channel)
{
	char text[4096] = "";
	struct embedded e;
	int status[2];

	cr_assert_eq(pipe2(status, O_CLOEXEC), 0);
	e.status = status[0];
	e.pid = execute(status[0], status[1], -1);
	cr_assert_gt(e.pid, 0);
	close(status[1]);
	cr_assert_eq(told(&e, text, sizeof(text)), ENOTSOCK);
	cr_assert_eq(finish(&e), 125);
}
