/* SPDX-License-Identifier: ISC */
#include "policy/net.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "policy/net_scan.h"

static int parse_inet(const char *text, enum net_kind kind,
		      struct net_addr *ret)
{
	struct net_addr a = {.kind = kind};
	struct net_scan s = {.at = text};
	struct net_host h;
	uint16_t port = 0;

	if (net_scan_host(&s, &h) < 0 || (h.any && h.family == AF_INET6) ||
	    !net_scan_skip(&s, ':') || net_scan_port(&s, &port) < 0 || *s.at)
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
