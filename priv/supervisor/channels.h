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
	/* Why it waits for another helper: none was begun since, one was. */
	unsigned asked;
	unsigned served;
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

/*
 * Takes fd, also on failure.  The number of the new one is 0: the next even
 * one; else it is a helper's, and odd.  0, -ENOMEM, -EMFILE, or -EPROTO for a
 * number that is another's or that no helper can give.
 */
_must_use_ int channels_add(struct channels *t, int fd, uint64_t id,
			    struct channel **ret);
void channels_free(struct channels *t);

/*
 * Keeps what a helper gave back; takes the message.  0, -ENOMEM, -ENOENT for
 * a channel that is gone.
 */
_must_use_ int channels_left(struct channels *t, struct control_message *m);

/*
 * Keeps a client's limits, for each helper to come: 0, -ENOMEM, -ENOENT; or
 * -EPERM where they do not begin with those that it has.
 */
_must_use_ int channels_limit(struct channels *t, const struct control *c);

/* One poll entry for each, room for t->n: only their end is waited for. */
void channels_watch(const struct channels *t, struct pollfd *p);
/* Closes those that have ended by what poll(2) said of them. */
void channels_close_ended(struct channels *t, const struct pollfd *p);

/* One waits for another helper, for why: 0, -ENOENT for one that is gone. */
_must_use_ int channels_ask(struct channels *t, uint64_t id, unsigned why);
/* Another helper is begun: it serves those who asked for that until now. */
void channels_begin(struct channels *t, unsigned why);
/* It does not come: the one behind control is told who need not wait. */
void channels_keep(struct channels *t, int control, int error, unsigned why);

/*
 * Sends one to another helper, behind control: 0 or -errno.  flags is 0 or
 * CONTROL_HELLO, which is for those for whom nothing was given back; why is
 * what that helper was begun for.
 */
_must_use_ int channels_give(const struct channels *t, struct channel *c,
			     int control, unsigned flags, unsigned why);

#endif
