/* SPDX-License-Identifier: ISC */
#include "supervisor/policyprogram.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"
#include "identity.h"
#include "supervisor/denial.h"
#include "supervisor/descriptors.h"
#include "supervisor/prepare.h"

static int arrange_descriptors(const struct policyprogram *p)
{
	const int keep[] = {p->program, p->told};
	_cleanup_fd_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int r;

	if (null < 0)
		return -errno;
	if ((r = descriptors_give(null, 0)) < 0 ||
	    (r = descriptors_give(p->output, 1)) < 0)
		return r;
	(void)take_fd(&null); /* closed with the others */
	return descriptors_close(3, keep, 2);
}

static int change_identity(const struct supervisor *s, const char **step)
{
	static gid_t room[PREPARE_GROUPS];
	struct identity id = {.uid = POLICYPROGRAM_UID,
			      .gid = POLICYPROGRAM_UID};
	int r;

	*step = "read the groups";
	/* Without privilege the worker is the caller, and so is this. */
	if (!s->privileged && (r = prepare_worker_id(s, room, &id)) < 0)
		return r;
	return identity_become(&id, 0, step);
}

static int die_with(pid_t supervisor)
{
	/* Set after the ids, whose change clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return getppid() == supervisor ? 0 : -ESRCH;
}

/* Who cannot leave its process group is killed with it. */
static int stay_in_group(void)
{
	static const int denied[] = {CALL_setsid, CALL_setpgid};

	return denial_load(denied, sizeof(denied) / sizeof(denied[0]),
			   SECCOMP_RET_KILL_PROCESS);
}

static int restore_signals(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	if (signal(SIGPIPE, SIG_DFL) == SIG_ERR ||
	    sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return -errno;
	return 0;
}

/*
 * By the descriptor, which is closed by it; but a script's interpreter reads
 * it by /dev/fd/N, and the kernel says ENOENT where that would be closed.
 */
static int execute(int program, char **argv)
{
	char *envp[] = {(char[]){"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, NULL};

	(void)syscall(SYS_execveat, program, "", argv, envp, AT_EMPTY_PATH);
	if (errno == ENOENT && fcntl(program, F_SETFD, 0) == 0)
		(void)syscall(SYS_execveat, program, "", argv, envp,
			      AT_EMPTY_PATH);
	return -errno;
}

static int enter(const struct supervisor *s, const struct policyprogram *p,
		 pid_t supervisor, const char **step)
{
	int r;

	*step = "make a session";
	if (setsid() < 0)
		return -errno;
	*step = "arrange its descriptors";
	if ((r = arrange_descriptors(p)) < 0)
		return r;
	*step = "change to /";
	if (chdir("/") < 0)
		return -errno;
	if ((r = change_identity(s, step)) < 0)
		return r;
	*step = "tie it to the supervisor";
	if ((r = die_with(supervisor)) < 0)
		return r;
	*step = "keep it in its group";
	if ((r = stay_in_group()) < 0)
		return r;
	*step = "restore the signals";
	if ((r = restore_signals()) < 0)
		return r;
	*step = "execute it";
	return execute(p->program, p->argv);
}

pid_t policyprogram_start(const struct supervisor *s,
			  const struct policyprogram *p)
{
	pid_t supervisor = getpid();
	pid_t pid = fork();
	const char *step = "";
	int r;

	if (pid != 0)
		return pid < 0 ? -errno : pid;
	r = enter(s, p, supervisor, &step);
	/* Where that fails too, the status alone says that it failed. */
	(void)dprintf(p->told, "cannot %s: %s", step, strerror(-r));
	_exit(1);
}
