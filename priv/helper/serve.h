/* SPDX-License-Identifier: ISC */
/*
 * The helper's loop: requests in, answers out, for one client or many.
 */
#ifndef HELPER_SERVE_H
#define HELPER_SERVE_H

#include "helper/helper.h"

/*
 * Serves the clients that the supervisor sends by h->control, and those that
 * they have made, until it says to stop or closes its end.
 *
 * Each client has its turn: at most one message, BOUND_TURN frames of it, and
 * the rest when it is its turn again.  A reply that finds the client's queue
 * full is kept, and nothing more is read from this client until it is sent.  A
 * frame that is not well-formed ends its client's session and no other.
 *
 * Told to stop, it reads nothing more, gives back what is not finished, and
 * returns.  0 then, or -errno where it cannot go on.
 */
_must_use_ int serve(struct helper *h);

#endif
