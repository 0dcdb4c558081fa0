/* SPDX-License-Identifier: ISC */
#include "support/allowed.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "path.h"
#include "policy/match.h"

/* ---- what should be ------------------------------------------------------ */

/* Rights of the policy that no enum policy_right is. */
enum {
	MOVE = 1u << 16,   /* a rename can bring it to the name */
	SOCKET = 1u << 17, /* a socket may have the name */
	NEVER = 0,
};

/* One of the kernel's rights that a try needs, and what would give it. */
struct need {
	unsigned granted_by; /* on the name, by any of these */
	uint64_t right;
	bool to;	/* on the other name */
	bool directory; /* the kernel asks the directory that the name is in */
};

#define NEEDS 3

static const struct need needs[PROBE_MAX][NEEDS] = {
	[PROBE_READ] = {{RIGHT_READ, LANDLOCK_READ_FILE}},
	[PROBE_WRITE] = {{RIGHT_WRITE | RIGHT_APPEND, LANDLOCK_WRITE_FILE}},
	[PROBE_TRUNCATE] = {{RIGHT_WRITE, LANDLOCK_TRUNCATE},
			    {RIGHT_WRITE | RIGHT_APPEND, LANDLOCK_WRITE_FILE}},
	[PROBE_LIST] = {{RIGHT_LIST, LANDLOCK_READ_DIR}},
	[PROBE_CREATE] = {{RIGHT_CREATE, LANDLOCK_MAKE_REG, .directory = true},
			  {RIGHT_WRITE | RIGHT_APPEND, LANDLOCK_WRITE_FILE}},
	[PROBE_MKNOD] = {{RIGHT_CREATE, LANDLOCK_MAKE_REG, .directory = true}},
	[PROBE_MKDIR] = {{RIGHT_CREATE, LANDLOCK_MAKE_DIR, .directory = true}},
	[PROBE_FIFO] = {{MOVE, LANDLOCK_MAKE_FIFO, .directory = true}},
	[PROBE_SYMLINK] = {{MOVE, LANDLOCK_MAKE_SYM, .directory = true}},
	[PROBE_DEVICE] = {{NEVER, LANDLOCK_MAKE_CHAR, .directory = true}},
	[PROBE_SOCKET] = {{SOCKET | MOVE, LANDLOCK_MAKE_SOCK,
			   .directory = true}},
	[PROBE_LISTEN] = {{SOCKET | MOVE, LANDLOCK_MAKE_SOCK,
			   .directory = true},
			  {SOCKET | RIGHT_REMOVE, LANDLOCK_REMOVE_FILE,
			   .directory = true}},
	[PROBE_UNLINK] = {{RIGHT_REMOVE, LANDLOCK_REMOVE_FILE,
			   .directory = true}},
	[PROBE_RMDIR] = {{RIGHT_REMOVE, LANDLOCK_REMOVE_DIR,
			  .directory = true}},
	[PROBE_RENAME] = {{RIGHT_REMOVE, LANDLOCK_REMOVE_FILE,
			   .directory = true}},
	[PROBE_REPLACE] = {{RIGHT_REMOVE, LANDLOCK_REMOVE_FILE,
			    .directory = true},
			   {RIGHT_WRITE | RIGHT_REMOVE, LANDLOCK_REMOVE_FILE,
			    .to = true, .directory = true}},
};

/* What a name that comes to be somewhere needs there, by what it names. */
static uint64_t right_to_make(mode_t type)
{
	switch (type) {
	case S_IFIFO:
		return LANDLOCK_MAKE_FIFO;
	case S_IFSOCK:
		return LANDLOCK_MAKE_SOCK;
	case S_IFLNK:
		return LANDLOCK_MAKE_SYM;
	default:
		return LANDLOCK_MAKE_REG;
	}
}

static size_t name_directory(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? (size_t)(slash - name) : 0;
}

static bool same_directory(const struct probe_try *t)
{
	size_t len = name_directory(t->path);

	return len == name_directory(t->to) &&
	       strncmp(t->path, t->to, len) == 0;
}

