/* SPDX-License-Identifier: ISC */
#include "support/program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "own.h"

#define PATIENCE_MS 10000

static void become_program(const struct program *p)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || null < 0 ||
	    dup2(null, 0) < 0)
		_exit(125);
	if (p->output >= 0 && (dup2(p->output, 1) < 0 || dup2(1, 2) < 0))
		_exit(125);
	if (p->netns >= 0 && setns(p->netns, CLONE_NEWNET) < 0)
		_exit(125);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)close_range(3, ~0u, 0);
	/* execvp() changes nothing; its prototype is older than const. */
	(void)execvp(p->argv[0], (char *const *)p->argv);
	_exit(127);
}

pid_t program_start(const struct program *p)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		become_program(p);
	return pid;
}

/* Waits for its end, without a look at why: true, or false after a while. */
static bool wait_end(pid_t pid)
{
	_cleanup_fd_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd end = {.fd = fd, .events = POLLIN};

	return fd >= 0 && poll(&end, 1, PATIENCE_MS) == 1;
}

int program_wait(pid_t pid)
{
	bool ended = wait_end(pid);
	int status;

	if (!ended)
		(void)kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	if (!ended)
		return -ETIMEDOUT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int program_run(const struct program *p, char *buf, size_t size)
{
	_cleanup_fd_ int out = memfd_create("output", MFD_CLOEXEC);
	struct program captured = *p;
	pid_t pid;
	ssize_t n;
	int status;

	if (out < 0)
		return -errno;
	captured.output = out;
	pid = program_start(&captured);
	if (pid < 0)
		return (int)pid;
	status = program_wait(pid);
	n = pread(out, buf, size - 1, 0);
	buf[n < 0 ? 0 : n] = '\0';
	return status;
}

/* Whether /proc/PID/stat ("PID (NAME) STATE PPID ...") is of such a one. */
static bool is_child(const char *pid, pid_t parent, const char *name)
{
	char path[64], text[256], wanted[64];
	_cleanup_fd_ int fd = -1;
	const char *end;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%.32s/stat", pid);
	(void)snprintf(wanted, sizeof(wanted), "(%s)", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	end = strrchr(text, ')');
	return end && strstr(text, wanted) && strlen(end) > 4 &&
	       strtol(end + 4, NULL, 10) == parent;
}

pid_t program_child(pid_t parent, const char *name)
{
	DIR *proc = opendir("/proc");
	const struct dirent *e;
	pid_t found = 0;

	while (proc && found == 0 && (e = readdir(proc)))
		if (is_child(e->d_name, parent, name))
			found = (pid_t)strtol(e->d_name, NULL, 10);
	if (proc)
		(void)closedir(proc);
	return found;
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool program_poll(bool (*done)(void *arg), void *arg)
{
	int64_t until = now_ms() + PATIENCE_MS;

	while (!done(arg)) {
		if (now_ms() > until)
			return false;
		(void)poll(NULL, 0, 10);
	}
	return true;
}

static int raise_loopback(void)
{
	_cleanup_fd_ int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};

	if (sock < 0 || ioctl(sock, SIOCSIFFLAGS, &lo) < 0)
		return -errno;
	return 0;
}

int program_netns(void)
{
	/* Leaves the test's own namespace only for as long as it takes. */
	_cleanup_fd_ int old = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int r = 0;
	int fd;

	if (old < 0 || unshare(CLONE_NEWNET) < 0)
		return -errno;
	r = raise_loopback();
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (setns(old, CLONE_NEWNET) < 0)
		abort();
	if (r < 0) {
		close_fd(&fd);
		return r;
	}
	return fd < 0 ? -errno : fd;
}
