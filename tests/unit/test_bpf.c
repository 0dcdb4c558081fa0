/* SPDX-License-Identifier: ISC */
/*
 * The assembler of seccomp programs: what the program answers is what the
 * rules say, one by one.
 */
#include "bpf.h"

#include <criterion/criterion.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "support/child.h"
#include "support/machine.h"

TestSuite(bpf, .timeout = 30);

#define ARCH	 AUDIT_ARCH_X86_64
#define NO	 (SECCOMP_RET_ERRNO | 1)
#define YES	 SECCOMP_RET_ALLOW
#define UNKNOWN	 (SECCOMP_RET_ERRNO | 38)
#define FOREIGN	 SECCOMP_RET_KILL_PROCESS
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- the rules, read one by one ------------------------------------------ */

static bool passes(const struct bpf_rule *rule, const struct seccomp_data *call)
{
	for (unsigned i = 0; i < rule->ntests; i++) {
		const struct bpf_test *t = &rule->tests[i];
		uint32_t half;

		memcpy(&half, (const char *)call + t->half, sizeof(half));
		if ((half & t->mask) != t->value)
			return false;
	}
	return true;
}

static uint32_t by_rules(const struct bpf_rule *v, size_t n,
			 const struct seccomp_data *call)
{
	uint32_t number = (uint32_t)call->nr;

	if (call->arch != ARCH)
		return FOREIGN;
	if (number >= 0x40000000 && number != UINT32_MAX)
		return FOREIGN; /* x32 */
	for (size_t i = 0; i < n; i++)
		if (number >= v[i].first && number <= v[i].last &&
		    passes(&v[i], call))
			return v[i].action;
	return NO;
}

static struct bpf *assembled(const struct bpf_rule *v, size_t n)
{
	struct bpf *b = bpf_new(ARCH, NO, FOREIGN);

	cr_assert_not_null(b);
	for (size_t i = 0; i < n; i++)
		bpf_add(b, &v[i]);
	cr_assert_eq(bpf_assemble(b), 0);
	return b;
}

static void agrees(const struct bpf *b, const struct bpf_rule *v, size_t n,
		   const struct seccomp_data *call)
{
	size_t len;
	const struct sock_filter *code = bpf_code(b, &len);
	uint32_t expected = by_rules(v, n, call);
	uint32_t got = machine_run(code, len, call);

	cr_assert_eq(got, expected,
		     "arch %x call %d (%llx %llx): %x, expected %x", call->arch,
		     call->nr, (unsigned long long)call->args[0],
		     (unsigned long long)call->args[1], got, expected);
}

static uint32_t ask(const struct bpf *b, int nr, uint64_t arg0, uint64_t arg1)
{
	struct seccomp_data call = {
		.nr = nr, .arch = ARCH, .args = {arg0, arg1}};
	size_t len;
	const struct sock_filter *code = bpf_code(b, &len);

	return machine_run(code, len, &call);
}

static struct bpf_rule plain(uint32_t first, uint32_t last, uint32_t action)
{
	return (struct bpf_rule){
		.first = first, .last = last, .action = action};
}

static struct bpf_rule when(uint32_t call, unsigned half, uint32_t mask,
			    uint32_t value)
{
	return (struct bpf_rule){.first = call,
				 .last = call,
				 .action = YES,
				 .ntests = 1,
				 .tests = {{half, mask, value}}};
}

/* ---- one by one ---------------------------------------------------------- */

Test(bpf, without_rules_knows_only_the_architecture)
{
	struct seccomp_data call = {.nr = 7, .arch = ARCH};
	struct bpf *b = assembled(NULL, 0);

	agrees(b, NULL, 0, &call);
	call.arch = AUDIT_ARCH_I386;
	agrees(b, NULL, 0, &call);
	bpf_free(b);
}

Test(bpf, ranges_begin_and_end_where_they_say)
{
	const struct bpf_rule v[] = {
		plain(10, 19, YES),
		plain(0x30000000, 0x3ffffffe, YES),
		plain(20, 20, UNKNOWN),
	};
	struct bpf *b = assembled(v, COUNT(v));

	cr_assert_eq(ask(b, 9, 0, 0), NO);
	cr_assert_eq(ask(b, 10, 0, 0), YES);
	cr_assert_eq(ask(b, 19, 0, 0), YES);
	cr_assert_eq(ask(b, 20, 0, 0), UNKNOWN);
	cr_assert_eq(ask(b, 21, 0, 0), NO);
	cr_assert_eq(ask(b, 0x3ffffffe, 0, 0), YES);
	cr_assert_eq(ask(b, 0x3fffffff, 0, 0), NO);
	bpf_free(b);
}

