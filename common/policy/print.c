/* SPDX-License-Identifier: ISC */
#include "policy/print.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* ---- words -------------------------------------------------------------- */

/* KEY= at its beginning would make an option of an object. */
static bool looks_like_key(const char *word)
{
	size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return len > 0 && word[len] == '=';
}

/* What is in escaped form already keeps its backslashes. */
static void put_word(const char *word, bool escaped, FILE *to)
{
	bool quoted = word[0] == '#' || word[0] == '\0' ||
		      strpbrk(word, " \t\"\\") || looks_like_key(word);

	if (quoted)
		(void)fputc('"', to);
	for (; *word; word++) {
		if (*word == '"' || (*word == '\\' && !escaped))
			(void)fputc('\\', to);
		if (*word == '%')
			(void)fputc('%', to);
		(void)fputc(*word, to);
	}
	if (quoted)
		(void)fputc('"', to);
}

/* ---- options ------------------------------------------------------------ */

static void put_owner(const struct policy_owner *o, FILE *to)
{
	if (o->text)
		(void)fprintf(to, " owner=%s", o->text);
}

static void put_types(unsigned types, FILE *to)
{
	static const char *const names[] = {"file", "dir", "fifo", "char"};
	const char *glue = " type=";

	if (types == POLICY_FILE)
		return;
	if (types == POLICY_ANY) {
		(void)fputs(" type=any", to);
		return;
	}
	for (unsigned i = 0; i < 4; i++) {
		if (!(types & (1u << i)))
			continue;
		(void)fprintf(to, "%s%s", glue, names[i]);
		glue = ",";
	}
}

static void put_path_options(const struct policy_path *p, FILE *to)
{
	if (p->create)
		(void)fprintf(to, " create=%04o", (unsigned)p->mode);
	put_owner(&p->owner, to);
	put_types(p->types, to);
}

static void put_number(const char *key, uint64_t n, FILE *to)
{
	if (n)
		(void)fprintf(to, " %s=%" PRIu64, key, n);
}

static void put_net_options(const struct policy_net *n, FILE *to)
{
	if (n->mode_set)
		(void)fprintf(to, " mode=%04o", (unsigned)n->mode);
	put_owner(&n->owner, to);
	put_number("backlog", n->backlog, to);
	put_number("reuseport", n->reuseport, to);
	if (n->dual)
		(void)fputs(" v6only=off", to);
	if (n->freebind)
		(void)fputs(" freebind=on", to);
	if (n->transparent)
		(void)fputs(" transparent=on", to);
	if (n->device) {
		(void)fputs(" device=", to);
		put_word(n->device, false, to);
	}
	if (n->mark_set)
		(void)fprintf(to, " mark=%" PRIu32, n->mark);
	put_number("rcvbuf", n->rcvbuf, to);
	if (n->protocol)
		(void)fprintf(to, " proto=0x%04x", n->protocol);
	if (n->priority_set)
		(void)fprintf(to, " priority=%" PRIu32, n->priority);
}

void print_options(const struct policy_rule *r, FILE *to)
{
	if (r->path.pattern)
		put_path_options(&r->path, to);
	else
		put_net_options(&r->net, to);
}

bool print_same_options(const struct policy_rule *a,
			const struct policy_rule *b)
{
	_cleanup_free_ char *as = NULL, *bs = NULL;
	size_t alen, blen;
	FILE *to = open_memstream(&as, &alen);

	if (!to)
		return false;
	print_options(a, to);
	if (fclose(to) < 0)
		return false;
	to = open_memstream(&bs, &blen);
	if (!to)
		return false;
	print_options(b, to);
	return fclose(to) == 0 && strcmp(as, bs) == 0;
}

/* ---- lines -------------------------------------------------------------- */

static int put_range(const struct policy_rule *r, FILE *to)
{
	char text[BOUND_ADDRESS];
	int ret = net_range_print(&r->net.range, r->verb == POLICY_CONNECT,
				  text, sizeof(text));

	if (ret < 0)
		return ret;
	(void)fprintf(to, "%s ", net_kind_name(r->net.range.kind));
	/* A scope's percent sign stands before a digit and is none of ours. */
	if (r->net.range.family == AF_UNIX)
		put_word(text, true, to);
	else
		(void)fputs(text, to);
	return 0;
}

int print_object(const struct policy_rule *r, FILE *to)
{
	(void)fprintf(to, "%s ", policy_verb_name(r->verb));
	if (!r->path.pattern && !r->net.name)
		return put_range(r, to);
	if (r->path.pattern)
		put_word(r->path.pattern, true, to);
	else
		put_word(r->net.name, false, to);
	return 0;
}

int policy_print_rule(const struct policy *p, const struct policy_rule *r,
		      FILE *to)
{
	int ret = print_object(r, to);

	(void)p;
	if (ret < 0)
		return ret;
	print_options(r, to);
	return ferror(to) ? -EIO : 0;
}

static void put_who(const char *key, const struct policy_who *w, FILE *to)
{
	if (!w->user)
		return;
	(void)fprintf(to, "%s %s%s%s\n", key, w->user, w->groups ? ":" : "",
		      w->groups ?: "");
}

static int put_promises(const struct policy *p, FILE *to)
{
	char text[BOUND_PROMISE_TEXT];
	int r;

	if (!p->promised)
		return 0;
	r = promise_print(&p->promises, text, sizeof(text));
	if (r < 0)
		return -EIO;
	(void)fprintf(to, "promise %s\n", text);
	return 0;
}

static void put_limits(const struct policy_limits *l, FILE *to)
{
	if (!l->requests && !l->fds && !l->channels)
		return;
	(void)fputs("limit", to);
	put_number("requests", l->requests, to);
	put_number("fds", l->fds, to);
	put_number("channels", l->channels, to);
	(void)fputc('\n', to);
}

int policy_print(const struct policy *p, FILE *to)
{
	int r;

	put_who("worker", &p->worker, to);
	put_who("helper", &p->helper, to);
	r = put_promises(p, to);
	for (size_t i = 0; r == 0 && i < p->nrules; i++) {
		r = policy_print_rule(p, &p->rules[i], to);
		(void)fputc('\n', to);
	}
	if (r < 0)
		return r;
	put_limits(&p->limits, to);
	return ferror(to) ? -EIO : 0;
}
