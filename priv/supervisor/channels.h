/* SPDX-License-Identifier: ISC */
/*
 * The helper's ends of all channels, so that they outlast each helper.
 */
#ifndef SUPERVISOR_CHANNELS_H
#define SUPERVISOR_CHANNELS_H

#include <poll.h>
#include <stdbool.h>

#include "control.h"

struct channel {
	uint64_t id;
	int fd; /* owned */
	/* Owned: what a helper did not finish for it; NULL: nothing. */
	struct control_message *left;
	void *limits; /* owned: its client's, as a helper has them; or NULL */
	size_t limits_len;
};

struct channels {
	size_t n;
	struct channel *v; /* owned, n of them */
	uint64_t last;	   /* the highest number so far */
};

/* Takes fd, also on failure.  The number of the new one is 0: the next. */
_must_use_ int channels_add(struct channels *t, int fd, uint64_t id,
			    struct channel **ret);
void channels_free(struct channels *t);

/*
 * Keeps what a helper gave back; takes the message.  0, -ENOMEM, -ENOENT for
 * a channel that is gone.
 */
_must_use_ int channels_left(struct channels *t, struct control_message *m);

/* Keeps a client's limits, for each helper to come: 0, -ENOMEM, -ENOENT. */
_must_use_ int channels_limit(struct channels *t, const struct control *c);

/* One poll entry for each, room for t->n: only their end is waited for. */
void channels_watch(const struct channels *t, struct pollfd *p);
/* Closes those that have ended by what poll(2) said of them. */
void channels_close_ended(struct channels *t, const struct pollfd *p);

/* Sends one to the helper behind control: 0 or -errno. */
_must_use_ int channels_give(struct channel *c, int control, unsigned flags);

#endif
