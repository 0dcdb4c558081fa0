/* SPDX-License-Identifier: ISC */
#include "policy/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "path.h"
#include "policy/pattern.h"

/* Where reading stands, and after a mistake what was expected there. */
struct scan {
	const char *at;
	const char *expected;
};

static int wrong(struct scan *s, const char *expected, const char *at)
{
	s->at = at;
	s->expected = expected;
	return -EINVAL;
}

static bool skip(struct scan *s, char c)
{
	if (*s->at != c)
		return false;
	s->at++;
	return true;
}

/* A decimal number of 1 to max, or of 0 where zero is set; no leading 0. */
static int scan_number(struct scan *s, bool zero, uint32_t max,
		       const char *expected, uint32_t *ret)
{
	const char *start = s->at;
	uint64_t n = 0;

	while (*s->at >= '0' && *s->at <= '9' && n <= max)
		n = n * 10 + (uint64_t)(*s->at++ - '0');
	if (s->at == start || n > max || (n == 0 && !zero) ||
	    (*start == '0' && s->at - start > 1))
		return wrong(s, expected, start);
	*ret = (uint32_t)n;
	return 0;
}

struct host {
	int family;
	bool any; /* it was a star */
	uint8_t addr[16];
	uint32_t scope;
};

/* The len bytes that follow are a star or an address of that family. */
static int scan_address(struct scan *s, struct host *h, int family, size_t len,
			const char *expected)
{
	char text[INET6_ADDRSTRLEN] = "";

	h->family = family;
	h->any = len == 1 && *s->at == '*';
	if (len < sizeof(text))
		memcpy(text, s->at, len);
	if (!h->any && inet_pton(family, text, h->addr) != 1)
		return wrong(s, expected, s->at);
	s->at += len;
	return 0;
}

static int scan_ipv4(struct scan *s, struct host *h)
{
	return scan_address(s, h, AF_INET, strcspn(s->at, "/:"),
			    "an IPv4 address, * or [an IPv6 address]");
}

/* What stands within [ and ]. */
static int scan_ipv6(struct scan *s, struct host *h)
{
	int r = scan_address(s, h, AF_INET6, strcspn(s->at, "%]"),
			     "an IPv6 address");

	if (r == 0 && !h->any && skip(s, '%'))
		r = scan_number(s, false, UINT32_MAX, "a scope's number",
				&h->scope);
	if (r == 0 && !skip(s, ']'))
		r = wrong(s, "]", s->at);
	return r;
}

static int scan_host(struct scan *s, struct host *h)
{
	*h = (struct host){0};
	return skip(s, '[') ? scan_ipv6(s, h) : scan_ipv4(s, h);
}

static int scan_port(struct scan *s, uint16_t *ret)
{
	uint32_t port;
	int r = scan_number(s, false, UINT16_MAX, "a port, 1 to 65535", &port);

	if (r == 0)
		*ret = (uint16_t)port;
	return r;
}

static int scan_ports(struct scan *s, uint16_t *ret_low, uint16_t *ret_high)
{
	const char *start = s->at;

	if (skip(s, '*')) {
		*ret_low = 1;
		*ret_high = UINT16_MAX;
		return 0;
	}
	if (scan_port(s, ret_low) < 0)
		return -EINVAL;
	*ret_high = *ret_low;
	if (skip(s, '-') && scan_port(s, ret_high) < 0)
		return -EINVAL;
	if (*ret_high < *ret_low)
		return wrong(s, "a range from the lower port to the higher",
			     start);
	return 0;
}

