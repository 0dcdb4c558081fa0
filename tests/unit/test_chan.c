/* SPDX-License-Identifier: ISC */
#include "chan.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "support/support.h"
#include "wicket/fdpass.h"

TestSuite(chan, .timeout = 10);

static int worker = -1;
static int helper = -1;
static bool refuses;

static void make_pair(void)
{
	cr_assert_eq(chan_pair(&worker, &helper, &refuses), 0);
}

static void close_pair(void)
{
	close_fd(&worker);
	close_fd(&helper);
}

Test(chan, both_ends_are_close_on_exec, .init = make_pair, .fini = close_pair)
{
	cr_assert(fds_cloexec(worker));
	cr_assert(fds_cloexec(helper));
}

Test(chan, messages_keep_their_boundaries, .init = make_pair,
     .fini = close_pair)
{
	char msg[16];

	cr_assert_eq(chan_send(worker, "one", 3, NULL, 0, 0), 0);
	cr_assert_eq(chan_send(worker, "four", 4, NULL, 0, 0), 0);
	cr_assert_eq(chan_recv(helper, msg, 16, NULL, NULL, 0, NULL), 3);
	cr_assert_eq(chan_recv(helper, msg, 16, NULL, NULL, 0, NULL), 4);
	cr_assert_arr_eq(msg, "four", 4);
}

Test(chan, descriptors_travel_to_the_worker, .init = make_pair,
     .fini = close_pair)
{
	int file = fds_file("text");
	char msg[4];
	int fd;
	size_t nfds = 1;

	cr_assert_eq(chan_send(helper, "x", 1, &file, 1, 0), 0);
	cr_assert_eq(chan_recv(worker, msg, 4, &fd, &nfds, 0, NULL), 1);
	cr_assert_eq(nfds, 1);
	cr_assert(fds_same(fd, file));
	cr_assert(fds_cloexec(fd));
	close_fd(&fd);
	close_fd(&file);
}

/*
 * Where the kernel can refuse, the sender is told and nothing arrives; where
 * it cannot, what arrives is closed and the message is a violation.
 */
Test(chan, descriptors_do_not_travel_to_the_helper, .init = make_pair,
     .fini = close_pair)
{
	int file = fds_file("text");
	char msg[4];
	size_t before = fds_count();
	int r = chan_send(worker, "x", 1, &file, 1, 0);

	if (refuses) {
		cr_assert_eq(r, -EPERM);
		cr_assert_eq(chan_recv(helper, msg, 4, NULL, NULL, MSG_DONTWAIT,
				       NULL),
			     -EAGAIN);
	} else {
		cr_assert_eq(r, 0);
		cr_assert_eq(chan_recv(helper, msg, 4, NULL, NULL, 0, NULL),
			     -EPROTO);
	}
	cr_assert_eq(fds_count(), before);
	cr_assert_eq(chan_send(worker, "y", 1, NULL, 0, 0), 0);
	cr_assert_eq(chan_recv(helper, msg, 4, NULL, NULL, 0, NULL), 1);
	close_fd(&file);
}

Test(chan, the_worker_cannot_undo_the_refusal, .init = make_pair,
     .fini = close_pair)
{
	int file = fds_file("text");
	int on = 1;

	(void)setsockopt(worker, SOL_SOCKET, 83 /* SO_PASSRIGHTS */, &on,
			 sizeof(on));
	cr_assert_eq(chan_send(worker, "x", 1, &file, 1, 0),
		     refuses ? -EPERM : 0);
	close_fd(&file);
}

Test(chan, an_empty_message_is_a_violation_not_the_end, .init = make_pair,
     .fini = close_pair)
{
	char msg[4];

	cr_assert_eq(send(worker, "", 0, 0), 0);
	cr_assert_eq(chan_send(worker, "x", 1, NULL, 0, 0), 0);
	cr_assert_eq(chan_recv(helper, msg, 4, NULL, NULL, 0, NULL), -EPROTO);
	cr_assert_eq(chan_recv(helper, msg, 4, NULL, NULL, 0, NULL), 1);
}

Test(chan, the_end_of_the_peer_is_zero, .init = make_pair, .fini = close_pair)
{
	char msg[4];

	cr_assert_eq(chan_send(worker, "x", 1, NULL, 0, 0), 0);
	close_fd(&worker);
	cr_assert_eq(chan_recv(helper, msg, 4, NULL, NULL, 0, NULL), 1);
	cr_assert_eq(chan_recv(helper, msg, 4, NULL, NULL, 0, NULL), 0);
	cr_assert_eq(chan_send(helper, "x", 1, NULL, 0, 0), -EPIPE);
}

Test(chan, an_oversized_message_is_a_violation, .init = make_pair,
     .fini = close_pair)
{
	char msg[4];

	cr_assert_eq(chan_send(worker, "12345", 5, NULL, 0, 0), 0);
	cr_assert_eq(chan_recv(helper, msg, 4, NULL, NULL, 0, NULL), -EPROTO);
}

