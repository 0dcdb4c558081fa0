/* SPDX-License-Identifier: ISC */
#include "policy/limits.h"

#include <errno.h>
#include <string.h>

#include "policy/pack.h"

/* ---- having them --------------------------------------------------------- */

static void release(struct limit *one)
{
	if (--one->holders > 0)
		return;
	one->policy = policy_free(one->policy);
	free(one);
}

static int limit_new(const void *bytes, size_t len, struct limit **ret)
{
	struct limit *one = calloc(1, sizeof(*one) + len);
	int r = one ? policy_unpack(bytes, len, &one->policy) : -ENOMEM;

	if (r < 0) {
		free(one);
		return r;
	}
	one->holders = 1;
	one->len = len;
	memcpy(one->bytes, bytes, len);
	*ret = one;
	return 0;
}

static bool is(const struct limit *one, const void *bytes, size_t len)
{
	return one->len == len && memcmp(one->bytes, bytes, len) == 0;
}

int limits_add(struct limits *l, const void *bytes, size_t len)
{
	size_t sum = len;
	int r;

	for (size_t i = 0; i < l->n; i++) {
		if (is(l->v[i], bytes, len))
			return 0;
		sum += l->v[i]->len;
	}
	if (l->n == BOUND_LIMITS || sum > BOUND_LIMITS_BYTES)
		return -EMSGSIZE;
	r = limit_new(bytes, len, &l->v[l->n]);
	if (r == 0)
		l->n++;
	return r;
}

static size_t count(const struct limits *l)
{
	return l ? l->n : 0;
}

void limits_share(struct limits *to, const struct limits *from)
{
	*to = from ? *from : (struct limits){.n = 0};
	for (size_t i = 0; i < to->n; i++)
		to->v[i]->holders++;
}

void limits_clear(struct limits *l)
{
	while (l->n > 0)
		release(l->v[--l->n]);
}

bool limits_same(const struct limits *a, const struct limits *b)
{
	if (count(a) != count(b))
		return false;
	for (size_t i = 0; i < count(a); i++)
		if (!is(a->v[i], b->v[i]->bytes, b->v[i]->len))
			return false;
	return true;
}

void limits_put(const struct limits *l, struct wire_out *o)
{
	for (size_t i = 0; i < l->n; i++)
		wire_put_blob(o, l->v[i]->bytes, l->v[i]->len);
}

int limits_get(struct wire_in *i, struct limits *ret)
{
	struct limits l = {.n = 0};
	int r = 0;

	while (r == 0 && !wire_done(i)) {
		size_t len;
		const void *bytes = wire_get_blob(i, &len);

		r = i->failed ? -EPROTO : limits_add(&l, bytes, len);
	}
	if (r < 0)
		limits_clear(&l);
	else
		*ret = l;
	return r;
}

/* ---- questions ----------------------------------------------------------- */

static void narrow(struct policy_grant *g, const struct policy_grant *by)
{
	const struct policy_rule *deny = g->rights ? by->deny : NULL;

	g->rights &= by->rights;
	for (int v = 0; v < POLICY_VERB_MAX; v++)
		g->types_by[v] &= by->types_by[v];
	if (!(g->rights & RIGHT_CREATE))
		g->create = NULL;
	if (!g->deny)
		g->deny = deny;
}

unsigned limits_narrow(const struct limits *l, const char *path,
		       struct policy_grant *g)
{
	unsigned before = g->rights;

	for (size_t i = 0; i < count(l); i++) {
		struct policy_grant by = policy_judge(l->v[i]->policy, path);

		narrow(g, &by);
	}
	return before & ~g->rights;
}

bool limits_uniform(const struct limits *l, const char *dir,
		    unsigned *ret_rights)
{
	unsigned all = ~0u;
	unsigned rights;

	for (size_t i = 0; i < count(l); i++) {
		if (!policy_uniform(l->v[i]->policy, dir, &rights))
			return false;
		all &= rights;
	}
	*ret_rights = all;
	return true;
}

bool limits_allow_net(const struct limits *l, enum policy_verb verb,
		      const struct net_addr *a)
{
	for (size_t i = 0; i < count(l); i++)
		if (!policy_judge_net(l->v[i]->policy, verb, a))
			return false;
	return true;
}

bool limits_allow_socket(const struct limits *l, enum policy_verb verb,
			 enum net_kind kind, const char *path)
{
	for (size_t i = 0; i < count(l); i++) {
		struct policy_socket socket;

		policy_judge_socket(l->v[i]->policy, verb, kind, path, &socket);
		if (socket.deny || !socket.rule)
			return false;
	}
	return true;
}

bool limits_allow_name(const struct limits *l, enum policy_verb verb,
		       const char *name, uint16_t protocol)
{
	for (size_t i = 0; i < count(l); i++)
		if (!policy_judge_name(l->v[i]->policy, verb, name, protocol))
			return false;
	return true;
}

static void lower(uint64_t *most, uint64_t to)
{
	if (to > 0 && (*most == 0 || to < *most))
		*most = to;
}

struct policy_limits limits_least(const struct limits *l,
				  const struct policy_limits *most)
{
	struct policy_limits least = *most;

	for (size_t i = 0; i < count(l); i++) {
		const struct policy_limits *own = &l->v[i]->policy->limits;

		lower(&least.requests, own->requests);
		lower(&least.fds, own->fds);
		lower(&least.channels, own->channels);
	}
	return least;
}
