/* SPDX-License-Identifier: ISC */
#include "policy/net.h"

#include <errno.h>
#include <string.h>

#include "path.h"
#include "policy/net_scan.h"
#include "policy/pattern.h"

static int scan_ports(struct net_scan *s, uint16_t *ret_low, uint16_t *ret_high)
{
	const char *start = s->at;

	if (net_scan_skip(s, '*')) {
		*ret_low = 1;
		*ret_high = UINT16_MAX;
		return 0;
	}
	if (net_scan_port(s, ret_low) < 0)
		return -EINVAL;
	*ret_high = *ret_low;
	if (net_scan_skip(s, '-') && net_scan_port(s, ret_high) < 0)
		return -EINVAL;
	if (*ret_high < *ret_low)
		return net_scan_wrong(
			s, "a range from the lower port to the higher", start);
	return 0;
}

static int scan_prefix(struct net_scan *s, int family, unsigned *ret)
{
	const char *expected = "a prefix of 0 to 128 bits";
	uint32_t bits;

	if (family == AF_INET)
		expected = "a prefix of 0 to 32 bits";
	if (net_scan_number(s, true, net_family_bits(family), expected, &bits) <
	    0)
		return -EINVAL;
	*ret = bits;
	return 0;
}

/* No bit is set behind the first `prefix` ones. */
static bool is_network(const uint8_t *addr, unsigned prefix, unsigned bits)
{
	for (unsigned i = prefix; i < bits; i++)
		if (addr[i / 8] & (0x80u >> (i % 8)))
			return false;
	return true;
}

/* The addresses of a rule, without the port. */
static int scan_network(struct net_scan *s, bool any, struct net_range *r)
{
	const char *start = s->at;
	struct net_host h;

	if (net_scan_host(s, &h) < 0)
		return -EINVAL;
	if (h.any && h.family == AF_INET6 && !any)
		return net_scan_wrong(s, "[::] for the wildcard address",
				      start);
	r->family = h.family;
	r->scope = h.scope;
	memcpy(r->addr, h.addr, sizeof(r->addr));
	r->prefix = h.any && any ? 0 : net_family_bits(h.family);
	if (net_scan_skip(s, '/')) {
		if (h.any)
			return net_scan_wrong(s, "a port behind *, no prefix",
					      s->at);
		if (scan_prefix(s, h.family, &r->prefix) < 0)
			return -EINVAL;
	}
	if (!is_network(r->addr, r->prefix, net_family_bits(r->family)))
		return net_scan_wrong(
			s, "an address without bits below its prefix", start);
	net_range_unmap(r);
	if (r->family == AF_INET && r->scope)
		return net_scan_wrong(s, "no scope on an IPv4 address", start);
	return 0;
}

static int scan_inet(struct net_scan *s, bool any, struct net_range *r)
{
	if (scan_network(s, any, r) < 0)
		return -EINVAL;
	if (!net_scan_skip(s, ':'))
		return net_scan_wrong(s, ":PORT", s->at);
	if (scan_ports(s, &r->port_low, &r->port_high) < 0)
		return -EINVAL;
	return *s->at ? net_scan_wrong(s, "the end of the address", s->at) : 0;
}

static int scan_unix(struct net_scan *s, struct net_range *r)
{
	const char *expected = "a path, or @ and an abstract name, of at most "
			       "107 bytes";
	bool abstract = s->at[0] == '@';
	char clean[BOUND_PATH];
	size_t len = strlen(s->at);
	bool dir = false;

	r->family = AF_UNIX;
	if (abstract) {
		if (len < 2 || len > NET_PATH)
			return net_scan_wrong(s, expected, s->at);
		if (!pattern_is_literal(s->at))
			return net_scan_wrong(s, "an abstract name without *",
					      s->at);
		memcpy(r->path, s->at, len + 1);
		return 0;
	}
	if (path_clean(s->at, clean, &dir) < 0 || strlen(clean) >= NET_PATH)
		return net_scan_wrong(s, expected, s->at);
	if (dir)
		return net_scan_wrong(
			s, "the path of a socket, without a slash behind",
			s->at);
	memcpy(r->path, clean, strlen(clean) + 1);
	return 0;
}

int net_range_parse(const char *kind, const char *object, bool any,
		    struct net_range *ret, const char **ret_expected,
		    const char **ret_at)
{
	struct net_range range = {.kind = net_kind_of(kind)};
	struct net_scan s = {.at = object};
	int r;

	if (range.kind == NET_NONE)
		r = net_scan_wrong(
			&s, "tcp, udp, unix, unix:dgram or unix:seqpacket",
			object);
	else if (net_kind_is_inet(range.kind))
		r = scan_inet(&s, any, &range);
	else
		r = scan_unix(&s, &range);
	if (r < 0) {
		*ret_expected = s.expected;
		*ret_at = s.at;
		return r;
	}
	*ret = range;
	return 0;
}
