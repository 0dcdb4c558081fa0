/* SPDX-License-Identifier: ISC */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/icmp.h>
#include <linux/if_packet.h>
#include <linux/sched.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "calls.h"

/*
 * No namespace of its own, in which it would have every capability; no place
 * beside its parent, among the supervisor's children; no tracer.
 */
#define NOT_IN_A_CLONE                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_PARENT |  \
	 CLONE_PTRACE)

enum {
	TESTS_MAX = 2
};

/* A test whose value is only known when the filter is made. */
enum {
	TEST_SELF = _SCMP_CMP_MAX + 1
};

struct row {
	const char *name;
	unsigned promise;
	unsigned ntests;
	struct scmp_arg_cmp tests[TESTS_MAX];
};

#define BITS(n, mask, value)                                                 \
	{                                                                    \
		(n), SCMP_CMP_MASKED_EQ, (uint32_t)(mask), (uint32_t)(value) \
	}
#define IS(n, value) BITS(n, ~0U, value)
#define NONE(n)                        \
	{                              \
		(n), SCMP_CMP_EQ, 0, 0 \
	}
#define SELF(n)                                         \
	{                                               \
		(n), (enum scmp_compare)TEST_SELF, 0, 0 \
	}

static const struct row table[] = {
#define CALL(promise, name)	  {#name, PROMISE_##promise, 0, {{0}}},
#define WHEN(promise, name, test) {#name, PROMISE_##promise, 1, {test}},
#define BOTH(promise, name, test, other) \
	{#name, PROMISE_##promise, 2, {test, other}},
#include "filter.def"
#undef CALL
#undef WHEN
#undef BOTH
};

struct filter {
	scmp_filter_ctx ctx; /* owned */
	pid_t self;
};

static struct scmp_arg_cmp resolve_test(const struct filter *f,
					const struct scmp_arg_cmp *test)
{
	struct scmp_arg_cmp own = {test->arg, SCMP_CMP_MASKED_EQ, UINT32_MAX,
				   (uint32_t)f->self};

	return test->op == (enum scmp_compare)TEST_SELF ? own : *test;
}

static int add_row(struct filter *f, const struct row *row)
{
	struct scmp_arg_cmp tests[TESTS_MAX];
	int number = calls_number(row->name);

	if (number < 0)
		return 0;
	for (unsigned i = 0; i < row->ntests; i++)
		tests[i] = resolve_test(f, &row->tests[i]);
	return seccomp_rule_add_exact_array(f->ctx, SCMP_ACT_ALLOW, number,
					    row->ntests, tests);
}

static bool promised(const struct promises *p, const char *name)
{
	for (size_t i = 0; i < p->nextra; i++)
		if (strcmp(p->extra[i], name) == 0)
			return true;
	return false;
}

/*
 * A call that has a line without tests, or is promised by its name, must not
 * have lines with tests beside it.
 */
static bool is_free(const struct promises *p, const char *name)
{
	if (promised(p, name))
		return true;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].promise & p->words && table[i].ntests == 0 &&
		    strcmp(table[i].name, name) == 0)
			return true;
	return false;
}

static int add_table(struct filter *f, const struct promises *p)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct row *row = &table[i];
		int r;

		if (!(row->promise & p->words))
			continue;
		if (promised(p, row->name) ||
		    (row->ntests > 0 && is_free(p, row->name)))
			continue;
		r = add_row(f, row);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_extra(struct filter *f, const struct promises *p)
{
	for (size_t i = 0; i < p->nextra; i++) {
		int number = calls_number(p->extra[i]);
		int r;

		if (number < 0)
			return -EINVAL;
		r = seccomp_rule_add_exact(f->ctx, SCMP_ACT_ALLOW, number, 0);
		if (r < 0)
			return r;
	}
	return 0;
}

static int fill(struct filter *f, const struct promises *p)
{
	int r = add_extra(f, p);

	if (r >= 0)
		r = add_table(f, p);
	if (r >= 0)
		r = calls_add_unknown(f->ctx, promised(p, "clone3"));
	return r;
}

int filter_make(const struct promises *promises, pid_t self,
		struct filter **ret)
{
	struct filter *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	f->self = self;
	f->ctx = calls_new();
	r = f->ctx ? fill(f, promises) : -ENOMEM;
	if (r < 0) {
		(void)filter_free(f);
		return r;
	}
	*ret = f;
	return 0;
}

int filter_load(struct filter *f)
{
	return seccomp_load(f->ctx);
}

struct filter *filter_free(struct filter *f)
{
	if (!f)
		return NULL;
	if (f->ctx)
		seccomp_release(f->ctx);
	free(f);
	return NULL;
}
