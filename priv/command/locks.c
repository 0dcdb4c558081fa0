/* SPDX-License-Identifier: ISC */
#include "command/locks.h"

#include <stdbool.h>
#include <string.h>

#include "plan_calls.h"

static const struct {
	uint64_t right;
	const char *word;
} tcp[] = {
	{LANDLOCK_BIND_TCP, "bind"},
	{LANDLOCK_CONNECT_TCP, "connect"},
};

#define NTCP (sizeof(tcp) / sizeof(tcp[0]))

/* The tree's rights hold for a file of that name as well. */
static uint64_t file_alone(const struct plan_place *place)
{
	return place->file & ~place->tree;
}

/* ---- text ---------------------------------------------------------------- */

/* "# LABEL PATH SCOPE: RIGHTS", nothing where there are none. */
static int text_rights(const char *label, const char *path, const char *scope,
		       uint64_t rights, FILE *to)
{
	char words[PLAN_RIGHTS_TEXT];
	int r;

	if (!rights)
		return 0;
	r = plan_rights_print(rights, words, sizeof(words));
	if (r == 0)
		fprintf(to, "# %s%s%s: %s\n", label, path, scope, words);
	return r;
}

static int text_place(const struct plan_place *place, FILE *to)
{
	int r = text_rights("landlock      ", place->path, "",
			    file_alone(place), to);

	if (r < 0)
		return r;
	return text_rights("landlock      ", place->path, " and beneath",
			   place->tree, to);
}

static void text_port(const struct plan_port *p, FILE *to)
{
	if (p->low == p->high)
		fprintf(to, " %u", p->low);
	else
		fprintf(to, " %u-%u", p->low, p->high);
}

static void text_tcp(const struct plan_landlock *l, size_t which, FILE *to)
{
	bool any = false;

	fprintf(to, "# landlock      tcp %s:", tcp[which].word);
	for (size_t i = 0; i < l->nports; i++) {
		if (l->ports[i].rights != tcp[which].right)
			continue;
		text_port(&l->ports[i], to);
		any = true;
	}
	if (!(l->handled.net & tcp[which].right))
		fputs(" every port", to);
	else
		fputs(any ? ", whatever the address" : " none", to);
	fputc('\n', to);
}

/* What no rule of the lock can tell apart. */
static void text_files(const struct plan_landlock *l, FILE *to)
{
	const uint64_t opens = LANDLOCK_READ_FILE | LANDLOCK_WRITE_FILE;

	for (size_t i = 0; i < l->nplaces; i++)
		if ((l->places[i].file | l->places[i].tree) & opens) {
			fputs("# landlock      files of whatever type, and "
			      "append is write_file\n",
			      to);
			return;
		}
}

/* What the lock lets through and the matcher does not. */
static int text_excess(const struct policy *p, const struct plan_place *place,
		       FILE *to)
{
	static const char wider[] = "Landlock is wider here: ";
	const struct policy_rule *deny = plan_denied(p, place);
	int r = text_rights(wider, place->path, " and beneath",
			    plan_excess(p, place), to);

	if (r == 0 && deny)
		fprintf(to, "# %s%s and beneath: it knows no deny (%s:%u)\n",
			wider, place->path, p->sources[deny->source],
			deny->line);
	return r;
}

static void text_words(const char *label, const char *words, FILE *to)
{
	fprintf(to, "# %-13s %s\n", label, words);
}

int locks_text(const struct policy *p, const struct plan_landlock *l, FILE *to)
{
	char sockets[PLAN_SOCKETS_TEXT];
	int r = plan_sockets_print(plan_needs(p), sockets, sizeof(sockets));

	for (size_t i = 0; r == 0 && i < l->nplaces; i++)
		r = text_place(&l->places[i], to);
	if (r < 0)
		return r;
	text_files(l, to);
	for (size_t i = 0; i < NTCP; i++)
		text_tcp(l, i, to);
	text_words("sockets", sockets, to);
	for (size_t i = 0; r == 0 && i < l->nplaces; i++)
		r = text_excess(p, &l->places[i], to);
	return r;
}

/* ---- JSON ---------------------------------------------------------------- */

static int json_rights(struct json *j, const char *key, uint64_t rights)
{
	char words[PLAN_RIGHTS_TEXT];
	char *rest = words;
	const char *word;
	int r = plan_rights_print(rights, words, sizeof(words));

	if (r < 0)
		return r;
	json_key(j, key);
	json_open(j, '[');
	while (rights && (word = strsep(&rest, ",")))
		json_string(j, word);
	json_close(j, ']');
	return 0;
}

static int json_place(struct json *j, const struct policy *p,
		      const struct plan_place *place)
{
	int r;

	json_open(j, '{');
	json_key(j, "path");
	json_string(j, place->path);
	if ((r = json_rights(j, "file", place->file)) < 0 ||
	    (r = json_rights(j, "beneath", place->tree)) < 0 ||
	    (r = json_rights(j, "wider", plan_excess(p, place))) < 0)
		return r;
	json_key(j, "denied");
	json_bool(j, plan_denied(p, place) != NULL);
	json_close(j, '}');
	return 0;
}

static void json_ports(struct json *j, const struct plan_landlock *l,
		       size_t which)
{
	json_key(j, tcp[which].word);
	if (!(l->handled.net & tcp[which].right)) {
		json_null(j);
		return;
	}
	json_open(j, '[');
	for (size_t i = 0; i < l->nports; i++) {
		if (l->ports[i].rights != tcp[which].right)
			continue;
		json_open(j, '[');
		json_number(j, l->ports[i].low);
		json_number(j, l->ports[i].high);
		json_close(j, ']');
	}
	json_close(j, ']');
}

static bool seen(const struct plan_call *calls, size_t n, unsigned needs)
{
	for (size_t i = 0; i < n; i++)
		if (calls[i].need & needs &&
		    strcmp(calls[i].name, calls[n].name) == 0)
			return true;
	return false;
}

/* The names of the calls, each once. */
static void json_calls(struct json *j, unsigned needs)
{
	const struct plan_call *calls;
	size_t n;

	calls = plan_calls(&n);
	json_key(j, "calls");
	json_open(j, '[');
	for (size_t i = 0; i < n; i++)
		if (calls[i].need & needs && !seen(calls, i, needs))
			json_string(j, calls[i].name);
	json_close(j, ']');
}

int locks_json(const struct policy *p, const struct plan_landlock *l,
	       struct json *j)
{
	int r = 0;

	json_key(j, "landlock");
	json_open(j, '{');
	json_key(j, "paths");
	json_open(j, '[');
	for (size_t i = 0; r == 0 && i < l->nplaces; i++)
		r = json_place(j, p, &l->places[i]);
	json_close(j, ']');
	for (size_t i = 0; i < NTCP; i++)
		json_ports(j, l, i);
	json_close(j, '}');
	json_calls(j, plan_needs(p));
	return r;
}
