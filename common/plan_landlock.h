/* SPDX-License-Identifier: ISC */
/*
 * The helper's Landlock ruleset as plain data, made from a resolved policy
 * without a look at the machine.
 *
 * A file that is named is allowed by itself.  A pattern, and whatever makes or
 * removes names, is allowed on a directory, with all that lies beneath: there
 * the kernel's lock is wider than the policy, and plan_excess() says by what.
 *
 * Looking at a file, and opening it with O_PATH, is nothing that Landlock
 * knows: stat needs no rule.
 */
#ifndef COMMON_PLAN_LANDLOCK_H
#define COMMON_PLAN_LANDLOCK_H

#include <stddef.h>

#include "landlock.h"
#include "policy/policy.h"

struct plan_place {
	char *path;    /* clean */
	uint64_t file; /* allowed where that is no directory */
	uint64_t tree; /* allowed where it is one, on all beneath it too */
};

struct plan_port {
	uint16_t low;
	uint16_t high;
	uint64_t rights; /* one of LANDLOCK_BIND_TCP, LANDLOCK_CONNECT_TCP */
};

struct plan_landlock {
	struct landlock_handled handled;
	struct plan_place *places; /* by path, each path once */
	size_t nplaces;
	struct plan_port *ports; /* as the policy has them */
	size_t nports;
};

/*
 * 0 and *ret, for plan_landlock_free(); -ENOMEM, or -EPERM and *err filled
 * where a rule would have the lock open a directory that everybody shares.
 */
_must_use_ int plan_landlock_make(const struct policy *p,
				  struct plan_landlock **ret,
				  struct policy_note *err);

/* Accepts NULL and returns NULL. */
struct plan_landlock *plan_landlock_free(struct plan_landlock *l);
static inline void plan_landlock_freep(struct plan_landlock **l)
{
	*l = plan_landlock_free(*l);
}

/*
 * What the place's tree allows beneath it, and no rule does so for all of it:
 * the kernel's lock is that much wider than the matcher.
 */
uint64_t plan_excess(const struct policy *p, const struct plan_place *place);

/* A deny reaches into the tree, which the lock knows nothing of; or NULL. */
const struct policy_rule *plan_denied(const struct policy *p,
				      const struct plan_place *place);

/* "read_file,truncate", the kernel's words; 0 or -ENOSPC. */
#define PLAN_RIGHTS_TEXT 256
_must_use_ int plan_rights_print(uint64_t rights, char *buf, size_t size);

/*
 * As bytes for the helper, malloced: 0, -ENOMEM.  They are read in the order
 * in which they stand here: common/apply/rules.c.
 *
 *	u64 fs, u64 net, u64 scopes
 *	u32 places, of each: u64 file, u64 tree, string path
 *	u32 ports, of each: u64 rights, u16 low, u16 high
 */
_must_use_ int plan_landlock_pack(const struct plan_landlock *l, void **ret,
				  size_t *ret_len);

#endif
