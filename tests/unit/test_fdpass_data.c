/* SPDX-License-Identifier: ISC */
/*
 * The fd-passing core and the bytes that carry the descriptors: empty
 * messages, deadlines, the end, and what else may ride along.
 */
#include "wicket/fdpass.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "own.h"
#include "support/support.h"

TestSuite(fdpass_data, .timeout = 60);

static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};

#define NTYPES (sizeof(types) / sizeof(types[0]))

static int sv[2] = {-1, -1};
static int file = -1;

static void make_pair(int type)
{
	cr_assert_eq(wicket_socketpair(type, sv), 0);
	file = fds_file("text");
}

static void close_all(void)
{
	close_fds(sv, 2);
	close_fd(&file);
}

static void seqpacket(void)
{
	make_pair(SOCK_SEQPACKET);
}

static void stream(void)
{
	make_pair(SOCK_STREAM);
}

static struct timespec in_ms(long ms)
{
	struct timespec t;

	cr_assert_eq(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

Test(fdpass_data, descriptors_without_data_are_refused_on_every_type)
{
	for (size_t t = 0; t < NTYPES; t++) {
		char msg[4];

		make_pair(types[t]);
		cr_assert_eq(wicket_sendfds(sv[0], "", 0, &file, 1, 0), -1);
		cr_assert_eq(errno, EINVAL);
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, NULL, 1, 0), -1);
		cr_assert_eq(errno, EINVAL);
		cr_assert_eq(
			wicket_recvfds(sv[1], msg, 4, NULL, NULL, MSG_DONTWAIT),
			-1);
		cr_assert_eq(errno, EAGAIN);
		close_all();
	}
}

/* Sends so many bytes and a descriptor, and receives them. */
static bool passes(size_t len)
{
	static char big[1 << 20], in[1 << 20];
	int fd;
	size_t nfds = 1;

	if (wicket_sendfds(sv[0], big, len, &file, 1, 0) < 0) {
		cr_assert_eq(errno, EMSGSIZE);
		return false;
	}
	cr_assert_eq(wicket_recvfds(sv[1], in, len, &fd, &nfds, 0),
		     (ssize_t)len);
	cr_assert_eq(nfds, 1);
	close_fd(&fd);
	return true;
}

/* The largest packet depends on the buffer: look for it. */
Test(fdpass_data, a_packet_of_the_maximum_passes_and_a_byte_more_is_emsgsize)
{
	for (size_t t = 1; t < NTYPES; t++) {
		size_t low = 1, high = 1 << 20;

		make_pair(types[t]);
		while (low + 1 < high) {
			size_t mid = (low + high) / 2;

			if (passes(mid))
				low = mid;
			else
				high = mid;
		}
		cr_assert_geq(low, 65536);
		cr_assert(passes(low));
		cr_assert_not(passes(low + 1));
		close_all();
	}
}

Test(fdpass_data, a_full_socket_is_eagain_then_etimedout_then_works)
{
	for (size_t t = 0; t < NTYPES; t++) {
		static const char block[4096];
		struct timespec soon;
		char msg[4096];

		make_pair(types[t] | SOCK_NONBLOCK);
		while (wicket_sendfds(sv[0], block, sizeof(block), NULL, 0,
				      0) == sizeof(block))
			;
		while (wicket_sendfds(sv[0], block, 1, NULL, 0, 0) == 1)
			;
		cr_assert_eq(errno, EAGAIN);
		soon = in_ms(20);
		cr_assert_eq(wicket_sendfds_until(sv[0], block, 1, &file, 1, 0,
						  &soon),
			     -1);
		cr_assert_eq(errno, ETIMEDOUT);
		while (wicket_recvfds(sv[1], msg, sizeof(msg), NULL, NULL, 0) >
		       0)
			;
		cr_assert_eq(errno, EAGAIN);
		cr_assert_eq(wicket_sendfds(sv[0], block, 1, &file, 1, 0), 1);
		close_all();
	}
}

