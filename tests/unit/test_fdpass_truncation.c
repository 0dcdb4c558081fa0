/* SPDX-License-Identifier: ISC */
/*
 * The fd-passing core where something does not fit: all of it is closed, the
 * call fails with the reason, and the socket stays usable.
 */
#include "wicket/fdpass.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "own.h"
#include "support/support.h"

TestSuite(fdpass_truncation, .timeout = 10);

static int sv[2] = {-1, -1};
static int file = -1;

static void make_pair(void)
{
	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, sv), 0);
	file = fds_file("text");
}

static void close_all(void)
{
	close_fds(sv, 2);
	close_fd(&file);
}

static void still_usable(void)
{
	char msg[4];
	int fd;
	size_t nfds = 1;

	cr_assert_eq(wicket_sendfds(sv[0], "y", 1, &file, 1, 0), 1);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, &fd, &nfds, 0), 1);
	cr_assert_eq(msg[0], 'y');
	cr_assert_eq(nfds, 1);
	close_fd(&fd);
}

Test(fdpass_truncation, no_room_for_descriptors_closes_them, .init = make_pair,
     .fini = close_all)
{
	size_t before = fds_count();
	size_t none = 0;
	int fd = -7;
	char msg[4];

	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &file, 1, 0), 1);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, NULL, NULL, 0), -1);
	cr_assert_eq(errno, ENOBUFS);
	still_usable();
	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &file, 1, 0), 1);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, &fd, &none, 0), -1);
	cr_assert_eq(errno, ENOBUFS);
	cr_assert_eq(fd, -7);
	cr_assert_eq(none, 0);
	still_usable();
	cr_assert_eq(fds_count(), before);
}

/* Odd room is followed by padding into which the kernel would put one more. */
Test(fdpass_truncation, one_more_than_the_room_closes_all, .init = make_pair,
     .fini = close_all)
{
	int out[9] = {file, file, file, file, file, file, file, file, file};
	size_t before = fds_count();

	for (size_t room = 1; room <= 8; room++) {
		int in[9];
		size_t nfds = room;
		char msg[4];

		memset(in, 0xff, sizeof(in));
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, out, room + 1, 0),
			     1);
		cr_assert_eq(wicket_recvfds(sv[1], msg, 4, in, &nfds, 0), -1);
		cr_assert_eq(errno, ENOBUFS, "room for %zu", room);
		cr_assert_eq(nfds, 0);
		for (size_t i = 0; i < 9; i++)
			cr_assert_eq(in[i], -1);
		cr_assert_eq(fds_count(), before);
		still_usable();
	}
}

static void limit_to(rlim_t n)
{
	struct rlimit l;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &l), 0);
	l.rlim_cur = n;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &l), 0);
}

Test(fdpass_truncation, a_full_table_is_told_apart_and_leaks_nothing,
     .init = make_pair, .fini = close_all)
{
	int out[3] = {file, file, file};
	int in[3];
	char msg[4];
	int next = dup(file);
	size_t before, nfds;
	struct rlimit was;

	cr_assert_geq(next, 0);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	close(next);
	before = fds_count();
	for (int room = 0; room < 3; room++) {
		nfds = 3;
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, out, 3, 0), 1);
		limit_to((rlim_t)(next + room));
		cr_assert_eq(wicket_recvfds(sv[1], msg, 4, in, &nfds, 0), -1);
		cr_assert_eq(errno, EMFILE, "room for %d", room);
		cr_assert_eq(nfds, 0);
		limit_to(was.rlim_cur);
		cr_assert_eq(fds_count(), before);
	}
	still_usable();
}

/* The sender's pidfd is a descriptor too: asked for, it is not left out. */
Test(fdpass_truncation, no_number_for_the_pidfd_is_a_full_table,
     .init = make_pair, .fini = close_all)
{
	struct wicket_sender from;
	int next = dup(file);
	struct rlimit was;
	size_t before;
	char msg[4];

	close(next);
	before = fds_count();
	cr_assert_eq(wicket_tell_sender(sv[1]), 1,
		     "this kernel lacks SO_PASSPIDFD");
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	cr_assert_eq(wicket_sendfds(sv[0], "xy", 2, NULL, 0, 0), 2);
	cr_assert_eq(wicket_sendfds(sv[0], "xy", 2, NULL, 0, 0), 2);
	limit_to((rlim_t)next);
	cr_assert_eq(wicket_recvfds_sender(sv[1], msg, 4, NULL, NULL, 0, NULL,
					   &from),
		     -1);
	cr_assert_eq(errno, EMFILE);
	cr_assert_eq(from.pid, 0);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, NULL, NULL, 0), 2,
		     "who does not ask loses nothing");
	limit_to(was.rlim_cur);
	cr_assert_eq(fds_count(), before);
}

Test(fdpass_truncation, the_senders_pidfd_is_closed_with_the_others,
     .init = make_pair, .fini = close_all)
{
	size_t before = fds_count();
	struct wicket_sender from;
	char msg[4];

	cr_assert_eq(wicket_tell_sender(sv[1]), 1,
		     "this kernel lacks SO_PASSPIDFD");
	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &file, 1, 0), 1);
	cr_assert_eq(wicket_recvfds_sender(sv[1], msg, 4, NULL, NULL, 0, NULL,
					   &from),
		     -1);
	cr_assert_eq(errno, ENOBUFS);
	cr_assert_eq(from.pidfd, -1);
	cr_assert_eq(fds_count(), before);
}

Test(fdpass_truncation, a_message_longer_than_the_buffer_closes_all)
{
	static const int types[] = {SOCK_SEQPACKET, SOCK_DGRAM};

	file = fds_file("text");
	for (size_t t = 0; t < 2; t++) {
		size_t before, nfds = 1;
		char msg[4];
		int fd;

		cr_assert_eq(wicket_socketpair(types[t], sv), 0);
		before = fds_count();
		cr_assert_eq(wicket_sendfds(sv[0], "12345", 5, &file, 1, 0), 5);
		cr_assert_eq(wicket_recvfds(sv[1], msg, 4, &fd, &nfds, 0), -1);
		cr_assert_eq(errno, EMSGSIZE);
		cr_assert_eq(nfds, 0);
		cr_assert_eq(fds_count(), before);
		still_usable();
		close_fds(sv, 2);
	}
	close_fd(&file);
}

/*
 * In flight are at most RLIMIT_NOFILE descriptors of one unprivileged user;
 * root is another user here, of whom nobody else makes use.
 */
static int flood(void *unused)
{
	struct rlimit l = {64, 64};
	char msg[4];
	int fd, sent = 0;
	size_t nfds;

	(void)unused;
	if (geteuid() == 0)
		CHILD_CHECK(setresuid(61234, 61234, 61234) == 0);
	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &l) == 0);
	while (wicket_sendfds(sv[0], "x", 1, &file, 1, MSG_DONTWAIT) == 1)
		CHILD_CHECK(++sent < 1000);
	CHILD_CHECK(errno == ETOOMANYREFS);
	CHILD_CHECK(sent > 0);
	for (int i = 0; i < 2; i++) {
		nfds = 1;
		CHILD_CHECK(wicket_recvfds(sv[1], msg, 4, &fd, &nfds, 0) == 1);
		close_fd(&fd);
	}
	CHILD_CHECK(wicket_sendfds(sv[0], "x", 1, &file, 1, 0) == 1);
	return 0;
}

Test(fdpass_truncation, too_many_in_flight_is_told_and_passes,
     .init = make_pair, .fini = close_all)
{
	cr_assert_eq(child_run(flood, NULL), 0);
}