/* All needs of a try; how many. */
static size_t all_needs(const struct probe_try *t, struct need *v)
{
	size_t n = 0;

	for (; n < NEEDS && needs[t->action][n].right; n++)
		v[n] = needs[t->action][n];
	if (!*t->to)
		return n;
	v[n++] = (struct need){RIGHT_CREATE, right_to_make(t->type), .to = true,
			       .directory = true};
	if (same_directory(t))
		return n;
	v[n++] = (struct need){RIGHT_REMOVE, LANDLOCK_REFER, .directory = true};
	v[n++] = (struct need){RIGHT_CREATE, LANDLOCK_REFER, .to = true,
			       .directory = true};
	return n;
}

static bool judge(const struct allowed *a, enum policy_verb verb,
		  const char *kind, const char *object)
{
	char text[2 * BOUND_PATH];
	struct net_addr address;

	snprintf(text, sizeof(text), "%s %s", kind, object);
	return net_addr_parse(text, &address) == 0 &&
	       policy_judge_net(a->p, verb, &address) != NULL;
}

static bool may_be_socket(const struct allowed *a, const char *path)
{
	return judge(a, POLICY_LISTEN, "unix", path) ||
	       judge(a, POLICY_LISTEN, "unix:dgram", path) ||
	       judge(a, POLICY_LISTEN, "unix:seqpacket", path) ||
	       judge(a, POLICY_BIND, "unix:dgram", path);
}

static bool has_removes(const struct allowed *a)
{
	for (size_t i = 0; i < a->p->nrules; i++)
		if (a->p->rules[i].verb == POLICY_REMOVE)
			return true;
	return false;
}

static unsigned rights_on(const struct allowed *a, const char *path)
{
	unsigned rights = policy_judge(a->p, path).rights;

	if (rights & RIGHT_CREATE && has_removes(a))
		rights |= MOVE;
	if (may_be_socket(a, path))
		rights |= SOCKET;
	return rights;
}

/* Whether the rules of this place hold for the object, or for its directory. */
static bool holds(const struct plan_place *place, const char *path,
		  const struct probe_try *t, const struct need *n)
{
	if (!path_within(path, place->path))
		return false;
	if (strcmp(path, place->path) != 0)
		return true;
	return !n->directory && t->type == S_IFDIR;
}

/*
 * In what `wicket check` prints.  Where the lock knows no deny, it lets through
 * what the rules without the deny would.
 */
static bool in_excess(const struct allowed *a, const char *path,
		      const struct probe_try *t, const struct need *n)
{
	bool denied = policy_judge(a->p, path).deny != NULL;

	for (size_t i = 0; i < a->plan->nplaces; i++) {
		const struct plan_place *place = &a->plan->places[i];

		if (!holds(place, path, t, n) || !(place->tree & n->right))
			continue;
		if (plan_excess(a->p, place) & n->right ||
		    (denied && plan_denied(a->p, place)))
			return true;
	}
	return false;
}

static const char *name_of(const struct allowed *a, const struct probe_try *t,
			   const struct need *n)
{
	if (n->to)
		return scratch_path(a->s, t->to);
	return scratch_path(a->s, n->directory ? t->path : t->leads);
}

static uint64_t rule_ports(const struct allowed *a, const struct probe_try *t)
{
	bool connects = t->action == PROBE_CONNECT;
	uint64_t n = 0;

	for (size_t i = 0; i < a->p->nrules; i++) {
		const struct policy_rule *r = &a->p->rules[i];
		const struct net_range *range = &r->net.range;

		if (r->verb >= POLICY_LISTEN && range->kind == NET_TCP &&
		    connects == (r->verb == POLICY_CONNECT))
			n += (uint64_t)range->port_high - range->port_low + 1;
	}
	return n;
}

/* "whatever the address", and from a certain number on "every port". */
static bool port_is_open(const struct allowed *a, const struct probe_try *t)
{
	bool connects = t->action == PROBE_CONNECT;

	for (size_t i = 0; i < a->p->nrules; i++) {
		const struct policy_rule *r = &a->p->rules[i];
		const struct net_range *range = &r->net.range;

		if (r->verb >= POLICY_LISTEN && range->kind == NET_TCP &&
		    connects == (r->verb == POLICY_CONNECT) &&
		    range->port_low <= t->port && t->port <= range->port_high)
			return true;
	}
	return rule_ports(a, t) > BOUND_PLAN_PORTS;
}

static bool abstract_is_open(const struct allowed *a)
{
	for (size_t i = 0; i < a->p->nrules; i++)
		if (a->p->rules[i].verb == POLICY_CONNECT &&
		    a->p->rules[i].net.range.family == AF_UNIX &&
		    a->p->rules[i].net.range.path[0] == '@')
			return true;
	return false;
}

