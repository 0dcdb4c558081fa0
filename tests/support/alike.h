/* SPDX-License-Identifier: ISC */
/*
 * Whether two policies say the same, wherever in their files.  All here is
 * inline, so that the fuzzers, which are not linked with the rest, have it too.
 */
#ifndef SUPPORT_ALIKE_H
#define SUPPORT_ALIKE_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "policy/pack.h"
#include "policy/policy.h"

/* Takes out of the policy where its rules were written. */
static inline void alike_strip(struct policy *p)
{
	p->worker.source = p->worker.line = p->worker.column = 0;
	p->helper.source = p->helper.line = p->helper.column = 0;
	for (size_t i = 0; i < p->nrules; i++) {
		p->rules[i].source = 0;
		p->rules[i].line = 0;
		p->rules[i].column = 0;
	}
}

/* Both are stripped, for good. */
static inline bool alike(struct policy *a, struct policy *b)
{
	void *as = NULL, *bs = NULL;
	size_t alen = 0, blen = 0;
	bool same;

	alike_strip(a);
	alike_strip(b);
	same = policy_pack(a, &as, &alen) == 0 &&
	       policy_pack(b, &bs, &blen) == 0 && alen == blen &&
	       memcmp(as, bs, alen) == 0;
	free(as);
	free(bs);
	return same;
}

#endif
