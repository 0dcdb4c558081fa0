/* SPDX-License-Identifier: ISC */
/*
 * How the supervisor starts a helper.  The helper is exec'd with one
 * descriptor, HELPER_CONTROL, a SOCK_SEQPACKET to the supervisor, and with no
 * arguments and no environment.  The supervisor sends one start message with
 * the descriptors below; the helper locks itself in and answers with one
 * report: ready, or what failed.  What it is to serve comes behind that, by the
 * messages of control.h.  End-of-file on the control socket ends the helper.
 */
#ifndef COMMON_START_H
#define COMMON_START_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bounds.h"
#include "own.h"
#include "wire.h"

#define HELPER_CONTROL 3

/* The descriptors of a start message, in this order. */
enum start_fd {
	START_POLICY,  /* a sealed memfd: policy_pack() */
	START_AUDIT,   /* O_APPEND | O_NONBLOCK, or /dev/null */
	START_RULES,   /* a sealed memfd: plan_landlock_pack() */
	START_PROGRAM, /* a sealed memfd: the seccomp program, struct
			  sock_filter one after the other */
	START_NOTIFY,  /* a datagram socket connected to the service manager;
			  only where has_notify is set */
	START_FD_MAX,
};

struct start {
	uint64_t caps; /* what the helper keeps: plan.caps */
	uid_t fsuid;   /* the worker's ids */
	gid_t fsgid;
	uint32_t landlock;     /* the version to use, 0: the kernel has none */
	uint32_t generation;   /* which helper of this supervisor's it is */
	uint64_t last_channel; /* the next new one has the number behind this */
	bool has_notify;
	bool audit_grants; /* audit what is allowed too */
	bool dropped;	  /* the worker's identity is dropped before its exec */
	bool passrights;  /* the channel refuses descriptors from the worker */
	bool privileged;  /* started as root: fsuid is to be changed */
	char syslog[108]; /* path of the syslog socket, "/dev/log" */
};

_must_use_ int start_encode(const struct start *s, struct wire_out *o);
_must_use_ int start_decode(struct wire_in *i, struct start *ret); /* -EPROTO */

/* The helper's report. */
struct report {
	uint32_t error; /* 0: ready */
	char text[256]; /* what failed; "" when ready */
};

_must_use_ int report_encode(const struct report *r, struct wire_out *o);
_must_use_ int report_decode(struct wire_in *i, struct report *ret);

#endif
