/* SPDX-License-Identifier: ISC */
/*
 * Every error path of the fd-passing core, walked by a loop over the nth
 * call: whatever fails, no descriptor is lost and none is left behind, nor
 * any memory.
 */
#include "support/fault.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chan.h"
#include "support/held.h"
#include "wicket/fdpass.h"
#include "wicket/fdstream.h"

TestSuite(fdpass_faults, .timeout = 20);

/* What sendmsg(2), send(2), unix(7) and socket(7) say may happen. */
static const int send_errors[] = {
	EACCES,	    EAGAIN,	  EALREADY,   EBADF,	   ECONNREFUSED,
	ECONNRESET, EDESTADDRREQ, EFAULT,     EINTR,	   EINVAL,
	EISCONN,    EMSGSIZE,	  ENETDOWN,   ENETUNREACH, ENFILE,
	ENOBUFS,    ENOMEM,	  ENOTCONN,   ENOTSOCK,	   EOPNOTSUPP,
	EPERM,	    EPIPE,	  EPROTOTYPE, ESRCH,	   ETOOMANYREFS,
};
/* recvmsg(2), recv(2), unix(7), socket(7). */
static const int recv_errors[] = {
	EAGAIN, EBADF,	ECONNREFUSED, ECONNRESET, EFAULT, EINTR,
	EINVAL, ENOMEM, ENOTCONN,     ENOTSOCK,	  EPERM,
};
/* poll(2) */
static const int poll_errors[] = {EFAULT, EINTR, EINVAL, ENOMEM};
/* fflush(3), which has those of write(2). */
static const int flush_errors[] = {EAGAIN, EBADF,  EDQUOT, EFBIG, EINTR,
				   EIO,	   ENOMEM, ENOSPC, EPERM, EPIPE};
/* close(2) */
static const int close_errors[] = {EBADF, EDQUOT, EINTR, EIO, ENOSPC};
static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
static const struct timespec past = {0};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int open_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	cr_assert_geq(fd, 0);
	return fd;
}

static void close_pair(const int sv[2])
{
	close(sv[0]);
	close(sv[1]);
}

/* Everything that waits on sock, with its descriptors closed. */
static size_t drain(int sock, size_t *ret_fds)
{
	size_t bytes = 0;

	*ret_fds = 0;
	for (;;) {
		char msg[256];
		int fds[8];
		size_t nfds = 8;
		ssize_t n = wicket_recvfds(sock, msg, sizeof(msg), fds, &nfds,
					   MSG_DONTWAIT);

		if (n <= 0)
			return bytes;
		bytes += (size_t)n;
		*ret_fds += nfds;
		for (size_t i = 0; i < nfds; i++)
			close(fds[i]);
	}
}

/* One send under an armed fault: all of it arrived, or nothing did. */
static bool send_under_fault(const int sv[2], int file, int error)
{
	int fds[3] = {file, file, file};
	ssize_t n = wicket_sendfds_until(sv[0], "hello", 5, fds, 3, 0, &past);
	int why = errno;
	bool struck = fault_disarm();
	size_t nfds, got = drain(sv[1], &nfds);

	if (n == 5) {
		cr_assert_eq(got, 5);
		cr_assert_eq(nfds, 3);
		return struck;
	}
	cr_assert_eq(n, -1);
	cr_assert_eq(got, 0);
	cr_assert_eq(nfds, 0);
	cr_assert(why == error || (error == EAGAIN && why == ETIMEDOUT),
		  "%s became %s", strerror(error), strerror(why));
	return struck;
}

Test(fdpass_faults, a_failed_send_sends_nothing_and_says_why)
{
	struct held before = held_now();
	int file = open_null();

	for (size_t t = 0; t < COUNT(types); t++) {
		int sv[2];

		cr_assert_eq(wicket_socketpair(types[t], sv), 0);
		for (size_t e = 0; e < COUNT(send_errors); e++) {
			unsigned nth = 0;

			do
				fault_arm(FAULT_SENDMSG, ++nth, send_errors[e]);
			while (send_under_fault(sv, file, send_errors[e]));
			cr_assert_gt(nth, 1, "the fault never struck");
		}
		close_pair(sv);
	}
	close(file);
	HELD_SAME(before);
}

