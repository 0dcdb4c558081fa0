/* SPDX-License-Identifier: ISC */
#include "support/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "own.h"

pid_t child_start(int (*work)(void *arg), void *arg)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(126);
	_exit(work(arg));
}

static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

int child_wait(pid_t pid, int ms)
{
	_cleanup_fd_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (fd < 0)
		return -1;
	if (poll(&p, 1, ms) != 1) {
		(void)kill(pid, SIGKILL);
		(void)reap(pid);
		return -1;
	}
	return reap(pid);
}

int child_run(int (*work)(void *arg), void *arg)
{
	pid_t pid = child_start(work, arg);

	return pid < 0 ? -1 : reap(pid);
}
