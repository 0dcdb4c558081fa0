/* SPDX-License-Identifier: ISC */
/*
 * What a worker asks for by an address or a name, judged by the policy.
 */
#ifndef HELPER_ASK_H
#define HELPER_ASK_H

#include "helper/helper.h"

/*
 * Parses the request's object as an address and judges it.  0 with j->rule the
 * rule that allows it, or -EINVAL for what is no address, -EACCES.
 */
_must_use_ int ask_net(const struct helper *h, struct job *j,
		       enum policy_verb verb, struct net_addr *ret);

/*
 * Judges the request's object as the name in `raw NAME` or, with its protocol,
 * `packet NAME`.  0 with j->rule the rule that allows it, or -EACCES.
 */
_must_use_ int ask_name(const struct helper *h, struct job *j,
			enum policy_verb verb, uint16_t protocol);

#endif
