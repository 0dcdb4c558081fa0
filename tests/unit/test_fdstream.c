/* SPDX-License-Identifier: ISC */
#include "wicket/fdstream.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own.h"
#include "support/fds.h"

TestSuite(fdstream, .timeout = 10);

/* A sender, a reader with room for size bytes, and two files to send. */
struct bed {
	size_t fds_before;
	int to;
	int from;
	int files[2];
	char room[64];
	struct wicket_stream s;
};

static void bed_make(struct bed *b, size_t size)
{
	int sv[2];

	b->fds_before = fds_count();
	cr_assert_eq(wicket_socketpair(SOCK_STREAM, sv), 0);
	b->to = sv[0];
	b->from = sv[1];
	b->files[0] = open("/dev/null", O_RDWR | O_CLOEXEC);
	b->files[1] = open("/dev/zero", O_RDWR | O_CLOEXEC);
	cr_assert(b->files[0] >= 0 && b->files[1] >= 0);
	b->s = (struct wicket_stream)WICKET_STREAM_INIT(b->from, b->room, size);
}

static void bed_drop(struct bed *b)
{
	wicket_stream_drop(&b->s);
	close(b->to);
	close(b->from);
	close(b->files[0]);
	close(b->files[1]);
	cr_assert_eq(fds_count(), b->fds_before);
}

static void put(struct bed *b, const char *text, size_t nfds)
{
	ssize_t n = wicket_sendfds(b->to, text, strlen(text), b->files, nfds,
				   0);

	cr_assert_eq(n, (ssize_t)strlen(text));
}

/* Takes n bytes and closes the descriptors that came; their number. */
static size_t take(struct bed *b, char *to, size_t n)
{
	int fds[4];
	size_t nfds = 4;

	cr_assert_eq(wicket_stream_take(&b->s, to, n, fds, &nfds), 0);
	for (size_t i = 0; i < nfds; i++) {
		struct stat got, want;

		cr_assert_eq(fstat(fds[i], &got), 0);
		cr_assert_eq(fstat(b->files[i], &want), 0);
		cr_assert_eq(got.st_rdev, want.st_rdev);
		close(fds[i]);
	}
	return nfds;
}

Test(fdstream, keeps_descriptors_that_came_with_half_a_header)
{
	struct bed b;
	char got[9] = "";

	bed_make(&b, sizeof(b.room));
	put(&b, "HE", 1);
	cr_assert_eq(wicket_stream_want(&b.s, 2, NULL), 1);
	cr_assert_eq(wicket_stream_mark(&b.s), 2);
	put(&b, "AD", 0);
	put(&b, "body", 0);
	cr_assert_eq(wicket_stream_want(&b.s, 8, NULL), 1);
	cr_assert_eq(take(&b, got, 8), 1);
	cr_assert_str_eq(got, "HEADbody");
	bed_drop(&b);
}

Test(fdstream, tells_the_boundary_at_which_descriptors_came)
{
	struct bed b;
	char got[3] = "";

	bed_make(&b, sizeof(b.room));
	put(&b, "a", 0);
	put(&b, "b", 1);
	put(&b, "c", 2);
	cr_assert_eq(wicket_stream_want(&b.s, 3, NULL), 1);
	cr_assert_eq(wicket_stream_mark(&b.s), 2);
	cr_assert_eq(take(&b, got, 2), 1);
	cr_assert_str_eq(got, "ab");
	cr_assert_eq(wicket_stream_mark(&b.s), 1);
	cr_assert_eq(take(&b, got, 1), 2);
	cr_assert_eq(got[0], 'c');
	bed_drop(&b);
}

Test(fdstream, gives_descriptors_only_with_their_bytes)
{
	struct bed b;

	bed_make(&b, sizeof(b.room));
	put(&b, "one", 0);
	put(&b, "two", 2);
	cr_assert_eq(wicket_stream_want(&b.s, 6, NULL), 1);
	cr_assert_eq(take(&b, NULL, 5), 0);
	cr_assert_eq(take(&b, NULL, 1), 2);
	bed_drop(&b);
}

Test(fdstream, closes_descriptors_that_there_is_no_room_for)
{
	struct bed b;
	int fd;
	size_t nfds = 1;

	bed_make(&b, sizeof(b.room));
	put(&b, "xy", 2);
	cr_assert_eq(wicket_stream_want(&b.s, 2, NULL), 1);
	errno = 0;
	cr_assert_eq(wicket_stream_take(&b.s, NULL, 2, &fd, &nfds), -1);
	cr_assert_eq(errno, ENOBUFS);
	cr_assert_eq(nfds, 0);
	cr_assert_eq(wicket_stream_len(&b.s), 0);
	bed_drop(&b);
}

Test(fdstream, refuses_to_want_more_than_its_room)
{
	struct bed b;

	bed_make(&b, 4);
	errno = 0;
	cr_assert_eq(wicket_stream_want(&b.s, 5, NULL), -1);
	cr_assert_eq(errno, EMSGSIZE);
	bed_drop(&b);
}

Test(fdstream, takes_nothing_when_fewer_bytes_are_there)
{
	struct bed b;
	size_t nfds = 0;

	bed_make(&b, sizeof(b.room));
	put(&b, "abc", 1);
	cr_assert_eq(wicket_stream_want(&b.s, 3, NULL), 1);
	errno = 0;
	cr_assert_eq(wicket_stream_take(&b.s, NULL, 4, NULL, &nfds), -1);
	cr_assert_eq(errno, EAGAIN);
	cr_assert_eq(wicket_stream_len(&b.s), 3);
	bed_drop(&b);
}

