/* SPDX-License-Identifier: ISC */
#include "answer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

TestSuite(answer, .timeout = 10);

static uint8_t buf[4096];

static struct answer_hello a_hello(void)
{
	return (struct answer_hello){
		.protocol = 1,
		.dropped = true,
		.passrights = true,
		.uid = 33,
		.gid = 34,
		.ngroups = 2,
		.groups = {100, 101},
		.name = "httpd",
		.promises = "stdio accept",
	};
}

static struct wire_in hello(const struct answer_hello *h)
{
	struct wire_out o = wire_out(buf, sizeof(buf));

	answer_put_hello(&o, h);
	cr_assert_not(o.failed);
	return wire_in(buf, o.len);
}

Test(answer, hello_round_trips)
{
	struct answer_hello h = a_hello();
	struct wire_in i = hello(&h);
	struct answer_hello got;

	cr_assert_eq(answer_get_hello(&i, &got), 0);
	cr_assert_eq(got.protocol, 1);
	cr_assert(got.dropped);
	cr_assert(got.passrights);
	cr_assert_eq(got.uid, 33);
	cr_assert_eq(got.gid, 34);
	cr_assert_eq(got.ngroups, 2);
	cr_assert_eq(got.groups[1], 101);
	cr_assert_str_eq(got.name, "httpd");
	cr_assert_str_eq(got.promises, "stdio accept");
}

Test(answer, hello_tells_its_flags_apart)
{
	struct answer_hello h = a_hello();
	struct answer_hello got;
	struct wire_in i;

	h.passrights = false;
	i = hello(&h);
	cr_assert_eq(answer_get_hello(&i, &got), 0);
	cr_assert(got.dropped);
	cr_assert_not(got.passrights);
}

Test(answer, hello_holds_as_many_groups_as_the_bound_says)
{
	struct answer_hello h = a_hello();
	struct answer_hello got;
	struct wire_in i;

	h.ngroups = BOUND_GROUPS;
	h.groups[BOUND_GROUPS - 1] = 7;
	i = hello(&h);
	cr_assert_eq(answer_get_hello(&i, &got), 0);
	cr_assert_eq(got.groups[BOUND_GROUPS - 1], 7);
}

Test(answer, hello_refuses_a_count_of_groups_past_the_bound)
{
	struct answer_hello h = a_hello();
	struct answer_hello got = {.uid = 5};
	struct wire_in i = hello(&h);

	for (uint32_t n = BOUND_GROUPS + 1; n != 0; n <<= 1) {
		struct wire_out at = wire_out(buf + 16, 4);

		wire_put_u32(&at, n);
		i.off = 0;
		i.failed = false;
		cr_assert_eq(answer_get_hello(&i, &got), -EPROTO);
	}
	cr_assert_eq(got.uid, 5, "untouched on failure");
}

Test(answer, every_cut_of_a_hello_is_refused)
{
	struct answer_hello h = a_hello();
	struct wire_in whole = hello(&h);

	for (size_t cut = 0; cut < whole.len; cut++) {
		struct wire_in i = wire_in(buf, cut);
		struct answer_hello got;

		cr_assert_eq(answer_get_hello(&i, &got), -EPROTO);
	}
}

Test(answer, every_field_of_a_stat_round_trips)
{
	struct stat st = {
		.st_dev = 1,
		.st_ino = 1ull << 60,
		.st_mode = S_IFREG | 0640,
		.st_nlink = 3,
		.st_uid = UINT32_MAX - 1,
		.st_gid = 5,
		.st_rdev = 6,
		.st_size = 1ll << 50,
		.st_blksize = 4096,
		.st_blocks = 9,
		.st_atim = {-1, 999999999}, /* before the epoch */
		.st_mtim = {1ll << 40, 0},
		.st_ctim = {3, 4},
	};
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct wire_in i;
	struct stat got;

	answer_put_stat(&o, &st);
	i = wire_in(buf, o.len);
	cr_assert_eq(answer_get_stat(&i, &got), 0);
	cr_assert_eq(memcmp(&got, &st, sizeof(st)), 0);

	for (size_t cut = 0; cut < o.len; cut++) {
		i = wire_in(buf, cut);
		cr_assert_eq(answer_get_stat(&i, &got), -EPROTO);
	}
}

Test(answer, entries_follow_each_other)
{
	struct answer_entry a = {"a name", S_IFREG, 5, -7};
	struct answer_entry b = {"", S_IFDIR, UINT64_MAX, INT64_MAX};
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct answer_entry got;
	struct wire_in i;

	answer_put_entry(&o, &a);
	answer_put_entry(&o, &b);
	i = wire_in(buf, o.len);
	cr_assert_eq(answer_get_entry(&i, &got), 1);
	cr_assert_str_eq(got.name, "a name");
	cr_assert_eq(got.type, S_IFREG);
	cr_assert_eq(got.size, 5);
	cr_assert_eq(got.mtime, -7);
	cr_assert_eq(answer_get_entry(&i, &got), 1);
	cr_assert_eq(got.size, UINT64_MAX);
	cr_assert_eq(answer_get_entry(&i, &got), 0);
	cr_assert_eq(answer_get_entry(&i, &got), 0, "the end stays the end");
}

Test(answer, a_cut_entry_is_refused_and_stays_so)
{
	struct answer_entry e = {"name", S_IFREG, 5, 6};
	struct wire_out o = wire_out(buf, sizeof(buf));

	answer_put_entry(&o, &e);
	for (size_t cut = 1; cut < o.len; cut++) {
		struct wire_in i = wire_in(buf, cut);
		struct answer_entry got = {.size = 1};

		cr_assert_eq(answer_get_entry(&i, &got), -EPROTO);
		cr_assert_eq(answer_get_entry(&i, &got), -EPROTO);
		cr_assert_eq(got.size, 1);
	}
}

Test(answer, an_entry_name_has_at_most_a_component_of_bytes)
{
	char name[BOUND_COMPONENT + 2];
	struct answer_entry e = {name, S_IFREG, 0, 0};
	struct answer_entry got;

	memset(name, 'n', sizeof(name));
	for (size_t len = BOUND_COMPONENT; len < sizeof(name); len++) {
		struct wire_out o = wire_out(buf, sizeof(buf));
		struct wire_in i;

		name[len] = '\0';
		answer_put_entry(&o, &e);
		i = wire_in(buf, o.len);
		cr_assert_eq(answer_get_entry(&i, &got),
			     len <= BOUND_COMPONENT ? 1 : -EPROTO);
		name[len] = 'n';
	}
}

Test(answer, leaves_out_whole_the_entry_that_has_no_room)
{
	uint8_t room[128];
	const struct answer_entry e = {.name = "name", .type = S_IFREG};
	size_t len;

	for (size_t size = 0; size < sizeof(room); size++) {
		struct wire_out o = wire_out(room, size);
		struct wire_in i;
		struct answer_entry got;
		size_t n = 0;

		while (answer_put_entry(&o, &e))
			n++;
		len = o.len;
		cr_assert_not(o.failed);
		cr_assert_not(answer_put_entry(&o, &e));
		cr_assert_eq(o.len, len);
		i = wire_in(room, o.len);
		while (answer_get_entry(&i, &got) == 1)
			n--;
		cr_assert_eq(n, 0);
		cr_assert(wire_done(&i));
	}
}