Test(bpf, calls_of_x32_are_foreign)
{
	const struct bpf_rule v[] = {plain(0, 100, YES)};
	struct bpf *b = assembled(v, COUNT(v));

	cr_assert_eq(ask(b, 0x3fffffff, 0, 0), NO);
	cr_assert_eq(ask(b, 0x40000000, 0, 0), FOREIGN);
	cr_assert_eq(ask(b, 0x40000001, 0, 0), FOREIGN);
	cr_assert_eq(ask(b, -2, 0, 0), FOREIGN);
	cr_assert_eq(ask(b, -1, 0, 0), NO);
	bpf_free(b);
}

Test(bpf, no_other_machine_has_calls_of_x32)
{
	struct bpf *b = bpf_new(AUDIT_ARCH_AARCH64, NO, FOREIGN);
	struct seccomp_data call = {.nr = 0x40000000,
				    .arch = AUDIT_ARCH_AARCH64};
	const struct sock_filter *code;
	size_t len;

	cr_assert_eq(bpf_assemble(b), 0);
	code = bpf_code(b, &len);
	cr_assert_eq(machine_run(code, len, &call), NO);
	call.arch = ARCH;
	cr_assert_eq(machine_run(code, len, &call), FOREIGN);
	bpf_free(b);
}

Test(bpf, the_first_and_the_last_number_can_have_a_rule)
{
	const struct bpf_rule v[] = {plain(0, 0, YES),
				     plain(UINT32_MAX, UINT32_MAX, YES)};
	struct bpf *b = assembled(v, COUNT(v));

	cr_assert_eq(ask(b, 0, 0, 0), YES);
	cr_assert_eq(ask(b, 1, 0, 0), NO);
	cr_assert_eq(ask(b, 500, 0, 0), NO);
	cr_assert_eq(ask(b, -1, 0, 0), YES);
	bpf_free(b);
}

Test(bpf, an_int_is_its_low_half_and_a_pointer_both)
{
	const struct bpf_rule v[] = {
		when(1, BPF_LOW(0), ~0U, 5),
		{.first = 2,
		 .last = 2,
		 .action = YES,
		 .ntests = 2,
		 .tests = {{BPF_LOW(1), ~0U, 0}, {BPF_HIGH(1), ~0U, 0}}},
	};
	struct bpf *b = assembled(v, COUNT(v));

	cr_assert_eq(ask(b, 1, 5, 0), YES);
	cr_assert_eq(ask(b, 1, UINT64_C(1) << 32 | 5, 0), YES);
	cr_assert_eq(ask(b, 1, UINT64_C(5) << 32, 0), NO);
	cr_assert_eq(ask(b, 2, 0, 0), YES);
	cr_assert_eq(ask(b, 2, 0, 1), NO);
	cr_assert_eq(ask(b, 2, 0, UINT64_C(1) << 32), NO);
	bpf_free(b);
}

Test(bpf, a_rule_without_tests_wins)
{
	const struct bpf_rule v[] = {
		when(1, BPF_LOW(0), ~0U, 5),
		plain(1, 1, YES),
		when(1, BPF_LOW(0), ~0U, 6),
	};
	struct bpf *b = assembled(v, COUNT(v));

	cr_assert_eq(ask(b, 1, 7, 0), YES);
	bpf_free(b);
}

/* With -DNDEBUG, too: it would be a filter that says one of both. */
Test(bpf, what_contradicts_itself_is_no_filter, .signal = SIGABRT)
{
	const struct bpf_rule v[] = {plain(1, 5, YES), plain(3, 3, UNKNOWN)};

	(void)assembled(v, COUNT(v));
}

