/* SPDX-License-Identifier: ISC */
/*
 * The channel between a worker and its helper: a SOCK_SEQPACKET pair, one
 * message a packet, descriptors only from the helper to the worker.
 */
#ifndef COMMON_CHAN_H
#define COMMON_CHAN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "own.h"

/* Linux 6.16, include/uapi/asm-generic/socket.h; Debian 12 is older. */
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

/*
 * Makes a channel, both ends close-on-exec.  *ret_refuses tells whether the
 * kernel refuses descriptors sent towards *ret_helper (SO_PASSRIGHTS, Linux
 * 6.16); where it does not, a worker can stall its own helper with them.
 * Returns 0 or -errno, and then nothing is made.  The caller closes both.
 */
_must_use_ int chan_pair(int *ret_worker, int *ret_helper, bool *ret_refuses);

/*
 * Sends one message: 0 or -errno.  The descriptors stay the caller's.
 * -EAGAIN, -ETOOMANYREFS: nothing was sent, try again.  flags as sendmsg's.
 */
_must_use_ int chan_send(int fd, const void *msg, size_t len, const int *fds,
			 size_t nfds, int flags);

/*
 * Receives one message of at most size bytes and at most *nfds descriptors,
 * which the caller owns (fds and nfds may be NULL: none are accepted).
 * Returns its length, 0 at the end of the peer, or -errno: -EAGAIN, -EPROTO
 * for an empty or oversized message or one with descriptors that were not
 * expected.  deadline as in wicket_recvfds_until().
 */
_must_use_ ssize_t chan_recv(int fd, void *msg, size_t size, int *fds,
			     size_t *nfds, int flags,
			     const struct timespec *deadline);

#endif