Test(fdstream, tells_the_end_and_keeps_what_came_before)
{
	struct bed b;

	bed_make(&b, sizeof(b.room));
	put(&b, "half", 0);
	cr_assert_eq(shutdown(b.to, SHUT_WR), 0);
	cr_assert_eq(wicket_stream_want(&b.s, 8, NULL), 0);
	cr_assert_eq(wicket_stream_len(&b.s), 4);
	cr_assert_eq(memcmp(wicket_stream_data(&b.s), "half", 4), 0);
	bed_drop(&b);
}

Test(fdstream, times_out_at_the_deadline_and_keeps_what_came)
{
	struct bed b;
	struct timespec past = {0};

	bed_make(&b, sizeof(b.room));
	put(&b, "ab", 1);
	cr_assert_eq(wicket_stream_want(&b.s, 2, &past), 1);
	errno = 0;
	cr_assert_eq(wicket_stream_want(&b.s, 3, &past), -1);
	cr_assert_eq(errno, ETIMEDOUT);
	cr_assert_eq(wicket_stream_mark(&b.s), 2);
	bed_drop(&b);
}

Test(fdstream, keeps_marks_right_in_a_small_room)
{
	struct bed b;
	char got[4];

	bed_make(&b, 4);
	for (size_t i = 0; i < 200; i++) {
		put(&b, "abc", i % 2);
		cr_assert_eq(wicket_stream_want(&b.s, 3, NULL), 1);
		cr_assert_eq(take(&b, got, 3), i % 2);
		cr_assert_eq(memcmp(got, "abc", 3), 0);
	}
	bed_drop(&b);
}

/* A pair and as many descriptors as a message can have. */
struct crowd {
	int sv[2];
	int out[WICKET_FDS_MAX];
	int in[WICKET_FDS_MAX];
};

static void crowd_make(struct crowd *c)
{
	int file = fds_file("text");

	cr_assert_eq(wicket_socketpair(SOCK_STREAM, c->sv), 0);
	for (size_t i = 0; i < WICKET_FDS_MAX; i++)
		c->out[i] = file;
}

static void crowd_drop(struct crowd *c)
{
	close_fds(c->sv, 2);
	close_fd(&c->out[0]);
}

/*
 * The end of a long message is read while its descriptors wait to be taken;
 * the next message, and all of its own, is right behind.
 */
Test(fdstream, full_messages_one_behind_the_other_lose_nothing)
{
	static char text[60];
	size_t before = fds_count();
	struct wicket_stream s;
	struct crowd c;
	char room[64];

	crowd_make(&c);
	s = (struct wicket_stream)WICKET_STREAM_INIT(c.sv[1], room, 64);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(wicket_sendfds(c.sv[0], text, 30, c.out,
					    WICKET_FDS_MAX, 0),
			     30);
		cr_assert_eq(wicket_sendfds(c.sv[0], text, 30, NULL, 0, 0), 30);
	}
	for (int i = 0; i < 3; i++) {
		size_t nfds = WICKET_FDS_MAX;

		cr_assert_eq(wicket_stream_want(&s, 60, NULL), 1);
		cr_assert_eq(wicket_stream_take(&s, NULL, 60, c.in, &nfds), 0);
		cr_assert_eq(nfds, WICKET_FDS_MAX);
		close_fds(c.in, nfds);
	}
	wicket_stream_drop(&s);
	crowd_drop(&c);
	cr_assert_eq(fds_count(), before);
}

/* What is there can be taken; what comes is no message any more. */
static void is_the_end(struct crowd *c, struct wicket_stream *s)
{
	size_t nfds = WICKET_FDS_MAX;
	char text[4];

	cr_assert_eq(wicket_sendfds(c->sv[0], "half", 4, NULL, 0, 0), 4);
	cr_assert_eq(wicket_stream_want(s, 4, NULL), 1);
	cr_assert_eq(wicket_stream_take(s, text, 4, c->in, &nfds), 0);
	cr_assert_eq(nfds, WICKET_FDS_MAX);
	close_fds(c->in, nfds);
	cr_assert_eq(wicket_stream_want(s, 1, NULL), -1);
	cr_assert_eq(errno, ENOBUFS);
	cr_assert_eq(wicket_stream_len(s), 0);
}

Test(fdstream, more_descriptors_than_a_message_can_have_end_it)
{
	size_t before = fds_count();
	struct wicket_stream s;
	struct crowd c;
	char room[64];

	crowd_make(&c);
	s = (struct wicket_stream)WICKET_STREAM_INIT(c.sv[1], room, 64);
	for (int i = 0; i < 2; i++)
		cr_assert_eq(wicket_sendfds(c.sv[0], "half", 4, c.out,
					    WICKET_FDS_MAX, 0),
			     4);
	cr_assert_eq(wicket_stream_want(&s, 8, NULL), -1);
	cr_assert_eq(errno, ENOBUFS);
	cr_assert_eq(wicket_stream_len(&s), 4);
	is_the_end(&c, &s);
	wicket_stream_drop(&s);
	crowd_drop(&c);
	cr_assert_eq(fds_count(), before);
}

/* Not what it is for; what came is closed all the same. */
Test(fdstream, an_empty_packet_leaks_no_descriptor)
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
	struct wicket_stream s;
	char room[8];
	int sv[2];

	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, sv), 0);
	memcpy(CMSG_DATA(&control.align), &sv[0], sizeof(int));
	cr_assert_eq(sendmsg(sv[0], &mh, 0), 0);
	s = (struct wicket_stream)WICKET_STREAM_INIT(sv[1], room, 8);
	cr_assert_eq(wicket_stream_want(&s, 1, NULL), 0);
	wicket_stream_drop(&s);
	close_fds(sv, 2);
	cr_assert_eq(fds_count(), before);
}
