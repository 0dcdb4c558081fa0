/* SPDX-License-Identifier: ISC */
#include "policy/match.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "path.h"
#include "policy/index.h"
#include "policy/pattern.h"

/* One of pattern.h's questions about a pattern and a path. */
typedef bool question(const char *pattern, const char *path);

/* As it was written, or where its links led at load. */
static bool by_either(const struct policy_rule *r, question *ask,
		      const char *path)
{
	return ask(r->path.pattern, path) ||
	       (r->path.resolved && ask(r->path.resolved, path));
}

/* ---- the most specific of two ------------------------------------------- */

/* These are < 0 where a goes before b; the last decide between equals. */

static int by_number(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int by_pattern(const char *a, const char *b)
{
	int r = by_number(pattern_literal(b), pattern_literal(a));

	if (r == 0)
		r = by_number(strlen(b), strlen(a));
	return r != 0 ? r : strcmp(a, b);
}

static int by_place(const struct policy_rule *a, const struct policy_rule *b)
{
	int r = by_number(a->source, b->source);

	return r != 0 ? r : by_number(a->line, b->line);
}

/* Of rules with the same pattern the narrower one goes first. */
static int by_path(const struct policy_rule *a, const struct policy_rule *b)
{
	int r = by_pattern(a->path.pattern, b->path.pattern);

	if (r == 0)
		r = by_number(b->path.create, a->path.create);
	if (r == 0)
		r = by_number(a->path.mode, b->path.mode);
	if (r == 0)
		r = by_number(a->path.types, b->path.types);
	if (r == 0)
		r = by_text(a->path.owner.text, b->path.owner.text);
	return r != 0 ? r : by_place(a, b);
}

static int by_range(const struct net_range *a, const struct net_range *b)
{
	int r = by_number(b->prefix, a->prefix);

	if (r == 0)
		r = by_number((unsigned)a->port_high - a->port_low,
			      (unsigned)b->port_high - b->port_low);
	if (r == 0)
		r = by_number(a->port_low, b->port_low);
	return r != 0 ? r : by_pattern(a->path, b->path);
}

static int by_net(const struct policy_rule *a, const struct policy_rule *b)
{
	int r = by_range(&a->net.range, &b->net.range);

	if (r == 0)
		r = by_number(a->net.protocol, b->net.protocol);
	return r != 0 ? r : by_place(a, b);
}

/* Keeps in *best what goes first. */
static void prefer(const struct policy_rule **best, const struct policy_rule *r,
		   int (*order)(const struct policy_rule *,
				const struct policy_rule *))
{
	if (!*best || order(r, *best) < 0)
		*best = r;
}

/* ---- paths -------------------------------------------------------------- */

static const unsigned right_of[POLICY_VERB_MAX] = {
	[POLICY_READ] = RIGHT_READ,	[POLICY_WRITE] = RIGHT_WRITE,
	[POLICY_APPEND] = RIGHT_APPEND, [POLICY_REMOVE] = RIGHT_REMOVE,
	[POLICY_LIST] = RIGHT_LIST,	[POLICY_STAT] = RIGHT_STAT,
};

/* What nobody may do without seeing that it is there. */
static unsigned with_stat(unsigned rights)
{
	return rights ? rights | RIGHT_STAT : 0;
}

static bool creates(const struct policy_rule *r)
{
	return (r->verb == POLICY_WRITE || r->verb == POLICY_APPEND) &&
	       r->path.create;
}

static bool covers(const struct policy_rule *r, const char *path)
{
	bool entry = r->verb == POLICY_REMOVE;

	return by_either(r, entry ? pattern_covers_entry : pattern_covers,
			 path);
}

static void grant(struct policy_grant *g, const struct policy_rule *r,
		  const char *path)
{
	if (!right_of[r->verb] || !covers(r, path))
		return;
	g->rights |= with_stat(right_of[r->verb]);
	g->types_by[r->verb] |= r->path.types;
	prefer(&g->rule[r->verb], r, by_path);
	if (creates(r) && by_either(r, pattern_covers_entry, path)) {
		g->rights |= RIGHT_CREATE;
		prefer(&g->create, r, by_path);
	}
}

static const struct policy_rule *find_deny(const struct policy *p,
					   const char *path)
{
	struct index_walk w = index_walk(p, INDEX_DENY, path);
	const struct policy_rule *r, *deny = NULL;

	while ((r = index_next(&w)))
		if (r->verb == POLICY_DENY &&
		    by_either(r, pattern_covers_within, path))
			prefer(&deny, r, by_path);
	return deny;
}

struct policy_grant policy_judge(const struct policy *p, const char *path)
{
	struct policy_grant g = {.deny = find_deny(p, path)};
	struct index_walk w = index_walk(p, INDEX_GRANT, path);
	const struct policy_rule *r;

	while (!g.deny && (r = index_next(&w)))
		grant(&g, r, path);
	return g;
}

static const enum policy_verb opening[] = {POLICY_READ, POLICY_WRITE,
					   POLICY_APPEND};

#define NOPENING (sizeof(opening) / sizeof(opening[0]))

/* stat comes with any of these, so any of them may be what gives it. */
static const struct policy_rule *stat_rule(const struct policy_grant *g)
{
	static const enum policy_verb verbs[] = {
		POLICY_STAT,  POLICY_READ,   POLICY_LIST,
		POLICY_WRITE, POLICY_APPEND, POLICY_REMOVE,
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (g->rule[verbs[i]])
			return g->rule[verbs[i]];
	return NULL;
}

const struct policy_rule *policy_grant_rule(const struct policy_grant *g,
					    unsigned rights)
{
	if (rights & RIGHT_CREATE)
		return g->create;
	if (rights & RIGHT_WRITE)
		return g->rule[POLICY_WRITE];
	if (rights & RIGHT_APPEND)
		return g->rule[POLICY_APPEND];
	if (rights & RIGHT_REMOVE)
		return g->rule[POLICY_REMOVE];
	if (rights & RIGHT_READ)
		return g->rule[POLICY_READ];
	if (rights & RIGHT_LIST)
		return g->rule[POLICY_LIST];
	return stat_rule(g);
}

unsigned policy_type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return POLICY_FILE;
	case S_IFDIR:
		return POLICY_DIR;
	case S_IFIFO:
		return POLICY_FIFO;
	case S_IFCHR:
		return POLICY_CHAR;
	default:
		return 0;
	}
}

