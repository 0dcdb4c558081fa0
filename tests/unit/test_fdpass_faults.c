/* SPDX-License-Identifier: ISC */
/*
 * Every error path of the fd-passing core, walked by a loop over the nth
 * call: whatever fails, no descriptor is lost and none is left behind.
 */
#include "support/fault.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chan.h"
#include "wicket/fdpass.h"
#include "wicket/fdstream.h"

TestSuite(fdpass_faults, .timeout = 20);

/* What sendmsg(2), recvmsg(2), unix(7) and socket(7) say may happen. */
static const int send_errors[] = {
	EACCES,	  EAGAIN,	EALREADY,     EBADF,   ECONNRESET, EFAULT,
	EINVAL,	  EISCONN,	EMSGSIZE,     ENOBUFS, ENOMEM,	   ENOTCONN,
	ENOTSOCK, EPIPE,	EOPNOTSUPP,   ENFILE,  EPERM,	   ESRCH,
	EINTR,	  ETOOMANYREFS, EDESTADDRREQ,
};
static const int recv_errors[] = {
	EAGAIN, EBADF,	ECONNREFUSED, EFAULT,	EINTR,
	EINVAL, ENOMEM, ENOTCONN,     ENOTSOCK, ECONNRESET,
};
static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static size_t open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	cr_assert(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
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
static void send_under_fault(const int sv[2], int file, int error)
{
	int fds[3] = {file, file, file};
	struct timespec past = {0};
	ssize_t n;
	size_t got, nfds;
	int why;

	n = wicket_sendfds_until(sv[0], "hello", 5, fds, 3, 0, &past);
	why = errno;
	got = drain(sv[1], &nfds);
	if (n == 5) {
		cr_assert_eq(got, 5);
		cr_assert_eq(nfds, 3);
		return;
	}
	cr_assert_eq(n, -1);
	cr_assert_eq(got, 0);
	cr_assert_eq(nfds, 0);
	cr_assert(why == error || (error == EAGAIN && why == ETIMEDOUT),
		  "%s became %s", strerror(error), strerror(why));
}

Test(fdpass_faults, a_failed_send_sends_nothing_and_says_why)
{
	size_t before = open_fds();
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (size_t t = 0; t < COUNT(types); t++) {
		int sv[2];

		cr_assert_eq(wicket_socketpair(types[t], sv), 0);
		for (size_t e = 0; e < COUNT(send_errors); e++) {
			unsigned nth = 0;
			bool struck;

			do {
				fault_arm(FAULT_SENDMSG, ++nth, send_errors[e]);
				send_under_fault(sv, file, send_errors[e]);
				struck = fault_disarm();
			} while (struck);
			cr_assert_gt(nth, 1, "the fault never struck");
		}
		close(sv[0]);
		close(sv[1]);
	}
	close(file);
	cr_assert_eq(open_fds(), before);
}

Test(fdpass_faults, a_failed_receive_leaves_nothing_open)
{
	size_t before = open_fds();
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (size_t t = 0; t < COUNT(types); t++) {
		int sv[2];

		cr_assert_eq(wicket_socketpair(types[t], sv), 0);
		for (size_t e = 0; e < COUNT(recv_errors); e++) {
			int fds[2] = {file, file};
			char msg[8];
			size_t nfds = 2;
			ssize_t n;

			cr_assert_eq(wicket_sendfds(sv[0], "x", 1, fds, 2, 0),
				     1);
			fault_arm(FAULT_RECVMSG, 1, recv_errors[e]);
			n = wicket_recvfds(sv[1], msg, sizeof(msg), fds, &nfds,
					   0);
			cr_assert(fault_disarm());
			if (recv_errors[e] == EINTR) {
				cr_assert_eq(n, 1);
				close(fds[0]);
				close(fds[1]);
				continue;
			}
			cr_assert_eq(n, -1);
			cr_assert_eq(errno, recv_errors[e]);
			cr_assert_eq(nfds, 0);
			cr_assert_eq(drain(sv[1], &nfds), 1);
			cr_assert_eq(nfds, 2);
		}
		close(sv[0]);
		close(sv[1]);
	}
	close(file);
	cr_assert_eq(open_fds(), before);
}

Test(fdpass_faults, a_short_write_is_followed_by_the_rest_and_fds_go_once)
{
	size_t before = open_fds();
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (size_t cut = 1; cut < 10; cut++) {
		int sv[2];
		size_t nfds;

		cr_assert_eq(wicket_socketpair(SOCK_STREAM, sv), 0);
		fault_shorten(FAULT_SENDMSG, 1, cut);
		cr_assert_eq(
			wicket_sendfds(sv[0], "0123456789", 10, &file, 1, 0),
			10);
		cr_assert(fault_disarm());
		cr_assert_eq(drain(sv[1], &nfds), 10);
		cr_assert_eq(nfds, 1);
		close(sv[0]);
		close(sv[1]);
	}
	close(file);
	cr_assert_eq(open_fds(), before);
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
	size_t before = open_fds();
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int sv[2];
	size_t nfds;
	ssize_t n;

	cr_assert_eq(wicket_socketpair(SOCK_STREAM, sv), 0);
	n = send_a_part(sv, file, EPIPE);
	cr_assert_gt(n, 0);
	cr_assert_lt(n, 1 << 20);
	cr_assert_eq(drain(sv[1], &nfds), (size_t)n);
	cr_assert_eq(nfds, 1);
	close(sv[0]);
	close(sv[1]);
	close(file);
	cr_assert_eq(open_fds(), before);
}

Test(fdpass_faults, a_failed_wait_fails_the_call)
{
	struct timespec far = {.tv_sec = 1 << 30};
	size_t nfds = 1;
	char msg[4];
	int fd, sv[2];

	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, sv), 0);
	fault_arm(FAULT_POLL, 1, ENOMEM);
	cr_assert_eq(wicket_recvfds_until(sv[1], msg, 4, &fd, &nfds, 0, &far),
		     -1);
	cr_assert_eq(errno, ENOMEM);
	cr_assert(fault_disarm());
	/* A clock that fails is a deadline that has passed. */
	nfds = 1;
	fault_arm_from(FAULT_CLOCK, 1, EINVAL);
	cr_assert_eq(wicket_recvfds_until(sv[1], msg, 4, &fd, &nfds, 0, &far),
		     -1);
	cr_assert_eq(errno, ETIMEDOUT);
	cr_assert(fault_disarm());
	close(sv[0]);
	close(sv[1]);
}

Test(fdpass_faults, a_failed_socketpair_leaves_the_array_alone)
{
	static const int errors[] = {EMFILE,	   ENFILE,     ENOMEM,
				     EAFNOSUPPORT, EOPNOTSUPP, EPROTONOSUPPORT,
				     EFAULT};

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
}

Test(fdpass_faults, a_kernel_without_an_option_is_told_not_fatal)
{
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
}

Test(fdpass_faults, a_stream_keeps_what_it_had_when_a_read_fails)
{
	size_t before = open_fds();
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);

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
		close(sv[0]);
		close(sv[1]);
	}
	close(file);
	cr_assert_eq(open_fds(), before);
}
