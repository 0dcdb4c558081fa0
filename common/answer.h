/* SPDX-License-Identifier: ISC */
/*
 * What rides in the blob of a reply: the answer to hello, a struct stat, the
 * entries of a directory.  The readlink blob is the link's bytes as they are.
 *
 * No function here allocates or makes a system call.
 */
#ifndef COMMON_ANSWER_H
#define COMMON_ANSWER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "bounds.h"
#include "own.h"
#include "wire.h"

/* Everything that wicket_confine() has to know. */
struct answer_hello {
	uint32_t protocol;
	bool dropped;	 /* the identity was dropped before exec */
	bool passrights; /* the channel refuses descriptors from the worker */
	uid_t uid;
	gid_t gid;
	uint32_t ngroups;
	gid_t groups[BOUND_GROUPS];
	const char *name;     /* the policy's, borrowed */
	const char *promises; /* promise_print(), borrowed */
};

void answer_put_hello(struct wire_out *o, const struct answer_hello *h);
_must_use_ int answer_get_hello(struct wire_in *i, struct answer_hello *ret);

void answer_put_stat(struct wire_out *o, const struct stat *st);
_must_use_ int answer_get_stat(struct wire_in *i, struct stat *ret);

/*
 * One entry of a directory.  A list reply's blob is entries one behind the
 * other; its number is where the next request goes on, 0 after the last.
 */
struct answer_entry {
	const char *name; /* borrowed */
	uint32_t type;	  /* S_IFMT bits of st_mode, 0: unknown */
	uint64_t size;
	int64_t mtime; /* seconds since the epoch */
};

/* False where there is no room for it: then it is left out whole. */
bool answer_put_entry(struct wire_out *o, const struct answer_entry *e);
/* 1, 0 at the end, -EPROTO. */
_must_use_ int answer_get_entry(struct wire_in *i, struct answer_entry *ret);

#endif
