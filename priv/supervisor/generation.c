/* SPDX-License-Identifier: ISC */
#include "supervisor/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chan.h"
#include "identity.h"
#include "start.h"
#include "supervisor/descriptors.h"
#include "supervisor/prepare.h"
#include "wicket/fdpass.h"

/* ---- in the child -------------------------------------------------------- */

/*
 * A terminal's ^C and a service manager's SIGTERM reach every process at once,
 * and the worker may need its helper to shut down in good order.  A limit on
 * the size of files makes a line of the audit fail, which is counted; by its
 * signal a worker could end its helper.
 */
static void ignore_signals(void)
{
	static const int ignored[] = {SIGHUP,  SIGINT,	SIGQUIT, SIGTERM,
				      SIGUSR1, SIGUSR2, SIGXFSZ};
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* A terminal must find nobody to send them to either. */
	(void)setsid();
}

static int change_identity(const struct supervisor *s, const struct plan *plan,
			   const char **step)
{
	static gid_t room[PREPARE_GROUPS];
	uint64_t keep = plan->caps | (UINT64_C(1) << CAP_SETUID) |
			(UINT64_C(1) << CAP_SETGID);
	struct identity id;
	int r;

	*step = "read the groups";
	if ((r = prepare_helper_id(s, plan, room, &id)) < 0)
		return r;
	/*
	 * Safe because: the helper needs the two ids' capabilities to take on
	 * the worker's fsuid, and drops them before it reads a request.
	 */
	return identity_become(&id, s->privileged ? keep : 0, step);
}

static int enter_helper(const struct supervisor *s, const struct edition *e,
			int control, const char **step)
{
	char *argv[] = {(char[]){"wicket-helper"}, NULL};
	char *envp[] = {NULL};
	int r;

	ignore_signals();
	*step = "arrange its descriptors";
	if ((r = descriptors_give(control, HELPER_CONTROL)) < 0 ||
	    (r = descriptors_silence()) < 0 ||
	    (r = descriptors_close(HELPER_CONTROL + 1, &s->helper_program, 1)) <
		    0)
		return r;
	*step = "change to /";
	if (chdir("/") < 0)
		return -errno;
	if ((r = change_identity(s, &e->plan, step)) < 0)
		return r;
	*step = "execute it";
	(void)syscall(SYS_execveat, s->helper_program, "", argv, envp,
		      AT_EMPTY_PATH);
	return -errno;
}

/* Until the helper itself speaks, its child reports in its place. */
static _Noreturn void helper_child(const struct supervisor *s,
				   const struct edition *e, int control)
{
	const char *step = "";
	int r = enter_helper(s, e, control, &step);
	struct report report = {.error = (uint32_t)-r};
	uint8_t buf[sizeof(report) + 16];
	struct wire_out o = wire_out(buf, sizeof(buf));

	(void)snprintf(report.text, sizeof(report.text), "%s: %s", step,
		       strerror(-r));
	/* Where that fails too, the supervisor sees that we are gone. */
	if (report_encode(&report, &o) < 0 ||
	    chan_send(HELPER_CONTROL, buf, o.len, NULL, 0, 0) < 0)
		_exit(2);
	_exit(1);
}

/* ---- in the supervisor --------------------------------------------------- */

static int send_start(const struct supervisor *s, const struct edition *e,
		      const struct generation *g)
{
	int fds[START_FD_MAX] = {
		[START_POLICY] = e->policy_fd,
		[START_AUDIT] = s->audit,
		[START_RULES] = e->rules_fd,
		[START_PROGRAM] = e->program_fd,
		[START_NOTIFY] = s->notify.helper,
	};
	bool has_notify = s->notify.helper >= 0;
	struct start start = {
		.caps = s->privileged ? e->plan.caps : 0,
		.fsuid = e->plan.fsuid,
		.fsgid = e->plan.fsgid,
		.landlock = (uint32_t)e->version,
		.generation = g->number,
		.last_channel = s->channels.last,
		.has_notify = has_notify,
		.audit_grants = s->options.audit_grants,
		.dropped = !s->options.embedded,
		.passrights = s->passrights,
		.privileged = s->privileged,
	};
	uint8_t buf[sizeof(start) + 64];
	struct wire_out o = wire_out(buf, sizeof(buf));
	int r;

	(void)snprintf(start.syslog, sizeof(start.syslog), "%s",
		       s->options.syslog);
	if ((r = start_encode(&start, &o)) < 0)
		return r;
	return chan_send(g->control, buf, o.len, fds,
			 START_FD_MAX - (has_notify ? 0 : 1), 0);
}

