/* SPDX-License-Identifier: ISC */
/*
 * The words of a policy's text, line by line.
 *
 *	read "/srv/a b" create=0640	# comment
 *
 * has the words `read`, `/srv/a b` and, with the key `create`, `0640`.  Quotes
 * may only stand around a whole word or a whole value, and only within them
 * is a backslash read: \" \\ \* .
 */
#ifndef COMMON_POLICY_LEX_H
#define COMMON_POLICY_LEX_H

#include "policy/policy.h"

struct lex_word {
	const char *key; /* "create" of create=0640, else NULL */
	/*
	 * The word or the value, without quotes, and with \" read.  \\ and \*
	 * are left as they are: patterns need them.
	 */
	const char *text;
	unsigned column;      /* of the word */
	unsigned text_column; /* of the value, where there is a key */
};

/* LEX_INIT, lex_open(), lex_line() until it is not 1, lex_close(). */
struct lex {
	unsigned line;	     /* the one that the words are of */
	unsigned end_column; /* where it ends, or its comment starts */
	struct lex_word *words;
	size_t nwords;

	/* lex.c's own. */
	const char *source;
	struct policy_note *err;
	const char *start; /* of the line */
	const char *at;
	const char *stop; /* of the line */
	const char *end;
	char *bytes; /* what the words point into */
	char *out;
};

#define LEX_INIT          \
	{                 \
		.line = 0 \
	}

/*
 * Borrows source, text and err until lex_close(): 0, -ENOMEM, or -E2BIG for
 * too long a text (*err is filled).
 */
_must_use_ int lex_open(struct lex *l, const char *source, const char *text,
			size_t len, struct policy_note *err);

/*
 * Reads the next line, whose words may be none.  The words are valid until the
 * next call.  1, 0 at the end, or -EINVAL with *err filled.
 */
_must_use_ int lex_line(struct lex *l);

void lex_close(struct lex *l);

/* Text for a message: shortened, with unusual bytes as \xHH, NUL-ended. */
struct lex_quoted {
	char text[96];
};
struct lex_quoted lex_quote(const char *text);

#endif
