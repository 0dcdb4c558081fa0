/* SPDX-License-Identifier: ISC */
#include "policy/net_scan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

int net_scan_wrong(struct net_scan *s, const char *expected, const char *at)
{
	s->at = at;
	s->expected = expected;
	return -EINVAL;
}

bool net_scan_skip(struct net_scan *s, char c)
{
	if (*s->at != c)
		return false;
	s->at++;
	return true;
}

int net_scan_number(struct net_scan *s, bool zero, uint32_t max,
		    const char *expected, uint32_t *ret)
{
	const char *start = s->at;
	uint64_t n = 0;

	while (*s->at >= '0' && *s->at <= '9' && n <= max)
		n = n * 10 + (uint64_t)(*s->at++ - '0');
	if (s->at == start || n > max || (n == 0 && !zero) ||
	    (*start == '0' && s->at - start > 1))
		return net_scan_wrong(s, expected, start);
	*ret = (uint32_t)n;
	return 0;
}

/* The len bytes that follow are a star or an address of that family. */
static int scan_address(struct net_scan *s, struct net_host *h, int family,
			size_t len, const char *expected)
{
	char text[INET6_ADDRSTRLEN] = "";

	h->family = family;
	h->any = len == 1 && *s->at == '*';
	if (len < sizeof(text))
		memcpy(text, s->at, len);
	if (!h->any && inet_pton(family, text, h->addr) != 1)
		return net_scan_wrong(s, expected, s->at);
	s->at += len;
	return 0;
}

static int scan_ipv4(struct net_scan *s, struct net_host *h)
{
	return scan_address(s, h, AF_INET, strcspn(s->at, "/:"),
			    "an IPv4 address, * or [an IPv6 address]");
}

/* What stands within [ and ]. */
static int scan_ipv6(struct net_scan *s, struct net_host *h)
{
	int r = scan_address(s, h, AF_INET6, strcspn(s->at, "%]"),
			     "an IPv6 address");

	if (r == 0 && !h->any && net_scan_skip(s, '%'))
		r = net_scan_number(s, false, UINT32_MAX, "a scope's number",
				    &h->scope);
	if (r == 0 && !net_scan_skip(s, ']'))
		r = net_scan_wrong(s, "]", s->at);
	return r;
}

int net_scan_host(struct net_scan *s, struct net_host *h)
{
	*h = (struct net_host){0};
	return net_scan_skip(s, '[') ? scan_ipv6(s, h) : scan_ipv4(s, h);
}

int net_scan_port(struct net_scan *s, uint16_t *ret)
{
	uint32_t port;
	int r = net_scan_number(s, false, UINT16_MAX, "a port, 1 to 65535",
				&port);

	if (r == 0)
		*ret = (uint16_t)port;
	return r;
}
