/* SPDX-License-Identifier: ISC */
#include "support/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* The linker's names: a call of NAME comes to wrap, real is libc's. */
#define wrap(name) __wrap_##name
#define real(name) __real_##name

#define WRAPPED(type, name, ...)      \
	type real(name)(__VA_ARGS__); \
	type wrap(name)(__VA_ARGS__); \
	type wrap(name)(__VA_ARGS__)

static _Thread_local struct {
	enum fault_call call;
	unsigned nth;
	unsigned seen;
	int error; /* 0: shorten */
	size_t bytes;
	bool lasts;
	bool struck;
	void (*edit)(struct msghdr *mh, size_t room);
} armed;

void fault_arm(enum fault_call call, unsigned nth, int error)
{
	armed.call = call;
	armed.nth = nth;
	armed.seen = 0;
	armed.error = error;
	armed.lasts = false;
	armed.struck = false;
}

void fault_arm_from(enum fault_call call, unsigned nth, int error)
{
	fault_arm(call, nth, error);
	armed.lasts = true;
}

void fault_shorten(enum fault_call call, unsigned nth, size_t bytes)
{
	fault_arm(call, nth, 0);
	armed.bytes = bytes;
}

void fault_shorten_from(enum fault_call call, unsigned nth, size_t bytes)
{
	fault_shorten(call, nth, bytes);
	armed.lasts = true;
}

void fault_edit(void (*edit)(struct msghdr *mh, size_t room))
{
	armed.edit = edit;
}

bool fault_disarm(void)
{
	armed.call = FAULT_NONE;
	armed.edit = NULL;
	return armed.struck;
}

/* Whether this call is the one. */
static bool strikes(enum fault_call call)
{
	if (armed.call != call)
		return false;
	armed.seen++;
	if (armed.seen < armed.nth || (armed.seen > armed.nth && !armed.lasts))
		return false;
	armed.struck = true;
	return true;
}

static bool fails(enum fault_call call)
{
	if (!strikes(call))
		return false;
	errno = armed.error;
	return true;
}

/* As fails(), for calls that may move a part: *len is cut then. */
static bool fails_or_cuts(enum fault_call call, size_t *len)
{
	if (!strikes(call))
		return false;
	if (armed.error == 0) {
		if (*len > armed.bytes)
			*len = armed.bytes;
		return false;
	}
	errno = armed.error;
	return true;
}

WRAPPED(ssize_t, sendmsg, int sock, const struct msghdr *mh, int flags)
{
	struct iovec iov = mh->msg_iov[0];
	struct msghdr cut = *mh;

	if (fails_or_cuts(FAULT_SENDMSG, &iov.iov_len))
		return -1;
	cut.msg_iov = &iov;
	return real(sendmsg)(sock, &cut, flags);
}

WRAPPED(ssize_t, send, int sock, const void *data, size_t len, int flags)
{
	if (fails_or_cuts(FAULT_SENDMSG, &len))
		return -1;
	return real(send)(sock, data, len, flags);
}

WRAPPED(ssize_t, recvmsg, int sock, struct msghdr *mh, int flags)
{
	struct iovec iov = mh->msg_iov[0];
	struct iovec *whole = mh->msg_iov;
	size_t room = mh->msg_controllen;
	ssize_t n;

	if (fails_or_cuts(FAULT_RECVMSG, &iov.iov_len))
		return -1;
	mh->msg_iov = &iov;
	n = real(recvmsg)(sock, mh, flags);
	mh->msg_iov = whole;
	if (n >= 0 && armed.edit)
		armed.edit(mh, room);
	return n;
}

WRAPPED(int, poll, struct pollfd *fds, nfds_t n, int ms)
{
	return fails(FAULT_POLL) ? -1 : real(poll)(fds, n, ms);
}

WRAPPED(int, socketpair, int family, int type, int protocol, int sv[2])
{
	return fails(FAULT_SOCKETPAIR)
		       ? -1
		       : real(socketpair)(family, type, protocol, sv);
}

WRAPPED(int, setsockopt, int sock, int level, int name, const void *value,
	socklen_t len)
{
	return fails(FAULT_SETSOCKOPT)
		       ? -1
		       : real(setsockopt)(sock, level, name, value, len);
}

WRAPPED(int, clock_gettime, clockid_t clock, struct timespec *t)
{
	return fails(FAULT_CLOCK) ? -1 : real(clock_gettime)(clock, t);
}

WRAPPED(int, close, int fd)
{
	int r = real(close)(fd);

	return fails(FAULT_CLOSE) ? -1 : r;
}

/* Every command's argument passes as a pointer's width of bits does. */
WRAPPED(int, fcntl, int fd, int command, ...)
{
	va_list ap;
	void *arg;

	if (fails(FAULT_FCNTL) || fails(FAULT_FILE))
		return -1;
	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	return real(fcntl)(fd, command, arg);
}

WRAPPED(int, fflush, FILE *file)
{
	return fails(FAULT_FFLUSH) ? EOF : real(fflush)(file);
}

WRAPPED(void *, malloc, size_t size)
{
	return fails(FAULT_MALLOC) ? NULL : real(malloc)(size);
}

WRAPPED(void *, calloc, size_t n, size_t size)
{
	return fails(FAULT_MALLOC) ? NULL : real(calloc)(n, size);
}

WRAPPED(void *, realloc, void *p, size_t size)
{
	return fails(FAULT_MALLOC) ? NULL : real(realloc)(p, size);
}

WRAPPED(void *, reallocarray, void *p, size_t n, size_t size)
{
	return fails(FAULT_MALLOC) ? NULL : real(reallocarray)(p, n, size);
}

WRAPPED(char *, strdup, const char *s)
{
	return fails(FAULT_MALLOC) ? NULL : real(strdup)(s);
}

/* ---- files --------------------------------------------------------------- */

/*
 * openat2 has no wrapper of its own; close has, but that is where a thread may
 * be cancelled.  Nobody here has over five arguments.
 */
WRAPPED(long, syscall, long number, ...)
{
	long a[5], done;
	va_list ap;

	if (number == SYS_openat2 && fails(FAULT_FILE))
		return -1;
	/* As libc does it, which does not know how many there are either. */
	va_start(ap, number);
	for (int i = 0; i < 5; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	done = real(syscall)(number, a[0], a[1], a[2], a[3], a[4]);
	return number == SYS_close && fails(FAULT_CLOSE) ? -1 : done;
}

WRAPPED(int, fstat, int fd, struct stat *st)
{
	return fails(FAULT_FILE) ? -1 : real(fstat)(fd, st);
}

WRAPPED(int, fstatfs, int fd, struct statfs *fs)
{
	return fails(FAULT_FILE) ? -1 : real(fstatfs)(fd, fs);
}

WRAPPED(ssize_t, readlinkat, int dir, const char *path, char *text, size_t size)
{
	return fails(FAULT_FILE) ? -1 : real(readlinkat)(dir, path, text, size);
}

WRAPPED(int, ftruncate, int fd, off_t length)
{
	return fails(FAULT_FILE) ? -1 : real(ftruncate)(fd, length);
}

WRAPPED(int, fchownat, int dir, const char *path, uid_t uid, gid_t gid,
	int flags)
{
	return fails(FAULT_FILE) ? -1
				 : real(fchownat)(dir, path, uid, gid, flags);
}
