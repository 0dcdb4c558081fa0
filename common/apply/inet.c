/* SPDX-License-Identifier: ISC */
#include "apply/inet.h"

#include <errno.h>
#include <string.h>

static int set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)) < 0)
		return -errno;
	return 0;
}

static int set_device(int fd, const char *device)
{
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
		       (socklen_t)strlen(device) + 1) < 0)
		return -errno;
	return 0;
}

/* Beyond net.core.rmem_max where privilege allows, else as far as it goes. */
static int set_rcvbuf(int fd, int bytes)
{
	int r = set(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes);

	return r == -EPERM ? set(fd, SOL_SOCKET, SO_RCVBUF, bytes) : r;
}

/* How the address may be bound, by IP version. */
static int set_address_options(int fd, const struct policy_net *net)
{
	bool v6 = net->range.family == AF_INET6;
	int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	int r = 0;

	/* Else a rule for IPv6 alone would reach IPv4 by mapped addresses. */
	if (v6)
		r = set(fd, level, IPV6_V6ONLY, !net->dual);
	if (r == 0 && net->transparent)
		r = set(fd, level, v6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, 1);
	if (r == 0 && net->freebind)
		r = set(fd, level, v6 ? IPV6_FREEBIND : IP_FREEBIND, 1);
	return r;
}

/*
 * Safe because: every value is the policy's, which only root can write; the
 * worker gets the socket after it is bound or connected, when these options
 * have done their work.
 */
static int set_options(int fd, const struct policy_net *net)
{
	int r = set_address_options(fd, net);

	if (r == 0 && net->device)
		r = set_device(fd, net->device);
	if (r == 0 && net->mark_set)
		r = set(fd, SOL_SOCKET, SO_MARK, (int)net->mark);
	if (r == 0 && net->rcvbuf)
		r = set_rcvbuf(fd, (int)net->rcvbuf);
	return r;
}

int inet_socket(const struct policy_rule *rule, int flags, int *ret_fd)
{
	const struct policy_net *net = &rule->net;
	_cleanup_fd_ int fd = -1;
	int r;

	/* Named, never 0: a system that turns 0 into MPTCP is not followed. */
	if (net->range.kind == NET_TCP)
		fd = socket(net->range.family,
			    SOCK_STREAM | SOCK_CLOEXEC | flags, IPPROTO_TCP);
	else
		fd = socket(net->range.family,
			    SOCK_DGRAM | SOCK_CLOEXEC | flags, IPPROTO_UDP);
	if (fd < 0)
		return -errno;
	r = set_options(fd, net);
	if (r < 0)
		return r;
	*ret_fd = take_fd(&fd);
	return 0;
}

/*
 * SO_REUSEADDR on TCP waits for nothing in TIME_WAIT; on UDP it would share
 * the port with whoever sets it too.  SO_REUSEPORT lets sockets of the same
 * user join, hence the worker's fsuid: only where the rule asks for it.
 */
static int set_sharing(int fd, const struct policy_net *net)
{
	int r = 0;

	if (net->range.kind == NET_TCP)
		r = set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (r == 0 && net->reuseport > 1)
		r = set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	return r;
}

int inet_bind(const struct policy_rule *rule, const struct net_addr *a,
	      int *ret_fd)
{
	_cleanup_fd_ int fd = -1;
	int r = inet_socket(rule, 0, &fd);

	if (r == 0)
		r = set_sharing(fd, &rule->net);
	if (r < 0)
		return r;
	/*
	 * Safe because: the rule covers exactly this kind, family, address and
	 * port, and a bound socket cannot be bound again.
	 */
	if (bind(fd, &a->sa, a->len) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}
