/* SPDX-License-Identifier: ISC */
/*
 * The system calls of this machine, as libseccomp knew them when this was
 * built, and how every filter of ours begins: what it does not allow is EPERM,
 * what nobody knew is ENOSYS, another architecture's calls kill.
 */
#ifndef COMMON_CALLS_H
#define COMMON_CALLS_H

#include <linux/audit.h>
#include <stdbool.h>

#include "bpf.h"

/* CALL_read and so on: its number, negative where there is no such call. */
enum call {
#define KNOWN(number, name) CALL_##name = (number),
#define ABSENT(name)	    CALL_##name = -1,
#include "calls.def"
#undef KNOWN
#undef ABSENT
};

#ifdef __x86_64__
#define CALLS_ARCH AUDIT_ARCH_X86_64
#else
#define CALLS_ARCH AUDIT_ARCH_AARCH64
#endif

/* A filter that allows nothing, for bpf_free(), or NULL. */
struct bpf *calls_new(void);

/* Allows one, if the tests hold; nothing where the number is negative. */
void calls_allow(struct bpf *b, int number, unsigned ntests,
		 const struct bpf_test *tests);

/*
 * ENOSYS for what was unknown when this was built, and for clone3 unless it is
 * to be allowed: libc tries a new call first and falls back upon ENOSYS, never
 * upon EPERM.
 */
void calls_add_unknown(struct bpf *b, bool clone3);

/* The number of a name; negative when this machine has no such call. */
int calls_number(const char *name);

#endif
