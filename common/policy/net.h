/* SPDX-License-Identifier: ISC */
/*
 * Addresses: as a rule writes them (a range) and as a worker asks for them
 * (one address).
 *
 *	tcp *:80   tcp [::]:443   tcp 10.0.0.0/8:5432   udp 127.0.0.1:8000-8010
 *	tcp [2001:db8::]/32:*     unix /run/x.sock      unix:dgram @abstract
 *
 * * is 0.0.0.0 in listen and bind, any IPv4 address in connect; [::] likewise
 * for IPv6 in listen and bind, [*] is any IPv6 address in connect.
 * A link-local IPv6 address bears its scope by number, [fe80::1%2]:80; a rule
 * without one covers no address with one.
 * An IPv4-mapped IPv6 address is the IPv4 address it is, wherever it stands.
 * Port 0 is no port.
 */
#ifndef COMMON_POLICY_NET_H
#define COMMON_POLICY_NET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bounds.h"
#include "own.h"

enum net_kind {
	NET_NONE,
	NET_TCP,
	NET_UDP,
	NET_UNIX,	    /* SOCK_STREAM */
	NET_UNIX_DGRAM,	    /* unix:dgram */
	NET_UNIX_SEQPACKET, /* unix:seqpacket */
	NET_KIND_MAX,
};

/* Bytes of a sun_path; a path there ends in NUL, an abstract name need not. */
#define NET_PATH sizeof(((struct sockaddr_un *)0)->sun_path)

/* What a rule covers. */
struct net_range {
	enum net_kind kind;
	int family; /* AF_INET, AF_INET6, AF_UNIX */
	uint8_t addr[16];
	unsigned prefix; /* bits of addr that count */
	uint32_t scope;	 /* IPv6 scope id, 0: none */
	uint16_t port_low;
	uint16_t port_high;
	/*
	 * unix: the path (a pattern as in policy_path), or "@name" for an
	 * abstract one, which has no wildcard but the same escapes.
	 */
	char path[NET_PATH + 1];
};

/* What is asked for: a kind and one socket address. */
struct net_addr {
	enum net_kind kind;
	socklen_t len;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
};

/*
 * Parses "tcp", "*:80" or "unix", "/run/x", with stars and backslashes of a
 * unix path or name escaped as in policy_path.  any: a bare * means any
 * address (connect), not the wildcard address.  0, or -EINVAL and
 * *ret_expected is what would have been right there, *ret_at where it went
 * wrong in object (object itself for a wrong kind).
 */
_must_use_ int net_range_parse(const char *kind, const char *object, bool any,
			       struct net_range *ret, const char **ret_expected,
			       const char **ret_at);

/*
 * Parses "tcp 127.0.0.1:80" as a worker writes it, where nothing is escaped
 * and * and [::] are the wildcard addresses: 0 or -EINVAL.
 */
_must_use_ int net_addr_parse(const char *text, struct net_addr *ret);
/* From a socket address: 0, -EINVAL, -EAFNOSUPPORT. */
_must_use_ int net_addr_from(enum net_kind kind, const struct sockaddr *sa,
			     socklen_t len, struct net_addr *ret);

/*
 * Each writes the text that parses back: 0 or -ENOSPC (BOUND_ADDRESS do).  Of
 * a range it is the object alone, "*:80"; of an address all, "tcp 10.0.0.1:80".
 * any as above: whoever puts an address into a rule must not grant more, and
 * so the wildcard address is 0.0.0.0 where a star would mean any.
 */
_must_use_ int net_range_print(const struct net_range *r, bool any, char *buf,
			       size_t size);
_must_use_ int net_addr_print(const struct net_addr *a, bool any, char *buf,
			      size_t size);

/* The range of this IPv4 or IPv6 address alone; false for AF_UNIX. */
bool net_range_of(const struct net_addr *a, struct net_range *ret);
/* Makes an IPv4-mapped range the IPv4 range it is. */
void net_range_unmap(struct net_range *r);

/* Whether the address lies in the range: kind, family, address and port. */
bool net_range_has(const struct net_range *r, const struct net_addr *a);

/* tcp and udp, over either family; the bits of an address of one. */
static inline bool net_kind_is_inet(enum net_kind k)
{
	return k == NET_TCP || k == NET_UDP;
}
static inline unsigned net_family_bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

/* "tcp", "unix:dgram", NULL for none; the socket type (SOCK_STREAM ...), or 0.
 */
const char *net_kind_name(enum net_kind k);
int net_kind_type(enum net_kind k);
/* The kind of that name, or NET_NONE. */
enum net_kind net_kind_of(const char *name);

#endif
