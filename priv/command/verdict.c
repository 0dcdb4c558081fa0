/* SPDX-License-Identifier: ISC */
#include "command/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "policy/match.h"

static void because(struct verdict *v, const char *why)
{
	(void)snprintf(v->why, sizeof(v->why), "%s", why);
}

/* ---- paths --------------------------------------------------------------- */

static const struct right {
	const char *word;
	unsigned right;
} rights[] = {
	{"read", RIGHT_READ},	  {"write", RIGHT_WRITE},
	{"append", RIGHT_APPEND}, {"create", RIGHT_CREATE},
	{"remove", RIGHT_REMOVE}, {"list", RIGHT_LIST},
	{"stat", RIGHT_STAT},
};

static unsigned right_of(const char *word)
{
	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
		if (strcmp(rights[i].word, word) == 0)
			return rights[i].right;
	return 0;
}

/* The path as the helper would judge it: false where it refuses it unseen. */
static bool cleaned(const char *path, char *clean, struct verdict *v)
{
	bool dir;

	switch (path_clean(path, clean, &dir)) {
	case 0:
		return true;
	case -ENOENT:
		because(v, "the path is empty");
		return false;
	case -ENAMETOOLONG:
		because(v, "the path is too long");
		return false;
	default:
		because(v, "a path must be absolute and without ..");
		return false;
	}
}

static void judge_right(const struct policy_grant *g, unsigned right,
			const char *clean, struct verdict *v)
{
	v->rule = g->deny;
	if (g->deny)
		return;
	v->allowed = g->rights & right;
	if (v->allowed)
		v->rule = policy_grant_rule(g, right);
	else
		policy_hint(right, clean, v->hint, sizeof(v->hint));
}

static void judge_path(const struct policy *p, unsigned right, const char *path,
		       struct verdict *v)
{
	char clean[BOUND_PATH];
	struct policy_grant g;

	if (!cleaned(path, clean, v))
		return;
	g = policy_judge(p, clean);
	judge_right(&g, right, clean, v);
}

/* remove where it was, create where it goes, and no right won by the way. */
static void judge_rename(const struct policy *p, const char *from,
			 const char *to, struct verdict *v)
{
	char clean_from[BOUND_PATH], clean_to[BOUND_PATH];
	struct policy_grant source, target;

	if (!cleaned(from, clean_from, v) || !cleaned(to, clean_to, v))
		return;
	source = policy_judge(p, clean_from);
	judge_right(&source, RIGHT_REMOVE, clean_from, v);
	if (!v->allowed)
		return;
	v->target = v->rule;
	target = policy_judge(p, clean_to);
	judge_right(&target, RIGHT_CREATE, clean_to, v);
	if (!v->allowed) {
		v->target = NULL;
		return;
	}
	/* rule: the old name's, target: the new name's. */
	v->target = v->rule;
	v->rule = source.rule[POLICY_REMOVE];
	if (policy_gains(p, &source, &target)) {
		v->allowed = false;
		v->rule = v->target = NULL;
		because(v, "the new name has rights that the old one lacks "
			   "(EXDEV): copy it instead");
	}
}

/* ---- addresses and names ------------------------------------------------- */

/* The deny that no line for this address could overcome, or NULL. */
static const struct policy_rule *socket_deny(const struct policy *p,
					     enum policy_verb verb,
					     const struct net_addr *a)
{
	struct policy_socket s;

	if (a->sa.sa_family != AF_UNIX || a->un.sun_path[0] != '/')
		return NULL;
	policy_judge_socket(p, verb, a->kind, a->un.sun_path, &s);
	return s.deny;
}

