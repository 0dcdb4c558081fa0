/* SPDX-License-Identifier: ISC */
#include "chan.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "wicket/fdpass.h"

int chan_pair(int *ret_worker, int *ret_helper, bool *ret_refuses)
{
	int sv[2];
	int off = 0;

	if (wicket_socketpair(SOCK_SEQPACKET, sv) < 0)
		return -errno;
	*ret_refuses = setsockopt(sv[1], SOL_SOCKET, SO_PASSRIGHTS, &off,
				  sizeof(off)) == 0;
	*ret_worker = sv[0];
	*ret_helper = sv[1];
	return 0;
}

int chan_send(int fd, const void *msg, size_t len, const int *fds, size_t nfds,
	      int flags)
{
	return wicket_sendfds(fd, msg, len, fds, nfds, flags) < 0 ? -errno : 0;
}

/* An empty packet reads like the end of the peer; only the end hangs up. */
static bool hung_up(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLRDHUP};

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLRDHUP));
}

ssize_t chan_recv(int fd, void *msg, size_t size, int *fds, size_t *nfds,
		  int flags, const struct timespec *deadline)
{
	ssize_t n = wicket_recvfds_until(fd, msg, size, fds, nfds, flags,
					 deadline);

	if (n < 0 && (errno == EMSGSIZE || errno == ENOBUFS))
		return -EPROTO;
	if (n < 0)
		return -errno;
	if (n > 0)
		return n;
	/* An empty message may have brought some. */
	if (fds && nfds) {
		close_fds(fds, *nfds);
		*nfds = 0;
	}
	return hung_up(fd) ? 0 : -EPROTO;
}
