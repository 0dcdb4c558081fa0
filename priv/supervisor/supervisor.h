/* SPDX-License-Identifier: ISC */
/*
 * What the supervisor's parts share.  main.c goes through them in order:
 * options, prepare (everything that can fail before a process is made),
 * generation (the first helper), worker (under run), loop (until the end).  In
 * the loop, change.c goes from one helper to the next.
 */
#ifndef SUPERVISOR_SUPERVISOR_H
#define SUPERVISOR_SUPERVISOR_H

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "own.h"
#include "supervisor/channels.h"
#include "supervisor/console.h"
#include "supervisor/edition.h"
#include "supervisor/failure.h"
#include "supervisor/listeners.h"
#include "supervisor/notify.h"
#include "supervisor/options.h"
#include "supervisor/policyfrom.h"
#include "supervisor/restart.h"

/* `wicket run` itself failed; see env(1) for the other two. */
enum exit_status {
	EXIT_OWN = 125,
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
};

/* One helper. */
struct generation {
	unsigned number; /* 1, 2, ... */
	pid_t pid;	 /* 0: reaped, or none */
	int control;	 /* owned: the end of it is the helper's */
};

/* What another helper is wanted for; the first two as in control.h. */
enum want {
	WANT_LOCK = CONTROL_LOCK,
	WANT_RELOAD = CONTROL_RELOAD,
	WANT_SIGNAL = 1u << 8,	/* SIGHUP */
	WANT_CONSOLE = 1u << 9, /* `wicket reload` */

	/* These load the policy anew. */
	WANT_BY_SOMEBODY = WANT_RELOAD | WANT_SIGNAL | WANT_CONSOLE,
};

/* From one helper to the next: change.h. */
struct change {
	unsigned asks;		 /* enum want: --policy-from is to run for */
	unsigned asked;		 /* and runs for */
	unsigned wants;		 /* enum want: not begun yet */
	unsigned serves;	 /* what the next helper is for */
	struct edition *edition; /* owned: the next helper's, NULL: the same */
	struct generation next;
	bool ready;	   /* it has reported */
	bool stopping;	   /* the old one was told to stop */
	bool crashed;	   /* the old one ended otherwise */
	int64_t begun;	   /* when the last one was begun */
	int64_t due;	   /* without a helper: when to begin the next */
	int64_t kill_at;   /* stopping: how long it may take */
	unsigned failures; /* in a row */
};

struct supervisor {
	struct options options;
	bool privileged;     /* was started as root: identities change */
	bool passrights;     /* the channels refuse descriptors */
	unsigned passed;     /* descriptors from 3 on that are the worker's */
	sigset_t mask;	     /* the signal mask that we were started with */
	bool pipe_ignored;   /* SIGPIPE was ignored when we were started */
	struct rlimit files; /* RLIMIT_NOFILE as we were started with it */
	int64_t started;

	struct edition *edition; /* owned: in force */
	int audit;		 /* owned */
	int helper_program;	 /* owned: O_PATH */
	struct channels channels;
	struct kept_listeners listeners;
	struct notify notify;
	struct console console;
	struct policyfrom from;

	unsigned generations; /* helpers started so far */
	struct generation helper;
	struct change change;

	int worker_channel; /* owned: the worker's end, until it has it */
	pid_t worker; /* run: 0 when reaped.  embed: who made the channel */
	int status;   /* the worker's, from waitpid() */
	struct restart restart;
};

#endif
