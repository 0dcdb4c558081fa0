/* SPDX-License-Identifier: ISC */
#include "command/command.h"

#include <string.h>

static const char overview[] =
	"usage: wicket COMMAND [OPTION...] [ARGUMENT...]\n"
	"\n"
	"A helper with a few privileges opens files and sockets for a daemon\n"
	"that has none, as a policy allows.\n"
	"\n"
	"  run POLICY -- PROGRAM [ARG...]   run a program with its helper\n"
	"  check POLICY                     what a policy says and needs\n"
	"  explain POLICY VERB OBJECT...    whether it allows something, and "
	"why\n"
	"  unit NAME [-- PROGRAM [ARG...]]  a systemd drop-in that runs it so\n"
	"  status [POLICY]                  what runs, and how it is\n"
	"  reload POLICY                    have what runs take its policy "
	"anew\n"
	"  help [COMMAND]                   this, or more about one command\n"
	"  version                          the version\n"
	"\n"
	"POLICY is a name, looked up as /etc/wicket/NAME.policy, else as\n"
	"/usr/lib/wicket/NAME.policy, or a path with a slash in it.\n"
	"\n"
	"wicket(1) and wicket.policy(5) say the rest.\n";

static const char run_text[] =
	"usage: wicket run [OPTION...] POLICY [--] PROGRAM [ARG...]\n"
	"\n"
	"Starts a helper for the policy, and the program as the policy's "
	"worker:\n"
	"with its user, without any capability, and with its channel to the\n"
	"helper in WICKET_FD.  Signals are forwarded; the helper ends with "
	"the\n"
	"program.\n"
	"\n"
	"  --quiet           no start line and no warnings\n"
	"  --audit FILE      where the audit goes, or 'none'; the default is\n"
	"                    /var/log/wicket/NAME.audit, for other users than\n"
	"                    root ~/.local/state/wicket/NAME.audit\n"
	"  --audit-grants    audit what is allowed, not only what is denied\n"
	"  --instance NAME   what %i stands for in the policy\n"
	"  --policy-from COMMAND  the policy is what it prints; POLICY only "
	"names it\n"
	"  --syslog PATH     the syslog socket (/dev/log)\n"
	"  --require LOCKS   do not start without these, of landlock=N,\n"
	"                    passrights and uids, with commas between them\n"
	"  --restart WHEN    whether the program is started again when it "
	"ends:\n"
	"                    no (the default), on-failure or always\n"
	"\n"
	"SIGHUP has the policy loaded anew, and is then forwarded too.\n"
	"The exit status is the program's; where wicket itself fails, 125; "
	"126\n"
	"for a program that cannot be executed, 127 for one that is not "
	"found.\n";

static const char check_text[] =
	"usage: wicket check [OPTION...] POLICY\n"
	"\n"
	"Prints the policy in its canonical form, where its paths lead, the "
	"ids,\n"
	"capabilities and locks that it gives the helper and the worker, and "
	"warns of\n"
	"what is legal but weak.  The output is a policy that means the same.\n"
	"\n"
	"  --json            one JSON object instead\n"
	"  --strict          warnings count: exit with 1 where there are any\n"
	"  --instance NAME   what %i stands for in the policy\n"
	"\n"
	"The exit status is 2 for a wrong policy, else 0.\n";

static const char explain_text[] =
	"usage: wicket explain [OPTION...] POLICY VERB OBJECT...\n"
	"\n"
	"Says whether the policy allows something, and by which line; for "
	"what\n"
	"it does not allow, the line that would.\n"
	"\n"
	"  read | write | append | create | remove | list | stat  PATH\n"
	"  rename                                                 FROM TO\n"
	"  listen | bind | connect       tcp | udp | unix...      ADDRESS\n"
	"  raw                                                    icmp\n"
	"  packet                                        INTERFACE PROTOCOL\n"
	"\n"
	"  --json            one JSON object instead\n"
	"  --instance NAME   what %i stands for in the policy\n"
	"\n"
	"The exit status is 0 for allowed, 1 for denied, 2 for an error.\n";

static const char status_text[] =
	"usage: wicket status [--json] [POLICY]\n"
	"\n"
	"Says of each that runs by this policy, or by any, which processes it "
	"has,\n"
	"which locks are on, what each client asked for so far, and what "
	"listens.\n"
	"\n"
	"  --json            an array of objects instead\n"
	"\n"
	"The exit status is 0, or 1 where none runs.\n";

static const char reload_text[] =
	"usage: wicket reload POLICY\n"
	"\n"
	"Has each that runs by this policy load it anew, and its program too: "
	"that\n"
	"is sent SIGHUP, unless the signal would end it.  A wrong policy is "
	"named,\n"
	"and the one before stays in force.  No request is lost by it.\n"
	"\n"
	"The exit status is 0, or 1 where one did not, or none runs.\n";

static const char unit_text[] =
	"usage: wicket unit [OPTION...] NAME [-- PROGRAM [ARG...]]\n"
	"\n"
	"Prints a drop-in with which systemd starts the service NAME by "
	"'wicket\n"
	"run': what NAME.service starts, or the given program.  Put it in\n"
	"/etc/systemd/system/NAME.service.d/wicket.conf and reload systemd.\n"
	"\n"
	"  --full            a whole unit, not a drop-in\n"
	"  --policy POLICY   the policy, where it is not called NAME\n"
	"  --instance NAME   what %i stands for in the policy\n"
	"\n"
	"The exit status is 2 for an error, else 0.\n";

static const char help_text[] = "usage: wicket help [COMMAND]\n";
static const char version_text[] = "usage: wicket version\n";

static const struct {
	const char *command;
	const char *text;
} texts[] = {
	{"run", run_text},	   {"check", check_text},
	{"explain", explain_text}, {"unit", unit_text},
	{"status", status_text},   {"reload", reload_text},
	{"help", help_text},	   {"version", version_text},
};

bool help_print(const char *command, FILE *to)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(texts[i].command, command) == 0) {
			fputs(texts[i].text, to);
			return true;
		}
	}
	return false;
}

/* The only argument is --help, and the help of the command itself is out. */
static bool helped(int argc, char **argv, const char *command)
{
	return argc == 2 &&
	       (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) &&
	       help_print(command, stdout);
}

int command_help(int argc, char **argv)
{
	if (helped(argc, argv, "help"))
		return COMMAND_OK;
	if (argc < 2) {
		fputs(overview, stdout);
		return COMMAND_OK;
	}
	if (argc == 2 && help_print(argv[1], stdout))
		return COMMAND_OK;
	if (argc == 2)
		complain_command(argv[1]);
	else
		complain("help: expected one command");
	return COMMAND_USAGE;
}

int command_version(int argc, char **argv)
{
	if (helped(argc, argv, "version"))
		return COMMAND_OK;
	if (argc > 1) {
		complain("version: expected no argument");
		return COMMAND_USAGE;
	}
	puts("wicket " WICKET_VERSION);
	return COMMAND_OK;
}
