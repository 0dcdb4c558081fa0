/* SPDX-License-Identifier: ISC */
#include "command/command.h"

#include <getopt.h>
#include <stdarg.h>

void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("wicket: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

int complain_option(int id, char **argv, const char *command)
{
	complain("%s: %s; see 'wicket help %s'", argv[optind - 1],
		 id == ':' ? "expected an argument" : "no such option",
		 command);
	return COMMAND_USAGE;
}

void complain_note(const char *prefix, const struct policy_note *n)
{
	fprintf(stderr, "wicket: %s", prefix);
	policy_note_print(n, stderr);
}
