/* SPDX-License-Identifier: ISC */
/*
 * Promises: the words that say what a worker's seccomp filter may allow, as
 * "stdio accept threads +ftruncate".  Parsed and printed here; what each
 * allows is unpriv's business.
 */
#ifndef COMMON_PROMISE_H
#define COMMON_PROMISE_H

#include <stddef.h>

#include "bounds.h"
#include "own.h"

enum promise {
	PROMISE_STDIO = 1u << 0,   /* use what is open, memory, clocks */
	PROMISE_ACCEPT = 1u << 1,  /* accept connections */
	PROMISE_THREADS = 1u << 2, /* make threads */
	PROMISE_TIME = 1u << 3,	   /* timers and alarms */
	PROMISE_SPAWN = 1u << 4,   /* fork, wait, exec, signal children */
};

/* PROMISES_INIT is the empty set; stdio is always implied. */
struct promises {
	unsigned words;
	size_t nextra;
	char extra[BOUND_PROMISE_EXTRA][32]; /* system calls, without the + */
};

#define PROMISES_INIT                  \
	{                              \
		.words = PROMISE_STDIO \
	}

/*
 * Adds one word of len bytes: 0, -EINVAL for a word that is none, -ENOSPC for
 * too many.  That a "+name" is a system call of this machine is not checked
 * here.
 */
_must_use_ int promise_add(struct promises *p, const char *word, size_t len);

/*
 * Parses words separated by blanks into *ret, which is untouched on failure.
 * As promise_add(), and *ret_bad (may be NULL) points at the wrong word.
 */
_must_use_ int promise_parse(const char *text, struct promises *ret,
			     const char **ret_bad);

/* Writes "stdio accept +call": 0 or -ENOSPC. */
_must_use_ int promise_print(const struct promises *p, char *buf, size_t size);

/* Every word of narrow is one of wide. */
_Bool promise_within(const struct promises *narrow,
		     const struct promises *wide);

#endif
