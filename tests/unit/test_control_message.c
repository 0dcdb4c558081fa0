/* SPDX-License-Identifier: ISC */
/* control.c: what supervisor and helper tell each other. */
#include "control.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/fds.h"
#include "support/held.h"
#include "wicket/fdpass.h"

TestSuite(control_message, .timeout = 10);

/* Every member has a value that no other has. */
static const struct control full = {
	.kind = CONTROL_LEFT,
	.flags = CONTROL_LOCK | 0x80000000,
	.id = UINT64_MAX,
	.number = UINT64_MAX - 1,
	.dev = 3,
	.ino = 4,
	.object = "unix /run/a",
	.path = "/run/b",
	.reply = "reply",
	.reply_len = 5,
	.frames = "frames",
	.frames_len = 6,
};

static void expect_same(const struct control *a, const struct control *b)
{
	cr_assert_eq(a->kind, b->kind);
	cr_assert_eq(a->flags, b->flags);
	cr_assert_eq(a->id, b->id);
	cr_assert_eq(a->number, b->number);
	cr_assert_eq(a->dev, b->dev);
	cr_assert_eq(a->ino, b->ino);
	cr_assert_str_eq(a->object, b->object);
	cr_assert_str_eq(a->path, b->path);
	cr_assert_eq(a->reply_len, b->reply_len);
	cr_assert_arr_eq(a->reply, b->reply, b->reply_len);
	cr_assert_eq(a->frames_len, b->frames_len);
	cr_assert_arr_eq(a->frames, b->frames, b->frames_len);
}

static size_t encode(const struct control *c, uint8_t *buf, size_t size)
{
	struct wire_out o = wire_out(buf, size);

	cr_assert_eq(control_encode(c, &o), 0);
	return o.len;
}

static int decode(const uint8_t *buf, size_t len, struct control *ret)
{
	struct wire_in i = wire_in(buf, len);

	return control_decode(&i, ret);
}

/* ---- the bytes ----------------------------------------------------------- */

Test(control_message, says_the_same_when_it_is_read)
{
	const struct control bare = {.kind = CONTROL_STOP};
	uint8_t buf[256];
	struct control got;

	cr_assert_eq(decode(buf, encode(&full, buf, sizeof(buf)), &got), 0);
	expect_same(&got, &full);
	/* What has no value is empty, and no NULL. */
	cr_assert_eq(decode(buf, encode(&bare, buf, sizeof(buf)), &got), 0);
	cr_assert_eq(got.kind, CONTROL_STOP);
	cr_assert_str_eq(got.object, "");
	cr_assert_str_eq(got.path, "");
	cr_assert_eq(got.reply_len + got.frames_len, 0u);
}

Test(control_message, is_refused_wherever_it_is_cut)
{
	struct control got = {.id = 7};
	uint8_t buf[256];
	size_t len = encode(&full, buf, sizeof(buf));

	for (size_t n = 0; n < len; n++)
		cr_assert_eq(decode(buf, n, &got), -EPROTO, "%zu", n);
	cr_assert_eq(decode(buf, len + 1, &got), -EPROTO);
	cr_assert_eq(got.id, 7u);
}

Test(control_message, is_refused_where_there_is_no_room)
{
	uint8_t buf[256];
	size_t len = encode(&full, buf, sizeof(buf));

	for (size_t n = 0; n < len; n++) {
		struct wire_out o = wire_out(buf, n);

		cr_assert_eq(control_encode(&full, &o), -ENOSPC);
	}
}

Test(control_message, has_no_kind_but_those_of_the_list)
{
	struct control c = {.kind = 0}, got;
	uint8_t buf[256];

	cr_assert_eq(decode(buf, encode(&c, buf, sizeof(buf)), &got), -EPROTO);
	c.kind = CONTROL_KIND_MAX;
	cr_assert_eq(decode(buf, encode(&c, buf, sizeof(buf)), &got), -EPROTO);
	c.kind = UINT16_MAX;
	cr_assert_eq(decode(buf, encode(&c, buf, sizeof(buf)), &got), -EPROTO);
	for (c.kind = 1; c.kind < CONTROL_KIND_MAX; c.kind++)
		cr_assert_eq(decode(buf, encode(&c, buf, sizeof(buf)), &got),
			     0);
}

/* Texts of len bytes in both, or one byte more in one of them. */
static int read_texts(size_t object_len, size_t path_len)
{
	static char object[BOUND_PATH + 1], path[BOUND_PATH + 1];
	static uint8_t buf[3 * BOUND_PATH];
	struct control c = {
		.kind = CONTROL_LISTENER, .object = object, .path = path};
	struct control got;

	memset(object, 'o', object_len);
	memset(path, 'p', path_len);
	object[object_len] = '\0';
	path[path_len] = '\0';
	return decode(buf, encode(&c, buf, sizeof(buf)), &got);
}

Test(control_message, bounds_its_texts)
{
	cr_assert_eq(read_texts(BOUND_ADDRESS - 1, BOUND_PATH - 1), 0);
	cr_assert_eq(read_texts(BOUND_ADDRESS, 1), -EPROTO);
	cr_assert_eq(read_texts(1, BOUND_PATH), -EPROTO);
}

