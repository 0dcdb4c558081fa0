/* SPDX-License-Identifier: ISC */
/*
 * Listening sockets, by address and index: who asks again gets the same socket
 * with the connections that wait in it.  The supervisor keeps each of them, for
 * the helpers to come.
 */
#ifndef HELPER_LISTEN_H
#define HELPER_LISTEN_H

#include "control.h"
#include "helper/helper.h"

/*
 * Closes the helper's copies and returns NULL; NULL is accepted.  Names of
 * unix sockets stay, for the copies that others hold.
 */
struct listeners *listeners_free(struct listeners *l);

/* One that an earlier helper made: 0 or -errno.  Takes the message's socket. */
_must_use_ int listeners_take(struct helper *h, struct control_message *m);

/* The policy to come does not allow it any more. */
void listeners_drop(struct helper *h, const struct control *c);

#endif
