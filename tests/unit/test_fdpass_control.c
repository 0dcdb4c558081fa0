/* SPDX-License-Identifier: ISC */
/*
 * The fd-passing core and control data that this kernel does not send, but
 * another might: what was received is edited before the core sees it.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "own.h"
#include "support/fault.h"
#include "support/fds.h"
#include "support/held.h"
#include "wicket/fdpass.h"
#include "wicket/fdstream.h"

TestSuite(fdpass_control, .timeout = 10);

static int sv[2] = {-1, -1};
static int file = -1;
static size_t room_offered;

static void make_pair(void)
{
	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, sv), 0);
	file = fds_file("text");
}

static void close_pair(void)
{
	close_fds(sv, 2);
	close_fd(&file);
}

/* A control message written behind what is there. */
static struct cmsghdr *add(struct msghdr *mh, int level, int type, size_t len)
{
	char *at = (char *)mh->msg_control + mh->msg_controllen;
	struct cmsghdr *c = (struct cmsghdr *)(void *)at;

	cr_assert_leq(mh->msg_controllen + CMSG_SPACE(len), room_offered);
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memset(CMSG_DATA(c), 0, len);
	mh->msg_controllen += CMSG_SPACE(len);
	return c;
}

static void add_rights(struct msghdr *mh, const int *fds, size_t n)
{
	struct cmsghdr *c = add(mh, SOL_SOCKET, SCM_RIGHTS, n * sizeof(int));

	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
}

/* What came, then the edit, then what the caller gets. */
static ssize_t receive(void (*edit)(struct msghdr *, size_t), int *fds,
		       size_t *nfds, struct wicket_sender *from)
{
	char msg[4];
	ssize_t n;
	int why;

	fault_edit(edit);
	n = wicket_recvfds_sender(sv[1], msg, 4, fds, nfds, 0, NULL, from);
	why = errno;
	fault_disarm();
	errno = why;
	return n;
}

/* Each descriptor in a message of its own, a stranger's between them. */
static void split(struct msghdr *mh, size_t room)
{
	int fds[2];

	room_offered = room;
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(mh)), sizeof(fds));
	mh->msg_controllen = 0;
	add_rights(mh, &fds[0], 1);
	add(mh, SOL_SOCKET, 0x7ff, 8);
	add(mh, SOL_SOCKET + 1, SCM_RIGHTS, 8);
	add_rights(mh, &fds[1], 1);
}

Test(fdpass_control, two_control_messages_are_both_read, .init = make_pair,
     .fini = close_pair)
{
	struct held before = held_now();
	int two[2] = {file, sv[0]}, got[2];
	size_t nfds = 2;

	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, two, 2, 0), 1);
	cr_assert_eq(receive(split, got, &nfds, NULL), 1);
	cr_assert_eq(nfds, 2);
	cr_assert(fds_same(got[0], file));
	cr_assert(fds_same(got[1], sv[0]));
	close_fds(got, 2);
	HELD_SAME(before);
}

/* Twenty more in a second message. */
static void too_many(struct msghdr *mh, size_t room)
{
	int more[20];

	room_offered = room;
	mh->msg_controllen = CMSG_SPACE(WICKET_FDS_MAX * sizeof(int));
	for (size_t i = 0; i < 20; i++)
		more[i] = fcntl(file, F_DUPFD_CLOEXEC, 0);
	add_rights(mh, more, 20);
	mh->msg_flags |= MSG_CTRUNC;
}

Test(fdpass_control, more_than_the_kernels_most_are_closed, .init = make_pair,
     .fini = close_pair)
{
	struct held before = held_now();
	int out[WICKET_FDS_MAX], in[WICKET_FDS_MAX];
	size_t nfds = WICKET_FDS_MAX;

	for (size_t i = 0; i < WICKET_FDS_MAX; i++)
		out[i] = file;
	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, out, nfds, 0), 1);
	cr_assert_eq(receive(too_many, in, &nfds, NULL), -1);
	cr_assert_eq(errno, ENOBUFS);
	cr_assert_eq(nfds, 0);
	HELD_SAME(before);
}

/* A security label so long that no descriptor has room behind it. */
static void fill_up(struct msghdr *mh, size_t room)
{
	room_offered = room;
	mh->msg_controllen = 0;
	add(mh, SOL_SOCKET, 3 /* SCM_SECURITY */, room - CMSG_LEN(0) - 8);
	mh->msg_controllen = room;
	mh->msg_flags |= MSG_CTRUNC;
}

static void cut_short(struct msghdr *mh, size_t room)
{
	(void)room;
	mh->msg_controllen = 0;
	mh->msg_flags |= MSG_CTRUNC;
}

