/* SPDX-License-Identifier: ISC */
/*
 * All clients of the helper, and who of them has something to do.
 */
#ifndef HELPER_CLIENTS_H
#define HELPER_CLIENTS_H

#include "helper/client.h"

struct clients;

/* Nobody yet; control is waited for too.  0 or -errno. */
_must_use_ int clients_new(int control, struct clients **ret);
/* Accepts NULL and returns NULL. */
struct clients *clients_free(struct clients *t);
static inline void clients_freep(struct clients **t)
{
	*t = clients_free(*t);
}

/* Takes the ownership of fd, also on failure: 0, -ENOMEM, -EMFILE. */
_must_use_ int clients_add(struct clients *t, int fd, uint64_t id,
			   struct client **ret);
/* NULL where there is no such one. */
struct client *clients_find(struct clients *t, uint64_t id);
/* The i-th, in no order; NULL behind the last. */
struct client *clients_at(struct clients *t, size_t i);
size_t clients_count(const struct clients *t);

/*
 * Waits until somebody has something to do: 1 when control spoke, else 0, or
 * -errno.  One client alone is not waited for here but in its turn, where
 * control can end the wait (wake.h).
 */
_must_use_ int clients_wait(struct clients *t);

/* Each who has something to do has one turn.  0 or -errno. */
_must_use_ int clients_turns(struct clients *t, struct helper *h);

#endif
