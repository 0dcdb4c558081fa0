/* SPDX-License-Identifier: ISC */
#include "bench/peers/crowd.h"

#include <err.h>

#include "bench/peers/peers.h"

void crowd_start_wicket(struct entry *e)
{
	char policy[BOUND_PATH + 128];

	(void)snprintf(policy, sizeof(policy),
		       "worker 61020:61020\nhelper 61021:61021\n"
		       "promise stdio threads\nlimit channels=%d\nread %s\n",
		       2 * CROWD_MAX, e->path);
	e->policy = policy;
	gate_start_locked(e);
	e->policy = NULL;
}

void crowd_join_clone(struct entry *e, unsigned nth, struct crowd_seat *ret)
{
	(void)nth;
	if (wicket_clone(e->w, &ret->w) < 0)
		err(1, "wicket_clone");
	ret->sock = wicket_fd(ret->w);
}

void crowd_join_shared(struct entry *e, unsigned nth, struct crowd_seat *ret)
{
	(void)nth;
	*ret = (struct crowd_seat){.sock = -1, .w = e->w};
}