Test(fdpass_data, nothing_there_is_eagain_or_etimedout, .init = seqpacket,
     .fini = close_all)
{
	struct timespec soon = in_ms(20);
	char msg[4];

	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, NULL, NULL, MSG_DONTWAIT),
		     -1);
	cr_assert_eq(errno, EAGAIN);
	cr_assert_eq(wicket_recvfds_until(sv[1], msg, 4, NULL, NULL, 0, &soon),
		     -1);
	cr_assert_eq(errno, ETIMEDOUT);
}

Test(fdpass_data, the_end_is_zero_bytes_and_no_descriptor)
{
	for (size_t t = 0; t < 2; t++) {
		char msg[4];
		int fd = -7;
		size_t nfds = 1;

		make_pair(types[t]);
		close_fd(&sv[0]);
		cr_assert_eq(wicket_recvfds(sv[1], msg, 4, &fd, &nfds, 0), 0);
		cr_assert_eq(nfds, 0);
		cr_assert_eq(fd, -7);
		cr_assert_eq(wicket_sendfds(sv[1], "x", 1, &file, 1, 0), -1);
		cr_assert_eq(errno, EPIPE, "and no SIGPIPE");
		close_all();
	}
}

/* A raw send: what wicket_sendfds() refuses, another peer may do. */
static ssize_t give(size_t len, int flags)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.align = {.cmsg_len = CMSG_LEN(sizeof(int)),
			       .cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_RIGHTS}};
	char data[8] = "data";
	struct iovec iov = {data, len};
	struct msghdr mh = {.msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = CMSG_LEN(sizeof(int))};

	memcpy(CMSG_DATA(&control.align), &file, sizeof(file));
	return sendmsg(sv[0], &mh, flags | MSG_NOSIGNAL);
}

Test(fdpass_data, an_empty_message_with_descriptors_is_not_the_end,
     .init = seqpacket, .fini = close_all)
{
	char msg[4];
	int fd;
	size_t nfds = 1;

	cr_assert_eq(give(0, 0), 0);
	close_fd(&sv[0]);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, &fd, &nfds, 0), 0);
	cr_assert_eq(nfds, 1);
	cr_assert(fds_same(fd, file));
	close_fd(&fd);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, &fd, &nfds, 0), 0);
	cr_assert_eq(nfds, 0);
}

Test(fdpass_data, an_empty_message_has_a_sender_and_the_end_has_none,
     .init = seqpacket, .fini = close_all)
{
	struct wicket_sender s;
	char msg[4];

	cr_assert_eq(wicket_tell_sender(sv[1]), 1);
	cr_assert_eq(wicket_sendfds(sv[0], "", 0, NULL, 0, 0), 0);
	close_fd(&sv[0]);
	cr_assert_eq(
		wicket_recvfds_sender(sv[1], msg, 4, NULL, NULL, 0, NULL, &s),
		0);
	cr_assert_eq(s.pid, getpid());
	close_fd(&s.pidfd);
	cr_assert_eq(
		wicket_recvfds_sender(sv[1], msg, 4, NULL, NULL, 0, NULL, &s),
		0);
	cr_assert_eq(s.pid, 0);
	cr_assert_eq(s.pidfd, -1);
}

Test(fdpass_data, what_the_peer_never_read_is_econnreset)
{
	for (size_t t = 0; t < 2; t++) {
		char msg[4];

		make_pair(types[t]);
		cr_assert_eq(wicket_sendfds(sv[1], "x", 1, &file, 1, 0), 1);
		close_fd(&sv[0]);
		cr_assert_eq(wicket_recvfds(sv[1], msg, 4, NULL, NULL, 0), -1);
		cr_assert_eq(errno, ECONNRESET);
		close_all();
	}
}

