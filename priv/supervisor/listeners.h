/* SPDX-License-Identifier: ISC */
/*
 * The listening sockets that helpers have made, so that they outlast helper
 * and worker: connections wait in them until somebody accepts.
 */
#ifndef SUPERVISOR_LISTENERS_H
#define SUPERVISOR_LISTENERS_H

#include "control.h"
#include "policy/policy.h"

struct kept {
	struct control c; /* object, path and frames are owned */
	int fd;		  /* owned */
};

struct kept_listeners {
	size_t n;
	struct kept *v; /* owned, n of them */
};

/* Keeps the message's socket: 0, -ENOMEM, -ENFILE, -EPROTO. */
_must_use_ int listeners_keep(struct kept_listeners *t,
			      struct control_message *m);
/* Closes the one that the message names, if it is here. */
void listeners_forget(struct kept_listeners *t, const struct control *c);
void listeners_close(struct kept_listeners *t);

/*
 * Ends each that the policy to come does not allow, and has the helper behind
 * control take its name away, as far as it still can.
 */
void listeners_retire(struct kept_listeners *t, const struct policy *next,
		      int control);

/*
 * Sends those that the policy allows to the helper behind control, and ends the
 * others: 0 or -errno.
 */
_must_use_ int listeners_give(struct kept_listeners *t, const struct policy *p,
			      int control);

#endif