Test(fdpass_control, room_that_was_used_up_is_no_full_table, .init = make_pair,
     .fini = close_pair)
{
	struct held before = held_now();
	int fd;
	size_t nfds = 1;

	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, NULL, 0, 0), 1);
	cr_assert_eq(receive(fill_up, &fd, &nfds, NULL), -1);
	cr_assert_eq(errno, ENOBUFS);
	nfds = 1;
	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, NULL, 0, 0), 1);
	cr_assert_eq(receive(cut_short, &fd, &nfds, NULL), -1);
	cr_assert_eq(errno, EMFILE, "with room left the table was full");
	HELD_SAME(before);
}

static void short_sender(struct msghdr *mh, size_t room)
{
	room_offered = room;
	mh->msg_controllen = 0;
	add(mh, SOL_SOCKET, SCM_CREDENTIALS, sizeof(struct ucred) - 1);
	add(mh, SOL_SOCKET, 4 /* SCM_PIDFD */, sizeof(int) - 1);
}

Test(fdpass_control, a_sender_told_in_half_is_not_told, .init = make_pair,
     .fini = close_pair)
{
	struct held before = held_now();
	struct wicket_sender from;

	cr_assert_eq(wicket_sendfds(sv[0], "x", 1, NULL, 0, 0), 1);
	cr_assert_eq(receive(short_sender, NULL, NULL, &from), 1);
	cr_assert_eq(from.pid, 0);
	cr_assert_eq(from.uid, (uid_t)-1);
	cr_assert_eq(from.gid, (gid_t)-1);
	cr_assert_eq(from.pidfd, -1);
	HELD_SAME(before);
}

static int no_pidfd;

static void pidfd_failed(struct msghdr *mh, size_t room)
{
	struct cmsghdr *c;

	room_offered = room;
	mh->msg_controllen = 0;
	c = add(mh, SOL_SOCKET, 4 /* SCM_PIDFD */, sizeof(no_pidfd));
	memcpy(CMSG_DATA(c), &no_pidfd, sizeof(no_pidfd));
}

/* Linux before 6.16 has no pidfd for a sender that was waited for. */
Test(fdpass_control, a_sender_that_is_gone_has_no_pidfd, .init = make_pair,
     .fini = close_pair)
{
	static const int gone[] = {-ESRCH, -EINVAL};
	struct held before = held_now();
	struct wicket_sender from;

	for (size_t i = 0; i < 2; i++) {
		no_pidfd = gone[i];
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, NULL, 0, 0), 1);
		cr_assert_eq(receive(pidfd_failed, NULL, NULL, &from), 1);
		cr_assert_eq(from.pidfd, -1);
	}
	HELD_SAME(before);
}

Test(fdpass_control, a_pidfd_that_was_asked_for_is_never_left_out,
     .init = make_pair, .fini = close_pair)
{
	static const int full[] = {-EMFILE, -ENFILE, -ENOMEM};
	struct held before = held_now();
	struct wicket_sender from;

	for (size_t i = 0; i < 3; i++) {
		no_pidfd = full[i];
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, NULL, 0, 0), 1);
		cr_assert_eq(receive(pidfd_failed, NULL, NULL, &from), -1);
		cr_assert_eq(errno, EMFILE);
		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, NULL, 0, 0), 1);
		cr_assert_eq(receive(pidfd_failed, NULL, NULL, NULL), 1,
			     "who does not ask loses nothing");
	}
	HELD_SAME(before);
}

/* ---- cancelled between the kernel's answer and the caller's -------------- */

static void cancel_me(struct msghdr *mh, size_t room)
{
	(void)mh;
	(void)room;
	cr_assert_eq(pthread_cancel(pthread_self()), 0);
}

/* What follows the call is none of the core's business. */
static void *receive_cancelled(void *why)
{
	int fd;
	size_t nfds = 1;

	if (receive(cancel_me, &fd, &nfds, NULL) < 0)
		*(int *)why = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	return why;
}

static void *take_cancelled(void *why)
{
	char room[8];
	struct wicket_stream s = WICKET_STREAM_INIT(sv[1], room, sizeof(room));

	if (wicket_stream_want(&s, 1, NULL) != 1)
		return why;
	cancel_me(NULL, 0);
	if (wicket_stream_take(&s, NULL, 1, NULL, NULL) < 0)
		*(int *)why = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	return why;
}

Test(fdpass_control, a_cancelled_thread_closes_all_that_it_must,
     .init = make_pair, .fini = close_pair)
{
	void *(*const work[])(void *) = {receive_cancelled, take_cancelled};
	struct held before = held_now();
	int out[3] = {file, file, file};

	for (size_t i = 0; i < 2; i++) {
		int why = 0;
		pthread_t thread;
		void *end;

		cr_assert_eq(wicket_sendfds(sv[0], "x", 1, out, 3, 0), 1);
		cr_assert_eq(pthread_create(&thread, NULL, work[i], &why), 0);
		cr_assert_eq(pthread_join(thread, &end), 0);
		cr_assert_eq(end, &why, "it was cancelled before its end");
		cr_assert_eq(why, ENOBUFS);
	}
	cr_assert_eq(held_now().fds, before.fds);
}
