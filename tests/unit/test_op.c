/* SPDX-License-Identifier: ISC */
#include "op.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

TestSuite(op, .timeout = 10);

/* The table once more, as a test may see it. */
static const struct row {
	unsigned op;
	const char *name;
	unsigned request;
	unsigned reply;
	unsigned fds;
} rows[] = {
#define OP(number, name, request, reply, fds) \
	{number, #name, request, reply, fds},
#include "ops.def"
#undef OP
};

#define NROWS (sizeof(rows) / sizeof(rows[0]))

static uint8_t buf[BOUND_MESSAGE];

static const struct op_request full = {
	.id = 0xdeadbeef,
	.object = "/srv/www/a file",
	.target = "/srv/www/another",
	.flags = 0x80000001,
	.mode = 0640,
	.number = 0x123456789abcdef0,
	.blob = "b\0b",
	.blob_len = 3,
};

static void same_request(const struct row *r, const struct op_request *got)
{
	cr_assert_eq(got->op, r->op);
	cr_assert_eq(got->id, full.id);
	cr_assert_str_eq(got->object,
			 r->request & OP_OBJECT ? full.object : "");
	cr_assert_str_eq(got->target,
			 r->request & OP_TARGET ? full.target : "");
	cr_assert_eq(got->flags, r->request & OP_FLAGS ? full.flags : 0);
	cr_assert_eq(got->mode, r->request & OP_MODE ? full.mode : 0);
	cr_assert_eq(got->number, r->request & OP_NUMBER ? full.number : 0);
	cr_assert_eq(got->blob_len, r->request & OP_BLOB ? full.blob_len : 0);
	if (r->request & OP_BLOB)
		cr_assert_arr_eq(got->blob, full.blob, full.blob_len);
}

static bool repeats(unsigned op, unsigned flags)
{
	struct op_request q = {.op = (uint16_t)op, .flags = flags};

	return op_repeats(&q);
}

Test(op, only_what_has_no_effect_may_be_asked_again)
{
	cr_assert(repeats(OP_open, O_RDONLY));
	cr_assert(repeats(OP_open, O_RDWR | O_APPEND));
	cr_assert_not(repeats(OP_open, O_WRONLY | O_CREAT));
	cr_assert_not(repeats(OP_open, O_WRONLY | O_CREAT | O_EXCL));
	cr_assert_not(repeats(OP_open, O_WRONLY | O_TRUNC));
	cr_assert(repeats(OP_stat, 0));
	cr_assert(repeats(OP_listen, 0));
	cr_assert(repeats(OP_limit, 0));
	cr_assert_not(repeats(OP_unlink, 0));
	cr_assert_not(repeats(OP_rename, 0));
	cr_assert_not(repeats(OP_mkdir, 0));
	cr_assert_not(repeats(OP_connect, 0));
	cr_assert_not(repeats(OP_notify, 0));
	cr_assert_not(repeats(OP_sync, 0));
	cr_assert_not(repeats(OP_MAX, 0));
}

Test(op, the_table_numbers_each_operation_once)
{
	for (size_t a = 0; a < NROWS; a++) {
		cr_assert_lt(rows[a].op, OP_MAX);
		cr_assert_str_eq(op_name(rows[a].op), rows[a].name);
		cr_assert_eq(op_fds(rows[a].op), rows[a].fds);
		for (size_t b = 0; b < a; b++)
			cr_assert_neq(rows[a].op, rows[b].op);
	}
}

Test(op, unknown_numbers_have_no_name)
{
	cr_assert_null(op_name(0));
	cr_assert_null(op_name(OP_MAX));
	cr_assert_null(op_name(UINT16_MAX));
	cr_assert_eq(op_fds(OP_MAX), 0);
}

Test(op, requests_round_trip_in_every_operation)
{
	for (size_t n = 0; n < NROWS; n++) {
		struct wire_out o = wire_out(buf, sizeof(buf));
		struct op_request r = full;
		struct op_request got;
		struct wire_in i;

		r.op = (uint16_t)rows[n].op;
		op_put_request(&o, &r);
		cr_assert_not(o.failed);
		i = wire_in(buf, o.len);
		cr_assert_eq(op_get_request(&i, &got), 0);
		cr_assert(wire_done(&i));
		same_request(&rows[n], &got);
	}
}

Test(op, replies_round_trip_in_every_operation)
{
	for (size_t n = 0; n < NROWS; n++) {
		struct wire_out o = wire_out(buf, sizeof(buf));
		struct op_reply r = {
			.op = (uint16_t)rows[n].op,
			.id = 7,
			.number = 1ull << 40,
			.blob = "b\0b",
			.blob_len = 3,
			.nfds = (uint16_t)rows[n].fds,
		};
		struct op_reply got;
		struct wire_in i;

		op_put_reply(&o, &r);
		i = wire_in(buf, o.len);
		cr_assert_eq(op_get_reply(&i, &got), 0, "%s", rows[n].name);
		cr_assert(wire_done(&i));
		cr_assert_eq(got.op, r.op);
		cr_assert_eq(got.id, 7);
		cr_assert_eq(got.error, 0);
		cr_assert_eq(got.nfds, r.nfds);
		cr_assert_eq(got.number,
			     rows[n].reply & OP_NUMBER ? r.number : 0);
		cr_assert_eq(got.blob_len, rows[n].reply & OP_BLOB ? 3 : 0);
	}
}

Test(op, a_failed_reply_carries_only_its_error)
{
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct op_reply r = {.op = OP_list,
			     .error = EACCES,
			     .number = 9,
			     .blob = "x",
			     .blob_len = 1};
	struct op_reply got;
	struct wire_in i;

	op_put_reply(&o, &r);
	cr_assert_eq(o.len, OP_HEADER + 4);
	i = wire_in(buf, o.len);
	cr_assert_eq(op_get_reply(&i, &got), 0);
	cr_assert_eq(got.error, EACCES);
	cr_assert_eq(got.number, 0);
	cr_assert_null(got.blob);
}

Test(op, several_frames_share_a_message)
{
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct wire_in i;
	struct op_request got;

	for (uint32_t id = 1; id <= 64; id++) {
		struct op_request r = {.op = OP_open, .id = id, .object = "/a"};

		op_put_request(&o, &r);
	}
	cr_assert_not(o.failed);
	i = wire_in(buf, o.len);
	for (uint32_t id = 1; id <= 64; id++) {
		cr_assert_eq(op_get_request(&i, &got), 0);
		cr_assert_eq(got.id, id);
	}
	cr_assert(wire_done(&i));
}

/* A header of the attacker's choice, and a payload. */
static struct wire_in frame(unsigned op, unsigned flags, uint32_t len,
			    unsigned nfds, unsigned cpu, const void *payload,
			    size_t bytes)
{
	struct wire_out o = wire_out(buf, sizeof(buf));

	wire_put_u16(&o, (uint16_t)op);
	wire_put_u16(&o, (uint16_t)flags);
	wire_put_u32(&o, 5);
	wire_put_u32(&o, len);
	wire_put_u16(&o, (uint16_t)nfds);
	wire_put_u16(&o, (uint16_t)cpu);
	wire_put_bytes(&o, payload, bytes);
	cr_assert_not(o.failed);
	return wire_in(buf, o.len);
}

Test(op, an_unknown_operation_is_enosys_and_the_next_frame_is_read)
{
	struct wire_in i = frame(999, 0, 3, 0, 0, "abc", 3);
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct op_request r = {.op = OP_unlink, .id = 6, .object = "/a"};
	struct op_request got;

	o.len = i.len;
	op_put_request(&o, &r);
	i = wire_in(buf, o.len);
	cr_assert_eq(op_get_request(&i, &got), -ENOSYS);
	cr_assert_eq(got.op, 999);
	cr_assert_eq(got.id, 5);
	cr_assert_eq(op_get_request(&i, &got), 0);
	cr_assert_eq(got.id, 6);
	cr_assert(wire_done(&i));
}

Test(op, an_unknown_operation_can_be_refused_but_not_asked)
{
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct op_request r = {.op = 999, .object = "/a"};
	struct op_reply no = {.op = 999, .id = 5, .error = ENOSYS};
	struct op_reply got;
	struct wire_in i;

	op_put_request(&o, &r);
	cr_assert(o.failed);

	o = wire_out(buf, sizeof(buf));
	op_put_reply(&o, &no);
	i = wire_in(buf, o.len);
	cr_assert_eq(op_get_reply(&i, &got), 0);
	cr_assert_eq(got.error, ENOSYS);
}

static int request_of(struct wire_in i)
{
	struct op_request got;

	return op_get_request(&i, &got);
}

Test(op, refuses_lengths_that_lie_before_it_reads)
{
	static const char hello[8] = {1};

	cr_assert_eq(request_of(frame(OP_hello, 0, 8, 0, 0, hello, 8)), 0);
	cr_assert_eq(request_of(frame(OP_hello, 0, 9, 0, 0, hello, 8)), -EPROTO,
		     "past the end");
	cr_assert_eq(request_of(frame(OP_hello, 0, 7, 0, 0, hello, 8)), -EPROTO,
		     "too short for its fields");
	cr_assert_eq(request_of(frame(OP_hello, 0, UINT32_MAX, 0, 0, hello, 8)),
		     -EPROTO);
	cr_assert_eq(request_of(frame(999, 0, UINT32_MAX - 15, 0, 0, hello, 8)),
		     -EPROTO, "unknown operations too");
}

Test(op, refuses_bytes_behind_the_last_field)
{
	static const char hello[9] = {1};

	cr_assert_eq(request_of(frame(OP_hello, 0, 9, 0, 0, hello, 9)),
		     -EPROTO);
}

Test(op, refuses_descriptors_that_a_request_claims)
{
	static const char hello[8] = {1};

	cr_assert_eq(request_of(frame(OP_hello, 0, 8, 1, 0, hello, 8)),
		     -EPROTO);
	cr_assert_eq(request_of(frame(OP_hello, 0, 8, UINT16_MAX, 0, hello, 8)),
		     -EPROTO);
}

Test(op, refuses_flags_that_it_does_not_know)
{
	static const char hello[8] = {1};

	cr_assert_eq(request_of(frame(OP_hello, OP_REPLY, 8, 0, 0, hello, 8)),
		     -EPROTO, "a reply where a request is due");
	cr_assert_eq(request_of(frame(OP_hello, 2, 8, 0, 0, hello, 8)),
		     -EPROTO);
}

Test(op, a_message_tells_a_cpu_and_means_the_same_with_any)
{
	static const char hello[8] = {1};
	struct wire_in i = frame(OP_hello, 0, 8, 0, 0, hello, 8);

	cr_assert_eq(op_cpu(buf, i.len), 0);
	op_set_cpu(buf, i.len, 0xfffe);
	cr_assert_eq(op_cpu(buf, i.len), 0xfffe);
	cr_assert_eq(request_of(i), 0);
}

Test(op, what_is_too_short_tells_no_cpu)
{
	uint8_t b[OP_HEADER] = {0};

	for (size_t len = 0; len < sizeof(b); len++) {
		op_set_cpu(b, len, 1);
		cr_assert_eq(op_cpu(b, len), 0);
	}
	for (size_t i = 0; i < sizeof(b); i++)
		cr_assert_eq(b[i], 0);
}

/* A u32 length, len bytes and a NUL, as the object of an unlink. */
static int unlink_of(uint32_t claim, const char *bytes, size_t len)
{
	uint8_t payload[BOUND_PATH + 64];
	struct wire_out o = wire_out(payload, sizeof(payload));

	wire_put_u32(&o, claim);
	wire_put_bytes(&o, bytes, len);
	cr_assert_not(o.failed);
	return request_of(
		frame(OP_unlink, 0, (uint32_t)o.len, 0, 0, payload, o.len));
}

Test(op, refuses_nul_inside_a_path_and_a_path_without_nul)
{
	cr_assert_eq(unlink_of(4, "/a/b", 5), 0);
	cr_assert_eq(unlink_of(4, "/a\0b", 5), -EPROTO);
	cr_assert_eq(unlink_of(4, "/a/b", 4), -EPROTO);
	cr_assert_eq(unlink_of(4, "/a/bc", 5), -EPROTO);
}

Test(op, a_path_has_at_most_its_bound_of_bytes)
{
	char path[BOUND_PATH + 1];

	memset(path, 'a', sizeof(path));
	path[BOUND_PATH - 1] = '\0';
	cr_assert_eq(unlink_of(BOUND_PATH - 1, path, BOUND_PATH), 0);
	path[BOUND_PATH - 1] = 'a';
	path[BOUND_PATH] = '\0';
	cr_assert_eq(unlink_of(BOUND_PATH, path, BOUND_PATH + 1), -EPROTO);
}

static int reply_of(struct wire_in i)
{
	struct op_reply got;

	return op_get_reply(&i, &got);
}

Test(op, refuses_replies_with_more_descriptors_than_the_operation_has)
{
	static const char ok[4] = {0};
	static const char no[4] = {EACCES};

	cr_assert_eq(reply_of(frame(OP_open, OP_REPLY, 4, 1, 0, ok, 4)), 0);
	cr_assert_eq(reply_of(frame(OP_open, OP_REPLY, 4, 2, 0, ok, 4)),
		     -EPROTO);
	cr_assert_eq(reply_of(frame(OP_unlink, OP_REPLY, 4, 1, 0, ok, 4)),
		     -EPROTO);
	cr_assert_eq(reply_of(frame(OP_open, OP_REPLY, 4, 1, 0, no, 4)),
		     -EPROTO, "a refusal has none");
}

Test(op, refuses_success_of_an_unknown_operation)
{
	static const char ok[4] = {0};

	cr_assert_eq(reply_of(frame(999, OP_REPLY, 4, 0, 0, ok, 4)), -EPROTO);
}

Test(op, every_cut_of_a_frame_is_refused)
{
	for (size_t n = 0; n < NROWS; n++) {
		struct wire_out o = wire_out(buf, sizeof(buf));
		struct op_request r = full;

		r.op = (uint16_t)rows[n].op;
		op_put_request(&o, &r);
		for (size_t cut = 0; cut < o.len; cut++)
			cr_assert_eq(request_of(wire_in(buf, cut)), -EPROTO,
				     "%s cut at %zu", rows[n].name, cut);
	}
}

Test(op, a_frame_that_does_not_fit_fails_and_writes_nothing_behind)
{
	struct op_request r = full;
	uint8_t small[OP_HEADER + 8];

	r.op = OP_rename;
	for (size_t size = 0; size <= OP_HEADER; size++) {
		struct wire_out o = wire_out(small, size);

		memset(small, 0xee, sizeof(small));
		op_put_request(&o, &r);
		cr_assert(o.failed);
		for (size_t at = size; at < sizeof(small); at++)
			cr_assert_eq(small[at], 0xee);
	}
}

/* As the header says: zeroed first, even where nothing could be read. */
Test(op, a_refused_frame_leaves_empty_strings_not_wild_pointers)
{
	struct op_request got;
	struct wire_in i = wire_in(buf, 0);

	memset(&got, 0xee, sizeof(got));
	cr_assert_eq(op_get_request(&i, &got), -EPROTO);
	cr_assert_str_empty(got.object);
	cr_assert_str_empty(got.target);
	cr_assert_eq(got.number, 0);
}
