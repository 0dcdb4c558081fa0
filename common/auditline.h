/* SPDX-License-Identifier: ISC */
/*
 * One decision as a line of the audit:
 *
 *	seq=7 time=2026-01-01T00:00:00.000Z worker=1234 op=open
 *	object="/etc/shadow" flags=rdonly verdict=denied rule=- errno=EACCES
 *	missing="read /etc/shadow"
 *
 * on one line of at most BOUND_AUDIT_LINE bytes.  What came from the worker is
 * quoted and escaped (escape.h), and cut where it is too long.
 */
#ifndef COMMON_AUDITLINE_H
#define COMMON_AUDITLINE_H

#include <sys/types.h>
#include <time.h>

#include "op.h"
#include "policy/policy.h"

struct auditline {
	uint64_t seq;
	struct timespec time; /* since the epoch */
	pid_t worker;
	const struct op_request *request; /* NULL: about the session */
	const char *verdict;
	const struct policy *policy;
	const struct policy_rule *rule; /* that decided, or NULL */
	int error;			/* errno's, or 0 */
	const char *why;		/* one word, or NULL */
	uint64_t dropped;		/* lines that were lost before it */
	const char *missing; /* the line that would allow it, or "" */
};

/* With its newline, and without a NUL: how many bytes. */
size_t auditline_print(const struct auditline *a,
		       char buf[static BOUND_AUDIT_LINE]);

#endif
