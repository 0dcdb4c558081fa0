/* SPDX-License-Identifier: ISC */
/*
 * Both directions are one walk over the policy, so that they cannot differ:
 * each step takes a value and gives one back.  Packing, it writes the value
 * down and gives back the same; unpacking, it ignores what it takes and gives
 * back what it has read and checked.
 */
#include "policy/pack.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "policy/index.h"
#include "wire.h"

/* Another layout gets another number. */
#define MAGIC 0x32706b77u /* "wkp2" */

/* A rule begins with four numbers. */
#define RULE_LEAST (4 * sizeof(uint64_t))

struct coder {
	struct wire_out *out; /* packing */
	struct wire_in *in;   /* unpacking */
	int *error;	      /* the first, 0 or -errno */
};

static void fail(const struct coder *c, int error)
{
	if (!*c->error)
		*c->error = error;
}

static void check(const struct coder *c, bool sane)
{
	if (c->in && (!sane || c->in->failed))
		fail(c, -EPROTO);
}

/* ---- values ------------------------------------------------------------- */

static uint64_t number(const struct coder *c, uint64_t v, uint64_t max)
{
	if (c->out) {
		wire_put_u64(c->out, v);
		return v;
	}
	v = wire_get_u64(c->in);
	check(c, v <= max);
	return *c->error ? 0 : v;
}

static unsigned small(const struct coder *c, unsigned v, unsigned max)
{
	return (unsigned)number(c, v, max);
}

static bool boolean(const struct coder *c, bool v)
{
	return number(c, v, 1);
}

/* The text, malloced when unpacking, or NULL. */
static char *text(const struct coder *c, char *v)
{
	bool given = boolean(c, v);
	const char *s;

	if (!given)
		return NULL;
	if (c->out) {
		wire_put_string(c->out, v);
		return v;
	}
	s = wire_get_string(c->in, BOUND_POLICY_LINE);
	check(c, true);
	if (*c->error)
		return NULL;
	v = strdup(s);
	if (!v)
		fail(c, -ENOMEM);
	return v;
}

/* Text that lies in an array of that size. */
static void array(const struct coder *c, char *v, size_t size)
{
	const char *s;

	if (c->out) {
		wire_put_string(c->out, v);
		return;
	}
	s = wire_get_string(c->in, size - 1);
	memcpy(v, s, strlen(s) + 1);
	check(c, true);
}

static void bytes(const struct coder *c, uint8_t *v, size_t len)
{
	const void *b;

	if (c->out) {
		wire_put_bytes(c->out, v, len);
		return;
	}
	b = wire_get_bytes(c->in, len);
	if (b)
		memcpy(v, b, len);
	check(c, b);
}

/* ---- the parts of a policy ---------------------------------------------- */

static void who(const struct coder *c, struct policy_who *w)
{
	w->user = text(c, w->user);
	w->groups = text(c, w->groups);
	w->source = small(c, w->source, UINT_MAX);
	w->line = small(c, w->line, UINT_MAX);
	w->column = small(c, w->column, UINT_MAX);
	w->known = boolean(c, w->known);
	w->uid = small(c, w->uid, UINT_MAX);
	w->gid = small(c, w->gid, UINT_MAX);
	w->ngroups = small(c, (unsigned)w->ngroups, BOUND_GROUPS);
	for (size_t i = 0; i < w->ngroups; i++)
		w->groups_id[i] = small(c, w->groups_id[i], UINT_MAX);
}

static void owner(const struct coder *c, struct policy_owner *o)
{
	o->text = text(c, o->text);
	o->set = boolean(c, o->set);
	o->uid = small(c, o->uid, UINT_MAX);
	o->gid = small(c, o->gid, UINT_MAX);
}

static void path(const struct coder *c, struct policy_path *p)
{
	const char *form;

	p->pattern = text(c, p->pattern);
	check(c, p->pattern && p->pattern[0] == '/');
	p->resolved = text(c, p->resolved);
	check(c, !p->resolved || p->resolved[0] == '/');
	p->trusted = number(c, p->trusted, BOUND_POLICY_LINE);
	p->create = boolean(c, p->create);
	p->mode = small(c, p->mode, 0777);
	p->types = small(c, p->types, POLICY_ANY);
	owner(c, &p->owner);
	form = p->resolved ? p->resolved : p->pattern;
	check(c, form && p->trusted <= strlen(form));
}

static bool range_is_sane(const struct net_range *r)
{
	if (!net_kind_is_inet(r->kind))
		return r->family == AF_UNIX && strchr("/@", r->path[0]) &&
		       r->path[0] != '\0';
	return (r->family == AF_INET || r->family == AF_INET6) &&
	       r->prefix <= net_family_bits(r->family) && r->port_low > 0 &&
	       r->port_low <= r->port_high;
}

static void range(const struct coder *c, struct net_range *r)
{
	r->kind = (enum net_kind)small(c, r->kind, NET_KIND_MAX - 1);
	r->family = (int)small(c, (unsigned)r->family, AF_INET6);
	bytes(c, r->addr, sizeof(r->addr));
	r->prefix = small(c, r->prefix, 128);
	r->scope = small(c, r->scope, UINT_MAX);
	r->port_low = (uint16_t)small(c, r->port_low, UINT16_MAX);
	r->port_high = (uint16_t)small(c, r->port_high, UINT16_MAX);
	array(c, r->path, sizeof(r->path));
}

