/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "helper/ask.h"

/* What a raw socket may be of: here alone a name becomes a protocol. */
static const struct protocol {
	const char *name;
	int family;
	int number;
} protocols[] = {
	{"icmp", AF_INET, IPPROTO_ICMP},
	{"icmp6", AF_INET6, IPPROTO_ICMPV6},
};

static const struct protocol *find(const char *name)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strcmp(protocols[i].name, name) == 0)
			return &protocols[i];
	return NULL;
}

int do_raw(struct helper *h, struct job *j)
{
	const struct protocol *p = find(j->request->object);
	int r;

	if (!p)
		return -EINVAL;
	r = ask_name(h, j, POLICY_RAW, 0);
	if (r < 0)
		return r;
	/*
	 * Safe because: the protocol is fixed by the socket, and the kernel
	 * writes the IP header.  That the worker does not take the header over
	 * (IP_HDRINCL, IPV6_HDRINCL, which nothing here can lock) is for its
	 * seccomp filter to see to.
	 */
	j->fd = socket(p->family, SOCK_RAW | SOCK_CLOEXEC, p->number);
	return j->fd < 0 ? -errno : 0;
}