/* As above; what failed is still there, and what did not is whole. */
static bool recv_under_fault(const int sv[2], int file, int error)
{
	int fds[2] = {file, file};
	struct wicket_sender from;
	char msg[8];
	size_t nfds = 2;
	ssize_t n;
	int why;
	bool struck;

	n = wicket_recvfds_sender(sv[1], msg, sizeof(msg), fds, &nfds, 0, &past,
				  &from);
	why = errno;
	struck = fault_disarm();
	if (n < 0) {
		cr_assert(why == error ||
			  (error == EAGAIN && why == ETIMEDOUT));
		cr_assert_eq(nfds, 0);
		cr_assert_eq(from.pidfd, -1);
		cr_assert_eq(drain(sv[1], &nfds), 1);
		cr_assert_eq(nfds, 2);
		return struck;
	}
	cr_assert_eq(n, 1);
	cr_assert_eq(nfds, 2);
	cr_assert_geq(from.pidfd, 0);
	close(fds[0]);
	close(fds[1]);
	close(from.pidfd);
	return struck;
}

Test(fdpass_faults, a_failed_receive_takes_nothing_and_leaves_nothing_open)
{
	struct held before = held_now();
	int file = open_null();
	int out[2] = {file, file};

	for (size_t t = 0; t < COUNT(types); t++) {
		int sv[2];

		cr_assert_eq(wicket_socketpair(types[t], sv), 0);
		cr_assert_eq(wicket_tell_sender(sv[1]), 1);
		for (size_t e = 0; e < COUNT(recv_errors); e++) {
			unsigned nth = 0;

			do {
				cr_assert_eq(wicket_sendfds(sv[0], "x", 1, out,
							    2, 0),
					     1);
				fault_arm(FAULT_RECVMSG, ++nth, recv_errors[e]);
			} while (recv_under_fault(sv, file, recv_errors[e]));
			cr_assert_gt(nth, 1, "the fault never struck");
		}
		close_pair(sv);
	}
	close(file);
	HELD_SAME(before);
}

Test(fdpass_faults, a_short_write_is_followed_by_the_rest_and_fds_go_once)
{
	struct held before = held_now();
	int file = open_null();

	for (size_t cut = 1; cut < 10; cut++) {
		for (unsigned nth = 1; nth <= 2; nth++) {
			int sv[2];
			size_t nfds;

			cr_assert_eq(wicket_socketpair(SOCK_STREAM, sv), 0);
			fault_shorten_from(FAULT_SENDMSG, nth, cut);
			cr_assert_eq(wicket_sendfds(sv[0], "0123456789", 10,
						    &file, 1, 0),
				     10);
			cr_assert_eq(fault_disarm(), nth == 1);
			cr_assert_eq(drain(sv[1], &nfds), 10);
			cr_assert_eq(nfds, 1);
			close_pair(sv);
		}
	}
	close(file);
	HELD_SAME(before);
}

/* A stream whose first piece went out and whose rest never can. */
static ssize_t send_a_part(const int sv[2], int file, int error)
{
	static char big[1 << 20];
	ssize_t n;

	fault_arm_from(FAULT_SENDMSG, 2, error);
	n = wicket_sendfds(sv[0], big, sizeof(big), &file, 1, MSG_DONTWAIT);
	cr_assert(fault_disarm());
	return n;
}

Test(fdpass_faults, tells_how_much_went_out_when_the_rest_cannot)
{
	struct held before = held_now();
	int file = open_null();

	for (size_t e = 0; e < COUNT(send_errors); e++) {
		int sv[2];
		size_t nfds;
		ssize_t n;

		/* That one would be tried for ever. */
		if (send_errors[e] == EINTR)
			continue;
		cr_assert_eq(wicket_socketpair(SOCK_STREAM, sv), 0);
		n = send_a_part(sv, file, send_errors[e]);
		cr_assert_gt(n, 0);
		cr_assert_lt(n, 1 << 20);
		cr_assert_eq(drain(sv[1], &nfds), (size_t)n);
		cr_assert_eq(nfds, 1);
		close_pair(sv);
	}
	close(file);
	HELD_SAME(before);
}

