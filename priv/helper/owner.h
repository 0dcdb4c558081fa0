/* SPDX-License-Identifier: ISC */
/*
 * Whose file was opened.  A worker that can put names into a directory can put
 * a hard link to another's file there, and by a rename leave it with one link;
 * only the owner tells.
 */
#ifndef HELPER_OWNER_H
#define HELPER_OWNER_H

#include <sys/stat.h>

#include "helper/walk.h"

/*
 * Whether the file st, opened by w under rule, may be handed out: it is the
 * worker's, or of the rule's owner=, or lies where the worker can change no
 * directory on the way.  0, -EACCES with the refusal noted, or -errno.
 */
_must_use_ int owner_check(struct walk *w, const struct policy_rule *rule,
			   const struct stat *st);

/* Who owns what is made by a rule with this owner=. */
uid_t owner_uid(const struct helper *h, const struct policy_owner *owner);

/*
 * Gives what was just made to the rule's owner, where that is not the worker,
 * to whom it belongs by its birth.  0 or -errno.
 */
_must_use_ int owner_give(const struct helper *h,
			  const struct policy_owner *owner, int fd);

/*
 * The same for what was made under a name.  Where the worker can write to the
 * directory it can have put something else there: -EAGAIN for what is not of
 * this type (S_IFDIR ...) and still the worker's, which is none of ours.
 * *ret_st is what it was before it was given away.
 */
_must_use_ int owner_give_name(const struct helper *h,
			       const struct policy_owner *owner, int dir,
			       const char *name, mode_t type,
			       struct stat *ret_st);

#endif
