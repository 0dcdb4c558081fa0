/* SPDX-License-Identifier: ISC */
#include "helper/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * In a policy these mean more than themselves.  A hint for a name with one in
 * it would grant what was not asked for, by the worker's own choice of name.
 */
static bool is_plain(const char *text)
{
	return !strpbrk(text, "*\\\"#% \t\n");
}

static int refuse_text(struct job *j, enum policy_verb verb, const char *object,
		       bool plain)
{
	int r = refuse_line(j, policy_verb_name(verb), object);

	if (!plain)
		j->missing[0] = '\0';
	return r;
}

/* The hint has the address as the policy writes it. */
static int refuse_net(const struct helper *h, struct job *j,
		      enum policy_verb verb, const struct net_addr *a)
{
	bool named = a->sa.sa_family == AF_UNIX;
	char text[BOUND_ADDRESS];

	if (named && a->un.sun_path[0]) {
		struct policy_grant g = policy_judge(h->policy, a->un.sun_path);

		if (g.deny)
			return refuse_path(j, g.deny, 0, a->un.sun_path);
	}
	if (net_addr_print(a, text, sizeof(text)) < 0)
		return refuse_text(j, verb, "", false);
	return refuse_text(j, verb, text,
			   !named || is_plain(strchr(text, ' ') + 1));
}

int ask_net(const struct helper *h, struct job *j, enum policy_verb verb,
	    struct net_addr *ret)
{
	struct net_addr a;
	int r = net_addr_parse(j->request->object, &a);

	if (r < 0)
		return r;
	j->rule = policy_judge_net(h->policy, verb, &a);
	if (!j->rule)
		return refuse_net(h, j, verb, &a);
	*ret = a;
	return 0;
}

int ask_name(const struct helper *h, struct job *j, enum policy_verb verb,
	     uint16_t protocol)
{
	const char *name = j->request->object;
	char line[BOUND_ADDRESS];
	int n;

	j->rule = policy_judge_name(h->policy, verb, name, protocol);
	if (j->rule)
		return 0;
	if (verb != POLICY_PACKET)
		return refuse_text(j, verb, name, is_plain(name));
	n = snprintf(line, sizeof(line), "%s proto=0x%04x", name, protocol);
	return refuse_text(j, verb, line,
			   is_plain(name) && n > 0 && (size_t)n < sizeof(line));
}
