/* SPDX-License-Identifier: ISC */
/*
 * ExecStart= as systemd.service(5) has it: read, so that what it starts can be
 * started by something else, and written.  Text only: no look at the machine.
 */
#ifndef COMMAND_EXECLINE_H
#define COMMAND_EXECLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "own.h"

struct execline {
	bool ignore;	/* "-": a failure of it is none */
	bool literal;	/* ":": $ stands for itself */
	bool full;	/* "+", "!" or "!!": with privilege, whoever User= is */
	const char *at; /* the words as they were written, in the value */
	size_t first;	/* bytes of the first of them, with its quotes */
};

/*
 * Reads one value.  0, or -EINVAL with *ret_why what is wrong with it: nothing
 * to start, several commands, a name of its own (@), a shell (|), a quote that
 * is not closed.  Keeps a pointer into the value.
 */
_must_use_ int execline_parse(const char *value, struct execline *ret,
			      const char **ret_why);

/*
 * The words as they are written behind other words: there a $ in the first
 * would be a variable, which it was not.
 */
void execline_print(const struct execline *e, FILE *to);

/*
 * One word, so that systemd reads that word and nothing else: % doubled, $ too
 * where it would name a variable, quoted where that is needed.  There are no
 * variables in the first word and behind the prefix ":".
 */
void execline_quote(const char *word, bool variables, FILE *to);

#endif