static int judge_net(const struct policy *p, enum policy_verb verb,
		     const char *const *object, size_t n, struct verdict *v,
		     const char **ret_expected)
{
	char text[BOUND_ADDRESS];
	struct net_addr a;
	int len = n == 2 ? snprintf(text, sizeof(text), "%s %s", object[0],
				    object[1])
			 : snprintf(text, sizeof(text), "%s", object[0]);

	*ret_expected = "an address, as in 'tcp 127.0.0.1:80' or 'unix /run/x'";
	if (len < 0 || (size_t)len >= sizeof(text) ||
	    net_addr_parse(text, &a) < 0)
		return -EINVAL;
	v->rule = policy_judge_net(p, verb, &a);
	v->allowed = v->rule;
	if (!v->allowed)
		v->rule = socket_deny(p, verb, &a);
	if (!v->rule && verb == POLICY_LISTEN && a.kind == NET_UDP)
		because(v, "udp does not listen: bind is for datagrams");
	else if (!v->rule)
		policy_hint_net(verb, &a, v->hint, sizeof(v->hint));
	return 0;
}

static void judge_raw(const struct policy *p, const char *name,
		      struct verdict *v)
{
	v->rule = policy_judge_name(p, POLICY_RAW, name, 0);
	v->allowed = v->rule;
	if (!v->allowed)
		policy_hint_name(POLICY_RAW, name, 0, v->hint, sizeof(v->hint));
}

/* "0x88cc" or "proto=0x88cc". */
static int parse_protocol(const char *text, uint16_t *ret)
{
	char *end;
	unsigned long n;

	if (strncmp(text, "proto=", 6) == 0)
		text += 6;
	errno = 0;
	n = strtoul(text, &end, 0);
	if (errno || *text < '0' || *text > '9' || *end || n == 0 || n > 0xffff)
		return -EINVAL;
	*ret = (uint16_t)n;
	return 0;
}

static int judge_packet(const struct policy *p, const char *const *object,
			struct verdict *v, const char **ret_expected)
{
	uint16_t protocol;

	*ret_expected = "a protocol from 1 to 0xffff, as in 0x88cc";
	if (parse_protocol(object[1], &protocol) < 0)
		return -EINVAL;
	v->rule = policy_judge_name(p, POLICY_PACKET, object[0], protocol);
	v->allowed = v->rule;
	if (!v->allowed)
		policy_hint_name(POLICY_PACKET, object[0], protocol, v->hint,
				 sizeof(v->hint));
	return 0;
}

static int judge_socket(const struct policy *p, const char *const *argv,
			size_t n, struct verdict *v, const char **ret_expected)
{
	int verb = policy_verb_of(argv[0]);

	switch (verb) {
	case POLICY_LISTEN:
	case POLICY_BIND:
	case POLICY_CONNECT:
		*ret_expected = "an address, as in 'tcp 127.0.0.1:80'";
		if (n != 2 && n != 3)
			return -EINVAL;
		return judge_net(p, (enum policy_verb)verb, argv + 1, n - 1, v,
				 ret_expected);
	case POLICY_RAW:
		*ret_expected = "one name, as in 'raw icmp'";
		if (n != 2)
			return -EINVAL;
		judge_raw(p, argv[1], v);
		return 0;
	case POLICY_PACKET:
		*ret_expected = "an interface and a protocol, as in "
				"'packet eth0 0x88cc'";
		if (n != 3)
			return -EINVAL;
		return judge_packet(p, argv + 1, v, ret_expected);
	default:
		*ret_expected = "read, write, append, create, remove, rename, "
				"list, stat, listen, bind, connect, raw or "
				"packet";
		return -EINVAL;
	}
}

int verdict_of(const struct policy *p, const char *const *argv, size_t n,
	       struct verdict *ret, const char **ret_expected)
{
	struct verdict v = {.allowed = false};
	unsigned right = right_of(argv[0]);
	const char *expected = "one path";
	int r = 0;

	if (right && n == 2) {
		judge_path(p, right, argv[1], &v);
	} else if (right) {
		r = -EINVAL;
	} else if (strcmp(argv[0], "rename") != 0) {
		r = judge_socket(p, argv, n, &v, &expected);
	} else if (n == 3) {
		judge_rename(p, argv[1], argv[2], &v);
	} else {
		expected = "two paths";
		r = -EINVAL;
	}
	if (r < 0)
		*ret_expected = expected;
	else
		*ret = v;
	return r;
}
