/* SPDX-License-Identifier: ISC */
/*
 * Reading addresses: what the rules of a policy (net_range_parse()) and the
 * requests of a worker (net_addr_parse()) have in common.
 */
#ifndef COMMON_POLICY_NET_SCAN_H
#define COMMON_POLICY_NET_SCAN_H

#include "policy/net.h"

/* Where reading stands, and after a mistake what was expected there. */
struct net_scan {
	const char *at;
	const char *expected;
};

struct net_host {
	int family;
	bool any; /* it was a star */
	uint8_t addr[16];
	uint32_t scope;
};

/* Notes it; -EINVAL, as all here return but for 0. */
int net_scan_wrong(struct net_scan *s, const char *expected, const char *at);

/* Steps over this byte; false where it does not stand there. */
bool net_scan_skip(struct net_scan *s, char c);

/* A decimal number of 1 to max, or of 0 where zero is set; no leading 0. */
_must_use_ int net_scan_number(struct net_scan *s, bool zero, uint32_t max,
			       const char *expected, uint32_t *ret);

/* "10.0.0.1", "*", "[::1]", "[fe80::1%2]", "[*]". */
_must_use_ int net_scan_host(struct net_scan *s, struct net_host *ret);

_must_use_ int net_scan_port(struct net_scan *s, uint16_t *ret);

#endif
