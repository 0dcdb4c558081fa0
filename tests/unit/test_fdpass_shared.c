/* SPDX-License-Identifier: ISC */
/*
 * The fd-passing core on a socket that is not its own: whoever shares one end,
 * or holds the other, can shut it down, switch options on, mark bytes urgent,
 * name another as the sender, and read along.
 */
#include "wicket/fdpass.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "own.h"
#include "support/support.h"

TestSuite(fdpass_shared, .timeout = 60);

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

static struct timespec in_seconds(time_t s)
{
	struct timespec t;

	cr_assert_eq(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	t.tv_sec += s;
	return t;
}

static void *shut_down(void *unused)
{
	(void)unused;
	cr_assert_eq(shutdown(sv[1], SHUT_RD), 0);
	return NULL;
}

static ssize_t receive_until(const struct timespec *deadline, size_t *nfds)
{
	char msg[4];
	int fd = -1;
	ssize_t n;

	*nfds = 1;
	n = wicket_recvfds_until(sv[1], msg, 4, &fd, nfds, 0, deadline);
	close_fd(&fd);
	return n;
}

/*
 * poll(2) calls such a SOCK_DGRAM readable for ever, and recvmsg(2) says
 * EAGAIN: no other end than a busy loop without one.
 */
Test(fdpass_shared, a_socket_shut_down_for_reading_ends_every_wait)
{
	for (size_t t = 0; t < NTYPES; t++) {
		struct timespec far = in_seconds(50);
		pthread_t other;
		size_t nfds;

		make_pair(types[t]);
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &file, 1, 0), 1);
		cr_assert_eq(pthread_create(&other, NULL, shut_down, NULL), 0);
		cr_assert_eq(receive_until(&far, &nfds), 1, "what was sent");
		cr_assert_eq(nfds, 1);
		cr_assert_eq(receive_until(&far, &nfds), 0);
		cr_assert_eq(nfds, 0);
		cr_assert_eq(pthread_join(other, NULL), 0);
		cr_assert_eq(receive_until(NULL, &nfds), 0,
			     "as a call without a deadline");
		close_all();
	}
}

Test(fdpass_shared, what_is_no_time_is_no_deadline, .init = seqpacket,
     .fini = close_all)
{
	static const long none[] = {-1, 1000000000, INT64_MAX, INT64_MIN};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		struct timespec t = in_seconds(1);
		char msg[4];
		int fd;
		size_t nfds = 1;

		t.tv_nsec = none[i];
		cr_assert_eq(
			wicket_sendfds_until(sv[0], "x", 1, &file, 1, 0, &t),
			-1);
		cr_assert_eq(errno, EINVAL);
		cr_assert_eq(
			wicket_recvfds_until(sv[1], msg, 4, &fd, &nfds, 0, &t),
			-1);
		cr_assert_eq(errno, EINVAL);
		cr_assert_eq(nfds, 0);
	}
}

/*
 * It is passed over, or read in its place when another has come; a read of it
 * alone is no end.
 */
Test(fdpass_shared, an_urgent_byte_is_no_end_and_costs_no_descriptor,
     .init = stream, .fini = close_all)
{
	char msg[4];
	int fd;
	size_t nfds = 1;
	ssize_t n;

	cr_assert_eq(send(sv[0], "!", 1, MSG_OOB), 1);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, &fd, &nfds, MSG_DONTWAIT),
		     -1);
	cr_assert_eq(errno, EAGAIN);
	for (int i = 0; i < 3; i++) {
		nfds = 1;
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &file, 1, 0), 1);
		cr_assert_eq(send(sv[0], "!", 1, MSG_OOB), 1);
		n = wicket_recvfds(sv[1], msg, 4, &fd, &nfds, 0);
		cr_assert(n == 1 || n == 2);
		cr_assert_eq(msg[n - 1], 'x');
		cr_assert_eq(nfds, 1);
		close_fd(&fd);
	}
}

/* SO_TIMESTAMPNS, SO_TIMESTAMPING (software), SO_PASSSEC, SO_INQ. */
static void switch_on_all(void)
{
	static const int options[][2] = {{35, 1}, {37, 0x18}, {34, 1}, {84, 1}};

	cr_assert_eq(wicket_tell_sender(sv[1]), 1);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (setsockopt(sv[1], SOL_SOCKET, options[i][0], &options[i][1],
			       sizeof(int)) < 0)
			cr_assert(errno == ENOPROTOOPT || errno == EINVAL ||
				  errno == EOPNOTSUPP);
}

