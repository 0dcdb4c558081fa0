/* SPDX-License-Identifier: ISC */
#include "policy/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "path.h"
#include "policy/pattern.h"

static const struct {
	const char *name;
	int type;
} kinds[NET_KIND_MAX] = {
	[NET_TCP] = {"tcp", SOCK_STREAM},
	[NET_UDP] = {"udp", SOCK_DGRAM},
	[NET_UNIX] = {"unix", SOCK_STREAM},
	[NET_UNIX_DGRAM] = {"unix:dgram", SOCK_DGRAM},
	[NET_UNIX_SEQPACKET] = {"unix:seqpacket", SOCK_SEQPACKET},
};

const char *net_kind_name(enum net_kind k)
{
	return (unsigned)k < NET_KIND_MAX ? kinds[k].name : NULL;
}

int net_kind_type(enum net_kind k)
{
	return (unsigned)k < NET_KIND_MAX ? kinds[k].type : 0;
}

enum net_kind net_kind_of(const char *name)
{
	for (unsigned k = NET_NONE + 1; k < NET_KIND_MAX; k++)
		if (strcmp(kinds[k].name, name) == 0)
			return (enum net_kind)k;
	return NET_NONE;
}

static bool is_mapped(const uint8_t *addr)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(addr, prefix, sizeof(prefix)) == 0;
}

/*
 * One address under two names would be judged by two rules.  The mapped
 * prefix has bits set up to its end, so that no network that holds such an
 * address as its first is wider than 96 bits.
 */
void net_range_unmap(struct net_range *r)
{
	if (r->family != AF_INET6 || r->prefix < 96 || !is_mapped(r->addr))
		return;
	memmove(r->addr, r->addr + 12, 4);
	memset(r->addr + 4, 0, 12);
	r->family = AF_INET;
	r->prefix -= 96;
}

/* The range that holds just this IPv4 or IPv6 address; false for others. */
bool net_range_of(const struct net_addr *a, struct net_range *ret)
{
	struct net_range r = {.kind = a->kind, .family = a->sa.sa_family};

	if (r.family == AF_INET) {
		memcpy(r.addr, &a->in.sin_addr, 4);
		r.port_low = ntohs(a->in.sin_port);
	} else if (r.family == AF_INET6) {
		memcpy(r.addr, &a->in6.sin6_addr, 16);
		r.port_low = ntohs(a->in6.sin6_port);
		r.scope = is_mapped(r.addr) ? 0 : a->in6.sin6_scope_id;
	} else {
		return false;
	}
	r.port_high = r.port_low;
	r.prefix = net_family_bits(r.family);
	net_range_unmap(&r);
	*ret = r;
	return true;
}

static void set_inet(struct net_addr *a, const struct net_range *r)
{
	if (r->family == AF_INET) {
		a->len = sizeof(a->in);
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons(r->port_low);
		memcpy(&a->in.sin_addr, r->addr, 4);
	} else {
		a->len = sizeof(a->in6);
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons(r->port_low);
		a->in6.sin6_scope_id = r->scope;
		memcpy(&a->in6.sin6_addr, r->addr, 16);
	}
}

static int from_inet(struct net_addr *a)
{
	struct net_range r;

	if (a->len <
	    (a->sa.sa_family == AF_INET ? sizeof(a->in) : sizeof(a->in6)))
		return -EINVAL;
	if (!net_range_of(a, &r) || r.port_low == 0)
		return -EINVAL;
	*a = (struct net_addr){.kind = r.kind};
	set_inet(a, &r);
	return 0;
}

/* Cleans a path, which ends at the first NUL or with the address. */
static int from_path(struct net_addr *a, size_t head)
{
	char path[NET_PATH + 1];
	char clean[BOUND_PATH];
	size_t len = a->len - head;
	bool dir;

	memcpy(path, a->un.sun_path, len);
	path[len] = '\0';
	if (path_clean(path, clean, &dir) < 0 || dir)
		return -EINVAL;
	len = strlen(clean) + 1;
	if (len > NET_PATH)
		return -EINVAL;
	*a = (struct net_addr){
		.kind = a->kind,
		.len = (socklen_t)(head + len),
		.un.sun_family = AF_UNIX,
	};
	memcpy(a->un.sun_path, clean, len);
	return 0;
}

static int from_unix(struct net_addr *a)
{
	size_t head = offsetof(struct sockaddr_un, sun_path);

	/* No name, or one of a NUL alone: nothing that a rule could cover. */
	if (a->len <= head)
		return -EINVAL;
	if (a->un.sun_path[0] != '\0')
		return from_path(a, head);
	if (a->len == head + 1 ||
	    memchr(a->un.sun_path + 1, '\0', a->len - head - 1))
		return -EINVAL;
	return 0;
}

int net_addr_from(enum net_kind kind, const struct sockaddr *sa, socklen_t len,
		  struct net_addr *ret)
{
	struct net_addr a = {.kind = kind, .len = len};
	int r;

	if (!net_kind_name(kind) || len < sizeof(sa->sa_family) ||
	    len > sizeof(a.un))
		return -EINVAL;
	memcpy(&a.un, sa, len);
	if (net_kind_is_inet(kind) &&
	    (a.sa.sa_family == AF_INET || a.sa.sa_family == AF_INET6))
		r = from_inet(&a);
	else if (!net_kind_is_inet(kind) && a.sa.sa_family == AF_UNIX)
		r = from_unix(&a);
	else
		r = -EAFNOSUPPORT;
	if (r < 0)
		return r;
	*ret = a;
	return 0;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned last = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return last == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - last) == 0;
}

static bool unix_has(const struct net_range *r, const struct net_addr *a)
{
	size_t head = offsetof(struct sockaddr_un, sun_path) + 1;
	const char *name = a->un.sun_path;

	if (a->sa.sa_family != AF_UNIX || a->len <= head)
		return false;
	if (name[0] == '\0')
		return r->path[0] == '@' &&
		       pattern_fits(r->path + 1, strlen(r->path + 1), name + 1,
				    a->len - head);
	return r->path[0] == '/' && pattern_covers(r->path, name);
}

bool net_range_has(const struct net_range *r, const struct net_addr *a)
{
	struct net_range one;

	if (r->kind != a->kind)
		return false;
	if (r->family == AF_UNIX)
		return unix_has(r, a);
	return net_range_of(a, &one) && one.family == r->family &&
	       one.scope == r->scope && one.port_low >= r->port_low &&
	       one.port_low <= r->port_high &&
	       same_bits(one.addr, r->addr, r->prefix);
}
