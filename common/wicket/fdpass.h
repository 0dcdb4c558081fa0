/* SPDX-License-Identifier: ISC */
/*
 * Passing open file descriptors between processes, losing none.
 *
 * To send:
 *
 *	int fds[2] = {log, listener};
 *
 *	if (wicket_sendfds(sock, "take these", 10, fds, 2, 0) < 0)
 *		err(1, "wicket_sendfds");
 *
 * To receive:
 *
 *	char text[64];
 *	int fds[8];
 *	size_t nfds = 8;
 *
 *	if (wicket_recvfds(sock, text, sizeof(text), fds, &nfds, 0) < 0)
 *		err(1, "wicket_recvfds");
 *
 * The socket is any AF_UNIX socket: SOCK_STREAM, SOCK_SEQPACKET or
 * SOCK_DGRAM.  No other family carries descriptors, and TCP and UDP drop them
 * without a word.
 *
 * The functions keep no state and are safe to call from any number of
 * threads; two threads that send a long message on one SOCK_STREAM may
 * interleave, as with write(2).  None of them prints, exits, allocates (but
 * for stdio's own buffers) or changes a signal's disposition.
 *
 * fdpass.c and this header compile alone, for those who take only them.
 */
#ifndef WICKET_FDPASS_H
#define WICKET_FDPASS_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef WICKET_PUBLIC
#define WICKET_PUBLIC __attribute__((visibility("default")))
#endif

/*
 * The most descriptors that one message may carry: the kernel's own
 * SCM_MAX_FD (include/net/scm.h), unchanged since Linux 2.6.38.
 */
#define WICKET_FDS_MAX 253

/*
 * Makes a pair of connected AF_UNIX sockets, both close-on-exec.
 *
 * type		SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM, which may be ORed
 *		with SOCK_NONBLOCK.
 * sv		filled on success, untouched on failure; the caller closes
 *		both.
 *
 * Returns 0, or -1 with errno set:
 * EINVAL, EPROTONOSUPPORT, ESOCKTNOSUPPORT	no such type
 * EMFILE, ENFILE, ENOMEM			as socketpair(2)
 *
 * Never blocks.  Since 0.1.
 */
WICKET_PUBLIC int wicket_socketpair(int type, int sv[2])
	__attribute__((warn_unused_result));

/*
 * Sends len bytes of msg together with nfds descriptors.
 *
 * The descriptors stay open and stay the caller's; the receiver gets its own
 * numbers for the same open files, which share offset and status flags with
 * the sender's.  Either all of them are sent, or none.
 *
 * sock		an AF_UNIX socket, connected
 * msg, len	the data; at least one byte where there are descriptors,
 *		because a SOCK_STREAM loses those of an empty message and on
 *		SOCK_SEQPACKET it reads as end-of-file
 * fds, nfds	0 to WICKET_FDS_MAX descriptors; fds may be NULL when nfds is 0
 * flags	0 or MSG_DONTWAIT; MSG_NOSIGNAL is always added.  Others are
 *		refused: MSG_OOB would lose descriptors
 *
 * Returns the number of bytes sent, which is len: on SOCK_STREAM a part is
 * followed by the rest, and the descriptors go with the first byte, once.
 * Only on SOCK_STREAM, when the rest of a message whose beginning was already
 * sent cannot follow (EAGAIN, ETIMEDOUT, EPIPE), is the number smaller: the
 * descriptors are then gone and the rest is the caller's to send, without
 * them.
 *
 * Otherwise -1 with errno set, and nothing was sent.  Worth another try:
 * EAGAIN	the socket is full and non-blocking: when it is writable
 * ETOOMANYREFS	too many descriptors of this user are in flight (senders
 *		without CAP_SYS_RESOURCE and CAP_SYS_ADMIN, RLIMIT_NOFILE):
 *		when a peer has received some.  Before Linux 6.10 also for
 *		sockets in flight over sockets in flight, four deep
 * ENOBUFS, ENOMEM	the kernel is short of memory: later.  But of the 253rd
 *		descriptor musl 1.2.3 says ENOMEM, each time
 * Not with the same arguments:
 * E2BIG	nfds is above WICKET_FDS_MAX; the kernel was not asked
 * EINVAL	nfds without data, fds is NULL with nfds, or a flag that is
 *		not allowed; the kernel was not asked.  Or one of fds is an
 *		io_uring (Linux 6.7), which does not travel
 * EBADF	sock or one of fds is not open
 * EFAULT	msg or fds is not memory of this process
 * ENOTSOCK	sock is not a socket
 * EMSGSIZE	the message is larger than a packet of this socket may be
 * Not on this connection:
 * EPIPE, ECONNRESET, ENOTCONN, ECONNREFUSED	nobody is at the other end
 * EPERM	the receiver has SO_PASSRIGHTS off (Linux 6.16); without
 *		descriptors it would pass
 * EACCES	a security module said no
 *
 * Blocks while the socket is full, unless it is non-blocking.  A signal does
 * not interrupt it.  Since 0.1.
 */
