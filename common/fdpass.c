/* SPDX-License-Identifier: ISC */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "wicket/fdpass.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * Room for descriptors is CMSG_LEN, not CMSG_SPACE: the padding that
 * CMSG_SPACE adds behind an odd number of ints would admit one more.
 */
#define RIGHTS_LEN(n) CMSG_LEN((n) * sizeof(int))
#define RIGHTS_MAX    CMSG_SPACE(WICKET_FDS_MAX * sizeof(int))

/*
 * What else may come when somebody has switched it on: a time, three more,
 * SCM_CREDENTIALS and SCM_SECURITY before the descriptors, SCM_PIDFD and
 * SCM_INQ behind them.  Without room for these they would take that of the
 * descriptors.
 */
#define OTHERS_MAX                                            \
	(CMSG_SPACE(sizeof(struct timespec)) +                \
	 CMSG_SPACE(3 * sizeof(struct timespec)) +            \
	 CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(256) + \
	 2 * CMSG_SPACE(sizeof(int)))

/* Linux 6.5; Debian 12's headers do not have it. */
#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif

/*
 * What a caller may ask for, beside what is always added.  MSG_PEEK would
 * make descriptors twice; MSG_OOB loses them; MSG_TRUNC changes what is
 * returned.
 */
#define SEND_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL)
#define RECV_FLAGS (MSG_DONTWAIT | MSG_CMSG_CLOEXEC)

/*
 * What every message passes through is one function with what is exported: a
 * system call returns to a CPU that has forgotten where its callers return to,
 * and each return is then guessed wrong.  A NULL deadline also costs nothing.
 */
#define inlined static inline __attribute__((always_inline))

static ssize_t refuse(int why)
{
	errno = why;
	return -1;
}

int wicket_socketpair(int type, int sv[2])
{
	int pair[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	sv[0] = pair[0];
	sv[1] = pair[1];
	return 0;
}

/* As the kernel has it of such a time, whose calls fail with EINVAL. */
inlined bool no_time(const struct timespec *deadline)
{
	return deadline &&
	       (deadline->tv_nsec < 0 || deadline->tv_nsec >= 1000000000);
}

/*
 * Milliseconds until the deadline, rounded up, for poll(2).  A far one is
 * looked at again after a day: no caller's number overflows.
 */
static int left_ms(const struct timespec *deadline)
{
	const time_t day = 86400;
	struct timespec now;
	long ms;

	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0 ||
	    deadline->tv_sec < now.tv_sec)
		return 0;
	if (deadline->tv_sec - now.tv_sec > day)
		return (int)day * 1000;
	ms = (long)(deadline->tv_sec - now.tv_sec) * 1000 +
	     (deadline->tv_nsec - now.tv_nsec + 999999) / 1000000;
	return ms < 0 ? 0 : (int)ms;
}

/*
 * Waits for events on sock: those that there are, or -1 with ETIMEDOUT.  The
 * deadline comes first: what poll(2) calls ready may never be.
 */