static void options(const struct coder *c, struct policy_net *n)
{
	n->backlog = small(c, n->backlog, INT_MAX);
	n->reuseport = small(c, n->reuseport, BOUND_REUSEPORT);
	n->dual = boolean(c, n->dual);
	n->transparent = boolean(c, n->transparent);
	n->freebind = boolean(c, n->freebind);
	n->device = text(c, n->device);
	n->mark_set = boolean(c, n->mark_set);
	n->mark = small(c, n->mark, UINT_MAX);
	n->rcvbuf = small(c, n->rcvbuf, UINT_MAX);
	n->mode_set = boolean(c, n->mode_set);
	n->mode = small(c, n->mode, 0777);
	owner(c, &n->owner);
	n->priority_set = boolean(c, n->priority_set);
	n->priority = small(c, n->priority, UINT_MAX);
	n->protocol = (uint16_t)small(c, n->protocol, UINT16_MAX);
}

static void net(const struct coder *c, struct policy_net *n,
		enum policy_verb verb)
{
	bool named = verb == POLICY_RAW || verb == POLICY_PACKET;

	range(c, &n->range);
	n->resolved = text(c, n->resolved);
	check(c, !n->resolved ||
			 (n->range.path[0] == '/' && n->resolved[0] == '/' &&
			  strlen(n->resolved) < BOUND_PATH));
	n->name = text(c, n->name);
	options(c, n);
	if (named)
		check(c, n->name && n->range.kind == NET_NONE);
	else
		check(c, n->range.kind != NET_NONE && range_is_sane(&n->range));
}

static void rule(const struct coder *c, struct policy_rule *r, size_t nsources)
{
	r->verb = (enum policy_verb)small(c, r->verb, POLICY_VERB_MAX - 1);
	r->source = small(c, r->source, UINT_MAX);
	check(c, r->source < nsources);
	r->line = small(c, r->line, UINT_MAX);
	r->column = small(c, r->column, UINT_MAX);
	if (r->verb <= POLICY_DENY)
		path(c, &r->path);
	else
		net(c, &r->net, r->verb);
}

static void promises(const struct coder *c, struct promises *p)
{
	p->words = small(c, p->words, UINT_MAX);
	p->nextra = small(c, (unsigned)p->nextra, BOUND_PROMISE_EXTRA);
	for (size_t i = 0; i < p->nextra; i++)
		array(c, p->extra[i], sizeof(p->extra[i]));
}

static void head(const struct coder *c, struct policy *p)
{
	check(c, number(c, MAGIC, MAGIC) == MAGIC);
	p->name = text(c, p->name);
	check(c, p->name);
	who(c, &p->worker);
	who(c, &p->helper);
	p->promised = boolean(c, p->promised);
	promises(c, &p->promises);
	p->limits.requests = number(c, p->limits.requests, UINT64_MAX);
	p->limits.fds = number(c, p->limits.fds, UINT64_MAX);
	p->limits.channels = number(c, p->limits.channels, UINT64_MAX);
}

/* ---- packing ------------------------------------------------------------ */

/* False where it does not fit. */
static bool write_policy(const struct policy *p, struct wire_out *o)
{
	int error = 0;
	const struct coder c = {.out = o, .error = &error};
	struct policy copy = *p;

	head(&c, &copy);
	(void)number(&c, p->nsources, 0);
	for (size_t i = 0; i < p->nsources; i++)
		(void)text(&c, p->sources[i]);
	(void)number(&c, p->nrules, 0);
	for (size_t i = 0; i < p->nrules && !o->failed; i++) {
		struct policy_rule r = p->rules[i];

		rule(&c, &r, p->nsources);
	}
	return !o->failed;
}

int policy_pack(const struct policy *p, void **ret, size_t *ret_len)
{
	for (size_t size = 4096; size <= BOUND_POLICY_PACKED; size *= 2) {
		_cleanup_free_ void *buf = malloc(size);
		struct wire_out o = wire_out(buf, size);

		if (!buf)
			return -ENOMEM;
		if (!write_policy(p, &o))
			continue;
		*ret = take_ptr(&buf);
		*ret_len = o.len;
		return 0;
	}
	return -E2BIG;
}

/* ---- unpacking ---------------------------------------------------------- */

static void read_sources(const struct coder *c, struct policy *p)
{
	size_t n = number(c, 0, BOUND_POLICY_SOURCES);

	if (n == 0)
		return;
	p->sources = calloc(n, sizeof(*p->sources));
	if (!p->sources) {
		fail(c, -ENOMEM);
		return;
	}
	while (p->nsources < n && !*c->error) {
		char *source = text(c, NULL);

		check(c, source);
		if (source)
			p->sources[p->nsources++] = source;
	}
}

/*
 * Room for as many as there are, the helper keeps it; and for no more than what
 * was sent can be, whatever the number says.
 */
static void read_rules(const struct coder *c, struct policy *p)
{
	size_t n = number(c, 0, BOUND_POLICY_RULES);

	check(c, n <= (c->in->len - c->in->off) / RULE_LEAST);
	if (!*c->error && policy_rules_room(p, n) < 0)
		fail(c, -ENOMEM);
	for (size_t i = 0; i < n && !*c->error; i++) {
		struct policy_rule *r;
		int added = policy_rule_add(p, &r);

		if (added < 0)
			fail(c, added);
		else
			rule(c, r, p->nsources);
	}
}

int policy_unpack_at(const void *packed, size_t len, struct policy *p)
{
	struct wire_in i = wire_in(packed, len);
	int error = 0;
	const struct coder c = {.in = &i, .error = &error};

	head(&c, p);
	read_sources(&c, p);
	read_rules(&c, p);
	check(&c, wire_done(&i));
	if (!error)
		error = index_make(p);
	if (error)
		policy_clear(p);
	return error;
}

int policy_unpack(const void *packed, size_t len, struct policy **ret)
{
	_cleanup_free_ struct policy *p = calloc(1, sizeof(*p));
	int r = p ? policy_unpack_at(packed, len, p) : -ENOMEM;

	if (r == 0)
		*ret = take_ptr(&p);
	return r;
}
