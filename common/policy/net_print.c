/* SPDX-License-Identifier: ISC */
#include "policy/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "text.h"

static bool is_zero(const uint8_t *addr)
{
	static const uint8_t zero[16];

	return memcmp(addr, zero, sizeof(zero)) == 0;
}

static void put_host(struct text *t, const struct net_range *r, bool any)
{
	bool exact = r->prefix == net_family_bits(r->family);
	bool star = any ? r->prefix == 0 && r->scope == 0
			: exact && is_zero(r->addr) && r->family == AF_INET;
	char host[INET6_ADDRSTRLEN];

	if (star) {
		text_put(t, r->family == AF_INET ? "*" : "[*]");
		return;
	}
	(void)inet_ntop(r->family, r->addr, host, sizeof(host));
	if (r->family == AF_INET)
		text_put(t, "%s", host);
	else if (r->scope)
		text_put(t, "[%s%%%u]", host, r->scope);
	else
		text_put(t, "[%s]", host);
	if (!exact)
		text_put(t, "/%u", r->prefix);
}

static void put_inet(struct text *t, const struct net_range *r, bool any)
{
	put_host(t, r, any);
	if (r->port_low == 1 && r->port_high == UINT16_MAX)
		text_put(t, ":*");
	else if (r->port_low == r->port_high)
		text_put(t, ":%u", r->port_low);
	else
		text_put(t, ":%u-%u", r->port_low, r->port_high);
}

int net_range_print(const struct net_range *r, bool any, char *buf, size_t size)
{
	struct text t = text_in(buf, size);

	if (r->family == AF_UNIX)
		text_put(&t, "%s", r->path);
	else
		put_inet(&t, r, any);
	return t.failed ? -ENOSPC : 0;
}

int net_addr_print(const struct net_addr *a, bool any, char *buf, size_t size)
{
	size_t head = offsetof(struct sockaddr_un, sun_path) + 1;
	struct text t = text_in(buf, size);
	struct net_range r;

	text_put(&t, "%s ", net_kind_name(a->kind));
	if (net_range_of(a, &r))
		put_inet(&t, &r, any);
	else if (a->un.sun_path[0] == '\0')
		text_put(&t, "@%.*s", (int)(a->len - head), a->un.sun_path + 1);
	else
		text_put(&t, "%s", a->un.sun_path);
	return t.failed ? -ENOSPC : 0;
}
