/* SPDX-License-Identifier: ISC */
#include "support/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "own.h"
#include "support/child.h"
#include "support/paths.h"

/* ---- the program --------------------------------------------------------- */

static void take_descriptors(int out, int err)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	CHILD_CHECK(dup2(null, 0) == 0 && dup2(out, 1) == 1);
	CHILD_CHECK(dup2(err, 2) == 2);
	CHILD_CHECK(close_range(3, ~0u, 0) == 0);
}

static void reset_signals(void)
{
	sigset_t none;

	CHILD_CHECK(sigemptyset(&none) == 0);
	CHILD_CHECK(sigprocmask(SIG_SETMASK, &none, NULL) == 0);
	CHILD_CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
}

static _Noreturn void child(const char *const *argv, pid_t parent, int netns,
			    int out, int err)
{
	CHILD_CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
	CHILD_CHECK(getppid() == parent);
	CHILD_CHECK(netns < 0 || setns(netns, CLONE_NEWNET) == 0);
	reset_signals();
	take_descriptors(out, err);
	/* execvp() changes nothing; its prototype is older than const. */
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

void capture_start_in(struct capture *c, const char *const *argv, int netns)
{
	pid_t parent = getpid();
	int out[2];

	CHILD_CHECK(pipe2(out, O_CLOEXEC) == 0);
	*c = (struct capture){.out = strdup(""),
			      .patience_ms = -1,
			      .out_fd = out[0],
			      .err_fd = memfd_create("stderr", MFD_CLOEXEC)};
	CHILD_CHECK(c->out && c->err_fd >= 0);
	/* Many write to it: each behind the other. */
	CHILD_CHECK(fcntl(c->err_fd, F_SETFL, O_APPEND) == 0);
	c->pid = fork();
	CHILD_CHECK(c->pid >= 0);
	if (c->pid == 0)
		child(argv, parent, netns, out[1], c->err_fd);
	close(out[1]);
}

void capture_start(struct capture *c, const char *const *argv)
{
	capture_start_in(c, argv, -1);
}

/* ---- what it says -------------------------------------------------------- */

/* Reads a bit more of stdout: false at its end. */
static bool more(struct capture *c)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(c->out_fd, buf, sizeof(buf))) < 0 && errno == EINTR)
		;
	CHILD_CHECK(n >= 0);
	c->out = realloc(c->out, c->out_len + (size_t)n + 1);
	CHILD_CHECK(c->out != NULL);
	memcpy(c->out + c->out_len, buf, (size_t)n);
	c->out_len += (size_t)n;
	c->out[c->out_len] = '\0';
	return n > 0;
}

void capture_until(struct capture *c, const char *text)
{
	while (!strstr(c->out, text))
		CHILD_CHECK(more(c));
}

/* Something can be read of it within so many milliseconds, or its end. */
static bool ready(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int r;

	while ((r = poll(&p, 1, ms)) < 0)
		CHILD_CHECK(errno == EINTR);
	return r == 1;
}

static void read_err(struct capture *c)
{
	off_t len = lseek(c->err_fd, 0, SEEK_END);

	free(c->err);
	c->err = calloc((size_t)len + 1, 1);
	CHILD_CHECK(c->err && pread(c->err_fd, c->err, (size_t)len, 0) == len);
}

void capture_so_far(struct capture *c)
{
	while (ready(c->out_fd, 0) && more(c))
		;
	read_err(c);
}

/* ---- its end ------------------------------------------------------------- */

bool capture_ended(const struct capture *c)
{
	siginfo_t end = {.si_pid = 0};

	CHILD_CHECK(waitid(P_PID, (id_t)c->pid, &end,
			   WEXITED | WNOHANG | WNOWAIT) == 0);
	return end.si_pid == c->pid;
}

static int64_t now_ms(void)
{
	struct timespec t;

	CHILD_CHECK(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Of c->patience_ms, with which we began at start. */
static int left_ms(const struct capture *c, int64_t start)
{
	int64_t left = start + c->patience_ms - now_ms();

	if (c->patience_ms < 0)
		return -1;
	return left > 0 ? (int)left : 0;
}

/* Both its output and itself have ended: true, or false for too late. */
static bool wait_end(struct capture *c)
{
	_cleanup_fd_ int fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	int64_t start = now_ms();

	CHILD_CHECK(fd >= 0);
	do
		if (!ready(c->out_fd, left_ms(c, start)))
			return false;
	while (more(c));
	return ready(fd, left_ms(c, start));
}

int capture_finish(struct capture *c)
{
	bool in_time = wait_end(c);

	if (!in_time)
		CHILD_CHECK(kill(c->pid, SIGKILL) == 0);
	while (waitpid(c->pid, &c->status, 0) < 0)
		CHILD_CHECK(errno == EINTR);
	read_err(c);
	if (!in_time)
		return -ETIMEDOUT;
	return WIFSIGNALED(c->status) ? 128 + WTERMSIG(c->status)
				      : WEXITSTATUS(c->status);
}

int capture_run(struct capture *c, const char *const *argv)
{
	capture_start(c, argv);
	return capture_finish(c);
}

void capture_start_wicket(struct capture *c, const char *const *words)
{
	const char *argv[32];
	char path[PATH_MAX + 16];
	size_t n = 0;

	snprintf(path, sizeof(path), "%s", paths_built("bin/wicket"));
	argv[n++] = path;
	do {
		CHILD_CHECK(n < sizeof(argv) / sizeof(argv[0]));
		argv[n++] = *words;
	} while (*words++);
	capture_start(c, argv);
}

int capture_wicket(struct capture *c, const char *const *words)
{
	capture_start_wicket(c, words);
	return capture_finish(c);
}

void capture_free(struct capture *c)
{
	free(c->out);
	free(c->err);
	close(c->out_fd);
	close(c->err_fd);
}