Test(control_message, has_room_for_two_full_messages_and_no_more)
{
	static uint8_t bytes[BOUND_MESSAGE + 1], buf[BOUND_CONTROL];
	struct control c = {.kind = CONTROL_LEFT,
			    .reply = bytes,
			    .reply_len = BOUND_MESSAGE,
			    .frames = bytes,
			    .frames_len = BOUND_MESSAGE};
	struct control got;

	cr_assert_eq(decode(buf, encode(&c, buf, sizeof(buf)), &got), 0);
	c.reply_len++;
	cr_assert_eq(decode(buf, encode(&c, buf, sizeof(buf)), &got), -EPROTO);
	c.reply_len = 0;
	c.frames_len++;
	cr_assert_eq(decode(buf, encode(&c, buf, sizeof(buf)), &got), -EPROTO);
}

Test(control_message, counts_one_client_after_the_other)
{
	struct control_count got, c = {.id = 1, .pid = 2, .requests = 3};
	uint8_t buf[256];
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct wire_in i;

	control_put_count(&o, &c);
	c = (struct control_count){.id = 4, .denied = 5, .fds = UINT64_MAX};
	control_put_count(&o, &c);
	i = wire_in(buf, o.len);
	cr_assert_eq(control_get_count(&i, &got), 1);
	cr_assert(got.id == 1 && got.pid == 2 && got.requests == 3);
	cr_assert_eq(control_get_count(&i, &got), 1);
	cr_assert(got.id == 4 && got.denied == 5 && got.fds == UINT64_MAX);
	cr_assert_eq(control_get_count(&i, &got), 0);
	/* Half a client is none, and no end either. */
	for (size_t n = 1; n < o.len / 2; n++) {
		i = wire_in(buf, n);
		cr_assert_eq(control_get_count(&i, &got), -EPROTO);
		cr_assert_eq(control_get_count(&i, &got), -EPROTO);
	}
}

/* ---- on the way ---------------------------------------------------------- */

static void make_pair(int sv[static 2])
{
	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, sv), 0);
}

Test(control_message, brings_its_descriptors_in_order)
{
	struct control_message m = CONTROL_MESSAGE_INIT;
	struct held before = held_now();
	int sv[2], fds[BOUND_FDS], files[2];

	make_pair(sv);
	files[0] = fds_file("a");
	files[1] = fds_file("b");
	for (size_t i = 0; i < BOUND_FDS; i++)
		fds[i] = files[i % 2];
	cr_assert_eq(control_send(sv[0], &full, fds, BOUND_FDS), 0);
	cr_assert_eq(control_recv(sv[1], &m), 1);
	expect_same(&m.c, &full);
	cr_assert_eq(m.nfds, (size_t)BOUND_FDS);
	for (size_t i = 0; i < BOUND_FDS; i++) {
		cr_assert(fds_same(m.fds[i], files[i % 2]));
		cr_assert(fds_cloexec(m.fds[i]));
	}
	control_clear(&m);
	control_clear(&m);
	close_fds(files, 2);
	close_fds(sv, 2);
	HELD_SAME(before);
}

Test(control_message, is_not_waited_for)
{
	struct control_message m = CONTROL_MESSAGE_INIT;
	struct held before = held_now();
	int sv[2];

	make_pair(sv);
	cr_assert_eq(control_recv(sv[1], &m), -EAGAIN);
	control_clear(&m);
	close_fds(sv, 2);
	HELD_SAME(before);
}

Test(control_message, is_heard_from_who_has_ended_without_reading_ours)
{
	struct control_message m = CONTROL_MESSAGE_INIT;
	struct held before = held_now();
	int sv[2], file = fds_file("a");

	make_pair(sv);
	cr_assert_eq(control_send(sv[1], &full, NULL, 0), 0);
	cr_assert_eq(control_send(sv[0], &full, &file, 1), 0);
	cr_assert_eq(control_send(sv[0], &full, NULL, 0), 0);
	close_fd(&sv[0]);
	cr_assert_eq(control_recv(sv[1], &m), 1);
	cr_assert(m.nfds == 1 && fds_same(m.fds[0], file));
	control_clear(&m);
	cr_assert_eq(control_recv(sv[1], &m), 1);
	control_clear(&m);
	cr_assert_eq(control_recv(sv[1], &m), 0);
	close_fd(&sv[1]);
	close_fd(&file);
	HELD_SAME(before);
}

Test(control_message, closes_what_came_with_nonsense)
{
	static const char nonsense[BOUND_CONTROL + 1] = "nonsense";
	struct control_message m = CONTROL_MESSAGE_INIT;
	struct held before = held_now();
	int sv[2], room = 4 * BOUND_CONTROL;

	make_pair(sv);
	(void)setsockopt(sv[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	cr_assert_eq(wicket_sendfds(sv[0], nonsense, 8, sv, 2, 0), 8);
	cr_assert_eq(control_recv(sv[1], &m), -EPROTO);
	cr_assert_eq(
		wicket_sendfds(sv[0], nonsense, sizeof(nonsense), sv, 2, 0),
		(ssize_t)sizeof(nonsense));
	cr_assert_eq(control_recv(sv[1], &m), -EPROTO);
	/* An empty one is not the end. */
	cr_assert_eq(send(sv[0], "", 0, 0), 0);
	cr_assert_eq(control_recv(sv[1], &m), -EPROTO);
	cr_assert_eq(control_send(sv[0], &full, NULL, 0), 0);
	cr_assert_eq(control_recv(sv[1], &m), 1);
	control_clear(&m);
	close_fds(sv, 2);
	HELD_SAME(before);
}
