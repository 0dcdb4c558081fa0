/* SPDX-License-Identifier: ISC */
/*
 * What a worker asks for by an address or a name, judged by the policy.
 */
#ifndef HELPER_ASK_H
#define HELPER_ASK_H

#include "helper/helper.h"

/* An address that a rule allows. */
struct asked {
	struct net_addr address;
	/*
	 * Of a unix socket with a name, where that is: the links that were in
	 * the rule's path at load are followed.  Else "".
	 */
	char path[BOUND_PATH];
};

/*
 * Parses the request's object as an address and judges it.  0 with j->rule the
 * rule that allows it, or -EINVAL for what is no address, -EACCES.
 */
_must_use_ int ask_net(const struct helper *h, struct job *j,
		       enum policy_verb verb, struct asked *ret);

/*
 * Judges the clean path of a unix socket to connect to, and puts in its place
 * where it leads.  0 with j->rule the rule that allows it, or -EACCES.
 */
_must_use_ int ask_connect(const struct helper *h, struct job *j,
			   enum net_kind kind, char path[static BOUND_PATH]);

/*
 * Judges the request's object as the name in `raw NAME` or, with its protocol,
 * `packet NAME`.  0 with j->rule the rule that allows it, or -EACCES.
 */
_must_use_ int ask_name(const struct helper *h, struct job *j,
			enum policy_verb verb, uint16_t protocol);

#endif
