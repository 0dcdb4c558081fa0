/* SPDX-License-Identifier: ISC */
/*
 * From a request to its handler.
 */
#ifndef HELPER_DISPATCH_H
#define HELPER_DISPATCH_H

#include "helper/helper.h"

/*
 * Answers one request and writes the decision down.  Returns what the handler
 * returns, 0 or -errno, or -ENOSYS for an operation that the table does not
 * know.  j->fd is -1 on failure.
 */
int dispatch(struct helper *h, struct job *j);

#endif
