/* SPDX-License-Identifier: ISC */
/*
 * Asking the supervisors that run (priv/supervisor/console.h).
 */
#ifndef COMMAND_ASK_H
#define COMMAND_ASK_H

#include <stddef.h>
#include <sys/types.h>

#include "own.h"

/* One that runs: its policy's name and its process. */
struct running {
	char name[256];
	pid_t pid;
};

/*
 * Those of that policy (a name, or a path as `wicket run` takes it), of all
 * where name is NULL, by name and pid: how many,
 * and *ret, malloced; or -errno.  What somebody who was killed left behind is
 * passed over.
 */
_must_use_ ssize_t ask_running(const char *policy, struct running **ret);

/*
 * Asks one and waits for the answer, at most a minute: 0, *ret is the answer's
 * text, malloced, and *ret_file what came with it or -1; or -errno.
 */
_must_use_ int ask(const struct running *to, const char *question, char **ret,
		   int *ret_file);

#endif
