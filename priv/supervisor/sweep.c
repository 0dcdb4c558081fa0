/* SPDX-License-Identifier: ISC */
#include "supervisor/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "own.h"

/* Not by its process: the number may be another's by now. */
static bool is_abandoned(const struct sockaddr_un *un)
{
	_cleanup_fd_ int fd = socket(
		AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd >= 0 &&
	       connect(fd, (const struct sockaddr *)un, sizeof(*un)) < 0 &&
	       errno == ECONNREFUSED;
}

void sweep(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	const char *slash = strrchr(path, '/');
	int above = slash ? (int)(slash - path) : 0;
	struct dirent *entry;
	DIR *dir;

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%.*s", above, path);
	dir = opendir(un.sun_path);
	while (dir && (entry = readdir(dir))) {
		int n = snprintf(un.sun_path, sizeof(un.sun_path), "%.*s/%s",
				 above, path, entry->d_name);

		if (entry->d_name[0] != '.' && entry->d_type == DT_SOCK &&
		    n > 0 && (size_t)n < sizeof(un.sun_path) &&
		    is_abandoned(&un))
			(void)unlink(un.sun_path);
	}
	if (dir)
		(void)closedir(dir);
}