unsigned policy_open_rights(int flags, unsigned have)
{
	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return RIGHT_READ | (flags & O_TRUNC ? RIGHT_WRITE : 0);
	case O_RDWR:
		/* Not by append: a shared mapping overwrites. */
		return RIGHT_READ | RIGHT_WRITE;
	default:
		if (have & RIGHT_WRITE || flags & O_TRUNC)
			return RIGHT_WRITE;
		if (have & RIGHT_APPEND || flags & O_APPEND)
			return RIGHT_APPEND;
		return RIGHT_WRITE;
	}
}

unsigned policy_types(const struct policy_grant *g, unsigned rights)
{
	unsigned types = 0;
	bool first = true;

	for (size_t i = 0; i < NOPENING; i++) {
		if (!(rights & right_of[opening[i]]))
			continue;
		types = first ? g->types_by[opening[i]]
			      : types & g->types_by[opening[i]];
		first = false;
	}
	return types;
}

static uid_t owner_of(const struct policy *p, const struct policy_rule *r)
{
	return r && r->path.owner.set ? r->path.owner.uid : p->worker.uid;
}

bool policy_gains(const struct policy *p, const struct policy_grant *from,
		  const struct policy_grant *to)
{
	if (to->rights & ~from->rights)
		return true;
	for (size_t i = 0; i < NOPENING; i++) {
		enum policy_verb v = opening[i];
		uid_t owner = owner_of(p, to->rule[v]);

		if (to->types_by[v] & ~from->types_by[v])
			return true;
		if (owner != p->worker.uid &&
		    owner != owner_of(p, from->rule[v]))
			return true;
	}
	return false;
}

/* ---- directories -------------------------------------------------------- */

bool policy_may_change(const struct policy *p, const char *dir)
{
	struct index_walk w = index_walk(p, INDEX_CHANGE, dir);
	const struct policy_rule *r;

	while ((r = index_next(&w)))
		if ((r->verb == POLICY_REMOVE || creates(r)) &&
		    by_either(r, pattern_has_entry_in, dir))
			return true;
	return false;
}

