/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "command/command.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"run", command_run},		{"check", command_check},
	{"explain", command_explain},	{"unit", command_unit},
	{"status", command_status},	{"reload", command_reload},
	{"help", command_help},		{"version", command_version},
	{"--help", command_help},	{"-h", command_help},
	{"--version", command_version},
};

/* A report that could not be written must not look like one that was. */
static int finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	complain("cannot write: %s", strerror(errno));
	return COMMAND_USAGE;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		complain("expected a command; see 'wicket help'");
		return COMMAND_USAGE;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return finish(commands[i].run(argc - 1, argv + 1));
	complain_command(argv[1]);
	return COMMAND_USAGE;
}
