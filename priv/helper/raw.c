/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "helper/ask.h"

int do_raw(struct helper *h, struct job *j)
{
	int r;

	if (strcmp(j->request->object, "icmp") != 0)
		return -EINVAL;
	r = ask_name(h, j, POLICY_RAW, 0);
	if (r < 0)
		return r;
	/*
	 * Safe because: the protocol is fixed by the socket, and the kernel
	 * writes the IP header.  That the worker does not take the header over
	 * (IP_HDRINCL, which nothing here can lock) is for its seccomp filter
	 * to see to.
	 */
	j->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	return j->fd < 0 ? -errno : 0;
}
