/* SPDX-License-Identifier: ISC */
/*
 * TCP and UDP sockets as a rule of the policy describes them.  Kind, family
 * and every option come from the rule; the worker has chosen an address that
 * the rule covers, and nothing else.
 */
#ifndef COMMON_APPLY_INET_H
#define COMMON_APPLY_INET_H

#include "policy/policy.h"

/*
 * A socket with the rule's options, neither bound nor connected; flags are 0
 * or SOCK_NONBLOCK.  0 or -errno; the caller closes *ret_fd.
 */
_must_use_ int inet_socket(const struct policy_rule *rule, int flags,
			   int *ret_fd);

/* A blocking socket with the rule's options, bound to the address. */
_must_use_ int inet_bind(const struct policy_rule *rule,
			 const struct net_addr *a, int *ret_fd);

#endif
