/* SPDX-License-Identifier: ISC */
/*
 * Reading descriptors from a SOCK_STREAM, which keeps no message boundaries.
 *
 * A protocol on a stream has a header that says how long its message is, and
 * both may come in pieces.  The descriptors come with the first piece of what
 * their sender sent in one call: a reader that looks only at whole messages
 * must keep them until the rest is there, and must know to which message they
 * belong.  This one does.
 *
 *	char room[256], text[256];
 *	struct wicket_stream s = WICKET_STREAM_INIT(sock, room, sizeof(room));
 *	int fds[8];
 *
 *	while (wicket_stream_want(&s, 1, NULL) == 1) {
 *		const unsigned char *head = wicket_stream_data(&s);
 *		size_t len = 1 + head[0], nfds = 8;
 *
 *		if (wicket_stream_want(&s, len, NULL) != 1 ||
 *		    wicket_stream_take(&s, text, len, fds, &nfds) < 0)
 *			break;
 *		use(text + 1, len - 1, fds, nfds);
 *	}
 *	wicket_stream_drop(&s);
 *
 * A sender for such a reader sends a message and its descriptors in one
 * wicket_sendfds().  One message has at most WICKET_FDS_MAX of them; however
 * many messages wait, none of their descriptors is lost.
 *
 * The object is the caller's, belongs to one thread at a time, and owns the
 * descriptors that are not yet taken.  The socket stays the caller's.
 */
#ifndef WICKET_FDSTREAM_H
#define WICKET_FDSTREAM_H

#include "fdpass.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Descriptors kept at most until their bytes are taken. */
#define WICKET_STREAM_FDS WICKET_FDS_MAX

/* Its members are private. */
struct wicket_stream {
	int sock;
	char *room;
	size_t size;
	size_t len;
	size_t nfds;
	int lost; /* why bytes are missing behind these */
	int fds[WICKET_STREAM_FDS];
	size_t mark[WICKET_STREAM_FDS];
};

/* room is the caller's buffer, of at least the longest message. */
#define WICKET_STREAM_INIT(sock, room, size)          \
	{                                             \
		(sock), (room), (size), 0, 0, 0, {0}, \
		{                                     \
			0                             \
		}                                     \
	}

/*
 * Waits until at least n bytes are there.
 *
 * deadline	as in wicket_sendfds_until(); NULL waits for ever, or not at
 *		all on a non-blocking socket
 *
 * Returns 1 when they are, 0 when the peer has closed before (what came until
 * then is still there: wicket_stream_len()), or -1 with errno set, and what
 * was there is kept:
 * EMSGSIZE	n is larger than the room
 * EAGAIN, ETIMEDOUT	not yet; try again
 * EINVAL	the deadline is no time
 * and the other errors of wicket_recvfds(), and after two of them no more can
 * be read: the bytes of one piece are lost, and where the next message begins
 * nobody knows.  Whoever wants more is told the same again:
 * ENOBUFS	more than WICKET_STREAM_FDS descriptors came with these n
 *		bytes; those of the last piece are closed
 * EMFILE	this process may not open so many files
 *
 * Since 0.1.
 */
WICKET_PUBLIC int wicket_stream_want(struct wicket_stream *s, size_t n,
				     const struct timespec *deadline)
	__attribute__((warn_unused_result));

/* The bytes that are there and their number; valid until the next call. */
WICKET_PUBLIC const void *wicket_stream_data(const struct wicket_stream *s);
WICKET_PUBLIC size_t wicket_stream_len(const struct wicket_stream *s);

/*
 * How many bytes must be taken until the next descriptor comes with them: it
 * was sent in the same call as the last of these bytes.  0: none is there.
 */
WICKET_PUBLIC size_t wicket_stream_mark(const struct wicket_stream *s);

/*
 * Takes n bytes, and the descriptors that came with them: those whose mark
 * lies within the n bytes.
 *
 * to		room for n bytes; NULL throws them away
 * fds, nfds	as in wicket_recvfds(): room in, number out; both may be NULL
 *		where no descriptor is expected
 *
 * Returns 0, or -1 with errno set:
 * EAGAIN	fewer than n bytes are there; nothing was taken
 * ENOBUFS	more descriptors came with these bytes than there is room for:
 *		they are closed, *nfds is 0, the bytes are taken
 *
 * Never blocks.  Since 0.1.
 */
WICKET_PUBLIC int wicket_stream_take(struct wicket_stream *s, void *to,
				     size_t n, int *fds, size_t *nfds)
	__attribute__((warn_unused_result));

/* Closes the descriptors that were not taken and forgets the bytes. */
WICKET_PUBLIC void wicket_stream_drop(struct wicket_stream *s);

#ifdef __cplusplus
}
#endif

#endif
