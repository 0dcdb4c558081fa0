/* SPDX-License-Identifier: ISC */
/*
 * What the files behind policy_resolve() share.
 */
#ifndef COMMON_POLICY_RESOLVE_H
#define COMMON_POLICY_RESOLVE_H

#include "policy/policy.h"

struct resolver {
	struct policy *p;
	/*
	 * What policy_may_change() is asked of: the paths by which names can
	 * change, which are few, as they were when the pass over the rules
	 * began.
	 */
	const struct policy *changers;
	struct policy_notes *warnings; /* or NULL */
	struct policy_note *err;
	bool privileged;
};

/* Where the walk along a path came to its end. */
enum follow_end {
	FOLLOW_FOUND,	  /* at the object itself */
	FOLLOW_ABSENT,	  /* at a name that does not exist */
	FOLLOW_UNSEEN,	  /* where the caller may not look; see error */
	FOLLOW_PROCFS,	  /* at a link of procfs: it leads into a process */
	FOLLOW_UNTRUSTED, /* at a link that others than root can change */
	FOLLOW_LOOP,	  /* at one link too many */
	FOLLOW_TOO_LONG,  /* at a path too long, its links followed */
	FOLLOW_RETURNS,	  /* at a link of which path_returns() is true */
};

struct follow {
	enum follow_end end;
	int error;     /* errno, for FOLLOW_UNSEEN */
	bool last;     /* the end is at the last name of the path */
	bool writable; /* the worker can write to what was found */
	/*
	 * Nobody but root can have changed a name on the way.  Else weak is the
	 * first directory in which others can.  A directory that was found is
	 * itself on the way.
	 */
	bool ours;
	char weak[BOUND_PATH];
	/* The first of those that the worker itself can change, or "". */
	char workers[BOUND_PATH];
	size_t links;		/* followed */
	size_t trusted;		/* as policy_path.trusted, of path */
	char path[BOUND_PATH];	/* the path, links followed up to the end */
	char where[BOUND_PATH]; /* the end: what was found, or was not */
};

/*
 * Walks along a clean path, component by component, and follows the links
 * that only root can change (without privilege: root or the caller).  The last
 * component is followed where last is set.
 */
void follow(const struct resolver *rs, const char *path, bool last,
	    struct follow *ret);

/* The ids of worker, helper and owners: 0 or -errno with the error filled. */
_must_use_ int resolve_ids(struct resolver *rs);

/*
 * The pattern with its literal part replaced by the path, malloced; NULL
 * without memory.
 */
char *resolve_rejoin(const char *path, const char *pattern);
/* How many bytes the first n of a path are in a pattern. */
size_t resolve_escaped(const char *path, size_t n);

/*
 * Refuses a rule about what an earlier rule of its verb is about, with other
 * options; to listen, with whatever options.  0, or -EINVAL with the error
 * filled, -ENOMEM.
 */
_must_use_ int resolve_twice(const struct policy *p, struct policy_note *err);

/* Adds a warning of a rule's, unless nobody wants any. */
void resolve_warn(struct resolver *rs, const struct policy_rule *r,
		  const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Warns of what can be seen without a look at the machine. */
void resolve_warn_rules(struct resolver *rs);

#endif
