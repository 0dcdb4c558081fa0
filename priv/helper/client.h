/* SPDX-License-Identifier: ISC */
/*
 * One client of the helper: its channel, the message that is being answered,
 * and the replies that could not be sent yet.
 */
#ifndef HELPER_CLIENT_H
#define HELPER_CLIENT_H

#include "control.h"
#include "helper/helper.h"
#include "policy/limits.h"
#include "quota.h"
#include "spin.h"

enum client_state {
	CLIENT_IDLE,	  /* waits for a message */
	CLIENT_WORKING,	  /* has frames to answer or replies to send */
	CLIENT_FULL,	  /* waits until its queue has room for the replies */
	CLIENT_CROWDED,	  /* waits for what the kernel will not tell: for room,
			     for its quota, for its descriptors to be taken */
	CLIENT_WAITING,	  /* its next frame waits for another helper */
	CLIENT_EXPECTING, /* what was left for it is to come: not its turn */
	CLIENT_GONE,
	CLIENT_ENDED, /* gone, and has descriptors that it did not take */
};

struct client {
	int fd;		   /* owned */
	bool known;	   /* count.pid was looked up */
	bool alone;	   /* nobody else is waited for: a receive may block */
	struct spin *spin; /* borrowed, NULL: never; how it is waited for */
	enum client_state state;
	unsigned waits; /* CLIENT_WAITING: for what, CONTROL_LOCK or _RELOAD */
	unsigned again; /* the next frame waited for that, */
	int word;	/* and what came of it: 0, or -errno */
	struct quota quota;
	unsigned spent;		    /* of this turn, and of those to come */
	size_t flying;		    /* its part of the helper's */
	struct limits limits;	    /* owned */
	struct control_count count; /* pid is the worker's */
	struct wire_in in;	    /* what is left of message */
	struct wire_out out;	    /* the replies in reply, len 0: none */
	int fds[BOUND_FDS];	    /* owned, the first nfds: go with them */
	size_t nfds;
	uint8_t *reply; /* in message, behind it */
	uint8_t message[2 * BOUND_MESSAGE];
};

/* Takes the ownership of fd, also on failure: 0 or -ENOMEM. */
_must_use_ int client_new(int fd, uint64_t id, struct client **ret);
/* Closes what it owns.  Accepts NULL and returns NULL. */
struct client *client_free(struct client *c);

/*
 * One turn: sends what is kept, else receives a message, and answers a few
 * frames.  state says what is to come; CLIENT_GONE: it is to be freed.
 */
void client_turn(struct client *c, struct helper *h);

/*
 * Of a client that is gone: whether all that is in flight was taken, so that
 * it can be freed.
 */
bool client_ended(struct client *c, struct helper *h);

/* ---- from one helper to the next ----------------------------------------- */

/* Tells the client that the helper before ended without a word: op.h. */
void client_greet(struct client *c, struct helper *h);

/*
 * Begins where the helper before left; takes the message's descriptors.  Only
 * for one that expects it: requests are answered in the order they came.
 */
_must_use_ int client_take_left(struct client *c, struct control_message *m);

/* Gives back what is not finished: 0 or -errno. */
_must_use_ int client_leave(const struct client *c, const struct helper *h);

/* What a waiting client waited for comes, or does not: word is 0 or -errno. */
void client_resume(struct client *c, int word);

#endif