/* Where the first half of one holds, another may hold all the same. */
Test(bpf, alternatives_are_tried_to_the_last)
{
	const struct bpf_rule v[] = {
		{.first = 1,
		 .last = 1,
		 .action = YES,
		 .ntests = 2,
		 .tests = {{BPF_LOW(0), 1, 1}, {BPF_LOW(1), ~0U, 3}}},
		when(1, BPF_LOW(0), 2, 2),
		when(1, BPF_LOW(1), 8, 8),
	};
	struct bpf *b = assembled(v, COUNT(v));

	cr_assert_eq(ask(b, 1, 1, 3), YES);
	cr_assert_eq(ask(b, 1, 1, 4), NO);
	cr_assert_eq(ask(b, 1, 3, 4), YES);
	cr_assert_eq(ask(b, 1, 1, 8), YES);
	cr_assert_eq(ask(b, 1, 0, 3), NO);
	bpf_free(b);
}

/* ---- many ---------------------------------------------------------------- */

/* xorshift: the same numbers in every run. */
static uint32_t some(uint32_t below)
{
	static uint32_t state = 20230611;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

static struct bpf_rule any_rule(uint32_t number)
{
	static const uint32_t masks[] = {~0U, 3, 4, ~3U};
	struct bpf_rule rule = plain(number, number, YES);

	rule.ntests = some(BPF_TESTS + 1);
	for (unsigned i = 0; i < rule.ntests; i++) {
		struct bpf_test *t = &rule.tests[i];

		t->half = 16 + 4 * some(4);
		t->mask = masks[some(COUNT(masks))];
		t->value = some(8) & t->mask;
	}
	return rule;
}

/* Ranges and calls with alternatives, in the order of their numbers. */
static size_t any_rules(struct bpf_rule *v, size_t room, uint32_t *ret_end)
{
	uint32_t number = some(3);
	size_t n = 0;

	while (n + 9 < room) {
		if (some(4) == 0) {
			uint32_t last = number + some(20);

			v[n++] = plain(number, last, some(2) ? YES : UNKNOWN);
			number = last;
		} else {
			for (uint32_t i = some(8); i-- > 0;)
				v[n++] = any_rule(number);
		}
		number += 1 + some(2) * some(10);
	}
	*ret_end = number + 5;
	return n;
}

static void shuffle(struct bpf_rule *v, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t other = some((uint32_t)i);
		struct bpf_rule moved = v[i - 1];

		v[i - 1] = v[other];
		v[other] = moved;
	}
}

static uint64_t any_argument(void)
{
	return (uint64_t)some(8) << (some(2) ? 32 : 0) | some(8);
}

static void agrees_everywhere(struct bpf_rule *v, size_t n, uint32_t end)
{
	struct bpf *b;

	shuffle(v, n);
	b = assembled(v, n);
	for (uint32_t nr = 0; nr < end; nr++)
		for (int i = 0; i < 20; i++) {
			struct seccomp_data call = {
				.nr = (int)nr,
				.arch = ARCH,
				.args = {any_argument(), any_argument()},
			};

			agrees(b, v, n, &call);
		}
	bpf_free(b);
}

Test(bpf, answers_as_the_rules_do_one_by_one)
{
	struct bpf_rule v[BPF_RULES];

	for (int round = 0; round < 60; round++) {
		uint32_t end;
		size_t n = any_rules(v, 10 + some(BPF_RULES / 2 - 10), &end);

		agrees_everywhere(v, n, end);
	}
}

/* ---- what is far --------------------------------------------------------- */

/* Each value has a second test, so that the last is a thousand jumps away. */
static size_t many_alternatives(struct bpf_rule *v, uint32_t number)
{
	for (uint32_t i = 0; i < 400; i++)
		v[i] = (struct bpf_rule){
			.first = number,
			.last = number,
			.action = YES,
			.ntests = 2,
			.tests = {{BPF_LOW(0), ~0U, i},
				  {BPF_LOW(1), ~0U, i + 1}},
		};
	return 400;
}

Test(bpf, reaches_what_is_farther_than_a_jump)
{
	struct bpf_rule v[BPF_RULES];
	size_t n = many_alternatives(v, 100);
	struct bpf *b;

	v[n++] = plain(0, 50, YES);
	v[n++] = plain(200, 200, YES);
	b = assembled(v, n);
	for (uint64_t i = 0; i < 402; i++) {
		cr_assert_eq(ask(b, 100, i, i + 1), i < 400 ? YES : NO);
		cr_assert_eq(ask(b, 100, i, i), NO);
	}
	cr_assert_eq(ask(b, 50, 0, 0), YES);
	cr_assert_eq(ask(b, 99, 0, 0), NO);
	cr_assert_eq(ask(b, 101, 0, 0), NO);
	cr_assert_eq(ask(b, 200, 0, 0), YES);
	bpf_free(b);
}

