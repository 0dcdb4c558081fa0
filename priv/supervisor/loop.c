/* SPDX-License-Identifier: ISC */
#include "supervisor/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/change.h"
#include "supervisor/clock.h"
#include "supervisor/prepare.h"
#include "supervisor/worker.h"

static const int forwarded[] = {SIGHUP,	 SIGINT,  SIGTERM,  SIGQUIT,
				SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT};

#define NFORWARDED (sizeof(forwarded) / sizeof(forwarded[0]))

static void taken_signals(sigset_t *set)
{
	(void)sigemptyset(set);
	for (size_t i = 0; i < NFORWARDED; i++)
		(void)sigaddset(set, forwarded[i]);
	(void)sigaddset(set, SIGCHLD);
}

int loop_signals(struct supervisor *s)
{
	sigset_t set;
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);

	/* stderr may be a pipe that nobody reads. */
	if (before == SIG_ERR)
		return -errno;
	s->pipe_ignored = before == SIG_IGN;
	/* Inherited as ignored, it would let children vanish unseen. */
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return -errno;
	taken_signals(&set);
	return sigprocmask(SIG_BLOCK, &set, &s->mask) < 0 ? -errno : 0;
}

/*
 * A terminal sends to its whole foreground group: the worker has it already,
 * unless it went to a group of its own.
 */
static bool has_it_already(const struct supervisor *s,
			   const struct signalfd_siginfo *si)
{
	bool terminal = si->ssi_signo == SIGINT || si->ssi_signo == SIGQUIT ||
			si->ssi_signo == SIGWINCH;

	return terminal && si->ssi_code == SI_KERNEL &&
	       getpgid(s->worker) == getpgrp();
}

/* Whoever wants the worker to end does not want another one. */
static void note_end(struct supervisor *s, int sig)
{
	if (sig != SIGTERM && sig != SIGINT && sig != SIGQUIT)
		return;
	s->restart.ending = true;
	s->restart.waiting = false;
	notify_stopping(&s->notify);
}

static void take_signal(struct supervisor *s, const struct signalfd_siginfo *si)
{
	int sig = (int)si->ssi_signo;

	/* The worker has it when there is a helper of the new policy. */
	if (sig == SIGHUP) {
		change_want(s, WANT_SIGNAL);
		return;
	}
	if (s->options.embedded)
		return;
	note_end(s, sig);
	if (!has_it_already(s, si))
		worker_signal(s, sig);
}

static void worker_ended(struct supervisor *s, int status)
{
	s->notify.ready = false;
	s->worker = 0;
	s->status = status;
	restart_ended(&s->restart, s->options.restart, status, clock_ms());
}

/* A child that can be reaped: until it is, its number is no other's. */
static pid_t ended(void)
{
	siginfo_t si = {0};

	return waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) < 0
		       ? -errno
		       : si.si_pid;
}

/* As PID 1 of a container, children of others are ours to bury too. */
static void reap(struct supervisor *s)
{
	int status;
	pid_t pid;

	while ((pid = ended()) > 0) {
		if (policyfrom_ended(&s->from, pid))
			continue;
		if (waitpid(pid, &status, WNOHANG) != pid)
			break;
		if (change_reaped(s, pid, status))
			continue;
		if (pid == s->worker && !s->options.embedded)
			worker_ended(s, status);
	}
}

static int take_signals(struct supervisor *s, int fd)
{
	struct signalfd_siginfo si;
	ssize_t n = read(fd, &si, sizeof(si));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (si.ssi_signo == SIGCHLD)
		reap(s);
	else
		take_signal(s, &si);
	return 0;
}

/* ---- the worker, again --------------------------------------------------- */

static int start_worker(struct supervisor *s, struct failure *f)
{
	int r = prepare_channel(s, f);

	if (r < 0)
		return r;
	change_add_channel(s, &s->channels.v[s->channels.n - 1]);
	s->worker = worker_start(s, f);
	close_fd(&s->worker_channel);
	return s->worker < 0 ? s->worker : 0;
}

static void restart_step(struct supervisor *s)
{
	struct failure f = FAILURE_INIT;

	if (!s->restart.waiting || clock_ms() < s->restart.due)
		return;
	restart_begun(&s->restart, clock_ms());
	if (start_worker(s, &f) == 0)
		return;
	fprintf(stderr, "wicket: %s; trying again\n", f.text);
	worker_ended(s, W_EXITCODE(EXIT_OWN, 0));
}

static bool worker_gone(const struct supervisor *s)
{
	if (s->options.embedded)
		return s->channels.n == 0;
	return s->worker == 0 && !s->restart.waiting;
}

/* ---- waiting ------------------------------------------------------------- */

enum {
	SIGNALS,
	NOTIFY,
	HELPER,
	NEXT,
	FROM,
	CONSOLE,
	CHANNELS = CONSOLE + CONSOLE_POLL,
};

static int earlier(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int timeout(const struct supervisor *s)
{
	int ms = earlier(change_timeout(s), console_timeout(&s->console));

	ms = earlier(ms, policyfrom_timeout(&s->from));
	return s->restart.waiting ? earlier(ms, clock_until(s->restart.due))
				  : ms;
}

/* All that can happen; *ret is malloced. */
static int wait_for(const struct supervisor *s, int signals,
		    struct pollfd **ret)
{
	struct pollfd *p = calloc(CHANNELS + s->channels.n, sizeof(*p));
	bool starting = s->change.next.pid > 0 && !s->change.ready;

	if (!p)
		return -ENOMEM;
	*ret = p;
	p[SIGNALS] = (struct pollfd){.fd = signals, .events = POLLIN};
	p[NOTIFY] = (struct pollfd){.fd = s->notify.relay, .events = POLLIN};
	p[HELPER] = (struct pollfd){.fd = s->helper.control, .events = POLLIN};
	p[NEXT] = (struct pollfd){.fd = starting ? s->change.next.control : -1,
				  .events = POLLIN};
	p[FROM] = policyfrom_watch(&s->from);
	console_watch(&s->console, p + CONSOLE);
	channels_watch(&s->channels, p + CHANNELS);
	if (poll(p, CHANNELS + s->channels.n, timeout(s)) < 0)
		return errno == EINTR ? 0 : -errno;
	return 0;
}

static int take(struct supervisor *s, int signals)
{
	_cleanup_free_ struct pollfd *p = NULL;
	int r = wait_for(s, signals, &p);

	if (r < 0)
		return r;
	/* First, while the table is the one that was waited for. */
	channels_close_ended(&s->channels, p + CHANNELS);
	if (p[NOTIFY].revents)
		notify_relay(&s->notify);
	if (p[HELPER].revents || p[NEXT].revents)
		change_hear(s);
	if (p[FROM].revents)
		policyfrom_hear(&s->from);
	console_take(s, p + CONSOLE);
	return p[SIGNALS].revents ? take_signals(s, signals) : 0;
}

int loop(struct supervisor *s)
{
	_cleanup_fd_ int signals = -1;
	sigset_t set;
	int r = 0;

	taken_signals(&set);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return -errno;
	while (r == 0 && !worker_gone(s)) {
		r = take(s, signals);
		restart_step(s);
		change_step(s);
		console_step(s);
	}
	return r;
}
