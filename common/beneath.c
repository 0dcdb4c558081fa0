/* SPDX-License-Identifier: ISC */
#include "beneath.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "path.h"

int beneath_open(int dirfd, const char *path, int flags, mode_t mode)
{
	const int always = O_CLOEXEC |
			   (flags & O_PATH ? 0 : O_NONBLOCK | O_NOCTTY);
	struct open_how how = {
		.flags = (unsigned)(flags | always),
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_SYMLINKS,
	};
	long fd;

	/* RESOLVE_BENEATH takes a leading slash for an escape. */
	while (*path == '/')
		path++;
	do
		fd = syscall(SYS_openat2, dirfd, path[0] ? path : ".", &how,
			     sizeof(how));
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : (int)fd;
}

int beneath_parent(int dirfd, const char *path)
{
	char dir[BOUND_PATH];
	size_t len = path_dirlen(path);

	memcpy(dir, path, len);
	dir[len] = '\0';
	return beneath_open(dirfd, dir, O_PATH | O_DIRECTORY, 0);
}

int beneath_proc(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == PROC_SUPER_MAGIC;
}