/*
 * A jump for each value; the first value has a second test, which is written
 * last: from there both answers are as far as there are values.
 */
static size_t chain(struct bpf_rule *v, uint32_t values)
{
	for (uint32_t i = 0; i < values; i++)
		v[i] = when(7, BPF_LOW(0), ~0U, i);
	v[0].ntests = 2;
	v[0].tests[1] = (struct bpf_test){BPF_LOW(1), ~0U, 1};
	return values;
}

Test(bpf, reaches_every_distance_about_the_longest_jump)
{
	struct bpf_rule v[BPF_RULES];

	for (uint32_t values = 230; values < 280; values++) {
		struct bpf *b = assembled(v, chain(v, values));

		cr_assert_eq(ask(b, 7, 0, 1), YES);
		cr_assert_eq(ask(b, 7, 0, 0), NO);
		for (uint64_t i = 1; i < values; i++)
			cr_assert_eq(ask(b, 7, i, 0), YES, "%u of %u",
				     (unsigned)i, values);
		cr_assert_eq(ask(b, 7, values, 1), NO);
		cr_assert_eq(ask(b, 6, 0, 1), NO);
		cr_assert_eq(ask(b, 8, 0, 1), NO);
		bpf_free(b);
	}
}

static int assemble_calls(uint32_t n)
{
	struct bpf *b = bpf_new(AUDIT_ARCH_AARCH64, NO, FOREIGN);
	int r;

	for (uint32_t i = 0; i < n; i++)
		bpf_add(b, &(struct bpf_rule){.first = i, .last = i});
	r = bpf_assemble(b);
	bpf_free(b);
	return r;
}

Test(bpf, refuses_more_rules_than_it_has_room_for)
{
	cr_assert_eq(assemble_calls(BPF_RULES), 0);
	cr_assert_eq(assemble_calls(BPF_RULES + 1), -E2BIG);
}

Test(bpf, refuses_more_code_than_the_kernel_takes)
{
	struct bpf *b = bpf_new(ARCH, NO, FOREIGN);

	for (uint32_t i = 0; i < BPF_RULES; i++)
		bpf_add(b,
			&(struct bpf_rule){.first = 1,
					   .last = 1,
					   .action = YES,
					   .ntests = 3,
					   .tests = {{BPF_LOW(0), 0xffff, i},
						     {BPF_LOW(1), 0xffff, i},
						     {BPF_LOW(2), 0xffff, i}}});
	cr_assert_eq(bpf_assemble(b), -E2BIG);
	bpf_free(b);
}

/* ---- the kernel ---------------------------------------------------------- */

#ifdef __x86_64__
static int under_it(void *arg)
{
	CHILD_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHILD_CHECK(bpf_load(arg) == 0);
	CHILD_CHECK(syscall(SYS_getpriority, 0L, 1L) != -1);
	CHILD_CHECK(syscall(SYS_getpriority, 0L, 2L) == -1 && errno == EPERM);
	CHILD_CHECK(syscall(SYS_getpid) > 0);
	return 0;
}

Test(bpf, the_kernel_takes_it)
{
	struct bpf_rule v[BPF_RULES];
	size_t n = many_alternatives(v, SYS_getpriority);
	struct bpf *b;

	v[n++] = plain(0, SYS_getpriority - 1, YES);
	v[n++] = plain(SYS_getpriority + 1, 300, YES);
	b = assembled(v, n);
	cr_assert_eq(child_run(under_it, b), 0);
	bpf_free(b);
}
#endif

static int without_no_new_privs(void *arg)
{
	if (geteuid() == 0)
		CHILD_CHECK(setgid(65534) == 0 && setuid(65534) == 0);
	CHILD_CHECK(bpf_load(arg) == -EACCES);
	return 0;
}

Test(bpf, what_the_kernel_refuses_is_told)
{
	struct bpf *b = assembled(NULL, 0);

	cr_assert_eq(child_run(without_no_new_privs, b), 0);
	bpf_free(b);
}
