/* SPDX-License-Identifier: ISC */
#include "supervisor/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

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

static void forward(const struct supervisor *s,
		    const struct signalfd_siginfo *si)
{
	if (s->options.embedded || s->worker <= 0 || has_it_already(s, si))
		return;
	/*
	 * Safe because: worker is our child and not yet reaped, so its pid
	 * cannot be another's.
	 */
	(void)kill(s->worker, (int)si->ssi_signo);
}

/*
 * From here on there is no helper: the worker must see the end of the channel,
 * of which the supervisor has a copy.
 */
static void helper_ended(struct supervisor *s, int status)
{
	pid_t pid = s->helper.pid;

	s->helper.pid = 0;
	close_fd(&s->helper.control);
	close_fd(&s->channel);
	if (WIFSIGNALED(status))
		fprintf(stderr,
			"wicket: %s: the helper (pid %d) was killed by "
			"SIG%s; every request fails from now on\n",
			s->policy->name, pid, sigabbrev_np(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0)
		fprintf(stderr,
			"wicket: %s: the helper (pid %d) failed with status "
			"%d; every request fails from now on\n",
			s->policy->name, pid, WEXITSTATUS(status));
}

/* As PID 1 of a container, children of others are ours to bury too. */
static void reap(struct supervisor *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == s->helper.pid) {
			helper_ended(s, status);
		} else if (pid == s->worker && !s->options.embedded) {
			s->worker = 0;
			s->status = status;
		}
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
		forward(s, &si);
	return 0;
}

static bool worker_gone(const struct supervisor *s, short channel_events)
{
	if (s->options.embedded)
		return (channel_events & (POLLHUP | POLLERR)) ||
		       s->helper.pid == 0;
	return s->worker == 0;
}

int loop(struct supervisor *s)
{
	enum {
		SIGNALS,
		NOTIFY,
		CHANNEL,
		NPOLL
	};
	_cleanup_fd_ int signals = -1;
	sigset_t set;
	int r;

	taken_signals(&set);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return -errno;
	while (true) {
		/* Of the channel only its end matters, which is always told. */
		struct pollfd p[NPOLL] = {
			[SIGNALS] = {.fd = signals, .events = POLLIN},
			[NOTIFY] = {.fd = s->notify.relay, .events = POLLIN},
			[CHANNEL] = {.fd = s->options.embedded ? s->channel
							       : -1},
		};

		if (poll(p, NPOLL, -1) < 0 && errno != EINTR)
			return -errno;
		if (p[NOTIFY].revents)
			notify_relay(&s->notify);
		if (p[SIGNALS].revents && (r = take_signals(s, signals)) < 0)
			return r;
		if (worker_gone(s, p[CHANNEL].revents))
			return 0;
	}
}
