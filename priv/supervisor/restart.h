/* SPDX-License-Identifier: ISC */
/*
 * Whether the worker is started again, and when.
 */
#ifndef SUPERVISOR_RESTART_H
#define SUPERVISOR_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#include "own.h"

enum restart_when {
	RESTART_NO,
	RESTART_ON_FAILURE,
	RESTART_ALWAYS,
	RESTART_WHEN_MAX,
};

struct restart {
	bool ending;	   /* somebody wants us to end: not any more */
	bool waiting;	   /* there is no worker, and there is to be one */
	int64_t begun;	   /* when the last one was started */
	int64_t due;	   /* waiting: when the next one is */
	unsigned failures; /* in a row that did not live long */
	unsigned times;	   /* started again so far */
};

/* "no", "on-failure", "always"; or -EINVAL. */
_must_use_ int restart_parse(const char *text, enum restart_when *ret);

/*
 * A worker ended with this status, as waitpid() has it: fills waiting and due.
 * A failure is a status other than 0 and a signal other than those by which
 * one ends a daemon: SIGHUP, SIGINT, SIGPIPE, SIGTERM.
 */
void restart_ended(struct restart *r, enum restart_when when, int status,
		   int64_t now);

/* Another one was started. */
void restart_begun(struct restart *r, int64_t now);

#endif
