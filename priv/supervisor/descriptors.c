/* SPDX-License-Identifier: ISC */
#include "supervisor/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	FIRST_PASSED = 3, /* SD_LISTEN_FDS_START */
	MOST_PASSED = 4096,
};

int descriptors_standard(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* open() takes the lowest number, which is this one. */
		if (open("/dev/null", O_RDWR) != fd)
			return -EBADF;
	}
	return 0;
}

int descriptors_silence(void)
{
	_cleanup_fd_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -errno;
	for (int fd = 0; fd < 3; fd++)
		if (dup2(null, fd) < 0)
			return -errno;
	return 0;
}

static int close_from_to(unsigned first, unsigned last)
{
	if (first > last)
		return 0;
	/* By number: older C libraries lack the wrapper. */
	return syscall(SYS_close_range, first, last, 0) < 0 ? -errno : 0;
}

/* The lowest of keep that is at least first, or UINT_MAX. */
static unsigned next_kept(unsigned first, const int *keep, size_t n)
{
	unsigned next = UINT_MAX;

	for (size_t i = 0; i < n; i++)
		if (keep[i] >= 0 && (unsigned)keep[i] >= first &&
		    (unsigned)keep[i] < next)
			next = (unsigned)keep[i];
	return next;
}

int descriptors_close(unsigned first, const int *keep, size_t n)
{
	unsigned kept;
	int r;

	while ((kept = next_kept(first, keep, n)) != UINT_MAX) {
		if (kept > 0 && (r = close_from_to(first, kept - 1)) < 0)
			return r;
		first = kept + 1;
	}
	return close_from_to(first, UINT_MAX);
}

int descriptors_give(int from, int to)
{
	/* dup2() to itself would leave close-on-exec as it is. */
	if (from == to)
		return fcntl(to, F_SETFD, 0) < 0 ? -errno : 0;
	return dup2(from, to) < 0 ? -errno : 0;
}

static unsigned long number(const char *name)
{
	const char *text = getenv(name);
	unsigned long n;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	n = strtoul(text, &end, 10);
	return errno || *end ? 0 : n;
}

int descriptors_raise(struct rlimit *ret)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	*ret = limit;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? -errno : 0;
}

unsigned descriptors_listen(void)
{
	unsigned long n = number("LISTEN_FDS");

	if (number("LISTEN_PID") != (unsigned long)getpid())
		return 0;
	if (n > MOST_PASSED)
		return 0;
	for (unsigned long i = 0; i < n; i++)
		if (fcntl(FIRST_PASSED + (int)i, F_GETFD) < 0)
			return 0;
	return (unsigned)n;
}
