/* SPDX-License-Identifier: ISC */
/*
 * From a worker's path to a descriptor.
 *
 *	struct walk w;
 *	int r = walk_start(&w, h, j, j->request->object);
 *
 *	if (r == 0)
 *		r = walk_require(&w, RIGHT_STAT);
 *	if (r == 0)
 *		r = fd = walk_open(&w, O_PATH);
 *
 * The path is cleaned and judged before the file system is looked at.  A path
 * without links is one openat2 from the root.  Where the kernel meets a link
 * it stops; we read the link, put the path together anew, judge it with the
 * same rights, and open again.  So no link leads to where the policy does not
 * let the worker go by its own name, whoever made the link and whenever.
 *
 * Refusals are noted in the job (refuse_path()), and so is the rule that
 * allows.  Nothing here blocks.
 */
#ifndef HELPER_WALK_H
#define HELPER_WALK_H

#include "helper/helper.h"

struct walk {
	struct helper *h;
	struct job *j;
	char path[BOUND_PATH];	   /* clean; put together anew at each link */
	bool dir;		   /* a slash stood at the end */
	unsigned need;		   /* what each path on the way must have */
	unsigned rights;	   /* what each path on the way had */
	unsigned links;		   /* followed so far */
	struct policy_grant grant; /* of path */
	unsigned limited;	   /* what the client's limits take from that */
	/* What is to be connected to; then no rights are asked for. */
	enum net_kind socket;
};

/*
 * Begins with the worker's own text: 0, or -EACCES for a path that is refused
 * as such, -ENOENT, -ENAMETOOLONG.
 */
_must_use_ int walk_start(struct walk *w, struct helper *h, struct job *j,
			  const char *path);

/*
 * Begins with the clean path of a unix socket that the worker may connect to,
 * as it may to each path that a link leads to: 0, or -EACCES.
 */
_must_use_ int walk_start_socket(struct walk *w, struct helper *h,
				 struct job *j, enum net_kind kind,
				 const char *path);

/*
 * Demands these rights of the path and of each that a link leads to: 0, or
 * -EACCES and the refusal is noted.
 */
_must_use_ int walk_require(struct walk *w, unsigned rights);

/*
 * Opens what the path leads to.  flags as open's, without O_CREAT and O_TRUNC;
 * O_NOFOLLOW leaves a link at the end alone.  A descriptor, which the caller
 * owns, or -errno; then or now, path is without links but for its end.
 */
_must_use_ int walk_open(struct walk *w, int flags);

/*
 * Opens the directory of the path's last component, which itself is not looked
 * at.  A descriptor (O_PATH), which the caller owns, or -errno: -EBUSY for the
 * root, which lies in no directory.  name has room for WALK_NAME bytes and
 * keeps the slash at the end, for the kernel to judge.
 */
#define WALK_NAME (BOUND_COMPONENT + 2)
_must_use_ int walk_parent(struct walk *w, char *name);

#endif
