/* SPDX-License-Identifier: ISC */
/*
 * The fd-passing core: what arrives.  What does not fit is in
 * test_fdpass_truncation.c, what else may happen in test_fdpass_data.c.
 */
#include "wicket/fdpass.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "own.h"
#include "support/support.h"

TestSuite(fdpass, .timeout = 10);

static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};

#define NTYPES (sizeof(types) / sizeof(types[0]))

static void make_pair(int type, int sv[2])
{
	cr_assert_eq(wicket_socketpair(type, sv), 0);
}

static void close_pair(int sv[2])
{
	close_fds(sv, 2);
}

Test(fdpass, one_descriptor_arrives_with_its_data)
{
	int file = fds_file("text");

	for (size_t t = 0; t < NTYPES; t++) {
		size_t before = fds_count();
		char msg[16];
		int sv[2], fd;
		size_t nfds = 1;

		make_pair(types[t], sv);
		cr_assert_eq(wicket_sendfds(sv[0], "hello", 5, &file, 1, 0), 5);
		cr_assert_eq(wicket_recvfds(sv[1], msg, 16, &fd, &nfds, 0), 5);
		cr_assert_arr_eq(msg, "hello", 5);
		cr_assert_eq(nfds, 1);
		cr_assert_neq(fd, file);
		cr_assert(fds_same(fd, file));
		close_fd(&fd);
		close_pair(sv);
		cr_assert_eq(fds_count(), before);
	}
	close_fd(&file);
}

static int four[4];
static int pair[2];

static int send_four(void *unused)
{
	(void)unused;
	return wicket_sendfds(pair[0], "4", 1, four, 4, 0) == 1 ? 0 : 1;
}

Test(fdpass, order_offset_and_data_survive_a_fork)
{
	static const char *const texts[] = {"a0", "b1", "c2", "d3"};
	size_t before = fds_count();
	char msg[4], c;
	int got[4];
	size_t nfds = 4;

	make_pair(SOCK_SEQPACKET, pair);
	for (size_t i = 0; i < 4; i++) {
		four[i] = fds_file(texts[i]);
		cr_assert_eq(lseek(four[i], 1, SEEK_SET), 1);
	}
	cr_assert_eq(child_run(send_four, NULL), 0);
	cr_assert_eq(wicket_recvfds(pair[1], msg, 4, got, &nfds, 0), 1);
	cr_assert_eq(nfds, 4);
	for (size_t i = 0; i < 4; i++) {
		cr_assert_eq(read(got[i], &c, 1), 1);
		cr_assert_eq(c, texts[i][1]);
	}
	close_fds(got, 4);
	close_fds(four, 4);
	close_pair(pair);
	cr_assert_eq(fds_count(), before);
}

Test(fdpass, room_for_exactly_what_comes_is_enough)
{
	size_t before = fds_count();
	int file = fds_file("text");

	for (size_t n = 1; n <= 5; n++) {
		int out[5] = {file, file, file, file, file};
		int in[5];
		char msg[4];
		int sv[2];
		size_t nfds = n;

		make_pair(SOCK_SEQPACKET, sv);
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, out, n, 0), 1);
		cr_assert_eq(wicket_recvfds(sv[1], msg, 4, in, &nfds, 0), 1);
		cr_assert_eq(nfds, n);
		close_fds(in, n);
		close_pair(sv);
	}
	close_fd(&file);
	cr_assert_eq(fds_count(), before);
}

/* CMSG_SPACE(sizeof(int)) would have room for two. */
Test(fdpass, room_for_one_takes_one_and_never_a_second)
{
	size_t before = fds_count();
	int two[2] = {fds_file("a"), fds_file("b")};

	for (size_t t = 0; t < NTYPES; t++) {
		size_t nfds = 1;
		char msg[4];
		int sv[2], got[2] = {-7, -7};

		make_pair(types[t], sv);
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, two, 1, 0), 1);
		cr_assert_eq(wicket_recvfds(sv[1], msg, 4, got, &nfds, 0), 1);
		cr_assert_eq(nfds, 1);
		cr_assert(fds_same(got[0], two[0]));
		close_fd(&got[0]);
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, two, 2, 0), 1);
		cr_assert_eq(wicket_recvfds(sv[1], msg, 4, got, &nfds, 0), -1);
		cr_assert_eq(errno, ENOBUFS);
		cr_assert_eq(got[1], -7);
		close_pair(sv);
	}
	close_fds(two, 2);
	cr_assert_eq(fds_count(), before);
}

