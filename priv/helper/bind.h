/* SPDX-License-Identifier: ISC */
/*
 * Bound sockets of any kind.
 */
#ifndef HELPER_BIND_H
#define HELPER_BIND_H

#include "helper/ask.h"
#include "helper/unix.h"

/*
 * A blocking socket as the rule describes it, bound to an address that the
 * rule covers; *ret_name is for unix_unname().  0 or -errno; the caller closes
 * *ret_fd.
 */
_must_use_ int bind_socket(const struct helper *h,
			   const struct policy_rule *rule,
			   const struct asked *a, struct unix_name *ret_name,
			   int *ret_fd);

#endif
