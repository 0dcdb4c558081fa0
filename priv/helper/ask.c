/* SPDX-License-Identifier: ISC */
#include "helper/ask.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "path.h"

/*
 * Rules cover paths as text: the path that is judged must be the one that the
 * kernel walks, without "..", "//" or "/./".
 */
static int clean_name(struct net_addr *a)
{
	char path[BOUND_PATH];
	bool dir;
	int r;

	if (a->sa.sa_family != AF_UNIX || a->un.sun_path[0] == '\0')
		return 0;
	r = path_clean(a->un.sun_path, path, &dir);
	if (r < 0)
		return r;
	if (dir || strlen(path) >= sizeof(a->un.sun_path))
		return -EINVAL;
	memset(a->un.sun_path, 0, sizeof(a->un.sun_path));
	memcpy(a->un.sun_path, path, strlen(path));
	a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			     strlen(path) + 1);
	return 0;
}

/* The line that would allow it has the address as the policy writes it. */
static int refuse_net(struct job *j, enum policy_verb verb,
		      const struct net_addr *a)
{
	char text[BOUND_ADDRESS];

	if (net_addr_print(a, text, sizeof(text)) < 0)
		return refuse_line(j, policy_verb_name(verb),
				   j->request->object);
	return refuse_line(j, policy_verb_name(verb), text);
}

int ask_net(const struct helper *h, struct job *j, enum policy_verb verb,
	    struct net_addr *ret)
{
	struct net_addr a;
	int r = net_addr_parse(j->request->object, &a);

	if (r == 0)
		r = clean_name(&a);
	/* A ".." is refused whatever the policy says. */
	j->refused = r == -EACCES;
	if (r < 0)
		return r;
	j->rule = policy_judge_net(h->policy, verb, &a);
	if (!j->rule)
		return refuse_net(j, verb, &a);
	*ret = a;
	return 0;
}

int ask_name(const struct helper *h, struct job *j, enum policy_verb verb,
	     uint16_t protocol)
{
	const char *name = j->request->object;
	char line[BOUND_ADDRESS];

	j->rule = policy_judge_name(h->policy, verb, name, protocol);
	if (j->rule)
		return 0;
	if (verb != POLICY_PACKET)
		return refuse_line(j, policy_verb_name(verb), name);
	(void)snprintf(line, sizeof(line), "%.*s proto=0x%04x",
		       BOUND_ADDRESS / 2, name, protocol);
	return refuse_line(j, policy_verb_name(verb), line);
}
