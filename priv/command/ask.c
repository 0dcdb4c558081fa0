/* SPDX-License-Identifier: ISC */
#include "command/ask.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "policy/load.h"
#include "rundir.h"
#include "wicket/fdpass.h"

enum {
	ANSWER_SECONDS = 60,
	ANSWER_TEXT = 8192,
};

/* Where a socket is that "NAME.PID" names; false for another name. */
static bool take_name(const char *file, struct running *ret)
{
	const char *dot = strrchr(file, '.');
	long pid;
	char *end;

	if (!dot || dot == file || (size_t)(dot - file) >= sizeof(ret->name))
		return false;
	errno = 0;
	pid = strtol(dot + 1, &end, 10);
	if (errno || end == dot + 1 || *end || pid <= 0 || pid > 0x3fffffff)
		return false;
	memcpy(ret->name, file, (size_t)(dot - file));
	ret->name[dot - file] = '\0';
	ret->pid = (pid_t)pid;
	return true;
}

static int connect_to(const struct running *to)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char dir[sizeof(un.sun_path)];
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int n;

	if (fd < 0)
		return -errno;
	if (rundir_path(dir, sizeof(dir)) < 0)
		return -ENOENT;
	n = snprintf(un.sun_path, sizeof(un.sun_path), "%s/%s.%d", dir,
		     to->name, to->pid);
	if (n < 0 || (size_t)n >= sizeof(un.sun_path))
		return -ENAMETOOLONG;
	if (connect(fd, (const struct sockaddr *)&un, sizeof(un)) < 0)
		return -errno;
	return take_fd(&fd);
}

/* Somebody listens. */
static bool answers(const struct running *r)
{
	_cleanup_fd_ int fd = connect_to(r);

	return fd >= 0;
}

static int by_name(const void *a, const void *b)
{
	const struct running *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->pid > y->pid) - (x->pid < y->pid);
}

static int add(struct running **v, size_t n, const struct running *r)
{
	struct running *grown = reallocarray(*v, n + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	grown[n] = *r;
	*v = grown;
	return 0;
}

/* Those in the directory that answer, in no order. */
static ssize_t collect(DIR *dir, const char *name, struct running **ret)
{
	const struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir(dir))) {
		struct running r;

		if (!take_name(entry->d_name, &r) ||
		    (name && strcmp(r.name, name) != 0) || !answers(&r))
			continue;
		if (add(ret, n, &r) < 0)
			return -ENOMEM;
		n++;
	}
	return (ssize_t)n;
}

ssize_t ask_running(const char *policy, struct running **ret)
{
	_cleanup_free_ char *name = policy ? policy_name_of(policy) : NULL;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct running *v = NULL;
	ssize_t n;
	DIR *dir;

	*ret = NULL;
	if (policy && !name)
		return -ENOMEM;
	if (rundir_path(path, sizeof(path)) < 0)
		return 0;
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	n = collect(dir, name, &v);
	(void)closedir(dir);
	if (n <= 0) {
		free(v);
		return n;
	}
	qsort(v, (size_t)n, sizeof(*v), by_name);
	*ret = v;
	return n;
}

int ask(const struct running *to, const char *question, char **ret,
	int *ret_file)
{
	_cleanup_free_ char *text = calloc(1, ANSWER_TEXT);
	_cleanup_fd_ int fd = connect_to(to);
	struct timespec until;
	size_t nfds = 1;
	int file = -1;
	ssize_t n;

	if (!text)
		return -ENOMEM;
	if (fd < 0)
		return fd;
	if (wicket_sendfds(fd, question, strlen(question), NULL, 0, 0) < 0 ||
	    clock_gettime(CLOCK_MONOTONIC, &until) < 0)
		return -errno;
	until.tv_sec += ANSWER_SECONDS;
	n = wicket_recvfds_until(fd, text, ANSWER_TEXT - 1, &file, &nfds, 0,
				 &until);
	if (n <= 0)
		return n < 0 ? -errno : -EPIPE;
	*ret = take_ptr(&text);
	*ret_file = nfds > 0 ? file : -1;
	return 0;
}