/* The kernel joins them, whatever the sender did. */
Test(fdpass, two_control_messages_arrive_as_one)
{
	union {
		char room[2 * CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	char data[] = "x";
	struct iovec iov = {data, 1};
	struct msghdr mh = {.msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof(control.room)};
	size_t before = fds_count();
	int files[2] = {fds_file("a"), fds_file("b")};
	struct cmsghdr *c = CMSG_FIRSTHDR(&mh);
	char msg[4];
	int sv[2], got[2];
	size_t nfds = 2;

	make_pair(SOCK_SEQPACKET, sv);
	for (size_t i = 0; i < 2; i++, c = CMSG_NXTHDR(&mh, c)) {
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &files[i], sizeof(int));
	}
	cr_assert_eq(sendmsg(sv[0], &mh, 0), 1);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, got, &nfds, 0), 1);
	cr_assert_eq(nfds, 2);
	cr_assert(fds_same(got[0], files[0]));
	cr_assert(fds_same(got[1], files[1]));
	close_fds(got, 2);
	close_fds(files, 2);
	close_pair(sv);
	cr_assert_eq(fds_count(), before);
}

Test(fdpass, as_many_pass_as_the_kernel_takes)
{
	int file = fds_file("text");
	int out[WICKET_FDS_MAX], in[WICKET_FDS_MAX];
	size_t before;

	for (size_t i = 0; i < WICKET_FDS_MAX; i++)
		out[i] = file;
	before = fds_count();
	for (size_t t = 0; t < NTYPES; t++) {
		size_t nfds = WICKET_FDS_MAX;
		char msg[4];
		int sv[2];

		make_pair(types[t], sv);
		cr_assert_eq(
			wicket_sendfds(sv[0], "x", 1, out, WICKET_FDS_MAX, 0),
			1);
		cr_assert_eq(wicket_recvfds(sv[1], msg, 4, in, &nfds, 0), 1);
		cr_assert_eq(nfds, WICKET_FDS_MAX);
		for (size_t i = 0; i < nfds; i++)
			cr_assert(fds_cloexec(in[i]));
		close_fds(in, nfds);
		close_pair(sv);
	}
	cr_assert_eq(fds_count(), before);
	close_fd(&file);
}

/* -1 as socket: the kernel would say EBADF. */
Test(fdpass, one_more_is_refused_before_the_kernel_is_asked)
{
	int fds[WICKET_FDS_MAX + 1] = {0};
	size_t nfds = WICKET_FDS_MAX + 1;
	FILE *files[WICKET_FDS_MAX + 1] = {stdin};
	char msg[4];

	cr_assert_eq(wicket_sendfds(-1, "x", 1, fds, nfds, 0), -1);
	cr_assert_eq(errno, E2BIG);
	cr_assert_eq(wicket_sendfiles(-1, "x", 1, files, nfds, 0), -1);
	cr_assert_eq(errno, E2BIG);
	cr_assert_eq(wicket_sendfds(-1, "x", 1, fds, SIZE_MAX, 0), -1);
	cr_assert_eq(errno, E2BIG);
	cr_assert_eq(wicket_recvfds(-1, msg, 4, fds, &nfds, 0), -1);
	cr_assert_eq(errno, E2BIG);
	cr_assert_eq(nfds, 0);
}

