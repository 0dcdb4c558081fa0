/* SPDX-License-Identifier: ISC */
#include "helper/ask.h"

#include <string.h>

#include "policy/limits.h"

static int ask_socket(const struct helper *h, struct job *j,
		      enum policy_verb verb, enum net_kind kind,
		      const char *path, char *ret_path)
{
	struct policy_socket socket;
	int r;

	policy_judge_socket(h->policy, verb, kind, path, &socket);
	if (socket.deny)
		return refuse_path(j, socket.deny, 0, path);
	if (!socket.rule) {
		r = refuse_for(j, NULL);
		policy_hint_socket(verb, kind, path, j->missing, BOUND_MISSING);
		return r;
	}
	j->rule = socket.rule;
	if (!limits_allow_socket(j->limits, verb, kind, path))
		return refuse_for(j, "limit");
	memcpy(ret_path, socket.path, strlen(socket.path) + 1);
	return 0;
}

int ask_net(const struct helper *h, struct job *j, enum policy_verb verb,
	    struct asked *ret)
{
	struct net_addr a;
	int r = net_addr_parse(j->request->object, &a);

	if (r < 0)
		return r;
	*ret = (struct asked){.address = a};
	if (a.sa.sa_family == AF_UNIX && a.un.sun_path[0])
		return ask_socket(h, j, verb, a.kind, a.un.sun_path, ret->path);
	j->rule = policy_judge_net(h->policy, verb, &a);
	if (j->rule && !limits_allow_net(j->limits, verb, &a))
		return refuse_for(j, "limit");
	if (j->rule)
		return 0;
	r = refuse_for(j, NULL);
	policy_hint_net(verb, &a, j->missing, BOUND_MISSING);
	return r;
}

int ask_connect(const struct helper *h, struct job *j, enum net_kind kind,
		char path[static BOUND_PATH])
{
	return ask_socket(h, j, POLICY_CONNECT, kind, path, path);
}

int ask_name(const struct helper *h, struct job *j, enum policy_verb verb,
	     uint16_t protocol)
{
	const char *name = j->request->object;
	int r;

	j->rule = policy_judge_name(h->policy, verb, name, protocol);
	if (j->rule && !limits_allow_name(j->limits, verb, name, protocol))
		return refuse_for(j, "limit");
	if (j->rule)
		return 0;
	r = refuse_for(j, NULL);
	policy_hint_name(verb, name, protocol, j->missing, BOUND_MISSING);
	return r;
}