Test(fdpass_data, a_stream_read_ends_behind_the_piece_with_descriptors,
     .init = stream, .fini = close_all)
{
	int fds[4] = {file, file};
	size_t nfds = 4;
	char msg[8];

	cr_assert_eq(wicket_sendfds(sv[0], "a", 1, NULL, 0, 0), 1);
	cr_assert_eq(wicket_sendfds(sv[0], "b", 1, fds, 1, 0), 1);
	cr_assert_eq(wicket_sendfds(sv[0], "c", 1, fds, 2, 0), 1);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 8, fds, &nfds, 0), 2);
	cr_assert_arr_eq(msg, "ab", 2);
	cr_assert_eq(nfds, 1);
	close_fds(fds, 1);
	nfds = 4;
	cr_assert_eq(wicket_recvfds(sv[1], msg, 8, fds, &nfds, 0), 1);
	cr_assert_eq(msg[0], 'c');
	cr_assert_eq(nfds, 2);
	close_fds(fds, 2);
}

/* Nor can a caller ask for what would drop them too. */
Test(fdpass_data, a_plain_read_drops_descriptors_and_no_flag_of_ours_does,
     .init = stream, .fini = close_all)
{
	static const int flags[] = {MSG_OOB,	 MSG_PEEK,     MSG_TRUNC,
				    MSG_WAITALL, MSG_ERRQUEUE, MSG_CTRUNC};
	size_t before = fds_count();
	char msg[4];
	int fd;
	size_t nfds = 1;

	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &file, 1, 0), 1);
	cr_assert_eq(read(sv[1], msg, 1), 1);
	cr_assert_eq(fds_count(), before, "it is gone, and nobody was told");
	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &file, 1, MSG_OOB), -1);
	cr_assert_eq(errno, EINVAL);
	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &file, 1, 0), 1);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		nfds = 1;
		cr_assert_eq(
			wicket_recvfds(sv[1], msg, 4, &fd, &nfds, flags[i]),
			-1);
		cr_assert_eq(errno, EINVAL);
		cr_assert_eq(nfds, 0);
	}
	nfds = 1;
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, &fd, &nfds, 0), 1);
	cr_assert_eq(nfds, 1);
	close_fd(&fd);
}

/* They would come without the byte that they belong to. */
Test(fdpass_data, room_for_no_byte_is_refused)
{
	for (size_t t = 0; t < NTYPES; t++) {
		int fd;
		size_t nfds = 1;
		char msg[4];

		make_pair(types[t]);
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &file, 1, 0), 1);
		cr_assert_eq(wicket_recvfds(sv[1], msg, 0, &fd, &nfds, 0), -1);
		cr_assert_eq(errno, EINVAL);
		nfds = 1;
		cr_assert_eq(wicket_recvfds(sv[1], msg, 4, &fd, &nfds, 0), 1);
		cr_assert_eq(nfds, 1);
		close_fd(&fd);
		close_all();
	}
}

/* SO_PASSRIGHTS, Linux 6.16: a kernel without it fails here. */
Test(fdpass_data, a_receiver_that_refuses_descriptors_gives_the_sender_eperm)
{
	for (size_t t = 0; t < NTYPES; t++) {
		int off = 0;
		char msg[4];

		make_pair(types[t]);
		cr_assert_eq(
			setsockopt(sv[1], SOL_SOCKET, 83, &off, sizeof(off)), 0,
			"this kernel lacks SO_PASSRIGHTS");
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &file, 1, 0), -1);
		cr_assert_eq(errno, EPERM);
		cr_assert_eq(wicket_sendfds(sv[0], "y", 1, NULL, 0, 0), 1);
		cr_assert_eq(wicket_recvfds(sv[1], msg, 4, NULL, NULL, 0), 1);
		cr_assert_eq(msg[0], 'y');
		close_all();
	}
}