Test(chan, the_largest_message_fits, .init = make_pair, .fini = close_pair)
{
	static char out[BOUND_MESSAGE], in[BOUND_MESSAGE];

	memset(out, 0x5a, sizeof(out));
	cr_assert_eq(chan_send(worker, out, sizeof(out), NULL, 0, 0), 0);
	cr_assert_eq(chan_recv(helper, in, sizeof(in), NULL, NULL, 0, NULL),
		     BOUND_MESSAGE);
	cr_assert_arr_eq(in, out, sizeof(out));
}

Test(chan, more_descriptors_than_expected_are_closed, .init = make_pair,
     .fini = close_pair)
{
	int file = fds_file("text");
	int two[2] = {file, file};
	char msg[4];
	int fd = -7;
	size_t nfds = 1;
	size_t before = fds_count();

	cr_assert_eq(chan_send(helper, "x", 1, two, 2, 0), 0);
	cr_assert_eq(chan_recv(worker, msg, 4, &fd, &nfds, 0, NULL), -EPROTO);
	cr_assert_eq(nfds, 0);
	cr_assert_eq(fd, -7);
	cr_assert_eq(fds_count(), before);
	close_fd(&file);
}

/* A helper sends none such; a broken one leaks nothing into its worker. */
Test(chan, descriptors_of_an_empty_message_are_closed, .init = make_pair,
     .fini = close_pair)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.align = {.cmsg_len = CMSG_LEN(sizeof(int)),
			       .cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_RIGHTS}};
	struct msghdr mh = {.msg_control = control.room,
			    .msg_controllen = CMSG_LEN(sizeof(int))};
	size_t before = fds_count();
	char msg[4];
	int fd;
	size_t nfds = 1;

	memcpy(CMSG_DATA(&control.align), &helper, sizeof(int));
	cr_assert_eq(sendmsg(helper, &mh, 0), 0);
	cr_assert_eq(chan_recv(worker, msg, 4, &fd, &nfds, 0, NULL), -EPROTO);
	cr_assert_eq(nfds, 0);
	cr_assert_eq(fds_count(), before);
}

Test(chan, a_deadline_that_passed_is_told, .init = make_pair,
     .fini = close_pair)
{
	struct timespec now;
	char msg[4];

	cr_assert_eq(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	cr_assert_eq(chan_recv(worker, msg, 4, NULL, NULL, 0, &now),
		     -ETIMEDOUT);
}

/* CASES 34 */
Test(chan, a_thousand_messages_arrive_in_order, .init = make_pair,
     .fini = close_pair)
{
	unsigned sent = 0, got = 0;

	while (got < 1000) {
		unsigned n;

		while (sent < 1000 && chan_send(worker, &sent, sizeof(sent),
						NULL, 0, MSG_DONTWAIT) == 0)
			sent++;
		cr_assert_gt(sent, got);
		while (chan_recv(helper, &n, sizeof(n), NULL, NULL,
				 MSG_DONTWAIT, NULL) == sizeof(n))
			cr_assert_eq(n, got++);
	}
}

/* CASES 34: all at once, where the queue may be so long. */
Test(chan, a_thousand_messages_wait_unread, .init = make_pair,
     .fini = close_pair)
{
	const int room = 4 << 20;
	unsigned sent = 0, n;

	if (setsockopt(worker, SOL_SOCKET, SO_SNDBUFFORCE, &room,
		       sizeof(room)) < 0)
		cr_assert_eq(errno, EPERM);
	while (sent < 1000 && chan_send(worker, &sent, sizeof(sent), NULL, 0,
					MSG_DONTWAIT) == 0)
		sent++;
	cr_assert(sent == 1000 || geteuid() != 0);
	close_fd(&worker);
	for (unsigned i = 0; i < sent; i++) {
		cr_assert_eq(chan_recv(helper, &n, sizeof(n), NULL, NULL,
				       MSG_DONTWAIT, NULL),
			     sizeof(n));
		cr_assert_eq(n, i);
	}
	cr_assert_eq(chan_recv(helper, &n, sizeof(n), NULL, NULL, MSG_DONTWAIT,
			       NULL),
		     0);
}

/* CASES 34: a pipe tells when its other end is gone. */
Test(chan, descriptors_under_way_are_closed_with_the_channel, .init = make_pair,
     .fini = close_pair)
{
	struct pollfd p = {.events = POLLIN};
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	for (int i = 0; i < 20; i++)
		cr_assert_eq(chan_send(helper, "x", 1, &ends[1], 1, 0), 0);
	close_fd(&ends[1]);
	p.fd = ends[0];
	cr_assert_eq(poll(&p, 1, 0), 0);
	close_fd(&worker);
	cr_assert_eq(poll(&p, 1, 5000), 1);
	cr_assert(p.revents & POLLHUP);
	close_fd(&ends[0]);
}
