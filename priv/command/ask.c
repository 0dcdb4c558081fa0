/* SPDX-License-Identifier: ISC */
#include "command/ask.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "wicket/fdpass.h"

enum {
	ANSWER_SECONDS = 60,
	ANSWER_TEXT = 8192,
};

const char *ask_directory(char *buf, size_t size)
{
	const char *above = geteuid() == 0 ? "/run" : getenv("XDG_RUNTIME_DIR");
	int n;

	if (!above || above[0] != '/')
		return NULL;
	n = snprintf(buf, size, "%s/wicket", above);
	return n < 0 || (size_t)n >= size ? NULL : buf;
}

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
	if (!ask_directory(dir, sizeof(dir)))
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

/* "httpd" for "./httpd.policy", as the supervisor calls itself. */
static int policy_name(const char *policy, char *buf, size_t size)
{
	static const char suffix[] = ".policy";
	const char *slash = strrchr(policy, '/');
	const char *name = slash ? slash + 1 : policy;
	size_t len = strlen(name);
	size_t tail = sizeof(suffix) - 1;

	if (slash && len > tail && strcmp(name + len - tail, suffix) == 0)
		len -= tail;
	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(buf, name, len);
	buf[len] = '\0';
	return 0;
}

ssize_t ask_running(const char *policy, struct running **ret)
{
	char name[sizeof(((struct running *)0)->name)];
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct running *v = NULL;
	ssize_t n;
	DIR *dir;

	*ret = NULL;
	if (policy && policy_name(policy, name, sizeof(name)) < 0)
		return -ENAMETOOLONG;
	if (!ask_directory(path, sizeof(path)))
		return 0;
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	n = collect(dir, policy ? name : NULL, &v);
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
