/* SPDX-License-Identifier: ISC */
#include "plan_landlock.h"

#include <errno.h>
#include <string.h>

#include "path.h"
#include "plan_place.h"
#include "policy/lex.h"
#include "policy/pattern.h"

/* What one plan is made with. */
struct maker {
	const struct policy *p;
	struct plan_landlock *l;
	const struct policy_rule **makers; /* the rules with create= */
	size_t nmakers;
	const struct policy_rule **denies;
	size_t ndenies;
	bool renames;
	struct policy_note *err;
};

/* Everybody's: that lock would be none. */
static const char *const shared[] = {"/etc", "/run", "/tmp", "/var/log"};

/* ---- places -------------------------------------------------------------- */

static int add_place(struct maker *m, const char *path, uint64_t file,
		     uint64_t tree)
{
	struct plan_landlock *l = m->l;
	struct plan_place *v;
	char *copy;

	if (!file && !tree)
		return 0;
	v = reallocarray(l->places, l->nplaces + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	l->places = v;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	v[l->nplaces++] = (struct plan_place){copy, file, tree};
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct plan_place *x = a;
	const struct plan_place *y = b;

	return strcmp(x->path, y->path);
}

/* One place for each path. */
static void merge_places(struct plan_landlock *l)
{
	size_t n = 0;

	if (l->nplaces > 1)
		qsort(l->places, l->nplaces, sizeof(*l->places), by_path);
	for (size_t i = 0; i < l->nplaces; i++) {
		struct plan_place *from = &l->places[i];

		if (n > 0 && strcmp(l->places[n - 1].path, from->path) == 0) {
			l->places[n - 1].file |= from->file;
			l->places[n - 1].tree |= from->tree;
			free(from->path);
		} else {
			l->places[n++] = *from;
		}
	}
	l->nplaces = n;
}

/* ---- where a rule has its rights ----------------------------------------- */

static void go_up(char *path)
{
	path[path_dirlen(path)] = '\0';
}

static bool any(const struct policy_rule **v, size_t n,
		bool (*ask)(const char *pattern, const char *path),
		const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (ask(v[i]->path.pattern, path) ||
		    ask(place_form(v[i]), path))
			return true;
	return false;
}

/*
 * What the policy itself lets be made may come to be, or come anew, at any
 * time: it is allowed by the directory that it is made in, where create= is.
 */
static bool climb(const struct maker *m, char *path)
{
	bool climbed = false;

	while (path[1] != '\0' &&
	       any(m->makers, m->nmakers, pattern_covers_entry, path)) {
		go_up(path);
		climbed = true;
	}
	return climbed;
}

static bool is_denied(const struct maker *m, const char *path)
{
	return any(m->denies, m->ndenies, pattern_covers_within, path);
}

/* The objects that the rule covers. */
static int add_objects(struct maker *m, const struct policy_rule *r)
{
	const char *form = place_form(r);
	uint64_t object = place_object_rights(r);
	uint64_t directory = place_directory_rights(r);
	bool literal = pattern_is_literal(form);
	char path[BOUND_PATH];
	uint64_t file = 0;

	pattern_literal_path(form, path);
	/* A ** takes in what it stands below, which may be a file. */
	if (literal || pattern_covers(form, path))
		file = object;
	if (climb(m, path))
		return add_place(m, path, 0, object | directory);
	return add_place(m, path, file, directory | (literal ? 0 : object));
}

static bool is_shared(const char *dir)
{
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (path_within(shared[i], dir))
			return true;
	return false;
}

/* "/var/log/x.log" in "/var/log" as "/var/log/httpd/x.log". */
static void suggest(const struct maker *m, const char *form, const char *dir,
		    char *buf, size_t size)
{
	size_t len = dir[1] == '\0' ? 0 : strlen(dir);

	(void)snprintf(buf, size, "%.*s/%s%s", (int)len, dir, m->p->name,
		       form + len);
}

static int refuse(const struct maker *m, const struct policy_rule *r,
		  const char *dir)
{
	char better[BOUND_PATH];

	suggest(m, place_form(r), dir, better, sizeof(better));
	policy_note_set(
		m->err, m->p->sources[r->source], r->line, r->column,
		"found names to be made or removed in '%s', which others use "
		"too, expected a directory of its own, such as '%s'%s",
		lex_quote(dir).text, lex_quote(better).text,
		place_makes(r) ? ", or a file that is there, without create="
			       : "");
	return -EPERM;
}

/* The directories that it makes or removes names in. */
static int add_names(struct maker *m, const struct policy_rule *r)
{
	const char *form = place_form(r);
	uint64_t rights = place_name_rights(r, m->renames);
	char path[BOUND_PATH];

	if (!rights)
		return 0;
	pattern_literal_path(form, path);
	if (pattern_is_literal(form))
		go_up(path);
	(void)climb(m, path);
	/* A socket is one name, and /run is where they are; check tells it. */
	if (is_shared(path) && !pattern_covers_tree(form, path) &&
	    r->path.pattern)
		return refuse(m, r, path);
	return add_place(m, path, 0, rights);
}

static int add_path(struct maker *m, const struct policy_rule *r)
{
	char path[BOUND_PATH];
	int ret;

	pattern_literal_path(place_form(r), path);
	if (is_denied(m, path))
		return 0;
	ret = add_objects(m, r);
	return ret < 0 ? ret : add_names(m, r);
}

/* ---- addresses ----------------------------------------------------------- */

static int add_ports(struct maker *m, const struct policy_rule *r)
{
	const struct net_range *range = &r->net.range;
	struct plan_landlock *l = m->l;
	struct plan_port *v;

	v = reallocarray(l->ports, l->nports + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	l->ports = v;
	v[l->nports++] = (struct plan_port){
		.low = range->port_low,
		.high = range->port_high,
		.rights = r->verb == POLICY_CONNECT ? LANDLOCK_CONNECT_TCP
						    : LANDLOCK_BIND_TCP,
	};
	return 0;
}

/* A socket's. */
static int add_name(struct maker *m, const struct policy_rule *r)
{
	char path[BOUND_PATH];

	pattern_literal_path(place_form(r), path);
	return is_denied(m, path) ? 0 : add_names(m, r);
}

static int add_address(struct maker *m, const struct policy_rule *r)
{
	const struct net_range *range = &r->net.range;
	bool connects = r->verb == POLICY_CONNECT;

	if (range->kind == NET_TCP)
		return add_ports(m, r);
	if (range->family != AF_UNIX)
		return 0;
	if (range->path[0] == '@' && connects)
		m->l->handled.scopes &= ~LANDLOCK_ABSTRACT;
	return range->path[0] == '@' || connects ? 0 : add_name(m, r);
}

/* Each port is a rule: from a certain number on, the right is left alone. */
static void bound_ports(struct plan_landlock *l, uint64_t right)
{
	size_t n = 0;
	size_t kept = 0;

	for (size_t i = 0; i < l->nports; i++)
		if (l->ports[i].rights == right)
			n += (size_t)l->ports[i].high - l->ports[i].low + 1;
	if (n <= BOUND_PLAN_PORTS)
		return;
	l->handled.net &= ~right;
	for (size_t i = 0; i < l->nports; i++)
		if (l->ports[i].rights != right)
			l->ports[kept++] = l->ports[i];
	l->nports = kept;
}

/* ---- all ----------------------------------------------------------------- */

static int add_rule(struct maker *m, const struct policy_rule *r)
{
	switch (r->verb) {
	case POLICY_READ:
	case POLICY_WRITE:
	case POLICY_APPEND:
	case POLICY_REMOVE:
	case POLICY_LIST:
		return add_path(m, r);
	case POLICY_LISTEN:
	case POLICY_BIND:
	case POLICY_CONNECT:
		return add_address(m, r);
	default:
		return 0;
	}
}

static void sort_out(struct maker *m)
{
	for (size_t i = 0; i < m->p->nrules; i++) {
		const struct policy_rule *r = &m->p->rules[i];

		if (place_makes(r))
			m->makers[m->nmakers++] = r;
		if (r->verb == POLICY_DENY)
			m->denies[m->ndenies++] = r;
	}
	m->renames = place_renames(m->p);
}

static int add_rules(struct maker *m)
{
	int r = 0;

	sort_out(m);
	for (size_t i = 0; r == 0 && i < m->p->nrules; i++)
		r = add_rule(m, &m->p->rules[i]);
	if (r < 0)
		return r;
	merge_places(m->l);
	bound_ports(m->l, LANDLOCK_BIND_TCP);
	bound_ports(m->l, LANDLOCK_CONNECT_TCP);
	return 0;
}

int plan_landlock_make(const struct policy *p, struct plan_landlock **ret,
		       struct policy_note *err)
{
	__attribute__((cleanup(plan_landlock_freep))) struct plan_landlock *l =
		calloc(1, sizeof(*l));
	_cleanup_free_ const struct policy_rule **makers = calloc(
		p->nrules + 1, sizeof(const struct policy_rule *));
	_cleanup_free_ const struct policy_rule **denies = calloc(
		p->nrules + 1, sizeof(const struct policy_rule *));
	struct maker m = {
		.p = p, .l = l, .makers = makers, .denies = denies, .err = err};
	int r;

	if (!l || !makers || !denies)
		return -ENOMEM;
	l->handled = (struct landlock_handled){
		.fs = LANDLOCK_ALL_FS,
		.net = LANDLOCK_ALL_NET,
		.scopes = LANDLOCK_ALL_SCOPES,
	};
	r = add_rules(&m);
	if (r < 0)
		return r;
	*ret = take_ptr(&l);
	return 0;
}

struct plan_landlock *plan_landlock_free(struct plan_landlock *l)
{
	if (!l)
		return NULL;
	for (size_t i = 0; i < l->nplaces; i++)
		free(l->places[i].path);
	free(l->places);
	free(l->ports);
	free(l);
	return NULL;
}
