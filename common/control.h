/* SPDX-License-Identifier: ISC */
/*
 * What supervisor and helper tell each other, once the helper has reported
 * that it is ready (start.h).  The supervisor owns everything that outlasts a
 * helper: the channels, the listening sockets, the limits.  A helper has
 * copies of them, tells of each new one before its client hears of it, and
 * gives back unfinished work when another is to take its place.
 *
 *	to the helper
 *	LISTENER	a socket that listens already
 *	CHANNEL		a client to serve; HELLO: tell it of the change; MORE:
 *			not before the LEFT that comes next; number is the
 *			highest id so far
 *	LEFT		what the helper before did not finish for that client;
 *			number is who sent it, for the audit
 *	UNLISTEN	shut this listener down and take its name away
 *	COUNT		send COUNTS
 *	STOP		give back what is not finished, and end
 *	KEEP		no other helper will come for that client, which waits
 *			for one; number is the errno
 *
 *	to the supervisor
 *	LISTENER	a socket listens now
 *	UNLISTEN	it does no more
 *	CHANNEL		a new client
 *	LIMIT		a client has limits now
 *	LEFT		as above
 *	RENEW		that client waits for another helper; why is in flags
 *	COUNTS		what each client asked for so far
 *
 * frames of a LISTENER, an UNLISTEN, a CHANNEL and a LIMIT are the limits of
 * the client (policy/limits.h): a listener is for clients with the very
 * same.
 *
 * The two trust each other as far as it matters: the supervisor passes on what
 * a helper sends, and never looks into frames and replies, which have the
 * worker's bytes in them.
 */
#ifndef COMMON_CONTROL_H
#define COMMON_CONTROL_H

#include <stdint.h>
#include <sys/types.h>

#include "bounds.h"
#include "own.h"
#include "wire.h"

enum control_kind {
	CONTROL_LISTENER = 1,
	CONTROL_CHANNEL,
	CONTROL_LEFT,
	CONTROL_UNLISTEN,
	CONTROL_COUNT,
	CONTROL_STOP,
	CONTROL_KEEP,
	CONTROL_RENEW,
	CONTROL_COUNTS,
	CONTROL_LIMIT,
	CONTROL_KIND_MAX,
};

enum control_flag {
	/* CHANNEL: the helper before ended without giving anything back. */
	CONTROL_HELLO = 1u << 0,
	/*
	 * RENEW, LEFT: why a request waits; in a LEFT to the helper, what it
	 * waited for has happened.
	 */
	CONTROL_LOCK = 1u << 1,	  /* Landlock is behind the file system */
	CONTROL_RELOAD = 1u << 2, /* the worker asked for a reload */
	/* CHANNEL: what was left for it is the next message. */
	CONTROL_MORE = 1u << 3,
};

/*
 * One message.  Which members mean something depends on the kind; the others
 * are 0, "" and empty.  Strings and blobs are borrowed.
 */
struct control {
	uint16_t kind;
	uint32_t flags;
	uint64_t id;	 /* of a channel: a helper's are odd, no others */
	uint64_t number; /* of a listener: its index */
	uint64_t dev;	 /* of a listener: which file its name is */
	uint64_t ino;
	const char *object; /* of a listener: its address, "tcp *:80" */
	const char *path;   /* of a listener: where its name leads */
	const void *reply;  /* LEFT: not sent yet; COUNTS: the counters */
	size_t reply_len;
	const void *frames; /* LEFT: not answered yet; else limits */
	size_t frames_len;
};

/* What one client asked for: the counters that COUNTS has in its reply. */
struct control_count {
	uint64_t id;
	uint32_t pid; /* 0: it said nothing yet */
	uint64_t requests;
	uint64_t denied;
	uint64_t fds; /* that were handed out */
};

/* One message as it was received, and what it brought. */
struct control_message {
	struct control c;
	uint8_t *bytes;	    /* owned: what c borrows from */
	int fds[BOUND_FDS]; /* owned, the first nfds */
	size_t nfds;
};

#define CONTROL_MESSAGE_INIT \
	{                    \
		.nfds = 0    \
	}

/* Pure: 0, or -ENOSPC where it does not fit, -EPROTO where it is none. */
_must_use_ int control_encode(const struct control *c, struct wire_out *o);
_must_use_ int control_decode(struct wire_in *i, struct control *ret);

void control_put_count(struct wire_out *o, const struct control_count *c);
/* 1, 0 at the end, -EPROTO. */
_must_use_ int control_get_count(struct wire_in *i, struct control_count *ret);

/*
 * Sends one message with n descriptors, which stay the caller's.  Waits until
 * there is room.  0 or -errno.
 */
_must_use_ int control_send(int fd, const struct control *c, const int *fds,
			    size_t n);

/*
 * Takes the next message, without waiting: 1, 0 at the end of the peer, or
 * -errno, -EAGAIN where there is none.  *ret is for control_clear() then.
 */
_must_use_ int control_recv(int fd, struct control_message *ret);

/* Closes and frees what the message owns. */
void control_clear(struct control_message *m);

#endif
