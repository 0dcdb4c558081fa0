/* SPDX-License-Identifier: ISC */
/*
 * One question to the helper and its answer.
 */
#ifndef UNPRIV_CALL_H
#define UNPRIV_CALL_H

#include "handle.h"
#include "op.h"
#include "own.h"

/*
 * Looks at a reply while it lies in the handle's buffer; what it wants to keep
 * it copies.  Returns what the call is to return: >= 0, or -errno, where
 * -EPROTO means that the reply makes no sense.
 */
typedef int call_taker(void *arg, const struct op_reply *reply);

/*
 * Asks, waits, and takes: request is complete but for its id.  take may be
 * NULL, and then success is 0.  An operation whose reply carries a descriptor
 * gives it in *ret_fd, the caller's to close; untouched on failure.
 *
 * -errno is the helper's, or one of those at the top of wicket.h.
 */
_must_use_ int call(struct wicket *w, struct op_request *request,
		    call_taker *take, void *arg, int *ret_fd);

/* What needs no helper to be refused: the handle, and its strings. */
_must_use_ int call_check(struct wicket *w, const struct op_request *q);

/* For an operation that answers with a descriptor and nothing else. */
_must_use_ int call_fd(struct wicket *w, struct op_request *request);

/* For an operation that answers with nothing but its errno. */
_must_use_ int call_plain(struct wicket *w, struct op_request *request);

#endif