static int scan_prefix(struct scan *s, int family, unsigned *ret)
{
	const char *expected = "a prefix of 0 to 128 bits";
	uint32_t bits;

	if (family == AF_INET)
		expected = "a prefix of 0 to 32 bits";
	if (scan_number(s, true, net_family_bits(family), expected, &bits) < 0)
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
static int scan_network(struct scan *s, bool any, struct net_range *r)
{
	const char *start = s->at;
	struct host h;

	if (scan_host(s, &h) < 0)
		return -EINVAL;
	if (h.any && h.family == AF_INET6 && !any)
		return wrong(s, "[::] for the wildcard address", start);
	r->family = h.family;
	r->scope = h.scope;
	memcpy(r->addr, h.addr, sizeof(r->addr));
	r->prefix = h.any && any ? 0 : net_family_bits(h.family);
	if (skip(s, '/')) {
		if (h.any)
			return wrong(s, "a port behind *, no prefix", s->at);
		if (scan_prefix(s, h.family, &r->prefix) < 0)
			return -EINVAL;
	}
	if (!is_network(r->addr, r->prefix, net_family_bits(r->family)))
		return wrong(s, "an address without bits below its prefix",
			     start);
	net_range_unmap(r);
	if (r->family == AF_INET && r->scope)
		return wrong(s, "no scope on an IPv4 address", start);
	return 0;
}

static int scan_inet(struct scan *s, bool any, struct net_range *r)
{
	if (scan_network(s, any, r) < 0)
		return -EINVAL;
	if (!skip(s, ':'))
		return wrong(s, ":PORT", s->at);
	if (scan_ports(s, &r->port_low, &r->port_high) < 0)
		return -EINVAL;
	return *s->at ? wrong(s, "the end of the address", s->at) : 0;
}

static int scan_unix(struct scan *s, struct net_range *r)
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
			return wrong(s, expected, s->at);
		if (!pattern_is_literal(s->at))
			return wrong(s, "an abstract name without *", s->at);
		memcpy(r->path, s->at, len + 1);
		return 0;
	}
	if (path_clean(s->at, clean, &dir) < 0 || strlen(clean) >= NET_PATH)
		return wrong(s, expected, s->at);
	if (dir)
		return wrong(s, "the path of a socket, without a slash behind",
			     s->at);
	memcpy(r->path, clean, strlen(clean) + 1);
	return 0;
}

int net_range_parse(const char *kind, const char *object, bool any,
		    struct net_range *ret, const char **ret_expected,
		    const char **ret_at)
{
	struct net_range range = {.kind = net_kind_of(kind)};
	struct scan s = {.at = object};
	int r;

	if (range.kind == NET_NONE)
		r = wrong(&s, "tcp, udp, unix, unix:dgram or unix:seqpacket",
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

static int parse_inet(const char *text, enum net_kind kind,
		      struct net_addr *ret)
{
	struct net_addr a = {.kind = kind};
	struct scan s = {.at = text};
	struct host h;
	uint16_t port = 0;

	if (scan_host(&s, &h) < 0 || (h.any && h.family == AF_INET6) ||
	    !skip(&s, ':') || scan_port(&s, &port) < 0 || *s.at)
		return -EINVAL;
	if (h.family == AF_INET) {
		a.in.sin_family = AF_INET;
		a.in.sin_port = htons(port);
		memcpy(&a.in.sin_addr, h.addr, sizeof(a.in.sin_addr));
		return net_addr_from(kind, &a.sa, sizeof(a.in), ret);
	}
	a.in6.sin6_family = AF_INET6;
	a.in6.sin6_port = htons(port);
	a.in6.sin6_scope_id = h.scope;
	memcpy(&a.in6.sin6_addr, h.addr, sizeof(a.in6.sin6_addr));
	return net_addr_from(kind, &a.sa, sizeof(a.in6), ret);
}

static int parse_unix(const char *text, enum net_kind kind,
		      struct net_addr *ret)
{
	size_t head = offsetof(struct sockaddr_un, sun_path);
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t len = strlen(text);

	if (len > sizeof(un.sun_path))
		return -EINVAL;
	memcpy(un.sun_path, text, len);
	if (text[0] == '@')
		un.sun_path[0] = '\0';
	return net_addr_from(kind, (const struct sockaddr *)&un,
			     (socklen_t)(head + len), ret);
}

int net_addr_parse(const char *text, struct net_addr *ret)
{
	size_t len = strcspn(text, " ");
	char name[32];
	enum net_kind kind;

	if (len >= sizeof(name) || text[len] == '\0')
		return -EINVAL;
	memcpy(name, text, len);
	name[len] = '\0';
	kind = net_kind_of(name);
	if (kind == NET_NONE)
		return -EINVAL;
	text += len + 1;
	return net_kind_is_inet(kind) ? parse_inet(text, kind, ret)
				      : parse_unix(text, kind, ret);
}
