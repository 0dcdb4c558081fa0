/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "helper/ask.h"

static const struct raw_kind {
	const char *name;
	int family;
	int protocol;
} kinds[] = {
	{"icmp", AF_INET, IPPROTO_ICMP},
	{"icmp6", AF_INET6, IPPROTO_ICMPV6},
};

static const struct raw_kind *kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

int do_raw(struct helper *h, struct job *j)
{
	const struct raw_kind *kind = kind_of(j->request->object);
	int r;

	if (!kind)
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
	j->fd = socket(kind->family, SOCK_RAW | SOCK_CLOEXEC, kind->protocol);
	return j->fd < 0 ? -errno : 0;
}
