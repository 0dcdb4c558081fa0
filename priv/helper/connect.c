/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>

#include "helper/ask.h"
#include "apply/inet.h"
#include "helper/unix.h"

/* 1 where the connection is still being made, 0 where it stands. */
static int connect_inet(const struct policy_rule *rule,
			const struct net_addr *a, int *ret_fd)
{
	_cleanup_fd_ int fd = -1;
	int pending = 0;
	int r = inet_socket(rule, SOCK_NONBLOCK, &fd);

	if (r < 0)
		return r;
	/*
	 * Safe because: the rule covers this kind, family, address and port.
	 * The port it comes from is the kernel's choice, above 1023.
	 */
	if (connect(fd, &a->sa, a->len) < 0) {
		if (errno != EINPROGRESS)
			return -errno;
		pending = 1;
	}
	*ret_fd = take_fd(&fd);
	return pending;
}

static int make_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

/*
 * The helper never waits for a peer: a connection on its way is handed out as
 * it is, non-blocking and with the number 1, and the worker waits for it.
 */
int do_connect(struct helper *h, struct job *j)
{
	_cleanup_fd_ int fd = -1;
	struct asked a;
	int pending = 0;
	int r = ask_net(h, j, POLICY_CONNECT, &a);

	if (r < 0)
		return r;
	if (j->rule->net.range.family == AF_UNIX)
		r = unix_connect(h, j, &a, &fd);
	else
		r = pending = connect_inet(j->rule, &a.address, &fd);
	if (r == 0)
		r = make_blocking(fd);
	if (r < 0)
		return r;
	j->number = (uint64_t)pending;
	j->fd = take_fd(&fd);
	return 0;
}
