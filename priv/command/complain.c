/* SPDX-License-Identifier: ISC */
#include "command/command.h"

#include <getopt.h>
#include <stdarg.h>

#include "policy/parse.h"

void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("wicket: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

void complain_option(int id, char **argv, const char *command)
{
	complain("%s: %s; see 'wicket help %s'", argv[optind - 1],
		 id == ':' ? "expected an argument" : "no such option",
		 command);
}

void complain_command(const char *word)
{
	static const char *const commands[] = {"run",  "check",	 "explain",
					       "unit", "status", "reload",
					       "help", "version"};
	const char *guess = parse_nearest(
		word, commands, sizeof(commands) / sizeof(commands[0]));

	if (guess)
		complain("'%s' is not a command; did you mean '%s'?", word,
			 guess);
	else
		complain("'%s' is not a command; see 'wicket help'", word);
}

void complain_note(const char *prefix, const struct policy_note *n)
{
	fprintf(stderr, "wicket: %s", prefix);
	policy_note_print(n, stderr);
}
