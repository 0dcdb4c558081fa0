/* SPDX-License-Identifier: ISC */
#include "command/execline.h"

#include <errno.h>
#include <string.h>

#define BLANKS	 " \t\n\r"
#define PREFIXES "-@:+!|"

/* ---- reading ------------------------------------------------------------- */

/* Behind the word that begins here: NULL where it has no end. */
static const char *skip_word(const char *p)
{
	char quote = '\0';

	for (; *p && (quote || !strchr(BLANKS, *p)); p++) {
		if (*p == '\\') {
			if (!*++p)
				return NULL;
		} else if (quote) {
			quote = *p == quote ? '\0' : quote;
		} else if (*p == '"' || *p == '\'') {
			quote = *p;
		}
	}
	return quote ? NULL : p;
}

/* 0, or -EINVAL with *why. */
static int take_prefix(char c, struct execline *e, const char **why)
{
	switch (c) {
	case '-':
		e->ignore = true;
		return 0;
	case ':':
		e->literal = true;
		return 0;
	case '+':
	case '!':
		e->full = true;
		return 0;
	case '@':
		*why = "'@' gives the program another name than its own, "
		       "which 'wicket run' does not; expected it without";
		return -EINVAL;
	default:
		*why = "'|' starts a shell, expected the program itself";
		return -EINVAL;
	}
}

/* *ret_first: the bytes of the first. */
static int check_words(const char *p, size_t *ret_first, const char **why)
{
	for (const char *start = p; *p;) {
		const char *end = skip_word(p);

		if (!end) {
			*why = "found a quote or a backslash without its end";
			return -EINVAL;
		}
		if (*p == ';' && end == p + 1) {
			*why = "found a second command behind ';', expected "
			       "one";
			return -EINVAL;
		}
		if (p == start)
			*ret_first = (size_t)(end - p);
		p = end + strspn(end, BLANKS);
	}
	return 0;
}

int execline_parse(const char *value, struct execline *ret,
		   const char **ret_why)
{
	struct execline e = {.at = value + strspn(value, BLANKS)};
	int r;

	for (; *e.at && strchr(PREFIXES, *e.at); e.at++)
		if ((r = take_prefix(*e.at, &e, ret_why)) < 0)
			return r;
	if (!*e.at || strchr(BLANKS, *e.at)) {
		*ret_why = "found no program, expected one";
		return -EINVAL;
	}
	if ((*e.at == '"' || *e.at == '\'') && e.at[1] &&
	    strchr(PREFIXES, e.at[1])) {
		*ret_why = "found a prefix within quotes, expected it before "
			   "them";
		return -EINVAL;
	}
	if ((r = check_words(e.at, &e.first, ret_why)) < 0)
		return r;
	*ret = e;
	return 0;
}

/* ---- writing ------------------------------------------------------------- */

void execline_print(const struct execline *e, FILE *to)
{
	for (size_t i = 0; i < e->first; i++) {
		if (e->at[i] == '$' && !e->literal)
			(void)fputc('$', to);
		(void)fputc(e->at[i], to);
	}
	(void)fputs(e->at + e->first, to);
}

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

static bool wants_quotes(const char *word)
{
	if (!*word || strcmp(word, ";") == 0)
		return true;
	for (; *word; word++)
		if (is_control(*word) || strchr(" \"'\\", *word))
			return true;
	return false;
}

static void put(char c, bool variables, FILE *to)
{
	if (is_control(c))
		(void)fprintf(to, "\\x%02x", (unsigned char)c);
	else if (c == '"' || c == '\\')
		(void)fprintf(to, "\\%c", c);
	else if (c == '%' || (c == '$' && variables))
		(void)fprintf(to, "%c%c", c, c);
	else
		(void)fputc(c, to);
}

void execline_quote(const char *word, bool variables, FILE *to)
{
	bool quotes = wants_quotes(word);

	if (quotes)
		(void)fputc('"', to);
	for (; *word; word++)
		put(*word, variables, to);
	if (quotes)
		(void)fputc('"', to);
}
