/* SPDX-License-Identifier: ISC */
#include "wire.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(wire, .timeout = 10);

Test(wire, numbers_are_little_endian_of_fixed_width)
{
	static const uint8_t want[] = {0x01, 0x03, 0x02, 0x07, 0x06,
				       0x05, 0x04, 0x0f, 0x0e, 0x0d,
				       0x0c, 0x0b, 0x0a, 0x09, 0x08};
	uint8_t buf[sizeof(want)];
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct wire_in i = wire_in(buf, sizeof(buf));

	wire_put_u8(&o, 0x01);
	wire_put_u16(&o, 0x0203);
	wire_put_u32(&o, 0x04050607);
	wire_put_u64(&o, 0x08090a0b0c0d0e0f);
	cr_assert_not(o.failed);
	cr_assert_arr_eq(buf, want, sizeof(want));

	cr_assert_eq(wire_get_u8(&i), 0x01);
	cr_assert_eq(wire_get_u16(&i), 0x0203);
	cr_assert_eq(wire_get_u32(&i), 0x04050607);
	cr_assert_eq(wire_get_u64(&i), 0x08090a0b0c0d0e0f);
	cr_assert(wire_done(&i));
}

Test(wire, the_largest_numbers_survive)
{
	uint8_t buf[16];
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct wire_in i;

	wire_put_u64(&o, UINT64_MAX);
	wire_put_u32(&o, UINT32_MAX);
	wire_put_u16(&o, UINT16_MAX);
	wire_put_u8(&o, UINT8_MAX);
	i = wire_in(buf, o.len);
	cr_assert_eq(wire_get_u64(&i), UINT64_MAX);
	cr_assert_eq(wire_get_u32(&i), UINT32_MAX);
	cr_assert_eq(wire_get_u16(&i), UINT16_MAX);
	cr_assert_eq(wire_get_u8(&i), UINT8_MAX);
	cr_assert(wire_done(&i));
}

Test(wire, strings_are_used_where_they_lie)
{
	char buf[64];
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct wire_in i;
	const char *s;

	wire_put_string(&o, "/srv/www");
	wire_put_string(&o, "");
	wire_put_string(&o, NULL);
	i = wire_in(buf, o.len);
	s = wire_get_string(&i, 100);
	cr_assert_str_eq(s, "/srv/www");
	cr_assert_eq(s, buf + 4);
	cr_assert_str_empty(wire_get_string(&i, 100));
	cr_assert_str_empty(wire_get_string(&i, 0));
	cr_assert(wire_done(&i));
}

Test(wire, blobs_may_hold_nul_bytes)
{
	uint8_t buf[64];
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct wire_in i;
	const void *blob;
	size_t len;

	wire_put_blob(&o, "a\0b", 3);
	wire_put_blob(&o, NULL, 0);
	i = wire_in(buf, o.len);
	blob = wire_get_blob(&i, &len);
	cr_assert_eq(len, 3);
	cr_assert_arr_eq((const char *)blob, "a\0b", 3);
	cr_assert_not_null(wire_get_blob(&i, &len));
	cr_assert_eq(len, 0);
	cr_assert(wire_done(&i));
}

Test(wire, writing_past_the_room_fails_once_and_for_all)
{
	uint8_t buf[8] = {0};
	struct wire_out o = wire_out(buf, 4);

	wire_put_u16(&o, 1);
	wire_put_u32(&o, 2);
	cr_assert(o.failed);
	wire_put_u8(&o, 3); /* would fit */
	cr_assert(o.failed);
	cr_assert_eq(o.len, 2);
	cr_assert_arr_eq(buf, ((uint8_t[]){1, 0, 0, 0, 0, 0, 0, 0}), 8);
}

Test(wire, reading_past_the_end_fails_once_and_for_all)
{
	uint8_t buf[4] = {1, 2, 3, 4};
	struct wire_in i = wire_in(buf, sizeof(buf));

	cr_assert_eq(wire_get_u64(&i), 0);
	cr_assert(i.failed);
	cr_assert_eq(wire_get_u8(&i), 0);
	cr_assert_str_empty(wire_get_string(&i, 10));
	cr_assert_null(wire_get_bytes(&i, 0));
	cr_assert_not(wire_done(&i));
}

Test(wire, bytes_left_over_are_not_done)
{
	uint8_t buf[2] = {0};
	struct wire_in i = wire_in(buf, sizeof(buf));

	wire_get_u8(&i);
	cr_assert_not(wire_done(&i));
	wire_get_u8(&i);
	cr_assert(wire_done(&i));
}

/* A string as it travels, with a length of the attacker's choice. */
static bool accepts(uint32_t claim, const char *bytes, size_t len, size_t max)
{
	uint8_t buf[64];
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct wire_in i;
	const char *s;

	wire_put_u32(&o, claim);
	wire_put_bytes(&o, bytes, len);
	cr_assert_not(o.failed);
	i = wire_in(buf, o.len);
	s = wire_get_string(&i, max);
	cr_assert_not_null(s);
	if (i.failed)
		cr_assert_str_empty(s);
	return !i.failed;
}

Test(wire, refuses_lengths_that_lie)
{
	cr_assert(accepts(3, "abc", 4, 3));
	cr_assert_not(accepts(4, "abc", 4, 9), "one past the end");
	cr_assert_not(accepts(UINT32_MAX, "abc", 4, 9));
	cr_assert_not(accepts(UINT32_MAX - 4, "abc", 4, SIZE_MAX));
	cr_assert_not(accepts(1u << 31, "abc", 4, SIZE_MAX));
	cr_assert_not(accepts(3, "abc", 4, 2), "longer than allowed");
}

Test(wire, refuses_a_nul_inside_a_string)
{
	cr_assert_not(accepts(3, "a\0c", 4, 9));
	cr_assert_not(accepts(1, "\0", 2, 9));
}

Test(wire, refuses_a_string_without_its_nul)
{
	cr_assert_not(accepts(3, "abc", 3, 9));
	cr_assert_not(accepts(3, "abcd", 4, 9));
	cr_assert_not(accepts(2, "abc", 4, 9));
}

Test(wire, every_cut_of_a_message_is_refused)
{
	uint8_t buf[64];
	struct wire_out o = wire_out(buf, sizeof(buf));

	wire_put_string(&o, "/srv");
	wire_put_u64(&o, 7);
	wire_put_blob(&o, "xyz", 3);
	for (size_t cut = 0; cut < o.len; cut++) {
		struct wire_in i = wire_in(buf, cut);
		size_t len;

		wire_get_string(&i, 100);
		wire_get_u64(&i);
		wire_get_blob(&i, &len);
		cr_assert_not(wire_done(&i), "%zu of %zu bytes", cut, o.len);
	}
}