/* The policy, or the excess, has all that the kernel let through. */
bool allowed_may_work(const struct allowed *a, const struct probe_try *t)
{
	struct need v[NEEDS + 3];
	size_t n = all_needs(t, v);

	if (t->action == PROBE_BIND || t->action == PROBE_CONNECT)
		return port_is_open(a, t);
	if (t->action == PROBE_ABSTRACT)
		return abstract_is_open(a);
	if (t->action == PROBE_SIGNAL)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *path = name_of(a, t, &v[i]);

		if (!(rights_on(a, path) & v[i].granted_by) &&
		    !in_excess(a, path, t, &v[i]))
			return false;
	}
	return true;
}

/* ---- what must work ------------------------------------------------------ */

static bool is_granted(const struct allowed *a, const char *name,
		       unsigned right, mode_t type)
{
	struct policy_grant g = policy_judge(a->p, scratch_path(a->s, name));
	unsigned wanted = type == S_IFREG ? POLICY_FILE : POLICY_FIFO;

	return g.rights & right && policy_types(&g, right) & wanted;
}

static bool may_move(const struct allowed *a, const struct probe_try *t)
{
	struct policy_grant from = policy_judge(a->p,
						scratch_path(a->s, t->path));
	struct policy_grant to = policy_judge(a->p, scratch_path(a->s, t->to));
	unsigned over = t->action == PROBE_REPLACE ? RIGHT_WRITE | RIGHT_REMOVE
						   : ~0u;

	return from.rights & RIGHT_REMOVE && to.rights & RIGHT_CREATE &&
	       to.rights & over && !policy_gains(a->p, &from, &to);
}

/* A link is judged by its own name, and by where it leads. */
static bool may_open(const struct allowed *a, const struct probe_try *t,
		     unsigned right)
{
	return is_granted(a, t->path, right, t->type) &&
	       is_granted(a, t->leads, right, t->type);
}

/* By the matcher, as the helper would ask it. */
bool allowed_must_work(const struct allowed *a, const struct probe_try *t)
{
	const char *path = scratch_path(a->s, t->path);
	char address[32];

	snprintf(address, sizeof(address), "%s:%u", t->any ? "*" : "127.0.0.1",
		 t->port);
	switch (t->action) {
	case PROBE_READ:
		return may_open(a, t, RIGHT_READ);
	case PROBE_WRITE:
		return may_open(a, t, RIGHT_WRITE) ||
		       may_open(a, t, RIGHT_APPEND);
	case PROBE_TRUNCATE:
		return may_open(a, t, RIGHT_WRITE);
	case PROBE_LIST:
		return policy_judge(a->p, path).rights & RIGHT_LIST;
	case PROBE_CREATE:
	case PROBE_MKDIR:
		return policy_judge(a->p, path).rights & RIGHT_CREATE;
	case PROBE_LISTEN:
		return may_be_socket(a, path);
	case PROBE_UNLINK:
	case PROBE_RMDIR:
		return policy_judge(a->p, path).rights & RIGHT_REMOVE;
	case PROBE_RENAME:
	case PROBE_REPLACE:
		return may_move(a, t);
	case PROBE_BIND:
		return judge(a, POLICY_LISTEN, "tcp", address) ||
		       judge(a, POLICY_BIND, "tcp", address);
	case PROBE_CONNECT:
		return judge(a, POLICY_CONNECT, "tcp", address);
	case PROBE_ABSTRACT:
		return judge(a, POLICY_CONNECT, "unix", "@" PROBE_NAME);
	default:
		return false;
	}
}

/* Whether this kernel's Landlock knows of such a thing at all. */
bool allowed_is_handled(const struct allowed *a, const struct probe_try *t)
{
	struct landlock_handled all = {LANDLOCK_ALL_FS, LANDLOCK_ALL_NET,
				       LANDLOCK_ALL_SCOPES};
	struct landlock_handled at = landlock_at(a->version, &all);
	struct need v[NEEDS + 3];
	size_t n = all_needs(t, v);

	if (t->action == PROBE_BIND || t->action == PROBE_CONNECT)
		return at.net;
	if (t->action == PROBE_ABSTRACT || t->action == PROBE_SIGNAL)
		return at.scopes;
	for (size_t i = 0; i < n; i++)
		if (!(v[i].right & at.fs))
			return false;
	return true;
}