static struct timespec in_ms(long ms)
{
	struct timespec t;

	cr_assert_eq(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* A wait that fails: the call fails, unless it was only a signal. */
static bool wait_under_fault(int sock, int error)
{
	struct timespec soon = in_ms(20);
	size_t nfds = 1;
	char msg[4];
	int fd, why;
	ssize_t n;

	n = wicket_recvfds_until(sock, msg, 4, &fd, &nfds, 0, &soon);
	why = errno;
	cr_assert_eq(n, -1);
	cr_assert_eq(nfds, 0);
	if (!fault_disarm()) {
		cr_assert_eq(why, ETIMEDOUT);
		return false;
	}
	cr_assert_eq(why, error == EINTR ? ETIMEDOUT : error);
	return true;
}

Test(fdpass_faults, a_failed_wait_fails_the_call)
{
	struct held before = held_now();
	int sv[2];

	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, sv), 0);
	for (size_t e = 0; e < COUNT(poll_errors); e++) {
		fault_arm(FAULT_POLL, 1, poll_errors[e]);
		cr_assert(wait_under_fault(sv[1], poll_errors[e]));
		fault_arm(FAULT_POLL, 100, poll_errors[e]);
		cr_assert_not(wait_under_fault(sv[1], poll_errors[e]));
	}
	close_pair(sv);
	HELD_SAME(before);
}

/* What poll(2) calls ready, another may have taken before. */
Test(fdpass_faults, a_socket_that_is_ready_and_never_gives_ends_at_the_deadline)
{
	struct held before = held_now();
	struct timespec soon;
	char msg[4];
	int sv[2];

	for (size_t t = 0; t < COUNT(types); t++) {
		cr_assert_eq(wicket_socketpair(types[t], sv), 0);
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, NULL, 0, 0), 1);
		soon = in_ms(20);
		fault_arm_from(FAULT_RECVMSG, 1, EAGAIN);
		cr_assert_eq(wicket_recvfds_until(sv[1], msg, 4, NULL, NULL, 0,
						  &soon),
			     -1);
		cr_assert_eq(errno, ETIMEDOUT);
		soon = in_ms(20);
		fault_arm_from(FAULT_SENDMSG, 1, EAGAIN);
		cr_assert_eq(
			wicket_sendfds_until(sv[0], "x", 1, NULL, 0, 0, &soon),
			-1);
		cr_assert_eq(errno, ETIMEDOUT);
		cr_assert(fault_disarm());
		close_pair(sv);
	}
	HELD_SAME(before);
}

/* That it is looked at at all shows by the poll that fails, or is not asked. */
Test(fdpass_faults, a_deadline_may_be_any_time)
{
	static const struct timespec deadlines[] = {
		{LONG_MAX, 999999999}, {LONG_MIN, 0}, {LONG_MAX, 0}, {0, 0}};
	struct held before = held_now();
	char msg[4];
	int sv[2];

	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, sv), 0);
	for (size_t i = 0; i < COUNT(deadlines); i++) {
		fault_arm(FAULT_POLL, 1, ENOMEM);
		cr_assert_eq(wicket_recvfds_until(sv[1], msg, 4, NULL, NULL, 0,
						  &deadlines[i]),
			     -1);
		cr_assert_eq(errno, i % 2 ? ETIMEDOUT : ENOMEM);
		cr_assert_eq(fault_disarm(), i % 2 == 0);
	}
	close_pair(sv);
	HELD_SAME(before);
}

Test(fdpass_faults, a_clock_that_fails_is_a_deadline_that_has_passed)
{
	struct timespec far = {.tv_sec = 1 << 30};
	struct held before = held_now();
	char msg[4];
	int sv[2];

	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, sv), 0);
	fault_arm_from(FAULT_CLOCK, 1, EINVAL);
	cr_assert_eq(wicket_recvfds_until(sv[1], msg, 4, NULL, NULL, 0, &far),
		     -1);
	cr_assert_eq(errno, ETIMEDOUT);
	cr_assert(fault_disarm());
	close_pair(sv);
	HELD_SAME(before);
}

