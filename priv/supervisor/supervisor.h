/* SPDX-License-Identifier: ISC */
/*
 * What the supervisor's parts share.  main.c goes through them in order:
 * options, prepare (everything that can fail before a process is made),
 * generation (the helper), worker (under run), loop (until the end).
 */
#ifndef SUPERVISOR_SUPERVISOR_H
#define SUPERVISOR_SUPERVISOR_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "own.h"
#include "plan.h"
#include "plan_landlock.h"
#include "policy/policy.h"
#include "supervisor/failure.h"
#include "supervisor/notify.h"
#include "supervisor/options.h"

/* `wicket run` itself failed; see env(1) for the other two. */
enum exit_status {
	EXIT_OWN = 125,
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
};

/*
 * One helper.  Today there is one; a reload will start the next and end this
 * one, so nothing of it is kept anywhere else.
 */
struct generation {
	pid_t pid;   /* 0: reaped, or none */
	int control; /* owned: the end of it is the helper's */
};

struct supervisor {
	struct options options;
	bool privileged;   /* was started as root: identities change */
	bool passrights;   /* the channel refuses descriptors */
	unsigned passed;   /* descriptors from 3 on that are the worker's */
	sigset_t mask;	   /* the signal mask that we were started with */
	bool pipe_ignored; /* SIGPIPE was ignored when we were started */

	struct policy *policy;	      /* owned */
	struct policy_notes warnings; /* owned */
	struct plan plan;
	struct plan_landlock *landlock; /* owned */
	int version;	    /* of Landlock in this kernel, 0: none */
	int policy_fd;	    /* owned: the packed policy, sealed */
	int rules_fd;	    /* owned: the packed ruleset, sealed */
	int program_fd;	    /* owned: the seccomp program, sealed */
	int audit;	    /* owned */
	int helper_program; /* owned: O_PATH */
	int channel;	    /* owned: the helper's end */
	int worker_channel; /* owned: the worker's end, until it has it */
	struct notify notify;

	struct generation helper;
	pid_t worker; /* run: 0 when reaped.  embed: who made the channel */
	int status;   /* the worker's, from waitpid() */
};

#endif
