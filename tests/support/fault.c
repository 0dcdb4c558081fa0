/* SPDX-License-Identifier: ISC */
#include "support/fault.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

static _Thread_local struct {
	enum fault_call call;
	unsigned nth;
	unsigned seen;
	int error; /* 0: shorten */
	size_t bytes;
	bool lasts;
	bool struck;
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

bool fault_disarm(void)
{
	armed.call = FAULT_NONE;
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

static bool fails(enum fault_call call, bool *ret_short)
{
	*ret_short = false;
	if (!strikes(call))
		return false;
	if (armed.error == 0) {
		*ret_short = true;
		return false;
	}
	errno = armed.error;
	return true;
}

/* A copy of the message with its first piece cut. */
static ssize_t move(long call, int sock, struct msghdr *mh, int flags, bool cut)
{
	struct iovec iov = mh->msg_iov[0];
	struct iovec *whole = mh->msg_iov;
	ssize_t n;

	if (cut && iov.iov_len > armed.bytes)
		iov.iov_len = armed.bytes;
	mh->msg_iov = &iov;
	n = syscall(call, sock, mh, flags);
	mh->msg_iov = whole;
	return n;
}

ssize_t sendmsg(int sock, const struct msghdr *mh, int flags)
{
	struct msghdr copy = *mh;
	bool cut;

	if (fails(FAULT_SENDMSG, &cut))
		return -1;
	return cut ? move(SYS_sendmsg, sock, &copy, flags, true)
		   : syscall(SYS_sendmsg, sock, mh, flags);
}

/* Counts as a sendmsg, which it is. */
ssize_t send(int sock, const void *data, size_t len, int flags)
{
	bool cut;

	if (fails(FAULT_SENDMSG, &cut))
		return -1;
	if (cut && len > armed.bytes)
		len = armed.bytes;
	return sendto(sock, data, len, flags, NULL, 0);
}

ssize_t recvmsg(int sock, struct msghdr *mh, int flags)
{
	bool cut;

	if (fails(FAULT_RECVMSG, &cut))
		return -1;
	return cut ? move(SYS_recvmsg, sock, mh, flags, true)
		   : syscall(SYS_recvmsg, sock, mh, flags);
}

int poll(struct pollfd *fds, nfds_t n, int ms)
{
	struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
	bool cut;

	if (fails(FAULT_POLL, &cut))
		return -1;
	return (int)syscall(SYS_ppoll, fds, n, ms < 0 ? NULL : &t, NULL, 0);
}

int socketpair(int family, int type, int protocol, int sv[2])
{
	bool cut;

	if (fails(FAULT_SOCKETPAIR, &cut))
		return -1;
	return (int)syscall(SYS_socketpair, family, type, protocol, sv);
}

int setsockopt(int sock, int level, int name, const void *value, socklen_t len)
{
	bool cut;

	if (fails(FAULT_SETSOCKOPT, &cut))
		return -1;
	return (int)syscall(SYS_setsockopt, sock, level, name, value, len);
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
	bool cut;

	if (fails(FAULT_CLOCK, &cut))
		return -1;
	return (int)syscall(SYS_clock_gettime, clock, t);
}

/* ---- files --------------------------------------------------------------- */

/* openat2 has no wrapper of its own.  Nobody here has over five arguments. */
long syscall(long number, ...)
{
	static _Thread_local long (*libcs)(long, ...);
	long a[5];
	va_list ap;
	bool cut;

	if (!libcs)
		libcs = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	if (number == SYS_openat2 && fails(FAULT_FILE, &cut))
		return -1;
	/* As libc does it, which does not know how many there are either. */
	va_start(ap, number);
	for (int i = 0; i < 5; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	return libcs(number, a[0], a[1], a[2], a[3], a[4]);
}

int fcntl(int fd, int command, ...)
{
	va_list ap;
	long value;
	bool cut;

	va_start(ap, command);
	value = va_arg(ap, long);
	va_end(ap);
	if (fails(FAULT_FILE, &cut))
		return -1;
	return (int)syscall(SYS_fcntl, fd, command, value);
}

int fstat(int fd, struct stat *st)
{
	bool cut;

	if (fails(FAULT_FILE, &cut))
		return -1;
	return (int)syscall(SYS_fstat, fd, st);
}

int fstatfs(int fd, struct statfs *fs)
{
	bool cut;

	if (fails(FAULT_FILE, &cut))
		return -1;
	return (int)syscall(SYS_fstatfs, fd, fs);
}

ssize_t readlinkat(int dir, const char *path, char *text, size_t size)
{
	bool cut;

	if (fails(FAULT_FILE, &cut))
		return -1;
	return syscall(SYS_readlinkat, dir, path, text, size);
}

int ftruncate(int fd, off_t length)
{
	bool cut;

	if (fails(FAULT_FILE, &cut))
		return -1;
	return (int)syscall(SYS_ftruncate, fd, length);
}

int fchownat(int dir, const char *path, uid_t uid, gid_t gid, int flags)
{
	bool cut;

	if (fails(FAULT_FILE, &cut))
		return -1;
	return (int)syscall(SYS_fchownat, dir, path, uid, gid, flags);
}