Test(fdpass_faults, a_failed_flush_sends_nothing)
{
	FILE *files[2] = {stdout, stderr};
	struct held before = held_now();
	size_t nfds;
	int sv[2];

	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, sv), 0);
	for (size_t e = 0; e < COUNT(flush_errors); e++) {
		for (unsigned nth = 1; nth <= 2; nth++) {
			fault_arm(FAULT_FFLUSH, nth, flush_errors[e]);
			cr_assert_eq(
				wicket_sendfiles(sv[0], "x", 1, files, 2, 0),
				-1);
			cr_assert_eq(errno, flush_errors[e]);
			cr_assert(fault_disarm());
			cr_assert_eq(drain(sv[1], &nfds), 0);
		}
	}
	close_pair(sv);
	HELD_SAME(before);
}

/* What a close says of a file's own trouble does not hide why it was closed. */
Test(fdpass_faults, a_failing_close_changes_no_answer)
{
	struct held before = held_now();
	int file = open_null(), sv[2];
	int out[3] = {file, file, file};

	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, sv), 0);
	for (size_t e = 0; e < COUNT(close_errors); e++) {
		bool struck = true;

		for (unsigned nth = 1; struck; nth++) {
			int in[2];
			size_t nfds = 2;
			char msg[4];

			cr_assert_eq(wicket_sendfds(sv[0], "x", 1, out, 3, 0),
				     1);
			fault_arm(FAULT_CLOSE, nth, close_errors[e]);
			cr_assert_eq(
				wicket_recvfds(sv[1], msg, 4, in, &nfds, 0),
				-1);
			cr_assert_eq(errno, ENOBUFS);
			struck = fault_disarm();
			cr_assert(struck || nth == 4);
		}
	}
	close_pair(sv);
	close(file);
	HELD_SAME(before);
}

Test(fdpass_faults, a_failed_socketpair_leaves_the_array_alone)
{
	static const int errors[] = {EMFILE,	   ENFILE,     ENOMEM,
				     EAFNOSUPPORT, EOPNOTSUPP, EPROTONOSUPPORT,
				     EFAULT};
	struct held before = held_now();

	for (size_t e = 0; e < COUNT(errors); e++) {
		int sv[2] = {-7, -8}, a = -7, b = -8;
		bool refuses = true;

		fault_arm(FAULT_SOCKETPAIR, 1, errors[e]);
		cr_assert_eq(wicket_socketpair(SOCK_STREAM, sv), -1);
		cr_assert_eq(errno, errors[e]);
		cr_assert(fault_disarm());
		fault_arm(FAULT_SOCKETPAIR, 1, errors[e]);
		cr_assert_eq(chan_pair(&a, &b, &refuses), -errors[e]);
		cr_assert(fault_disarm());
		cr_assert(sv[0] == -7 && sv[1] == -8 && a == -7 && b == -8);
	}
	HELD_SAME(before);
}

Test(fdpass_faults, a_kernel_without_an_option_is_told_not_fatal)
{
	struct held before = held_now();
	bool refuses = true;
	int a, b;

	fault_arm(FAULT_SETSOCKOPT, 1, ENOPROTOOPT);
	cr_assert_eq(chan_pair(&a, &b, &refuses), 0);
	cr_assert(fault_disarm());
	cr_assert_not(refuses);
	fault_arm(FAULT_SETSOCKOPT, 2, ENOPROTOOPT);
	cr_assert_eq(wicket_tell_sender(a), 0);
	cr_assert(fault_disarm());
	fault_arm(FAULT_SETSOCKOPT, 2, EPERM);
	cr_assert_eq(wicket_tell_sender(a), -1);
	cr_assert(fault_disarm());
	fault_arm(FAULT_SETSOCKOPT, 1, ENOPROTOOPT);
	cr_assert_eq(wicket_tell_sender(a), -1);
	cr_assert(fault_disarm());
	close(a);
	close(b);
	HELD_SAME(before);
}