static bool covers_tree_of_entries(const char *pattern, const char *dir)
{
	return pattern_covers_tree(pattern, dir) &&
	       pattern_covers_entry(pattern, dir);
}

/* The rule says the same of dir and of all beneath it: *ret is its rights. */
static bool is_uniform(const struct policy_rule *r, const char *dir,
		       unsigned *ret)
{
	bool entries = r->verb == POLICY_REMOVE || creates(r);

	*ret = 0;
	if (!by_either(r, pattern_reaches, dir))
		return true;
	if (!by_either(r,
		       entries ? covers_tree_of_entries : pattern_covers_tree,
		       dir))
		return false;
	*ret = with_stat(right_of[r->verb]);
	if (creates(r))
		*ret |= RIGHT_CREATE;
	return true;
}

/* What a directory's deny covers, whatever else there is, is all denied. */
bool policy_uniform(const struct policy *p, const char *dir,
		    unsigned *ret_rights)
{
	unsigned rights = 0;
	bool denied = find_deny(p, dir);

	for (size_t i = 0; i < p->nrules && !denied; i++) {
		const struct policy_rule *r = &p->rules[i];
		unsigned more = 0;

		if (!right_of[r->verb] && r->verb != POLICY_DENY)
			continue;
		if (!is_uniform(r, dir, &more))
			return false;
		rights |= more;
	}
	*ret_rights = rights;
	return true;
}

/* ---- addresses and names ------------------------------------------------ */

static bool names_socket(const struct policy_net *n, enum net_kind kind,
			 const char *path)
{
	return n->range.kind == kind && n->range.path[0] == '/' &&
	       (pattern_covers(n->range.path, path) ||
		(n->resolved && pattern_covers(n->resolved, path)));
}

/* Puts in place of the rule's literal part where that led at load. */
static int lead(const struct policy_net *n, const char *path, char *ret)
{
	char from[BOUND_PATH], to[BOUND_PATH];

	if (!n->resolved || !pattern_covers(n->range.path, path))
		return path_follow("/", path, "", ret);
	pattern_literal_path(n->range.path, from);
	pattern_literal_path(n->resolved, to);
	return path_follow("/", to, path + strlen(from), ret);
}

void policy_judge_socket(const struct policy *p, enum policy_verb verb,
			 enum net_kind kind, const char *path,
			 struct policy_socket *ret)
{
	struct index_walk w = index_walk(p, INDEX_NET, "/");
	const struct policy_rule *r, *best = NULL;

	while ((r = index_next(&w)))
		if (r->verb == verb && names_socket(&r->net, kind, path))
			prefer(&best, r, by_net);
	*ret = (struct policy_socket){.deny = find_deny(p, path)};
	/* Too long, it leads nowhere. */
	if (!best || lead(&best->net, path, ret->path) < 0)
		return;
	if (!ret->deny)
		ret->deny = find_deny(p, ret->path);
	if (!ret->deny)
		ret->rule = best;
}

static bool has_path(const struct net_addr *a)
{
	return a->sa.sa_family == AF_UNIX && a->un.sun_path[0] == '/';
}

const struct policy_rule *policy_judge_net(const struct policy *p,
					   enum policy_verb verb,
					   const struct net_addr *a)
{
	struct index_walk w = index_walk(p, INDEX_NET, "/");
	const struct policy_rule *r, *best = NULL;
	struct policy_socket socket;

	if (has_path(a)) {
		policy_judge_socket(p, verb, a->kind, a->un.sun_path, &socket);
		return socket.rule;
	}
	while ((r = index_next(&w)))
		if (r->verb == verb && net_range_has(&r->net.range, a))
			prefer(&best, r, by_net);
	return best;
}

const struct policy_rule *policy_judge_name(const struct policy *p,
					    enum policy_verb verb,
					    const char *name, uint16_t protocol)
{
	struct index_walk w = index_walk(p, INDEX_NET, "/");
	const struct policy_rule *r, *best = NULL;

	while ((r = index_next(&w)))
		if (r->verb == verb && strcmp(r->net.name, name) == 0 &&
		    (protocol == 0 || r->net.protocol == protocol))
			prefer(&best, r, by_net);
	return best;
}
