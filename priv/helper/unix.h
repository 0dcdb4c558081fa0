/* SPDX-License-Identifier: ISC */
/*
 * Unix sockets, by name and abstract.
 *
 * What a peer sees by SO_PEERCRED is the helper, which listens or connects,
 * and not the worker.  What getsockname() tells is the name that a socket had
 * until it was in its place, ".wicket-" and a number.
 */
#ifndef HELPER_UNIX_H
#define HELPER_UNIX_H

#include "helper/ask.h"

/* Which file the name of a socket is; ino is 0 for an abstract one. */
struct unix_name {
	dev_t dev;
	ino_t ino;
};

/*
 * A blocking socket bound to the address, with the rule's mode (0600 where it
 * has none) and owner.  0 with *ret_name and *ret_fd, which the caller closes,
 * or -errno: -EADDRINUSE where something is in the name's place that is not a
 * socket of the worker's.  The name outlives the socket.
 */
_must_use_ int unix_bind(const struct helper *h, const struct policy_rule *rule,
			 const struct asked *a, struct unix_name *ret_name,
			 int *ret_fd);

/* Where the kernel refused that by Landlock: refuse_lock() of the directory. */
int unix_refused(const struct helper *h, struct job *j, const struct asked *a,
		 int error);

/*
 * Removes the name that unix_bind() made, unless something else has taken its
 * place.  To be called before the socket is closed: until then no other file
 * can have its inode's number.
 */
void unix_unname(const struct helper *h, const struct asked *a,
		 const struct unix_name *name);

/*
 * A non-blocking socket connected to the address: 0 or -errno, -EAGAIN where
 * the peer's backlog is full.  A link that is met on the way to a name is
 * followed to where the policy lets the worker connect to (walk.h).
 */
_must_use_ int unix_connect(struct helper *h, struct job *j,
			    const struct asked *a, int *ret_fd);

#endif
