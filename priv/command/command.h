/* SPDX-License-Identifier: ISC */
/*
 * The commands of wicket.  None of this runs with more privilege than whoever
 * types it.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "own.h"
#include "policy/policy.h"

/* What the commands but run exit with; run: see wicket.1. */
enum command_exit {
	COMMAND_OK = 0,
	COMMAND_NO = 1,	   /* explain: denied; check --strict: warnings */
	COMMAND_USAGE = 2, /* wrong usage, wrong policy */
	COMMAND_CANNOT_RUN = 125,
};

/* argv[0] is the command's own name.  What they return is the exit status. */
int command_run(int argc, char **argv);
int command_check(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_status(int argc, char **argv);
int command_reload(int argc, char **argv);
int command_unit(int argc, char **argv);
int command_help(int argc, char **argv);
int command_version(int argc, char **argv);

/* The help of one command to a stream: false where there is no such one. */
bool help_print(const char *command, FILE *to);

/* "wicket: TEXT" on stderr. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What getopt_long() returned ':' or '?' for, on stderr. */
void complain_option(int id, char **argv, const char *command);

/* "wicket: 'chekc' is not a command; did you mean 'check'?" */
void complain_command(const char *word);

/* "wicket: PREFIXFILE:LINE:COL: text" on stderr. */
void complain_note(const char *prefix, const struct policy_note *n);

#endif
