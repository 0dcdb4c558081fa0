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
#include <stdbool.h>
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

/* Where a process id is to be; bpf_add() takes no such test. */
#define SELF_MASK  0
#define SELF_VALUE 1

struct row {
	short number; /* negative where this machine has no such call */
	unsigned short promise;
	unsigned ntests;
	struct bpf_test tests[BPF_TESTS];
};

#define BITS(n, mask, value)                                    \
	{                                                       \
		BPF_LOW(n), (uint32_t)(mask), (uint32_t)(value) \
	}
#define IS(n, value) BITS(n, ~0U, value)
#define SELF(n)	     BITS(n, SELF_MASK, SELF_VALUE)
#define NONE(n)                     \
	IS(n, 0),                   \
	{                           \
		BPF_HIGH(n), ~0U, 0 \
	}

static const struct row table[] = {
#define CALL(promise, name) {CALL_##name, PROMISE_##promise, 0, {{0}}},
#define WHEN(promise, name, ...)                                             \
	{CALL_##name,                                                        \
	 PROMISE_##promise,                                                  \
	 sizeof((struct bpf_test[]){__VA_ARGS__}) / sizeof(struct bpf_test), \
	 {__VA_ARGS__}},
#include "filter.def"
#undef CALL
#undef WHEN
};

#define NROWS (sizeof(table) / sizeof(table[0]))

/* The last is for the numbers that nobody knows. */
_Static_assert(NROWS + BOUND_PROMISE_EXTRA + 64 <= BPF_RULES,
	       "there is room for every promise");

static void add_row(struct bpf *b, const struct row *row, pid_t self)
{
	struct bpf_test tests[BPF_TESTS];

	for (unsigned i = 0; i < row->ntests; i++) {
		tests[i] = row->tests[i];
		if (tests[i].mask == SELF_MASK) {
			tests[i].mask = UINT32_MAX;
			tests[i].value = (uint32_t)self;
		}
	}
	calls_allow(b, row->number, row->ntests, tests);
}

static void add_table(struct bpf *b, const struct promises *p, pid_t self)
{
	for (size_t i = 0; i < NROWS; i++)
		if (table[i].promise & p->words)
			add_row(b, &table[i], self);
}

static int add_extra(struct bpf *b, const struct promises *p, bool *ret_clone3)
{
	bool clone3 = false;

	for (size_t i = 0; i < p->nextra; i++) {
		int number = calls_number(p->extra[i]);

		if (number < 0)
			return -EINVAL;
		calls_allow(b, number, 0, NULL);
		clone3 = clone3 || number == CALL_clone3;
	}
	*ret_clone3 = clone3;
	return 0;
}

int filter_make(const struct promises *promises, pid_t self, struct bpf **ret)
{
	__attribute__((cleanup(bpf_freep))) struct bpf *b = calls_new();
	bool clone3;
	int r = b ? add_extra(b, promises, &clone3) : -ENOMEM;

	if (r < 0)
		return r;
	add_table(b, promises, self);
	calls_add_unknown(b, clone3);
	r = bpf_assemble(b);
	if (r >= 0)
		*ret = take_ptr(&b);
	return r;
}
