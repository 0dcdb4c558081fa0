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
static int refuse_net(struct job *j, enum policy_verb verb,
		      const struct net_addr *a)
{
	char text[BOUND_ADDRESS];

	/* No line can grant to listen for datagrams. */
	if ((verb == POLICY_LISTEN && a->kind == NET_UDP) ||
	    net_addr_print(a, verb == POLICY_CONNECT, text, sizeof(text)) < 0)
		return refuse_text(j, verb, "", false);
	return refuse_text(j, verb, text,
			   a->sa.sa_family != AF_UNIX ||
				   is_plain(strchr(text, ' ') + 1));
}

/* A path that a link led to may be longer than any that a rule can have. */
static int refuse_socket(struct job *j, enum policy_verb verb,
			 enum net_kind kind, const char *path)
{
	char text[BOUND_ADDRESS];

	(void)snprintf(text, sizeof(text), "%s %s", net_kind_name(kind), path);
	return refuse_text(j, verb, text,
			   is_plain(path) && strlen(path) < NET_PATH);
}

static int ask_socket(const struct helper *h, struct job *j,
		      enum policy_verb verb, enum net_kind kind,
		      const char *path, char *ret_path)
{
	struct policy_socket socket;

	policy_judge_socket(h->policy, verb, kind, path, &socket);
	if (socket.deny)
		return refuse_path(j, socket.deny, 0, path);
	if (!socket.rule)
		return refuse_socket(j, verb, kind, path);
	j->rule = socket.rule;
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
	return j->rule ? 0 : refuse_net(j, verb, &a);
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