Test(fdpass, a_bad_descriptor_among_good_ones_sends_nothing)
{
	size_t before = fds_count();
	int file = fds_file("text");

	for (size_t t = 0; t < NTYPES; t++) {
		int fds[3] = {file, -1, file};
		char msg[4];
		int sv[2];

		make_pair(types[t], sv);
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, fds, 3, 0), -1);
		cr_assert_eq(errno, EBADF);
		cr_assert_eq(
			wicket_recvfds(sv[1], msg, 4, NULL, NULL, MSG_DONTWAIT),
			-1);
		cr_assert_eq(errno, EAGAIN);
		close_pair(sv);
	}
	close_fd(&file);
	cr_assert_eq(fds_count(), before);
}

/* A pipe's reader hears of it when the last copy of the writer is gone. */
static void writers_go_away(int reader)
{
	struct pollfd p = {.fd = reader, .events = POLLIN};

	cr_assert_eq(poll(&p, 1, 5000), 1);
	cr_assert(p.revents & POLLHUP);
}

Test(fdpass, a_socket_passed_over_itself_is_not_kept_for_ever)
{
	size_t before = fds_count();
	int ends[2], sv[2], both[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	make_pair(SOCK_SEQPACKET, sv);
	both[0] = sv[1];
	both[1] = ends[1];
	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, both, 2, 0), 1);
	both[0] = sv[0];
	cr_assert_eq(wicket_sendfds(sv[1], "x", 1, both, 2, 0), 1);
	close_pair(sv);
	close_fd(&ends[1]);
	writers_go_away(ends[0]);
	close_fd(&ends[0]);
	cr_assert_eq(fds_count(), before);
}

Test(fdpass, what_was_never_received_is_closed_with_the_socket)
{
	size_t before = fds_count();

	for (size_t t = 0; t < NTYPES; t++) {
		int ends[2], sv[2];

		cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
		make_pair(types[t], sv);
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &ends[1], 1, 0), 1);
		close_fd(&ends[1]);
		close_pair(sv);
		writers_go_away(ends[0]);
		close_fd(&ends[0]);
	}
	cr_assert_eq(fds_count(), before);
}

Test(fdpass, arrives_though_the_sender_has_closed)
{
	size_t before = fds_count();

	for (size_t t = 0; t < NTYPES; t++) {
		int file = fds_file("text");
		char msg[8];
		int sv[2], fd;
		size_t nfds = 1;

		make_pair(types[t], sv);
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &file, 1, 0), 1);
		close_fd(&file);
		close_fd(&sv[0]);
		cr_assert_eq(wicket_recvfds(sv[1], msg, 8, &fd, &nfds, 0), 1);
		cr_assert_eq(nfds, 1);
		cr_assert_eq(read(fd, msg, 8), 4);
		close_fd(&fd);
		close_fd(&sv[1]);
	}
	cr_assert_eq(fds_count(), before);
}

Test(fdpass, a_stream_is_flushed_and_keeps_its_access_mode)
{
	_cleanup_file_ FILE *f = fdopen(fds_file(""), "w+");
	_cleanup_file_ FILE *r = fopen("/dev/null", "re");
	FILE *files[2] = {f, r};
	size_t before = fds_count();
	char msg[16];
	int sv[2], got[2];
	size_t nfds = 2;

	make_pair(SOCK_SEQPACKET, sv);
	cr_assert_gt(fprintf(f, "printed"), 0);
	cr_assert_eq(wicket_sendfiles(sv[0], "x", 1, files, 2, 0), 1);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 16, got, &nfds, 0), 1);
	cr_assert_eq(nfds, 2);
	cr_assert_eq(pread(got[0], msg, 16, 0), 7);
	cr_assert_eq(fcntl(got[0], F_GETFL) & O_ACCMODE, O_RDWR);
	cr_assert_eq(fcntl(got[1], F_GETFL) & O_ACCMODE, O_RDONLY);
	close_fds(got, 2);
	close_pair(sv);
	cr_assert_eq(fds_count(), before);
}

