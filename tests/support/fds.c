/* SPDX-License-Identifier: ISC */
#include "support/fds.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/child.h"

size_t fds_count(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	CHILD_CHECK(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	/* Without ".", ".." and the directory itself. */
	return n - 3;
}

bool fds_same(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 &&
	       sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

bool fds_cloexec(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags >= 0 && (flags & FD_CLOEXEC);
}

int fds_file(const char *text)
{
	size_t len = strlen(text);
	int fd = memfd_create("test", MFD_CLOEXEC);

	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(write(fd, text, len) == (ssize_t)len);
	CHILD_CHECK(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}