static int wait_for(int sock, short events, const struct timespec *deadline)
{
	struct pollfd p = {.fd = sock, .events = events};
	int n;

	do {
		int ms = left_ms(deadline);

		if (ms == 0)
			return (int)refuse(ETIMEDOUT);
		n = poll(&p, 1, ms);
	} while (n == 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -1 : p.revents;
}

/* A message without descriptors is cheaper by send(2). */
inlined ssize_t send_now(int sock, const struct msghdr *mh, int flags)
{
	if (mh->msg_controllen == 0)
		return send(sock, mh->msg_iov->iov_base, mh->msg_iov->iov_len,
			    flags);
	return sendmsg(sock, mh, flags);
}

/*
 * One send, repeated after a signal, and after a wait where there is a
 * deadline.  With a deadline the call itself must not block.
 */
inlined ssize_t send_once(int sock, const struct msghdr *mh, int flags,
			  const struct timespec *deadline)
{
	if (deadline)
		flags |= MSG_DONTWAIT;
	for (;;) {
		ssize_t n = send_now(sock, mh, flags | MSG_NOSIGNAL);

		if (n >= 0)
			return n;
		if (errno == EINTR)
			continue;
		if (!deadline || (errno != EAGAIN && errno != EWOULDBLOCK))
			return -1;
		if (wait_for(sock, POLLOUT, deadline) < 0)
			return -1;
	}
}

/* The rest of a stream's message, whose descriptors have gone before. */
static ssize_t send_rest(int sock, const char *msg, size_t len, size_t done,
			 int flags, const struct timespec *deadline)
{
	while (done < len) {
		struct iovec iov = {
			.iov_base = (char *)msg + done,
			.iov_len = len - done,
		};
		struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
		ssize_t n = send_once(sock, &mh, flags, deadline);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

inlined ssize_t send_all(int sock, const void *msg, size_t len, const int *fds,
			 size_t nfds, int flags,
			 const struct timespec *deadline)
{
	union {
		char room[RIGHTS_MAX];
		struct cmsghdr align;
	} control;
	struct iovec iov = {.iov_base = (void *)msg, .iov_len = len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (nfds > WICKET_FDS_MAX)
		return refuse(E2BIG);
	if ((nfds > 0 && (len == 0 || !fds)) || (flags & ~SEND_FLAGS) ||
	    no_time(deadline))
		return refuse(EINVAL);
	if (nfds > 0) {
		struct cmsghdr *c = &control.align;

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = RIGHTS_LEN(nfds);
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
		mh.msg_control = control.room;
		mh.msg_controllen = c->cmsg_len;
	}
	n = send_once(sock, &mh, flags, deadline);
	if (n < 0 || (size_t)n == len)
		return n;
	return send_rest(sock, msg, len, (size_t)n, flags, deadline);
}

ssize_t wicket_sendfds(int sock, const void *msg, size_t len, const int *fds,
		       size_t nfds, int flags)
{
	return send_all(sock, msg, len, fds, nfds, flags, NULL);
}

ssize_t wicket_sendfds_until(int sock, const void *msg, size_t len,
			     const int *fds, size_t nfds, int flags,
			     const struct timespec *deadline)
{
	return send_all(sock, msg, len, fds, nfds, flags, deadline);
}

ssize_t wicket_sendfiles_until(int sock, const void *msg, size_t len,
			       FILE *const *files, size_t nfiles, int flags,
			       const struct timespec *deadline)
{
	int fds[WICKET_FDS_MAX];

	if (nfiles > WICKET_FDS_MAX)
		return refuse(E2BIG);
	if (nfiles > 0 && !files)
		return refuse(EINVAL);
	for (size_t i = 0; i < nfiles; i++) {
		if (!files[i])
			return refuse(EINVAL);
		if (fflush(files[i]) != 0)
			return -1;
		fds[i] = fileno(files[i]);
		if (fds[i] < 0)
			return -1;
	}
	return wicket_sendfds_until(sock, msg, len, fds, nfiles, flags,
				    deadline);
}

ssize_t wicket_sendfiles(int sock, const void *msg, size_t len,
			 FILE *const *files, size_t nfiles, int flags)
{
	return wicket_sendfiles_until(sock, msg, len, files, nfiles, flags,
				      NULL);
}

/* What came with one message; owned until it is taken. */
struct arrived {
	int fds[WICKET_FDS_MAX];
	size_t n;
	struct wicket_sender sender;
	bool pidfd_refused; /* there was no number for it */
};

/*
 * close(2) is where a thread may be cancelled: it would leave the others open.
 */
static void drop(int fd)
{
	if (fd >= 0)
		(void)syscall(SYS_close, fd);
}

static void close_arrived(struct arrived *a)
{
	for (size_t i = 0; i < a->n; i++)
		drop(a->fds[i]);
	a->n = 0;
	drop(a->sender.pidfd);
	a->sender.pidfd = -1;
}

/* The kernel coalesces what it delivers: 253 is the most in one message. */
static void own_rights(const struct cmsghdr *c, struct arrived *a)
{
	size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < n; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
		if (a->n < WICKET_FDS_MAX)
			a->fds[a->n++] = fd;
		else
			drop(fd);
	}
}

static void own_credentials(const struct cmsghdr *c, struct arrived *a)
{
	struct ucred cred;

	if (c->cmsg_len < CMSG_LEN(sizeof(cred)))
		return;
	memcpy(&cred, CMSG_DATA(c), sizeof(cred));
	a->sender.pid = cred.pid;
	a->sender.uid = cred.uid;
	a->sender.gid = cred.gid;
}

/*
 * Here stands -errno where there is none: ESRCH, once EINVAL, for a sender that
 * is gone; any other means that a table was full.
 */
static void own_pidfd(const struct cmsghdr *c, struct arrived *a)
{
	int fd;

	if (c->cmsg_len < CMSG_LEN(sizeof(fd)))
		return;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	if (fd >= 0)
		a->sender.pidfd = fd;
	a->pidfd_refused = fd < 0 && fd != -ESRCH && fd != -EINVAL;
}

/* Owns all that came before anything of it is judged. */
inlined void own_all(struct msghdr *mh, struct arrived *a)
{
	struct cmsghdr *c;

	a->n = 0;
	a->sender = (struct wicket_sender)WICKET_SENDER_INIT;
	a->pidfd_refused = false;
	for (c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS)
			own_rights(c, a);
		else if (c->cmsg_type == SCM_CREDENTIALS)
			own_credentials(c, a);
		else if (c->cmsg_type == SCM_PIDFD)
			own_pidfd(c, a);
	}
}

/* Gives the pidfd to the caller who asked for the sender, else closes it. */
inlined void tell_sender(struct arrived *a, struct wicket_sender *sender)
{
	if (sender)
		*sender = a->sender;
	else
		drop(a->sender.pidfd);
}

/*
 * One receive, repeated as send_once() does.  Whoever shares a SOCK_DGRAM can
 * shut it down for reading: then it is readable for ever, and EAGAIN all the
 * same.  A call that may block tells the end there, and so does this one.
 */
inlined ssize_t recv_once(int sock, struct msghdr *mh, int flags,
			  const struct timespec *deadline)
{
	size_t controllen = mh->msg_controllen;
	int events = 0;

	if (deadline)
		flags |= MSG_DONTWAIT;
	for (;;) {
		ssize_t n;

		mh->msg_controllen = controllen;
		n = recvmsg(sock, mh, flags | MSG_CMSG_CLOEXEC);
		if (n >= 0)
			return n;
		if (errno == EINTR)
			continue;
		if (!deadline || (errno != EAGAIN && errno != EWOULDBLOCK))
			return -1;
		if (events & POLLRDHUP) {
			mh->msg_controllen = 0;
			return 0;
		}
		events = wait_for(sock, POLLIN | POLLRDHUP, deadline);
		if (events < 0)
			return -1;
	}
}

/*
 * Why a message that arrived cannot be given to the caller, or 0.  Control
 * data cut short with room left means that the kernel could not make the
 * descriptors: the table is full or a security module said no.
 */
inlined int judge(const struct msghdr *mh, const struct arrived *a, size_t room)
{
	size_t left = OTHERS_MAX + RIGHTS_LEN(room) - mh->msg_controllen;

	if (a->n > room)
		return ENOBUFS;
	if (mh->msg_flags & MSG_CTRUNC)
		return a->n == room || left < RIGHTS_LEN(1) ? ENOBUFS : EMFILE;
	if (mh->msg_flags & MSG_TRUNC)
		return EMSGSIZE;
	return 0;
}

inlined ssize_t receive(int sock, void *msg, size_t len, int *fds, size_t *nfds,
			int flags, const struct timespec *deadline,
			struct wicket_sender *sender)
{
	union {
		char room[OTHERS_MAX + RIGHTS_MAX];
		struct cmsghdr align;
	} control;
	struct iovec iov = {.iov_base = msg, .iov_len = len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	struct arrived arrived;
	size_t room = fds && nfds ? *nfds : 0;
	ssize_t n;
	int why;

	if (nfds)
		*nfds = 0;
	if (sender)
		*sender = (struct wicket_sender)WICKET_SENDER_INIT;
	if (room > WICKET_FDS_MAX)
		return refuse(E2BIG);
	if (len == 0 || (flags & ~RECV_FLAGS) || no_time(deadline))
		return refuse(EINVAL);
	mh.msg_control = control.room;
	mh.msg_controllen = OTHERS_MAX + RIGHTS_LEN(room);
	n = recv_once(sock, &mh, flags, deadline);
	if (n < 0)
		return -1;
	own_all(&mh, &arrived);
	why = judge(&mh, &arrived, room);
	if (!why && sender && arrived.pidfd_refused)
		why = EMFILE;
	if (why) {
		close_arrived(&arrived);
		return refuse(why);
	}
	if (room > 0) {
		memcpy(fds, arrived.fds, arrived.n * sizeof(int));
		*nfds = arrived.n;
	}
	tell_sender(&arrived, sender);
	return n;
}

ssize_t wicket_recvfds(int sock, void *msg, size_t len, int *fds, size_t *nfds,
		       int flags)
{
	return receive(sock, msg, len, fds, nfds, flags, NULL, NULL);
}

ssize_t wicket_recvfds_sender(int sock, void *msg, size_t len, int *fds,
			      size_t *nfds, int flags,
			      const struct timespec *deadline,
			      struct wicket_sender *sender)
{
	return receive(sock, msg, len, fds, nfds, flags, deadline, sender);
}

ssize_t wicket_recvfds_until(int sock, void *msg, size_t len, int *fds,
			     size_t *nfds, int flags,
			     const struct timespec *deadline)
{
	return wicket_recvfds_sender(sock, msg, len, fds, nfds, flags, deadline,
				     NULL);
}

int wicket_tell_sender(int sock)
{
	int on = 1;

	if (setsockopt(sock, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -1;
	/* Older kernels do without the pidfd, and the caller is told so. */
	if (setsockopt(sock, SOL_SOCKET, SO_PASSPIDFD, &on, sizeof(on)) < 0)
		return errno == ENOPROTOOPT ? 0 : -1;
	return 1;
}