/* fflush(3) failed for a reason of its own: nothing was sent. */
static void is_not_sent(FILE *file, int why)
{
	char msg[4];
	int sv[2];

	make_pair(SOCK_SEQPACKET, sv);
	cr_assert_eq(wicket_sendfiles(sv[0], "x", 1, &file, 1, 0), -1);
	cr_assert_eq(errno, why);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, NULL, NULL, MSG_DONTWAIT),
		     -1);
	cr_assert_eq(errno, EAGAIN);
	close_pair(sv);
}

/* /dev/full lets everything be written but nothing be flushed. */
Test(fdpass, a_stream_that_cannot_be_flushed_is_not_sent)
{
	_cleanup_file_ FILE *full = fopen("/dev/full", "we");

	cr_assert(full);
	cr_assert_gt(fprintf(full, "printed"), 0);
	is_not_sent(full, ENOSPC);
}

/* A stream of memory has no descriptor. */
Test(fdpass, what_is_no_file_is_not_sent)
{
	char text[8];
	_cleanup_file_ FILE *memory = fmemopen(text, sizeof(text), "w");

	cr_assert(memory);
	is_not_sent(memory, EBADF);
	is_not_sent(NULL, EINVAL);
	cr_assert_eq(wicket_sendfiles(-1, "x", 1, NULL, 1, 0), -1);
	cr_assert_eq(errno, EINVAL);
}

Test(fdpass, a_received_socket_shares_options_and_status_with_the_sent_one)
{
	size_t before = fds_count();
	int sv[2], other[2], got;
	char msg[4];
	size_t nfds = 1;
	int on = 1, value = 0;
	socklen_t len = sizeof(value);

	make_pair(SOCK_SEQPACKET, sv);
	make_pair(SOCK_STREAM, other);
	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &other[0], 1, 0), 1);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, &got, &nfds, 0), 1);
	cr_assert_eq(
		setsockopt(other[0], SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)),
		0);
	cr_assert_eq(getsockopt(got, SOL_SOCKET, SO_KEEPALIVE, &value, &len),
		     0);
	cr_assert_eq(value, 1);
	cr_assert_eq(fcntl(other[0], F_SETFL, O_NONBLOCK), 0);
	cr_assert(fcntl(got, F_GETFL) & O_NONBLOCK);
	close_fd(&got);
	close_pair(other);
	close_pair(sv);
	cr_assert_eq(fds_count(), before);
}

static int exec_and_look(void *arg)
{
	const int *fds = arg;
	char script[64];

	snprintf(script, sizeof(script),
		 "! [ -e /proc/self/fd/%d ] && ! [ -e /proc/self/fd/%d ]",
		 fds[0], fds[1]);
	execl("/bin/sh", "sh", "-c", script, (char *)NULL);
	return 127;
}

Test(fdpass, exec_leaks_no_received_descriptor)
{
	size_t before = fds_count();
	int file = fds_file("text");
	int two[2] = {file, file};
	int got[2], sv[2];
	char msg[4];
	size_t nfds = 2;

	make_pair(SOCK_SEQPACKET, sv);
	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, two, 2, 0), 1);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, got, &nfds, 0), 1);
	cr_assert(fds_cloexec(got[0]) && fds_cloexec(got[1]));
	cr_assert_eq(child_run(exec_and_look, got), 0);
	close_fds(got, 2);
	close_fd(&file);
	close_pair(sv);
	cr_assert_eq(fds_count(), before);
}

Test(fdpass, a_pair_is_close_on_exec_and_connected)
{
	size_t before = fds_count();

	for (size_t t = 0; t < NTYPES; t++) {
		char c;
		int sv[2];

		make_pair(types[t] | SOCK_NONBLOCK, sv);
		cr_assert(fds_cloexec(sv[0]) && fds_cloexec(sv[1]));
		cr_assert_eq(send(sv[0], "x", 1, 0), 1);
		cr_assert_eq(recv(sv[1], &c, 1, 0), 1);
		cr_assert_eq(recv(sv[1], &c, 1, 0), -1);
		cr_assert_eq(errno, EAGAIN);
		close_pair(sv);
	}
	cr_assert_eq(fds_count(), before);
}
