/* SPDX-License-Identifier: ISC */
#include "start.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

TestSuite(start, .timeout = 10);

static uint8_t buf[1024];

Test(start, a_start_message_round_trips)
{
	struct start s = {
		.caps = 1ull << 40,
		.fsuid = 33,
		.fsgid = 34,
		.landlock = 7,
		.generation = 3,
		.last_channel = 1ull << 33,
		.has_notify = true,
		.dropped = true,
		.privileged = true,
		.syslog = "/dev/log",
	};
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct start got;
	struct wire_in i;

	cr_assert_eq(start_encode(&s, &o), 0);
	i = wire_in(buf, o.len);
	cr_assert_eq(start_decode(&i, &got), 0);
	cr_assert_eq(got.caps, s.caps);
	cr_assert_eq(got.fsuid, 33);
	cr_assert_eq(got.fsgid, 34);
	cr_assert_eq(got.landlock, 7);
	cr_assert_eq(got.generation, 3);
	cr_assert_eq(got.last_channel, 1ull << 33);
	cr_assert(got.has_notify);
	cr_assert_not(got.audit_grants);
	cr_assert(got.dropped);
	cr_assert_not(got.passrights);
	cr_assert(got.privileged);
	cr_assert_str_eq(got.syslog, "/dev/log");
}

Test(start, each_flag_is_its_own)
{
	for (unsigned bit = 0; bit < 5; bit++) {
		struct start s = {
			.has_notify = bit == 0,
			.audit_grants = bit == 1,
			.dropped = bit == 2,
			.passrights = bit == 3,
			.privileged = bit == 4,
		};
		struct wire_out o = wire_out(buf, sizeof(buf));
		struct start got;
		struct wire_in i;

		cr_assert_eq(start_encode(&s, &o), 0);
		i = wire_in(buf, o.len);
		cr_assert_eq(start_decode(&i, &got), 0);
		cr_assert_eq(got.has_notify, bit == 0);
		cr_assert_eq(got.audit_grants, bit == 1);
		cr_assert_eq(got.dropped, bit == 2);
		cr_assert_eq(got.passrights, bit == 3);
		cr_assert_eq(got.privileged, bit == 4);
	}
}

Test(start, every_cut_of_a_start_message_is_refused)
{
	struct start s = {.syslog = "/dev/log"};
	struct start got = {.fsuid = 9};
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct wire_in i;

	cr_assert_eq(start_encode(&s, &o), 0);
	for (size_t cut = 0; cut < o.len; cut++) {
		i = wire_in(buf, cut);
		cr_assert_eq(start_decode(&i, &got), -EPROTO);
	}
	i = wire_in(buf, o.len + 1);
	cr_assert_eq(start_decode(&i, &got), -EPROTO, "nor one byte more");
	cr_assert_eq(got.fsuid, 9, "untouched on failure");
}

Test(start, a_syslog_path_longer_than_its_room_is_refused)
{
	char path[128];
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct start got;
	struct wire_in i;

	memset(path, 'p', sizeof(path));
	path[sizeof(got.syslog)] = '\0';
	wire_put_u64(&o, 0);
	wire_put_u32(&o, 0);
	wire_put_u32(&o, 0);
	wire_put_u32(&o, 0);
	wire_put_string(&o, path);
	i = wire_in(buf, o.len);
	cr_assert_eq(start_decode(&i, &got), -EPROTO);
}

Test(start, no_room_to_encode_is_told)
{
	struct start s = {.syslog = "/dev/log"};
	struct report r = {.text = "what failed"};
	struct wire_out o = wire_out(buf, 20);

	cr_assert_eq(start_encode(&s, &o), -ENOSPC);
	o = wire_out(buf, 10);
	cr_assert_eq(report_encode(&r, &o), -ENOSPC);
}

Test(start, a_report_round_trips)
{
	struct report r = {.error = EPERM, .text = "cannot set capabilities"};
	struct report got = {0};
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct wire_in i;

	cr_assert_eq(report_encode(&r, &o), 0);
	i = wire_in(buf, o.len);
	cr_assert_eq(report_decode(&i, &got), 0);
	cr_assert_eq(got.error, EPERM);
	cr_assert_str_eq(got.text, "cannot set capabilities");
	for (size_t cut = 0; cut < o.len; cut++) {
		i = wire_in(buf, cut);
		cr_assert_eq(report_decode(&i, &got), -EPROTO);
	}
}

Test(start, a_report_longer_than_its_room_is_refused)
{
	char text[sizeof(((struct report *)0)->text) + 1];
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct report got;
	struct wire_in i;

	memset(text, 't', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	wire_put_u32(&o, 1);
	wire_put_string(&o, text);
	i = wire_in(buf, o.len);
	cr_assert_eq(report_decode(&i, &got), -EPROTO);
}
