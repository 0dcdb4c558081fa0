/* SPDX-License-Identifier: ISC */
/*
 * The helper's seccomp program as plain data, made from a policy: the calls
 * that may be made, and with which arguments.  supervisor/program.c makes the
 * kernel's code of it.
 */
#ifndef COMMON_PLAN_CALLS_H
#define COMMON_PLAN_CALLS_H

#include <stddef.h>

#include "policy/policy.h"

/* What a policy can need; each is a column of plan_calls.def. */
enum plan_need {
	NEED_ALWAYS = 1u << 0,
	NEED_PATHS = 1u << 1,
	NEED_LIST = 1u << 2,
	NEED_WRITE = 1u << 3,
	NEED_MAKE = 1u << 4,
	NEED_REMOVE = 1u << 5,
	NEED_RENAME = 1u << 6,
	NEED_OWNER = 1u << 7,
	NEED_UNIX_NAME = 1u << 8, /* a socket with a name is made */
	NEED_BIND = 1u << 9,
	NEED_LISTEN = 1u << 10,
	NEED_UNIX_STREAM = 1u << 11,
	NEED_UNIX_SEQPACKET = 1u << 12,
	NEED_TCP4 = 1u << 13,
	NEED_TCP6 = 1u << 14,
	NEED_UDP4 = 1u << 15,
	NEED_UDP6 = 1u << 16,
	NEED_ICMP = 1u << 17,
	NEED_ICMP6 = 1u << 18,
	NEED_PACKET = 1u << 19,
	NEED_IP6 = 1u << 20,
	NEED_REUSEPORT = 1u << 21,
	NEED_TRANSPARENT = 1u << 22,
	NEED_FREEBIND = 1u << 23,
	NEED_DEVICE = 1u << 24,
	NEED_MARK = 1u << 25,
	NEED_RCVBUF = 1u << 26,
	NEED_PRIORITY = 1u << 27,
};

#define PLAN_TESTS 3

/* The argument, masked, is this value; 32 bits of it. */
struct plan_test {
	unsigned argument;
	uint32_t mask;
	uint32_t value;
};

struct plan_call {
	const char *name;
	int number; /* negative where this machine has no such call */
	unsigned need;
	unsigned ntests;
	struct plan_test tests[PLAN_TESTS];
};

/* What of the table this policy needs. */
unsigned plan_needs(const struct policy *p);

/* The table; a call is allowed where its need is one of the policy's. */
const struct plan_call *plan_calls(size_t *ret_n);

/* "unix:dgram tcp4 raw:icmp": the sockets that can be made; 0 or -ENOSPC. */
#define PLAN_SOCKETS_TEXT 256
_must_use_ int plan_sockets_print(unsigned needs, char *buf, size_t size);

#endif
