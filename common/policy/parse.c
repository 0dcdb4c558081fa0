/* SPDX-License-Identifier: ISC */
#include "policy/parse.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* ---- messages ----------------------------------------------------------- */

int parse_fail(struct parser *ps, unsigned column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	policy_note_vset(ps->err, ps->p->sources[ps->source], ps->lex.line,
			 column, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int parse_expected(struct parser *ps, const struct lex_word *w, const char *fmt,
		   ...)
{
	char expected[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(expected, sizeof(expected), fmt, ap);
	va_end(ap);
	if (w->text[0] == '\0')
		return parse_fail(ps, w->text_column,
				  "found nothing, expected %s", expected);
	return parse_fail(ps, w->text_column, "found '%s', expected %s",
			  lex_quote(w->text).text, expected);
}

int parse_end(struct parser *ps, size_t n)
{
	for (size_t i = 0; i < ps->lex.nwords; i++) {
		const struct lex_word *w = &ps->lex.words[i];

		if (i == n || w->key)
			return parse_fail(ps, w->column,
					  "found '%s%s', expected the end of "
					  "the line",
					  lex_quote(w->key ?: w->text).text,
					  w->key ? "=" : "");
	}
	return 0;
}

/* ---- text --------------------------------------------------------------- */

/* An instance must not be more than a part of one component. */
static bool is_instance(const char *s)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789:_@.-";
	size_t len = strlen(s);

	return len > 0 && len <= BOUND_COMPONENT && strspn(s, good) == len &&
	       strcmp(s, ".") != 0 && strcmp(s, "..") != 0;
}

static int put_instance(struct parser *ps, const struct lex_word *w, FILE *to)
{
	if (!ps->instance)
		return parse_fail(ps, w->text_column,
				  "found %%i, expected none: no instance was "
				  "given");
	if (!is_instance(ps->instance))
		return parse_fail(ps, w->text_column,
				  "found the instance '%s', expected letters, "
				  "digits and :_@.-",
				  lex_quote(ps->instance).text);
	(void)fputs(ps->instance, to);
	return 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A percent sign before a digit is an IPv6 scope, or just a percent sign. */
static int put_expanded(struct parser *ps, const struct lex_word *w, FILE *to)
{
	int r = 0;

	for (const char *at = w->text; *at && r == 0; at++) {
		if (at[0] == '%' && at[1] == 'i') {
			r = put_instance(ps, w, to);
			at++;
		} else if (at[0] == '%' && at[1] == '%') {
			(void)fputc(*at++, to);
		} else if (at[0] == '%' && is_letter(at[1])) {
			r = parse_fail(ps, w->text_column,
				       "found %%%c, expected %%i for the "
				       "instance or %%%% for a percent sign",
				       at[1]);
		} else {
			(void)fputc(*at, to);
		}
	}
	return r;
}

int parse_pattern_text(struct parser *ps, const struct lex_word *w, char **ret)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	int r;

	if (!to)
		return -ENOMEM;
	r = put_expanded(ps, w, to);
	if ((fclose(to) < 0 || !text) && r >= 0)
		r = -ENOMEM;
	if (r < 0)
		return r;
	*ret = take_ptr(&text);
	return 0;
}

int parse_plain_text(struct parser *ps, const struct lex_word *w, char **ret)
{
	int r = parse_pattern_text(ps, w, ret);
	char *to;

	if (r < 0)
		return r;
	to = *ret;
	for (const char *at = *ret; *at; at++) {
		if (at[0] == '\\')
			at++;
		*to++ = *at;
	}
	*to = '\0';
	return 0;
}

/* ---- worker, helper, promise -------------------------------------------- */

static bool is_number(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

/* (uid_t)-1 is what system calls take for "leave it". */
static bool is_id(const char *text, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len && n <= UINT32_MAX; i++)
		n = n * 10 + (uint64_t)(text[i] - '0');
	return n < UINT32_MAX;
}

size_t parse_name(const char *text)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_.@+$-";
	size_t len = strspn(text, good);

	if (text[0] == '-' || len > BOUND_COMPONENT ||
	    (is_number(text, len) && !is_id(text, len)))
		return 0;
	return len;
}

/* GROUP,GROUP... */
static bool are_groups(const char *text)
{
	/* The first is no supplementary one. */
	for (size_t n = 0; n <= BOUND_GROUPS; n++) {
		size_t len = parse_name(text);

		if (len == 0)
			return false;
		text += len;
		if (*text == '\0')
			return true;
		if (*text++ != ',')
			return false;
	}
	return false;
}

static int split_who(struct parser *ps, const struct lex_word *w, char *text,
		     struct policy_who *who)
{
	size_t len = parse_name(text);

	if (len == 0 || (text[len] && text[len] != ':'))
		return parse_expected(ps, w, "the name or number of a user");
	if (text[len] && !are_groups(text + len + 1))
		return parse_expected(ps, w,
				      "USER:GROUP,GROUP..., names or numbers, "
				      "at most %d groups",
				      BOUND_GROUPS + 1);
	if (text[len]) {
		who->groups = strdup(text + len + 1);
		if (!who->groups)
			return -ENOMEM;
	}
	who->user = strndup(text, len);
	return who->user ? 0 : -ENOMEM;
}

static int parse_who(struct parser *ps, struct policy_who *who)
{
	const struct lex_word *w = ps->lex.words;
	_cleanup_free_ char *text = NULL;
	int r;

	if (who->user)
		return parse_fail(ps, w->column,
				  "found a second %s line, expected one: the "
				  "first is %s:%u",
				  w->text, ps->p->sources[who->source],
				  who->line);
	r = parse_end(ps, 2);
	if (r < 0)
		return r;
	if (ps->lex.nwords < 2)
		return parse_fail(ps, ps->lex.end_column,
				  "found the end of the line, expected a user");
	r = parse_plain_text(ps, w + 1, &text);
	if (r < 0)
		return r;
	who->source = ps->source;
	who->line = ps->lex.line;
	who->column = w[1].column;
	return split_who(ps, w + 1, text, who);
}

static int parse_worker(struct parser *ps)
{
	return parse_who(ps, &ps->p->worker);
}

static int parse_helper(struct parser *ps)
{
	return parse_who(ps, &ps->p->helper);
}

static int parse_promise(struct parser *ps)
{
	const struct lex *l = &ps->lex;
	int r = parse_end(ps, l->nwords);

	if (r < 0)
		return r;
	if (l->nwords < 2)
		return parse_fail(ps, l->end_column,
				  "found the end of the line, expected "
				  "promises");
	for (size_t i = 1; i < l->nwords; i++) {
		const struct lex_word *w = &l->words[i];

		r = promise_add(&ps->p->promises, w->text, strlen(w->text));
		if (r == -ENOSPC)
			return parse_expected(ps, w,
					      "at most %d words with a +",
					      BOUND_PROMISE_EXTRA);
		if (r < 0)
			return parse_expected(ps, w,
					      "stdio, accept, threads, time, "
					      "spawn or +SYSCALL");
	}
	ps->p->promised = true;
	return 0;
}

/* ---- lines -------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*parse)(struct parser *ps);
} statements[] = {
	{"worker", parse_worker},
	{"helper", parse_helper},
	{"promise", parse_promise},
	{"limit", parse_limit},
};

#define NSTATEMENTS (sizeof(statements) / sizeof(statements[0]))

static int unknown_verb(struct parser *ps, const struct lex_word *w)
{
	const char *words[POLICY_VERB_MAX + NSTATEMENTS];
	const char *nearest;
	size_t n = 0;

	for (unsigned v = 0; v < POLICY_VERB_MAX; v++)
		words[n++] = policy_verb_name(v);
	for (size_t i = 0; i < NSTATEMENTS; i++)
		words[n++] = statements[i].name;
	nearest = parse_nearest(w->text, words, n);
	if (nearest)
		return parse_expected(ps, w, "%s", nearest);
	return parse_expected(ps, w,
			      "read, write, append, remove, list, stat, deny, "
			      "listen, bind, connect, raw, packet, worker, "
			      "helper, promise or limit");
}

static int parse_line(struct parser *ps)
{
	const struct lex_word *w = ps->lex.words;
	int verb;

	if (w->key)
		return parse_fail(ps, w->column,
				  "found '%s=', expected a word such as read "
				  "in front of it",
				  lex_quote(w->key).text);
	for (size_t i = 0; i < NSTATEMENTS; i++)
		if (strcmp(statements[i].name, w->text) == 0)
			return statements[i].parse(ps);
	verb = policy_verb_of(w->text);
	if (verb < 0)
		return unknown_verb(ps, w);
	return parse_rule(ps, (enum policy_verb)verb);
}

static int parse_lines(struct parser *ps)
{
	int r;

	while ((r = lex_line(&ps->lex)) > 0) {
		if (ps->lex.nwords > 0)
			r = parse_line(ps);
		if (r < 0)
			return r;
	}
	return r;
}

/* Makes room for one more, which is empty until nsources counts it. */
static int grow_sources(struct policy *p)
{
	struct policy_text *texts;
	char **sources;

	sources = reallocarray(p->sources, p->nsources + 1, sizeof(*sources));
	if (!sources)
		return -ENOMEM;
	p->sources = sources;
	texts = reallocarray(p->texts, p->nsources + 1, sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	p->texts = texts;
	return 0;
}

/* The text is kept too, to be looked at anew: policy_load_again(). */
static int add_source(struct policy *p, const char *source, const char *text,
		      size_t len)
{
	_cleanup_free_ char *name = strdup(source);
	_cleanup_free_ char *bytes = malloc(len + 1);

	if (p->nsources == BOUND_POLICY_SOURCES)
		return -E2BIG;
	if (!name || !bytes || grow_sources(p) < 0)
		return -ENOMEM;
	if (len > 0)
		memcpy(bytes, text, len);
	p->sources[p->nsources] = take_ptr(&name);
	p->texts[p->nsources++] = (struct policy_text){
		.bytes = take_ptr(&bytes),
		.len = len,
	};
	return 0;
}

int policy_parse(struct policy *p, const char *source, const char *text,
		 size_t len, const char *instance, struct policy_note *err)
{
	struct parser ps = {
		.p = p,
		.lex = LEX_INIT,
		.instance = instance,
		.source = (unsigned)p->nsources,
		.err = err,
	};
	int r;

	r = add_source(p, source, text, len);
	if (r == -E2BIG)
		policy_note_set(err, source, 0, 0,
				"found too many files, expected at most %d",
				BOUND_POLICY_SOURCES);
	if (r == 0)
		r = lex_open(&ps.lex, source, text, len, err);
	if (r == 0)
		r = parse_lines(&ps);
	if (r == -ENOMEM)
		policy_note_set(err, source, 0, 0, "out of memory");
	lex_close(&ps.lex);
	return r;
}