WICKET_PUBLIC ssize_t wicket_sendfds(int sock, const void *msg, size_t len,
				     const int *fds, size_t nfds, int flags)
	__attribute__((warn_unused_result));

/*
 * As wicket_sendfds(), but waits until the deadline at the latest, an absolute
 * time of CLOCK_MONOTONIC, even where the socket or MSG_DONTWAIT says not to
 * block.  NULL: no deadline.
 *
 * ETIMEDOUT	the deadline passed and nothing was sent
 * EINVAL	also where its tv_nsec is not within a second
 *
 * Since 0.1.
 */
WICKET_PUBLIC ssize_t wicket_sendfds_until(int sock, const void *msg,
					   size_t len, const int *fds,
					   size_t nfds, int flags,
					   const struct timespec *deadline)
	__attribute__((warn_unused_result));

/*
 * As wicket_sendfds(), for stdio streams: each is flushed first, so that what
 * was printed is in the file before its descriptor is at the receiver.  The
 * streams stay open and stay the caller's.
 *
 * Errors are those of wicket_sendfds() and of fflush(3), EINTR among them,
 * and EINVAL for a NULL among the streams; then nothing was sent.  Since 0.1.
 */
WICKET_PUBLIC ssize_t wicket_sendfiles(int sock, const void *msg, size_t len,
				       FILE *const *files, size_t nfiles,
				       int flags)
	__attribute__((warn_unused_result));

/* As wicket_sendfiles(), with the deadline of wicket_sendfds_until(). */
WICKET_PUBLIC ssize_t wicket_sendfiles_until(int sock, const void *msg,
					     size_t len, FILE *const *files,
					     size_t nfiles, int flags,
					     const struct timespec *deadline)
	__attribute__((warn_unused_result));

/*
 * Receives data and descriptors.
 *
 * sock		an AF_UNIX socket
 * msg, len	room for the data, at least one byte: without room for any,
 *		a message could not be told from the end
 * fds, nfds	room for *nfds descriptors; on return *nfds is how many came.
 *		Both may be NULL to accept none.
 * flags	0 or MSG_DONTWAIT; MSG_CMSG_CLOEXEC is always added.  Others
 *		are refused: MSG_PEEK would duplicate descriptors, MSG_OOB
 *		lose them
 *
 * Returns the number of bytes received.  The caller owns fds[0..*nfds-1],
 * which are close-on-exec, and closes them.  0 bytes with *nfds 0 is the end
 * of the stream, or on SOCK_SEQPACKET and SOCK_DGRAM perhaps an empty message.
 *
 * Otherwise -1 with errno set, *nfds is 0, and every descriptor that came with
 * the message has been closed.  Nothing was received, worth another try:
 * EAGAIN	nothing there, and the socket is non-blocking: when readable
 * ENOMEM	the kernel is short of memory: later
 * The message is consumed (on SOCK_STREAM the bytes of this read), and the
 * socket stays usable:
 * ENOBUFS	more descriptors came than there was room for
 * EMFILE	this process may not open so many files, or a security module
 *		refused one: the next may pass when some have been closed
 * EMSGSIZE	the message was longer than len (SOCK_SEQPACKET, SOCK_DGRAM)
 * Not with the same arguments; the kernel was not asked:
 * E2BIG	*nfds is above WICKET_FDS_MAX
 * EINVAL	len is 0, or a flag that is not allowed
 * Not with this socket:
 * EBADF, ENOTSOCK	sock is not an open socket
 * ENOTCONN, EINVAL	sock is not connected (EINVAL: SOCK_STREAM)
 * ECONNRESET	the peer closed with data unread
 * EFAULT	msg is not memory of this process; a packet is lost
 *
 * A descriptor is lost without any sign when the bytes it came with are taken
 * by plain read(2), or by a splice or a read with MSG_OOB: use this function
 * for every read of such a socket.
 *
 * Blocks until something comes, unless the socket is non-blocking.  A signal
 * does not interrupt it.  Since 0.1.
 */
