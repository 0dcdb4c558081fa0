/* SPDX-License-Identifier: ISC */
/*
 * What a client has taken from itself: policies of its own, each of which must
 * allow what it asks for, as well as the helper's.  They are only ever added
 * to.  The supervisor keeps them as bytes, for the helpers to come.
 */
#ifndef COMMON_POLICY_LIMITS_H
#define COMMON_POLICY_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

#include "bounds.h"
#include "own.h"
#include "policy/match.h"
#include "wire.h"

/* One, packed and unpacked; those who have it hold it together. */
struct limit {
	unsigned holders;
	struct policy *policy; /* owned */
	size_t len;
	uint8_t bytes[];
};

/* What limits_put() needs. */
#define LIMITS_ROOM (BOUND_LIMITS_BYTES + BOUND_LIMITS * sizeof(uint32_t))

struct limits {
	size_t n;
	struct limit *v[BOUND_LIMITS];
};

/*
 * Adds a packed policy (policy/pack.h) that a client sent: 0 also where the
 * client has just that already; -EPROTO for what is none, -EMSGSIZE for too
 * much of it, -ENOMEM.
 */
_must_use_ int limits_add(struct limits *l, const void *bytes, size_t len);

/* *to has what *from has (NULL: nothing); *to had nothing. */
void limits_share(struct limits *to, const struct limits *from);
void limits_clear(struct limits *l);

/* Either may be NULL. */
bool limits_same(const struct limits *a, const struct limits *b);

/* For the way to the supervisor and back: 0 or -EPROTO, -EMSGSIZE, -ENOMEM. */
void limits_put(const struct limits *l, struct wire_out *o);
_must_use_ int limits_get(struct wire_in *i, struct limits *ret);

/* ---- questions; no limits, or NULL, take nothing away -------------------- */

/*
 * Takes from a grant on the path what they do not allow; the rights that were
 * taken.
 */
unsigned limits_narrow(const struct limits *l, const char *path,
		       struct policy_grant *g);

/* As policy_uniform(), of each of them, and what they have in common. */
bool limits_uniform(const struct limits *l, const char *dir,
		    unsigned *ret_rights);

bool limits_allow_net(const struct limits *l, enum policy_verb verb,
		      const struct net_addr *a);
bool limits_allow_socket(const struct limits *l, enum policy_verb verb,
			 enum net_kind kind, const char *path);
bool limits_allow_name(const struct limits *l, enum policy_verb verb,
		       const char *name, uint16_t protocol);

/* The least of each number, most's and theirs; 0: none is given. */
struct policy_limits limits_least(const struct limits *l,
				  const struct policy_limits *most);

#endif
