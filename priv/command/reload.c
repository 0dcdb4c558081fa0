/* SPDX-License-Identifier: ISC */
#include "command/command.h"

#include <errno.h>
#include <string.h>

#include "command/ask.h"

/* One answer: "ok TEXT" or "no TEXT". */
static bool reload(const struct running *r)
{
	_cleanup_free_ char *answer = NULL;
	_cleanup_fd_ int file = -1;
	int error = ask(r, "reload", &answer, &file);

	if (error < 0) {
		complain("reload: %s (pid %d): %s", r->name, r->pid,
			 strerror(-error));
		return false;
	}
	if (strncmp(answer, "ok ", 3) != 0) {
		complain("%s",
			 strncmp(answer, "no ", 3) == 0 ? answer + 3 : answer);
		return false;
	}
	printf("%s (pid %d): reloaded, %s\n", r->name, r->pid, answer + 3);
	return true;
}

int command_reload(int argc, char **argv)
{
	_cleanup_free_ struct running *v = NULL;
	bool good = true;
	ssize_t n;

	if (argc == 2 &&
	    (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		(void)help_print("reload", stdout);
		return COMMAND_OK;
	}
	if (argc != 2 || argv[1][0] == '-') {
		complain("reload: expected one policy; see 'wicket help "
			 "reload'");
		return COMMAND_USAGE;
	}
	n = ask_running(argv[1], &v);
	if (n <= 0) {
		complain("reload: %s: %s", argv[1],
			 n < 0 ? strerror((int)-n) : "is not running");
		return COMMAND_NO;
	}
	for (ssize_t i = 0; i < n; i++)
		good = reload(&v[i]) && good;
	return good ? COMMAND_OK : COMMAND_NO;
}
