/* SPDX-License-Identifier: ISC */
#include "support/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "support/child.h"
#include "support/paths.h"
#include "support/program.h"

static _Noreturn void child(const char *const *argv, pid_t parent, int out,
			    int err)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	CHILD_CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
	CHILD_CHECK(getppid() == parent);
	CHILD_CHECK(dup2(null, 0) == 0 && dup2(out, 1) == 1);
	CHILD_CHECK(dup2(err, 2) == 2);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

void capture_start(struct capture *c, const char *const *argv)
{
	pid_t parent = getpid();
	int out[2];

	CHILD_CHECK(pipe2(out, O_CLOEXEC) == 0);
	*c = (struct capture){.out = strdup(""),
			      .out_fd = out[0],
			      .err_fd = memfd_create("stderr", MFD_CLOEXEC)};
	CHILD_CHECK(c->out && c->err_fd >= 0);
	/* Many write to it: each behind the other. */
	CHILD_CHECK(fcntl(c->err_fd, F_SETFL, O_APPEND) == 0);
	c->pid = fork();
	CHILD_CHECK(c->pid >= 0);
	if (c->pid == 0)
		child(argv, parent, out[1], c->err_fd);
	close(out[1]);
}

/* Reads a bit more of stdout: false at its end. */
static int more(struct capture *c)
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

int capture_finish(struct capture *c)
{
	off_t len;
	int status;

	while (more(c))
		;
	while (waitpid(c->pid, &status, 0) < 0)
		CHILD_CHECK(errno == EINTR);
	len = lseek(c->err_fd, 0, SEEK_END);
	c->err = calloc((size_t)len + 1, 1);
	c->status = status;
	CHILD_CHECK(c->err && pread(c->err_fd, c->err, (size_t)len, 0) == len);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
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
