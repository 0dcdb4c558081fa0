/* SPDX-License-Identifier: ISC */
#include "policy/lex.h"

#include <errno.h>
#include <string.h>

/* Words are at least one byte and a blank. */
#define WORDS_MAX (BOUND_POLICY_LINE / 2 + 1)

int lex_open(struct lex *l, const char *source, const char *text, size_t len,
	     struct policy_note *err)
{
	if (len > BOUND_POLICY_BYTES) {
		policy_note_set(err, source, 0, 0,
				"found %zu bytes, expected at most %d", len,
				BOUND_POLICY_BYTES);
		return -E2BIG;
	}
	*l = (struct lex){
		.source = source,
		.err = err,
		.at = text,
		.end = text + len,
		.words = calloc(WORDS_MAX, sizeof(*l->words)),
		.bytes = malloc(BOUND_POLICY_LINE + 1),
	};
	if (l->words && l->bytes)
		return 0;
	lex_close(l);
	return -ENOMEM;
}

void lex_close(struct lex *l)
{
	free(l->words);
	free(l->bytes);
	*l = (struct lex)LEX_INIT;
}

static unsigned column(const struct lex *l, const char *at)
{
	return (unsigned)(at - l->start) + 1;
}

static int fail(struct lex *l, const char *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int fail(struct lex *l, const char *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	policy_note_vset(l->err, l->source, l->line, column(l, at), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

/* In comments too: what an editor does not show must not be there. */
static int check_bytes(struct lex *l)
{
	if (l->stop - l->start > BOUND_POLICY_LINE)
		return fail(l, l->start + BOUND_POLICY_LINE,
			    "found a line of %td bytes, expected at most %d",
			    l->stop - l->start, BOUND_POLICY_LINE);
	for (const char *at = l->start; at < l->stop; at++) {
		if (*at == '\0')
			return fail(l, at, "found a NUL byte, expected text");
		if (*at == '\r')
			return fail(l, at,
				    "found a carriage return, expected lines "
				    "that end in a newline alone");
		if (is_control(*at))
			return fail(l, at,
				    "found the control character \\x%02x, "
				    "expected text",
				    (unsigned char)*at);
	}
	return 0;
}

/* The byte at hand; a newline at the end of the line. */
static char peek(const struct lex *l)
{
	return l->at < l->stop ? *l->at : '\n';
}

static bool at_word_end(const struct lex *l)
{
	return peek(l) == '\n' || is_blank(peek(l));
}

static void put(struct lex *l, const char *bytes, size_t n)
{
	memcpy(l->out, bytes, n);
	l->out += n;
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A key and its equals sign, if the word begins so. */
static const char *take_key(struct lex *l)
{
	const char *start = l->at;
	const char *key = l->out;
	const char *end = start;

	while (end < l->stop && (is_alpha(*end) || *end == '_' ||
				 (end > start && *end >= '0' && *end <= '9')))
		end++;
	if (end == start || end == l->stop || *end != '=')
		return NULL;
	put(l, start, (size_t)(end - start));
	put(l, "", 1);
	l->at = end + 1;
	return key;
}

static int take_escape(struct lex *l)
{
	switch (l->at + 1 < l->stop ? l->at[1] : '\n') {
	case '"':
		put(l, "\"", 1);
		break;
	case '\\':
	case '*':
		put(l, l->at, 2);
		break;
	default:
		return fail(l, l->at,
			    "found a lone \\ within quotes, expected \\\", "
			    "\\\\ or \\*");
	}
	l->at += 2;
	return 0;
}

static int take_quoted(struct lex *l)
{
	const char *quote = l->at++;

	while (peek(l) != '"') {
		if (peek(l) == '\n')
			return fail(l, quote,
				    "found a quote that nothing closes, "
				    "expected a second \"");
		if (peek(l) != '\\') {
			put(l, l->at++, 1);
			continue;
		}
		if (take_escape(l) < 0)
			return -EINVAL;
	}
	l->at++;
	if (!at_word_end(l))
		return fail(l, l->at,
			    "found '%s' behind a closing quote, expected a "
			    "blank",
			    lex_quote((char[]){peek(l), '\0'}).text);
	return 0;
}

static int take_bare(struct lex *l)
{
	for (; !at_word_end(l); l->at++) {
		if (*l->at == '"')
			return fail(l, l->at,
				    "found \" within a word, expected quotes "
				    "around all of it");
		if (*l->at == '\\')
			return fail(l, l->at,
				    "found \\ outside quotes, expected quotes "
				    "around the word");
		put(l, l->at, 1);
	}
	return 0;
}

static int take_word(struct lex *l)
{
	struct lex_word *w = &l->words[l->nwords++];
	int r;

	w->column = column(l, l->at);
	w->key = take_key(l);
	w->text_column = column(l, l->at);
	w->text = l->out;
	r = peek(l) == '"' ? take_quoted(l) : take_bare(l);
	put(l, "", 1);
	return r;
}

static void skip_blanks(struct lex *l)
{
	while (is_blank(peek(l)))
		l->at++;
}

static int take_words(struct lex *l)
{
	int r;

	for (skip_blanks(l); peek(l) != '\n' && peek(l) != '#';
	     skip_blanks(l)) {
		r = take_word(l);
		if (r < 0)
			return r;
	}
	return 0;
}

int lex_line(struct lex *l)
{
	size_t left = (size_t)(l->end - l->at);
	int r;

	l->nwords = 0;
	l->out = l->bytes;
	if (left == 0)
		return 0;
	l->line++;
	l->start = l->at;
	l->stop = memchr(l->at, '\n', left);
	if (!l->stop)
		l->stop = l->end;
	r = check_bytes(l);
	if (r == 0)
		r = take_words(l);
	if (r < 0)
		return r;
	l->end_column = column(l, l->at);
	l->at = l->stop < l->end ? l->stop + 1 : l->end;
	return 1;
}

struct lex_quoted lex_quote(const char *text)
{
	/* Room for one more escape, three dots and the NUL. */
	const size_t room = sizeof(struct lex_quoted) - 8;
	struct lex_quoted q;
	size_t n = 0;

	for (; *text && n < room; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= ' ' && c < 0x7f)
			q.text[n++] = *text;
		else
			n += (size_t)snprintf(q.text + n, 5, "\\x%02x", c);
	}
	(void)snprintf(q.text + n, sizeof(q.text) - n, "%s",
		       *text ? "..." : "");
	return q;
}