/* Credentials come before the descriptors, a pidfd behind: both take room. */
Test(fdpass_data, credentials_on_the_way_take_no_descriptors_room)
{
	for (size_t t = 0; t < NTYPES; t++) {
		for (size_t n = 1; n <= 3; n++) {
			int out[3], in[3];
			size_t before, nfds = n;
			char msg[4];

			make_pair(types[t]);
			for (size_t i = 0; i < n; i++)
				out[i] = file;
			cr_assert_eq(wicket_tell_sender(sv[1]), 1);
			before = fds_count();
			cr_assert_eq(wicket_sendfds(sv[0], "x", 1, out, n, 0),
				     1);
			cr_assert_eq(
				wicket_recvfds(sv[1], msg, 4, in, &nfds, 0), 1);
			cr_assert_eq(nfds, n);
			close_fds(in, n);
			cr_assert_eq(fds_count(), before, "the pidfd too");
			close_all();
		}
	}
}

Test(fdpass_data, the_sender_is_told_by_the_kernels_word, .init = seqpacket,
     .fini = close_all)
{
	struct wicket_sender s;
	char msg[4];

	cr_assert_eq(wicket_tell_sender(sv[1]), 1,
		     "this kernel lacks SO_PASSPIDFD");
	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, NULL, 0, 0), 1);
	cr_assert_eq(
		wicket_recvfds_sender(sv[1], msg, 4, NULL, NULL, 0, NULL, &s),
		1);
	cr_assert_eq(s.pid, getpid());
	cr_assert_eq(s.uid, geteuid());
	cr_assert_eq(s.gid, getegid());
	cr_assert_geq(s.pidfd, 0);
	cr_assert(fds_cloexec(s.pidfd));
	close_fd(&s.pidfd);
}

Test(fdpass_data, peeking_is_refused_for_it_would_duplicate, .init = seqpacket,
     .fini = close_all)
{
	size_t before = fds_count();
	char msg[4];
	int fd;
	size_t nfds = 1;

	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &file, 1, 0), 1);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, &fd, &nfds, MSG_PEEK), -1);
	cr_assert_eq(errno, EINVAL);
	cr_assert_eq(fds_count(), before);
	nfds = 1;
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, &fd, &nfds, 0), 1);
	cr_assert_eq(nfds, 1);
	close_fd(&fd);
}

Test(fdpass_data, numbers_above_fd_setsize_pass)
{
	struct rlimit l;
	struct timespec soon = in_ms(50000);
	int high, sock;
	char msg[4];
	int fd;
	size_t nfds = 1;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &l), 0);
	l.rlim_cur = l.rlim_max;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &l), 0);
	seqpacket();
	high = fcntl(file, F_DUPFD_CLOEXEC, 2000);
	sock = fcntl(sv[0], F_DUPFD_CLOEXEC, 3000);
	cr_assert(high >= 2000 && sock >= 3000);
	cr_assert_eq(wicket_sendfds_until(sock, "x", 1, &high, 1, 0, &soon), 1);
	cr_assert_eq(wicket_recvfds_until(sv[1], msg, 4, &fd, &nfds, 0, &soon),
		     1);
	cr_assert(fds_same(fd, high));
	close_fd(&fd);
	close_fd(&high);
	close_fd(&sock);
	close_all();
}

Test(fdpass_data, a_closed_or_wrong_descriptor_is_told, .init = seqpacket,
     .fini = close_all)
{
	char msg[4];
	int gone = dup(file);

	close(gone);
	cr_assert_eq(wicket_sendfds(gone, "x", 1, &file, 1, 0), -1);
	cr_assert_eq(errno, EBADF);
	cr_assert_eq(wicket_sendfds(file, "x", 1, &file, 1, 0), -1);
	cr_assert_eq(errno, ENOTSOCK);
	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &gone, 1, 0), -1);
	cr_assert_eq(errno, EBADF);
	cr_assert_eq(wicket_recvfds(gone, msg, 4, NULL, NULL, 0), -1);
	cr_assert_eq(errno, EBADF);
	cr_assert_eq(wicket_recvfds(file, msg, 4, NULL, NULL, 0), -1);
	cr_assert_eq(errno, ENOTSOCK);
}
