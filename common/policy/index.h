/* SPDX-License-Identifier: ISC */
/*
 * Which rules a question to the policy has to look at.  A rule covers a path
 * only where its literal part (pattern_literal()) is that path or one above
 * it: so it is found under that part, and a question looks under each of the
 * path's own beginnings.  What that costs depends on the path's components,
 * not on the number of rules.
 *
 *	struct index_walk w = index_walk(p, INDEX_GRANT, path);
 *	const struct policy_rule *r;
 *
 *	while ((r = index_next(&w)))
 *		...
 *
 * A walk gives every rule that could answer, and some that do not: the asker
 * judges each.  One may come twice, and the order means nothing.
 */
#ifndef COMMON_POLICY_INDEX_H
#define COMMON_POLICY_INDEX_H

#include "policy/policy.h"

enum index_kind {
	INDEX_DENY,   /* deny rules that may cover a path or one above it */
	INDEX_GRANT,  /* the other path rules that may cover it */
	INDEX_CHANGE, /* remove and create= rules for names in a directory */
	INDEX_NET,    /* rules of sockets: all of them, of the path "/" */
	INDEX_KIND_MAX,
};

/*
 * Makes the index of a policy whose rules are final: p->index, which
 * policy_free() frees.  0 or -ENOMEM.  Without one, a walk gives all rules.
 */
_must_use_ int index_make(struct policy *p);
/* Accepts NULL and returns NULL. */
struct policy_index *index_free(struct policy_index *x);

/* Borrows the policy and the path, which is clean. */
struct index_walk {
	const struct policy *p;
	const char *rest; /* of the path, behind the beginning looked under */
	uint32_t key;	  /* of that beginning */
	uint32_t next;	  /* what is looked at next, counted from 1; 0: none */
};

struct index_walk index_walk(const struct policy *p, enum index_kind kind,
			     const char *path);
/* NULL at the end. */
const struct policy_rule *index_next(struct index_walk *w);

#endif
