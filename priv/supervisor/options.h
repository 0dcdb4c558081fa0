/* SPDX-License-Identifier: ISC */
/*
 * The supervisor's command line:
 *
 *	supervisor run [OPTION...] POLICY [--] PROGRAM [ARG...]
 *	supervisor embed --channel N --status M [OPTION...]
 *			 (POLICY | --policy-fd K --name NAME)
 *
 * `wicket run` passes its own arguments on as they are, so what is checked
 * here is what a person wrote; embed is what wicket_start() writes.
 */
#ifndef SUPERVISOR_OPTIONS_H
#define SUPERVISOR_OPTIONS_H

#include <stdbool.h>

#include "own.h"
#include "supervisor/failure.h"
#include "supervisor/require.h"
#include "supervisor/restart.h"

struct options {
	bool embedded;
	const char *policy;	 /* a name or a path; NULL: policy_fd */
	const char *policy_from; /* run: the command that prints it, or NULL */
	const char *instance;	 /* or NULL */
	const char *audit;	 /* a file, "none", NULL: the default */
	bool audit_grants;
	const char *syslog; /* the syslog socket's path */
	struct require require;

	/* run */
	bool quiet;
	enum restart_when restart;
	char **program; /* argv of the worker */

	/* embed; descriptors are -1 where they were not given */
	int channel; /* the helper's end */
	int status;  /* where a failure is to be written */
	int policy_fd;
	const char *name; /* of the policy in policy_fd */
	bool passrights;  /* the channel refuses descriptors */
};

/* argv's strings are borrowed.  0, or -EINVAL with the text in *f. */
_must_use_ int options_parse(int argc, char **argv, struct options *ret,
			     struct failure *f);

#endif