WICKET_PUBLIC ssize_t wicket_recvfds(int sock, void *msg, size_t len, int *fds,
				     size_t *nfds, int flags)
	__attribute__((warn_unused_result));

/*
 * As wicket_recvfds(), but waits until the deadline at the latest, an absolute
 * time of CLOCK_MONOTONIC, even where the socket or MSG_DONTWAIT says not to
 * block.  NULL: no deadline.
 *
 * ETIMEDOUT	the deadline passed and nothing came
 * EINVAL	also where its tv_nsec is not within a second
 *
 * Since 0.1.
 */
WICKET_PUBLIC ssize_t wicket_recvfds_until(int sock, void *msg, size_t len,
					   int *fds, size_t *nfds, int flags,
					   const struct timespec *deadline)
	__attribute__((warn_unused_result));

/*
 * Who sent a message, by the kernel's word: the ids that the sender has, or
 * such as its capabilities let it take on (CAP_SETUID and CAP_SETGID, and
 * CAP_SYS_ADMIN for the pid and its pidfd).  A pid or uid that has no number
 * in the receiver's namespaces reads as the kernel shows it there: 0 or the
 * overflow uid.
 */
struct wicket_sender {
	pid_t pid; /* 0: not told */
	uid_t uid; /* (uid_t)-1: not told */
	gid_t gid; /* (gid_t)-1: not told */
	int pidfd; /* -1: not told; else close-on-exec and the caller's */
};

#define WICKET_SENDER_INIT                  \
	{                                   \
		0, (uid_t)-1, (gid_t)-1, -1 \
	}

/*
 * Asks the kernel to tell the sender of every message that arrives on sock
 * from now on (SO_PASSCRED, and SO_PASSPIDFD where it is there: Linux 6.5).
 *
 * Returns 1 when a pidfd will be told too, 0 when only the ids, or -1 with
 * errno set: EBADF, ENOTSOCK, EOPNOTSUPP (not AF_UNIX).
 * Never blocks.  Since 0.1.
 */
WICKET_PUBLIC int wicket_tell_sender(int sock)
	__attribute__((warn_unused_result));

/*
 * As wicket_recvfds_until(), and *sender tells who sent the message, once
 * wicket_tell_sender() was called on sock.  On SOCK_STREAM the kernel never
 * joins the bytes of two senders in one call.
 *
 * sender	may be NULL; set on return always.  The caller owns its pidfd
 *		and closes it.
 *
 * EMFILE	also where the pidfd could not be made
 *
 * Since 0.1.
 */
WICKET_PUBLIC ssize_t wicket_recvfds_sender(int sock, void *msg, size_t len,
					    int *fds, size_t *nfds, int flags,
					    const struct timespec *deadline,
					    struct wicket_sender *sender)
	__attribute__((warn_unused_result));

#ifdef __cplusplus
}
#endif

#endif
