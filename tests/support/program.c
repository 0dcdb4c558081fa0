/* SPDX-License-Identifier: ISC */
#include "support/program.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "own.h"

#define PATIENCE_MS 10000

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