Test(fdpass_shared, whatever_is_switched_on_takes_no_descriptors_room)
{
	size_t before = fds_count();

	for (size_t t = 0; t < NTYPES; t++) {
		for (size_t n = 1; n <= WICKET_FDS_MAX; n += 84) {
			int fds[WICKET_FDS_MAX];
			size_t nfds = n;
			char msg[4];

			make_pair(types[t]);
			switch_on_all();
			for (size_t i = 0; i < n; i++)
				fds[i] = file;
			cr_assert_eq(wicket_sendfds(sv[0], "x", 1, fds, n, 0),
				     1);
			cr_assert_eq(
				wicket_recvfds(sv[1], msg, 4, fds, &nfds, 0),
				1);
			cr_assert_eq(nfds, n);
			close_fds(fds, n);
			close_all();
		}
	}
	cr_assert_eq(fds_count(), before);
}

/* Credentials that the sender has chosen itself: of process 1. */
static ssize_t pose_as_init(void)
{
	union {
		char room[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control = {.align = {.cmsg_len = CMSG_LEN(sizeof(struct ucred)),
			       .cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_CREDENTIALS}};
	struct ucred cred = {1, geteuid(), getegid()};
	char byte = 'x';
	struct iovec iov = {&byte, 1};
	struct msghdr mh = {.msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof(control.room)};

	memcpy(CMSG_DATA(&control.align), &cred, sizeof(cred));
	return sendmsg(sv[0], &mh, MSG_NOSIGNAL);
}

/* Written at wicket_sender: by privilege alone. */
Test(fdpass_shared, only_a_privileged_sender_can_name_another,
     .init = seqpacket, .fini = close_all)
{
	struct wicket_sender from;
	char msg[4];

	cr_assert_eq(wicket_tell_sender(sv[1]), 1);
	if (pose_as_init() < 0) {
		cr_assert_eq(errno, EPERM);
		return;
	}
	cr_assert_eq(geteuid(), 0);
	cr_assert_eq(wicket_recvfds_sender(sv[1], msg, 4, NULL, NULL, 0, NULL,
					   &from),
		     1);
	cr_assert_eq(from.pid, 1);
	close_fd(&from.pidfd);
}

/* A page that can be read and not written. */
Test(fdpass_shared, a_buffer_that_is_none_leaks_no_descriptor)
{
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	cr_assert_neq(page, MAP_FAILED);
	for (size_t t = 0; t < NTYPES; t++) {
		size_t before, nfds = 1;
		int fd;

		make_pair(types[t]);
		before = fds_count();
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &file, 1, 0), 1);
		cr_assert_eq(wicket_recvfds(sv[1], page, 4, &fd, &nfds, 0), -1);
		cr_assert_eq(errno, EFAULT);
		cr_assert_eq(nfds, 0);
		cr_assert_eq(fds_count(), before);
		close_all();
	}
	munmap(page, 4096);
}

/* Where it can be made: containers and administrators forbid it. */
Test(fdpass_shared, a_ring_does_not_travel, .init = seqpacket,
     .fini = close_all)
{
	char parameters[120] = {0};
	int ring = (int)syscall(425 /* io_uring_setup */, 1, parameters);
	char msg[4];

	if (ring < 0) {
		cr_assert(errno == EPERM || errno == ENOSYS);
		return;
	}
	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, &ring, 1, 0), -1);
	cr_assert_eq(errno, EINVAL);
	cr_assert_eq(wicket_recvfds(sv[1], msg, 4, NULL, NULL, MSG_DONTWAIT),
		     -1);
	cr_assert_eq(errno, EAGAIN);
	close_fd(&ring);
}

/* ---- many at both ends --------------------------------------------------- */

enum {
	THREADS = 4,
	EACH = 500,
};

static atomic_size_t came;

static void *send_each(void *deadline)
{
	int two[2] = {file, file};

	for (int i = 0; i < EACH; i++)
		if (wicket_sendfds_until(sv[0], "12", 2, two, 2, 0, deadline) !=
		    2)
			return NULL;
	return deadline;
}

/* All wait for the same message, and one of them gets it. */
static void *receive_each(void *deadline)
{
	for (int i = 0; i < EACH; i++) {
		char msg[4];
		int two[2];
		size_t nfds = 2;

		if (wicket_recvfds_until(sv[1], msg, 4, two, &nfds, 0,
					 deadline) != 2)
			return NULL;
		close_fds(two, nfds);
		came += nfds;
	}
	return deadline;
}

Test(fdpass_shared, many_threads_at_both_ends_lose_nothing)
{
	for (size_t t = 1; t < NTYPES; t++) {
		struct timespec far = in_seconds(50);
		pthread_t threads[2 * THREADS];
		size_t before;
		void *done;

		make_pair(types[t]);
		before = fds_count();
		came = 0;
		for (int i = 0; i < 2 * THREADS; i++)
			cr_assert_eq(
				pthread_create(&threads[i], NULL,
					       i % 2 ? send_each : receive_each,
					       &far),
				0);
		for (int i = 0; i < 2 * THREADS; i++) {
			cr_assert_eq(pthread_join(threads[i], &done), 0);
			cr_assert_eq(done, &far);
		}
		cr_assert_eq(came, 2 * THREADS * EACH);
		cr_assert_eq(fds_count(), before);
		close_all();
	}
}
