/* SPDX-License-Identifier: ISC */
/*
 * The way of a notification to the service manager.  The manager believes its
 * main process only (NotifyAccess=main), which the helper never is: the helper
 * gets one end of a pair of sockets, and what comes out of the other is sent
 * on as from the main process.
 */
#ifndef SUPERVISOR_NOTIFY_H
#define SUPERVISOR_NOTIFY_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "own.h"

struct notify {
	int relay;  /* owned, -1: there is no service manager */
	int helper; /* owned: the helper's end */
	int out;    /* owned */
	pid_t as;   /* the main process, 0: this one */
	bool ready; /* the worker has said READY=1 */
	struct sockaddr_un to;
	socklen_t to_len;
};

#define NOTIFY_INIT                                  \
	{                                            \
		.relay = -1, .helper = -1, .out = -1 \
	}

/*
 * Sets up the relay to address, which is NOTIFY_SOCKET's value or NULL.  0, and
 * relay is -1 for NULL and for an address of a kind that is not known; or
 * -errno.
 */
_must_use_ int notify_open(const char *address, pid_t as, struct notify *ret);

/*
 * Sends one waiting message on; what cannot be sent is lost, as with
 * sd_notify(3).
 */
void notify_relay(struct notify *n);

/*
 * What the supervisor says itself.  A reload is told only of a worker that was
 * ready, and is over with READY=1, whatever came of it.
 */
void notify_reloading(const struct notify *n);
void notify_reloaded(const struct notify *n);
void notify_stopping(const struct notify *n);

void notify_close(struct notify *n);

#endif
