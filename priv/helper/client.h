/* SPDX-License-Identifier: ISC */
/*
 * One client of the helper: its channel, the message that is being answered,
 * and the reply that could not be sent yet.
 */
#ifndef HELPER_CLIENT_H
#define HELPER_CLIENT_H

#include "helper/helper.h"

enum client_state {
	CLIENT_IDLE,	/* waits for a message */
	CLIENT_WORKING, /* has frames that are not answered yet */
	CLIENT_FULL,	/* waits until its queue has room for the reply */
	CLIENT_CROWDED, /* the same, but the kernel will not tell when */
	CLIENT_GONE,
};

struct client {
	int fd; /* owned */
	pid_t pid;
	bool known; /* pid was looked up */
	enum client_state state;
	struct wire_in in;   /* what is left of message */
	struct wire_out out; /* the reply in reply, len 0: none */
	int out_fd;	     /* owned, -1: none; goes with it */
	uint8_t message[BOUND_MESSAGE];
	uint8_t reply[BOUND_MESSAGE];
};

/* Takes the ownership of fd, also on failure: 0 or -ENOMEM. */
_must_use_ int client_new(int fd, struct client **ret);
/* Closes what it owns.  Accepts NULL and returns NULL. */
struct client *client_free(struct client *c);

/*
 * One turn: sends what is kept, else receives a message, and answers a few
 * frames.  state says what is to come; CLIENT_GONE: it is to be freed.
 */
void client_turn(struct client *c, struct helper *h);

#endif
