/* SPDX-License-Identifier: ISC */
/* The fault injector does what its users rely on. */
#include "support/fault.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

TestSuite(fault, .timeout = 10);

static int sv[2] = {-1, -1};

static void make_pair(void)
{
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
}

static void close_pair(void)
{
	close(sv[0]);
	close(sv[1]);
}

Test(fault, strikes_the_nth_call_and_no_other, .init = make_pair,
     .fini = close_pair)
{
	fault_arm(FAULT_SENDMSG, 2, ENOBUFS);
	cr_assert_eq(send(sv[0], "x", 1, 0), 1);
	errno = 0;
	cr_assert_eq(send(sv[0], "x", 1, 0), -1);
	cr_assert_eq(errno, ENOBUFS);
	cr_assert_eq(send(sv[0], "x", 1, 0), 1);
	cr_assert(fault_disarm());
	fault_arm(FAULT_SENDMSG, 2, ENOBUFS);
	cr_assert_eq(send(sv[0], "x", 1, 0), 1);
	cr_assert_not(fault_disarm(), "the second never came");
}

Test(fault, strikes_every_call_from_the_nth_on, .init = make_pair,
     .fini = close_pair)
{
	fault_arm_from(FAULT_SENDMSG, 2, EPIPE);
	cr_assert_eq(send(sv[0], "x", 1, 0), 1);
	cr_assert_eq(send(sv[0], "x", 1, 0), -1);
	cr_assert_eq(send(sv[0], "x", 1, 0), -1);
	cr_assert(fault_disarm());
	cr_assert_eq(send(sv[0], "x", 1, 0), 1);
}

Test(fault, shortens_what_moves, .init = make_pair, .fini = close_pair)
{
	char in[8];
	struct iovec iov = {in, sizeof(in)};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};

	fault_shorten(FAULT_SENDMSG, 1, 3);
	cr_assert_eq(send(sv[0], "12345", 5, 0), 3);
	cr_assert_eq(send(sv[0], "45", 2, 0), 2);
	fault_shorten_from(FAULT_RECVMSG, 1, 2);
	cr_assert_eq(recvmsg(sv[1], &mh, 0), 2);
	cr_assert_eq(recvmsg(sv[1], &mh, 0), 2);
	cr_assert_eq(recvmsg(sv[1], &mh, 0), 1);
	cr_assert(fault_disarm());
}

static int do_sendmsg(void)
{
	struct iovec iov = {(char *)"x", 1};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};

	return (int)sendmsg(sv[0], &mh, 0);
}

static int do_recvmsg(void)
{
	char in[8];
	struct iovec iov = {in, sizeof(in)};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};

	return (int)recvmsg(sv[1], &mh, MSG_DONTWAIT);
}

static int do_poll(void)
{
	struct pollfd p = {.fd = sv[1], .events = POLLIN};

	return poll(&p, 1, 0);
}

static int do_socketpair(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return -1;
	close(pair[0]);
	close(pair[1]);
	return 0;
}

static int do_setsockopt(void)
{
	int on = 1;

	return setsockopt(sv[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
}

static int do_clock(void)
{
	struct timespec t;

	return clock_gettime(CLOCK_MONOTONIC, &t);
}

static int do_close(void)
{
	return close(dup(sv[0]));
}

static int do_fcntl(void)
{
	return fcntl(sv[0], F_SETFL, O_NONBLOCK);
}

static int do_file(void)
{
	return ftruncate(sv[0], 0) == 0 || errno == EINVAL ? 0 : -1;
}

static int do_fflush(void)
{
	return fflush(stdout);
}

/* Through volatile, lest the compiler see that nothing is done with it. */
static int do_malloc(void)
{
	void *volatile a = malloc(1);
	void *volatile b = calloc(1, 1);
	void *volatile c = realloc(NULL, 1);
	int r = a && b && c ? 0 : -1;

	free(a);
	free(b);
	free(c);
	return r;
}

static int (*const calls[FAULT_CALL_MAX])(void) = {
	[FAULT_SENDMSG] = do_sendmsg,
	[FAULT_RECVMSG] = do_recvmsg,
	[FAULT_POLL] = do_poll,
	[FAULT_SOCKETPAIR] = do_socketpair,
	[FAULT_SETSOCKOPT] = do_setsockopt,
	[FAULT_CLOCK] = do_clock,
	[FAULT_CLOSE] = do_close,
	[FAULT_FCNTL] = do_fcntl,
	[FAULT_FFLUSH] = do_fflush,
	[FAULT_MALLOC] = do_malloc,
	[FAULT_FILE] = do_file,
};

Test(fault, reaches_every_kind_of_call, .init = make_pair, .fini = close_pair)
{
	for (int call = FAULT_NONE + 1; call < FAULT_CALL_MAX; call++) {
		cr_assert_geq(calls[call](), 0, "call %d unarmed", call);
		fault_arm((enum fault_call)call, 1, EIO);
		errno = 0;
		cr_assert_lt(calls[call](), 0, "call %d armed", call);
		cr_assert_eq(errno, EIO);
		cr_assert(fault_disarm());
	}
}

/* A descriptor that close(2) would not give back is gone all the same. */
Test(fault, a_failing_close_has_closed, .init = make_pair, .fini = close_pair)
{
	int fd = dup(sv[0]);

	fault_arm(FAULT_CLOSE, 1, EIO);
	cr_assert_eq(close(fd), -1);
	cr_assert(fault_disarm());
	cr_assert_eq(fcntl(fd, F_GETFD), -1);
	cr_assert_eq(errno, EBADF);
}
