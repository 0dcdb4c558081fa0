/* SPDX-License-Identifier: ISC */
/*
 * The helper's loop: requests in, answers out, for one client or many.
 */
#ifndef HELPER_SERVE_H
#define HELPER_SERVE_H

#include "helper/helper.h"

/*
 * Serves the client at the other end of channel until it is gone, or until the
 * supervisor closes its end of control.
 *
 * Each client has its turn: at most one message, BOUND_TURN frames of it, and
 * the rest when it is its turn again.  A reply that finds the client's queue
 * full is kept, and nothing more is read from this client until it is sent.  A
 * frame that is not well-formed ends its client's session and no other.
 *
 * Takes the ownership of channel; control stays the caller's.  0 at the end,
 * or -errno where it cannot go on.
 */
_must_use_ int serve(struct helper *h, int control, int channel);

#endif
