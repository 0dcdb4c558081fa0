/* SPDX-License-Identifier: ISC */
/*
 * What the files of the parser share; policy_parse() is in policy.h.
 *
 * All return 0, -EINVAL with the parser's error filled, or -ENOMEM.
 */
#ifndef COMMON_POLICY_PARSE_H
#define COMMON_POLICY_PARSE_H

#include "policy/lex.h"

struct parser {
	struct policy *p;
	struct lex lex; /* stands on the line at hand */
	const char *instance;
	unsigned source;
	struct policy_note *err;
};

/* Fills the error; returns -EINVAL. */
_must_use_ int parse_fail(struct parser *ps, unsigned column, const char *fmt,
			  ...) __attribute__((format(printf, 3, 4)));

/* "found 'TEXT', expected ..." at the word's text; returns -EINVAL. */
_must_use_ int parse_expected(struct parser *ps, const struct lex_word *w,
			      const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The line has no more words than n, nor a key before that. */
_must_use_ int parse_end(struct parser *ps, size_t n);

/*
 * The word with %i and %% replaced, malloced.  As a pattern it keeps its \\
 * and \*; as plain text it is free of them.
 */
_must_use_ int parse_pattern_text(struct parser *ps, const struct lex_word *w,
				  char **ret);
_must_use_ int parse_plain_text(struct parser *ps, const struct lex_word *w,
				char **ret);

/* USER or GROUP, name or number: how many bytes of text are one; 0: none. */
size_t parse_name(const char *text);

/* The name of a network interface, malloced. */
_must_use_ int parse_interface(struct parser *ps, const struct lex_word *w,
			       char **ret);

/* The objects and options of a rule's line. */
_must_use_ int parse_rule(struct parser *ps, enum policy_verb verb);

/*
 * The words from the nth on, all KEY=VALUE, for the rules from the first on.
 */
_must_use_ int parse_options(struct parser *ps, size_t nth, size_t first);

/* The same for a limit line. */
_must_use_ int parse_limit(struct parser *ps);

/*
 * The nearest of n words to a mistyped one, or NULL where none is near.
 */
const char *parse_nearest(const char *typed, const char *const *words,
			  size_t n);

#endif