static int receive_report(int control, struct report *ret)
{
	uint8_t buf[sizeof(*ret) + 16];
	struct wire_in i;
	ssize_t n;

	n = chan_recv(control, buf, sizeof(buf), NULL, NULL, MSG_DONTWAIT,
		      NULL);
	/* It ended without reading our message: its report is behind this. */
	if (n == -ECONNRESET)
		n = chan_recv(control, buf, sizeof(buf), NULL, NULL,
			      MSG_DONTWAIT, NULL);
	if (n <= 0)
		return n < 0 ? (int)n : -EPIPE;
	i = wire_in(buf, (size_t)n);
	return report_decode(&i, ret);
}

int generation_report(const struct generation *g, struct failure *f)
{
	struct report report = {0};
	int r = receive_report(g->control, &report);

	if (r == -EAGAIN)
		return 0;
	if (r == -EPIPE || r == -ECONNRESET)
		return fail(f, -EPIPE,
			    "cannot start the helper: it ended "
			    "before it was ready");
	if (r < 0)
		return fail(f, r, "cannot start the helper: no report: %s",
			    strerror(-r));
	if (report.error)
		return fail(f, -(int)report.error,
			    "cannot start the helper: %s", report.text);
	return 1;
}

/*
 * A helper may be busy telling us what its clients have it do, while we tell
 * it something: whoever does not listen for so long is no use.
 */
static int bound_waits(int control)
{
	const struct timeval most = {.tv_sec = GENERATION_STOP_MS / 1000};

	return setsockopt(control, SOL_SOCKET, SO_SNDTIMEO, &most,
			  sizeof(most)) < 0
		       ? -errno
		       : 0;
}

int generation_begin(struct supervisor *s, const struct edition *e,
		     struct generation *ret, struct failure *f)
{
	struct generation g = {.control = -1, .number = s->generations + 1};
	_cleanup_fd_ int theirs = -1;
	int sv[2];
	int r;

	if (wicket_socketpair(SOCK_SEQPACKET, sv) < 0)
		return fail(f, -errno, "cannot make a socket pair: %s",
			    strerror(errno));
	g.control = sv[0];
	theirs = sv[1];
	r = bound_waits(g.control);
	if (r == 0)
		g.pid = fork();
	if (r < 0 || g.pid < 0) {
		r = r < 0 ? r : -errno;
		close_fd(&g.control);
		return fail(f, r, "cannot make a process: %s", strerror(-r));
	}
	if (g.pid == 0)
		helper_child(s, e, theirs);
	close_fd(&theirs);
	s->generations = g.number;
	/* Where the child has ended, its report says why. */
	r = send_start(s, e, &g);
	if (r < 0 && r != -EPIPE && r != -ECONNRESET) {
		generation_stop(&g);
		return fail(f, r, "cannot start the helper: %s", strerror(-r));
	}
	*ret = g;
	return 0;
}

static int await_report(const struct generation *g, struct failure *f)
{
	struct pollfd p = {.fd = g->control, .events = POLLIN};
	int r;

	while ((r = poll(&p, 1, GENERATION_READY_MS)) < 0 && errno == EINTR)
		;
	if (r <= 0)
		return fail(f, r < 0 ? -errno : -ETIMEDOUT,
			    "cannot start the helper: no report: %s",
			    strerror(r < 0 ? errno : ETIMEDOUT));
	r = generation_report(g, f);
	return r == 0 ? fail(f, -EAGAIN, "cannot start the helper") : r;
}

int generation_await(struct generation *g, struct failure *f)
{
	int r = await_report(g, f);

	if (r < 0)
		generation_stop(g);
	return r < 0 ? r : 0;
}

/* True once the process has ended, false after ms. */
static bool ended_within(pid_t pid, int ms)
{
	_cleanup_fd_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int r;

	if (fd < 0)
		return false;
	while ((r = poll(&p, 1, ms)) < 0 && errno == EINTR)
		;
	return r == 1;
}

void generation_stop(struct generation *g)
{
	close_fd(&g->control);
	if (g->pid <= 0)
		return;
	if (!ended_within(g->pid, GENERATION_STOP_MS))
		(void)kill(g->pid, SIGKILL);
	while (waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
		;
	g->pid = 0;
}
