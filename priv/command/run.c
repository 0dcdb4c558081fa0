/* SPDX-License-Identifier: ISC */
/*
 * `wicket run` is the supervisor: this only finds it.  The options go on as
 * they are; the supervisor, which must not trust them, reads them once.
 */
#include "command/command.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* --help or -h among the options, which end at the policy. */
static bool wants_help(char **argv)
{
	for (; *argv && (*argv)[0] == '-' && strcmp(*argv, "--") != 0; argv++)
		if (strcmp(*argv, "--help") == 0 || strcmp(*argv, "-h") == 0)
			return true;
	return false;
}

static char *last_slash_cut(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
	return slash;
}

/* PREFIX/libexec/wicket/supervisor for a program in PREFIX/bin. */
static int beside_us(char *buf, size_t size)
{
	static const char below[] = "/libexec/wicket/supervisor";
	ssize_t n = readlink("/proc/self/exe", buf, size);
	size_t len;

	if (n < 0)
		return -errno;
	if ((size_t)n == size)
		return -ENAMETOOLONG;
	buf[n] = '\0';
	for (int up = 0; up < 2; up++)
		if (!last_slash_cut(buf))
			return -ENOENT;
	len = strlen(buf);
	if (len + sizeof(below) > size)
		return -ENAMETOOLONG;
	memcpy(buf + len, below, sizeof(below));
	return access(buf, X_OK) < 0 ? -errno : 0;
}

int command_run(int argc, char **argv)
{
	char path[BOUND_PATH];
	const char *supervisor = path;
	_cleanup_free_ char **args = NULL;

	if (wants_help(argv + 1)) {
		(void)help_print("run", stdout);
		return COMMAND_OK;
	}
	/* Where it was installed, should somebody have moved wicket alone. */
	if (beside_us(path, sizeof(path)) < 0)
		supervisor = WICKET_LIBEXECDIR "/supervisor";
	args = calloc((size_t)argc + 2, sizeof(*args));
	if (!args) {
		complain("run: %s", strerror(ENOMEM));
		return COMMAND_CANNOT_RUN;
	}
	/* "wicket-supervisor run ARG..." */
	args[0] = (char[]){"wicket-supervisor"};
	memcpy(args + 1, argv, (size_t)argc * sizeof(*args));
	execv(supervisor, args);
	complain("run: cannot start %s: %s", supervisor, strerror(errno));
	return COMMAND_CANNOT_RUN;
}
