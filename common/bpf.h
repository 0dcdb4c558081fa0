/* SPDX-License-Identifier: ISC */
/*
 * Makes the program of a seccomp filter from rules.
 *
 *	b = bpf_new(AUDIT_ARCH_X86_64, SECCOMP_RET_ERRNO | EPERM,
 *		    SECCOMP_RET_KILL_PROCESS);
 *	bpf_add(b, &(struct bpf_rule){
 *		.first = SYS_fcntl, .last = SYS_fcntl,
 *		.action = SECCOMP_RET_ALLOW, .ntests = 1,
 *		.tests = {{BPF_LOW(1), ~0U, F_GETFL}}});
 *	r = bpf_assemble(b);
 *
 * The order of the rules says nothing.  Nothing here makes a system call but
 * bpf_load().
 */
#ifndef COMMON_BPF_H
#define COMMON_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include "own.h"

enum {
	BPF_RULES = 512,
	BPF_TESTS = 3,
};

/*
 * A half of an argument: a filter sees 64 bits of each, by 32.  The kernel
 * reads the low half alone where the argument is an int.
 */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BPF_LOW(n)  (16 + 8 * (n))
#define BPF_HIGH(n) (20 + 8 * (n))
#else
#define BPF_LOW(n)  (20 + 8 * (n))
#define BPF_HIGH(n) (16 + 8 * (n))
#endif

/* That half, masked, is the value; no bit of the value is outside the mask. */
struct bpf_test {
	unsigned half; /* BPF_LOW(argument) or BPF_HIGH(argument) */
	uint32_t mask;
	uint32_t value;
};

/*
 * What happens to the calls first to last, if they pass all tests.  Several
 * rules for one call are alternatives, with one action; a call that passes
 * none of them is one that has no rule.  Rules with tests are on one call.
 */
struct bpf_rule {
	uint32_t first;
	uint32_t last;
	uint32_t action; /* SECCOMP_RET_... */
	unsigned ntests;
	struct bpf_test tests[BPF_TESTS];
};

struct bpf;

/*
 * A filter without rules: other is what happens to a call that has none,
 * foreign to every call of another architecture than arch (AUDIT_ARCH_...) and
 * to x32's, which are x86-64's by other numbers.  NULL when there is no memory.
 */
struct bpf *bpf_new(uint32_t arch, uint32_t other, uint32_t foreign);

/* Failures are kept, and told by bpf_assemble(). */
void bpf_add(struct bpf *b, const struct bpf_rule *rule);

/*
 * Makes the program: 0, or -E2BIG for more rules than BPF_RULES or code than
 * the kernel takes.
 */
_must_use_ int bpf_assemble(struct bpf *b);

/* The program that was assembled, which b owns. */
const struct sock_filter *bpf_code(const struct bpf *b, size_t *ret_n);

/*
 * Puts it upon the calling thread and what it will clone, for good; the thread
 * must have no_new_privs.  0 or -errno.
 */
_must_use_ int bpf_load(const struct bpf *b);

/* Accepts NULL, returns NULL. */
struct bpf *bpf_free(struct bpf *b);
static inline void bpf_freep(struct bpf **b)
{
	*b = bpf_free(*b);
}

#endif
