/* SPDX-License-Identifier: ISC */
#include "plan_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "calls.h"
#include "chan.h"
#include "plan_place.h"
#include "text.h"

#define BITS(n, mask, value)                             \
	{                                                \
		(n), (uint32_t)(mask), (uint32_t)(value) \
	}
#define IS(n, value) BITS(n, ~0U, value)

#define CALL(need, name) {#name, CALL_##name, NEED_##need, 0, {{0}}},
#define WHEN(need, name, ...)                                                  \
	{#name,                                                                \
	 CALL_##name,                                                          \
	 NEED_##need,                                                          \
	 sizeof((struct plan_test[]){__VA_ARGS__}) / sizeof(struct plan_test), \
	 {__VA_ARGS__}},
#define SOCKET(need, family, type, protocol) \
	WHEN(need, socket, IS(0, family),    \
	     BITS(1, ~(SOCK_CLOEXEC | SOCK_NONBLOCK), type), IS(2, protocol))
#define PAIR(need, family, type, protocol)    \
	WHEN(need, socketpair, IS(0, family), \
	     BITS(1, ~(SOCK_CLOEXEC | SOCK_NONBLOCK), type), IS(2, protocol))
#define OPTION(need, level, name) \
	WHEN(need, setsockopt, IS(1, level), IS(2, name))

static const struct plan_call table[] = {
#include "plan_calls.def"
};

const struct plan_call *plan_calls(size_t *ret_n)
{
	*ret_n = sizeof(table) / sizeof(table[0]);
	return table;
}

/* ---- what a policy needs ------------------------------------------------- */

static unsigned path_needs(const struct policy_rule *r)
{
	static const unsigned by_verb[POLICY_VERB_MAX] = {
		[POLICY_LIST] = NEED_LIST,
		[POLICY_WRITE] = NEED_WRITE,
		[POLICY_REMOVE] = NEED_REMOVE,
	};
	unsigned needs = NEED_PATHS | by_verb[r->verb];

	if (place_makes(r))
		needs |= NEED_MAKE;
	if (place_makes(r) && r->path.owner.set)
		needs |= NEED_OWNER;
	return needs;
}

static unsigned socket_needs(const struct net_range *range)
{
	bool v6 = range->family == AF_INET6;

	switch (range->kind) {
	case NET_TCP:
		return v6 ? NEED_TCP6 | NEED_IP6 : NEED_TCP4;
	case NET_UDP:
		return v6 ? NEED_UDP6 | NEED_IP6 : NEED_UDP4;
	case NET_UNIX:
		return NEED_UNIX_STREAM;
	case NET_UNIX_SEQPACKET:
		return NEED_UNIX_SEQPACKET;
	default:
		return 0;
	}
}

static unsigned option_needs(const struct policy_net *n)
{
	unsigned needs = n->reuseport ? NEED_REUSEPORT : 0;

	if (n->transparent)
		needs |= NEED_TRANSPARENT;
	if (n->freebind)
		needs |= NEED_FREEBIND;
	if (n->device)
		needs |= NEED_DEVICE;
	if (n->mark_set)
		needs |= NEED_MARK;
	if (n->rcvbuf)
		needs |= NEED_RCVBUF;
	if (n->priority_set)
		needs |= NEED_PRIORITY;
	return needs;
}

static unsigned address_needs(const struct policy_rule *r)
{
	const struct policy_net *n = &r->net;
	bool named = n->range.family == AF_UNIX && n->range.path[0] != '@';
	unsigned needs = socket_needs(&n->range) | option_needs(n);

	/* Either goes to the directory first. */
	if (named)
		needs |= NEED_PATHS;
	if (r->verb == POLICY_CONNECT)
		return needs;
	needs |= NEED_BIND;
	if (r->verb == POLICY_LISTEN)
		needs |= NEED_LISTEN;
	if (named)
		needs |= NEED_UNIX_NAME | NEED_RENAME | NEED_REMOVE;
	if (named && n->owner.set)
		needs |= NEED_OWNER;
	return needs;
}

static unsigned rule_needs(const struct policy_rule *r)
{
	switch (r->verb) {
	case POLICY_DENY:
		return 0;
	case POLICY_LISTEN:
	case POLICY_BIND:
	case POLICY_CONNECT:
		return address_needs(r);
	case POLICY_RAW:
		return strcmp(r->net.name, "icmp6") == 0 ? NEED_ICMP6
							 : NEED_ICMP;
	case POLICY_PACKET:
		return NEED_PACKET | NEED_BIND | option_needs(&r->net);
	default:
		return path_needs(r);
	}
}

unsigned plan_needs(const struct policy *p)
{
	unsigned needs = NEED_ALWAYS;

	for (size_t i = 0; i < p->nrules; i++)
		needs |= rule_needs(&p->rules[i]);
	return needs | (place_renames(p) ? NEED_RENAME : 0);
}

/* ---- printing ------------------------------------------------------------ */

int plan_sockets_print(unsigned needs, char *buf, size_t size)
{
	static const struct {
		unsigned need;
		const char *word;
	} words[] = {
		{NEED_ALWAYS, "unix:dgram"},
		{NEED_UNIX_STREAM, "unix"},
		{NEED_UNIX_SEQPACKET, "unix:seqpacket"},
		{NEED_TCP4, "tcp4"},
		{NEED_TCP6, "tcp6"},
		{NEED_UDP4, "udp4"},
		{NEED_UDP6, "udp6"},
		{NEED_ICMP, "raw:icmp"},
		{NEED_ICMP6, "raw:icmp6"},
		{NEED_PACKET, "packet"},
	};
	struct text t = text_in(buf, size);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (needs & words[i].need)
			text_put(&t, "%s%s", t.len ? " " : "", words[i].word);
	return t.failed ? -ENOSPC : 0;
}
