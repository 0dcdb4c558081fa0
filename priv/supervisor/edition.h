/* SPDX-License-Identifier: ISC */
/*
 * An edition of the policy: what it says, and all that was made of it for a
 * helper.  A reload makes the next one; until that is in force the old one is,
 * and a helper that ends is followed by another of the same edition.
 */
#ifndef SUPERVISOR_EDITION_H
#define SUPERVISOR_EDITION_H

#include "plan.h"
#include "plan_landlock.h"
#include "policy/policy.h"
#include "supervisor/failure.h"
#include "supervisor/options.h"
#include "supervisor/policyfrom.h"

struct edition {
	struct policy *policy;	      /* owned */
	struct policy_notes warnings; /* owned; see edition_warnings() */
	bool warned;
	struct plan plan;
	struct plan_landlock *landlock; /* owned */
	uint64_t hash;			/* of the policy's texts */
	int version;	/* of Landlock in this kernel, 0: none */
	int policy_fd;	/* owned: the packed policy, sealed */
	int rules_fd;	/* owned: the packed ruleset, sealed */
	int program_fd; /* owned: the seccomp program, sealed */
};

/*
 * Reads the policy and looks at the machine; a text that came by a descriptor
 * is read once, one of --policy-from is what is taken of *from, which must be
 * done.  0, or -errno and the text.
 */
_must_use_ int edition_load(struct options *o, struct policyfrom *from,
			    struct edition **ret, struct failure *f);

/*
 * The texts of the edition before, and another look at the machine: what was
 * replaced or came to be since then is found.
 */
_must_use_ int edition_renew(const struct options *o,
			     const struct edition *before, struct edition **ret,
			     struct failure *f);

/*
 * What is legal in the policy and weak.  Looked for when it is first asked
 * for, which nobody waits for who wants to start or to be served.
 */
const struct policy_notes *edition_warnings(const struct options *o,
					    struct edition *e);

/* Accepts NULL and returns NULL. */
struct edition *edition_free(struct edition *e);
static inline void edition_freep(struct edition **e)
{
	*e = edition_free(*e);
}

#endif
