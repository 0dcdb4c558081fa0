/* SPDX-License-Identifier: ISC */
/*
 * `--policy-from COMMAND`: the policy is what a program prints.
 *
 * The program is one that nobody but root (without root: or the caller) can
 * change, and is executed by the descriptor that was checked.  When it ends,
 * or after ten seconds, what it has left behind is killed with it.
 *
 * Its output counts where it was printed to its end: the program has ended
 * with status 0, and nobody holds the output open any more.
 *
 * policyfrom_begin(), and when it is done, policyfrom_take(); nothing but
 * policyfrom_wait() and policyfrom_stop() waits.
 */
#ifndef SUPERVISOR_POLICYFROM_H
#define SUPERVISOR_POLICYFROM_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bounds.h"
#include "own.h"
#include "supervisor/failure.h"

struct supervisor;

enum {
	POLICYFROM_MS = 10000,
};

struct policyfrom {
	pid_t pid;     /* 0: reaped, or none */
	bool runs;     /* and there is no outcome yet */
	bool done;     /* there is an outcome to be taken */
	bool complete; /* nobody can print more */
	int output;    /* owned */
	int told;      /* owned: why there is no program */
	int64_t begun;
	char *text; /* owned */
	size_t len;
	int error; /* -errno, where failure has a text */
	struct failure failure;
	char source[BOUND_PATH + 16]; /* "output of PROGRAM" */
};

#define POLICYFROM_INIT                  \
	{                                \
		.output = -1, .told = -1 \
	}

struct policyfrom_words {
	char *argv[BOUND_POLICY_COMMAND + 1]; /* into text, NULL at the end */
	char text[BOUND_PATH];
};

/*
 * Splits a command at its blanks, and at nothing else: there are no quotes,
 * and what looks like some is an error.  The first word must be an absolute
 * path.  0 or -EINVAL, -E2BIG with the text.
 */
_must_use_ int policyfrom_split(const char *command,
				struct policyfrom_words *ret,
				struct failure *f);

/* Starts the command of s->options; an outcome before is dropped. */
void policyfrom_begin(struct policyfrom *p, const struct supervisor *s);

/* What to poll, and what to do then. */
struct pollfd policyfrom_watch(const struct policyfrom *p);
void policyfrom_hear(struct policyfrom *p);

/*
 * A child has ended and is not reaped: false where it is another's; else it
 * is reaped, and all that it left behind is killed.
 */
bool policyfrom_ended(struct policyfrom *p, pid_t pid);

/* Kills what is overdue, which is due in so many ms (-1: never). */
void policyfrom_step(struct policyfrom *p);
int policyfrom_timeout(const struct policyfrom *p);

/* Waits until it is done, no longer than POLICYFROM_MS. */
void policyfrom_wait(struct policyfrom *p);

/* What was printed, malloced: 0, or -errno and the text. */
_must_use_ int policyfrom_take(struct policyfrom *p, char **ret_text,
			       size_t *ret_len, struct failure *f);

/* Kills it and waits for its end; frees all. */
void policyfrom_stop(struct policyfrom *p);

#endif
