/* SPDX-License-Identifier: ISC */
#include "supervisor/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "identity.h"
#include "supervisor/descriptors.h"
#include "supervisor/prepare.h"

/* In the child: why there is no program, and with what status it ends. */
static _Noreturn void end(int status, int r, const char *what,
			  const char *which)
{
	fprintf(stderr, "wicket: cannot %s%s: %s\n", what, which, strerror(-r));
	_exit(status);
}

/*
 * These name the process that a service manager means.  It meant us, and the
 * program stands in our place.
 */
static int pass_pid(const char *name, pid_t supervisor)
{
	const char *now = getenv(name);
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", supervisor);
	if (!now || strcmp(now, text) != 0)
		return 0;
	(void)snprintf(text, sizeof(text), "%d", getpid());
	return setenv(name, text, 1) < 0 ? -errno : 0;
}

static int set_environment(const struct supervisor *s, pid_t supervisor)
{
	char number[16];
	int r;

	(void)snprintf(number, sizeof(number), "%d", s->worker_channel);
	if (setenv("WICKET_FD", number, 1) < 0)
		return -errno;
	if ((r = pass_pid("LISTEN_PID", supervisor)) < 0)
		return r;
	return pass_pid("WATCHDOG_PID", supervisor);
}

static int arrange_descriptors(const struct supervisor *s)
{
	/* What was passed got close-on-exec from us. */
	for (unsigned i = 0; i < s->passed; i++)
		if (fcntl(3 + (int)i, F_SETFD, 0) < 0)
			return -errno;
	if (fcntl(s->worker_channel, F_SETFD, 0) < 0)
		return -errno;
	return descriptors_close(3 + s->passed, &s->worker_channel, 1);
}

static int change_identity(const struct supervisor *s, const char **step)
{
	static gid_t room[PREPARE_GROUPS];
	struct identity id;
	int r;

	*step = "read the groups";
	if ((r = prepare_worker_id(s, room, &id)) < 0)
		return r;
	return identity_become(&id, 0, step);
}

/* The supervisor's death is the worker's: nobody else would look after it. */
static int die_with(pid_t supervisor)
{
	/* Set after the ids, whose change clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return getppid() == supervisor ? 0 : -ESRCH;
}

/* The program finds the signals as we found them. */
static int restore_signals(const struct supervisor *s)
{
	if (!s->pipe_ignored && signal(SIGPIPE, SIG_DFL) == SIG_ERR)
		return -errno;
	return sigprocmask(SIG_SETMASK, &s->mask, NULL) < 0 ? -errno : 0;
}

/* The program has its own idea of how many descriptors it can have. */
static int restore_limit(const struct supervisor *s)
{
	return setrlimit(RLIMIT_NOFILE, &s->files) < 0 ? -errno : 0;
}

static _Noreturn void worker_child(const struct supervisor *s, pid_t supervisor)
{
	char **program = s->options.program;
	const char *step = NULL;
	int r;

	if ((r = set_environment(s, supervisor)) < 0)
		end(EXIT_OWN, r, "set the worker's environment", "");
	if ((r = arrange_descriptors(s)) < 0)
		end(EXIT_OWN, r, "arrange the worker's descriptors", "");
	if ((r = restore_limit(s)) < 0)
		end(EXIT_OWN, r, "restore the worker's limit of descriptors",
		    "");
	if ((r = change_identity(s, &step)) < 0)
		end(EXIT_OWN, r, "drop the worker's privilege: ", step);
	if ((r = die_with(supervisor)) < 0)
		end(EXIT_OWN, r, "tie the worker to the supervisor", "");
	if ((r = restore_signals(s)) < 0)
		end(EXIT_OWN, r, "restore the worker's signals", "");
	execvp(program[0], program);
	r = -errno;
	end(r == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN, r, "run ",
	    program[0]);
}

pid_t worker_start(const struct supervisor *s, struct failure *f)
{
	pid_t supervisor = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return fail(f, -errno, "cannot fork: %s", strerror(errno));
	if (pid == 0)
		worker_child(s, supervisor);
	return pid;
}

void worker_signal(const struct supervisor *s, int sig)
{
	if (s->options.embedded || s->worker <= 0)
		return;
	/*
	 * Safe because: worker is our child and not yet reaped, so its pid
	 * cannot be another's.
	 */
	(void)kill(s->worker, sig);
}

/* Whether the process has this signal in one of these sets of its status. */
static bool has_signal(pid_t pid, int sig)
{
	char path[64], line[128];
	_cleanup_file_ FILE *f = NULL;
	bool found = false;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		if (strncmp(line, "SigIgn:", 7) == 0 ||
		    strncmp(line, "SigCgt:", 7) == 0)
			found = strtoull(line + 7, NULL, 16) >> (sig - 1) & 1;
	return found;
}

const char *worker_reload(const struct supervisor *s)
{
	if (s->options.embedded)
		return "the worker is not ours to signal";
	if (s->worker <= 0)
		return "there is no worker just now";
	if (!has_signal(s->worker, SIGHUP))
		return "the worker does not handle SIGHUP and was not sent it";
	worker_signal(s, SIGHUP);
	return "the worker was sent SIGHUP";
}