Test(fdpass_faults, a_stream_keeps_what_it_had_when_a_read_fails)
{
	struct held before = held_now();
	int file = open_null();

	for (size_t e = 0; e < COUNT(recv_errors); e++) {
		char room[16];
		int sv[2];
		struct wicket_stream s;

		if (recv_errors[e] == EINTR)
			continue;
		cr_assert_eq(wicket_socketpair(SOCK_STREAM, sv), 0);
		s = (struct wicket_stream)WICKET_STREAM_INIT(sv[1], room, 16);
		cr_assert_eq(wicket_sendfds(sv[0], "ab", 2, &file, 1, 0), 2);
		cr_assert_eq(wicket_stream_want(&s, 2, NULL), 1);
		fault_arm(FAULT_RECVMSG, 1, recv_errors[e]);
		cr_assert_eq(wicket_stream_want(&s, 3, NULL), -1);
		cr_assert_eq(errno, recv_errors[e]);
		cr_assert(fault_disarm());
		cr_assert_eq(wicket_stream_len(&s), 2);
		cr_assert_eq(wicket_stream_mark(&s), 2);
		wicket_stream_drop(&s);
		close_pair(sv);
	}
	close(file);
	HELD_SAME(before);
}

/* However small the pieces are in which a message comes. */
Test(fdpass_faults, a_stream_in_pieces_reads_as_one_that_is_whole)
{
	struct held before = held_now();
	int file = open_null();

	for (size_t cut = 1; cut < 8; cut++) {
		char room[16], text[9] = "";
		int sv[2], fds[2];
		size_t nfds = 2;
		struct wicket_stream s;

		cr_assert_eq(wicket_socketpair(SOCK_STREAM, sv), 0);
		s = (struct wicket_stream)WICKET_STREAM_INIT(sv[1], room, 16);
		cr_assert_eq(wicket_sendfds(sv[0], "HEADbody", 8, &file, 1, 0),
			     8);
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &file, 1, 0), 1);
		fault_shorten_from(FAULT_RECVMSG, 1, cut);
		cr_assert_eq(wicket_stream_want(&s, 4, NULL), 1);
		cr_assert_eq(wicket_stream_want(&s, 8, NULL), 1);
		cr_assert(fault_disarm());
		cr_assert_eq(wicket_stream_take(&s, text, 8, fds, &nfds), 0);
		cr_assert_str_eq(text, "HEADbody");
		cr_assert_eq(nfds, 1);
		close(fds[0]);
		wicket_stream_drop(&s);
		close_pair(sv);
	}
	close(file);
	HELD_SAME(before);
}

/* All that the core can do, once. */
static void everything(void)
{
	int sv[2], file = open_null(), fds[2] = {file, file};
	struct wicket_sender from;
	char room[16], msg[4];
	FILE *files[1] = {stdout};
	struct wicket_stream s;
	size_t nfds = 2;

	cr_assert_eq(wicket_socketpair(SOCK_STREAM, sv), 0);
	cr_assert_eq(wicket_sendfds_until(sv[0], "ab", 2, fds, 2, 0, &past), 2);
	s = (struct wicket_stream)WICKET_STREAM_INIT(sv[1], room, 16);
	cr_assert_eq(wicket_stream_want(&s, 2, &past), 1);
	cr_assert_eq(wicket_stream_take(&s, msg, 1, NULL, NULL), 0);
	wicket_stream_drop(&s);
	cr_assert_eq(wicket_tell_sender(sv[1]), 1);
	cr_assert_eq(wicket_sendfiles(sv[0], "x", 1, files, 1, 0), 1);
	cr_assert_eq(wicket_recvfds_sender(sv[1], msg, 4, fds, &nfds, 0, NULL,
					   &from),
		     1);
	close(fds[0]);
	close(from.pidfd);
	close(file);
	close_pair(sv);
}

/* The first call of a kind would fail, and none comes. */
Test(fdpass_faults, the_core_asks_for_no_memory_and_sets_no_flag)
{
	struct held before = held_now();

	fault_arm_from(FAULT_MALLOC, 1, ENOMEM);
	everything();
	cr_assert_not(fault_disarm());
	fault_arm_from(FAULT_FCNTL, 1, EPERM);
	everything();
	cr_assert_not(fault_disarm());
	HELD_SAME(before);
}
