/* SPDX-License-Identifier: ISC */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "wicket/fdstream.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The kernel ends a read of a stream behind the piece that carried
 * descriptors.  So of the bytes of one read the last one surely was sent with
 * them, and that is their mark; the first may have been sent before.
 */
static void keep(struct wicket_stream *s, size_t bytes, size_t nfds)
{
	s->len += bytes;
	for (size_t i = 0; i < nfds; i++)
		s->mark[s->nfds + i] = s->len;
	s->nfds += nfds;
}

/*
 * How much to read at once.  Any amount while no descriptor waits, since one
 * read brings at most WICKET_STREAM_FDS.  But where some wait to be taken,
 * only what is wanted: the bytes behind may bring more than there is room for,
 * which belong to a later message and would be lost.
 */
static size_t span(const struct wicket_stream *s, size_t n)
{
	return (s->nfds > 0 ? n : s->size) - s->len;
}

/* One read: 1, 0 at the end, -1. */
static int fill(struct wicket_stream *s, size_t want,
		const struct timespec *deadline)
{
	size_t nfds = WICKET_STREAM_FDS - s->nfds;
	ssize_t n = wicket_recvfds_until(s->sock, s->room + s->len,
					 span(s, want), s->fds + s->nfds, &nfds,
					 0, deadline);

	if (n < 0) {
		/* The bytes went with what was closed. */
		if (errno == ENOBUFS || errno == EMFILE || errno == EMSGSIZE)
			s->lost = errno;
		return -1;
	}
	/* A stream has no empty messages; what is no stream might. */
	keep(s, n > 0 ? (size_t)n : 0, nfds);
	return n > 0;
}

int wicket_stream_want(struct wicket_stream *s, size_t n,
		       const struct timespec *deadline)
{
	if (n > s->size) {
		errno = EMSGSIZE;
		return -1;
	}
	while (s->len < n) {
		int r;

		if (s->lost) {
			errno = s->lost;
			return -1;
		}
		r = fill(s, n, deadline);
		if (r <= 0)
			return r;
	}
	return 1;
}

const void *wicket_stream_data(const struct wicket_stream *s)
{
	return s->room;
}

size_t wicket_stream_len(const struct wicket_stream *s)
{
	return s->len;
}

size_t wicket_stream_mark(const struct wicket_stream *s)
{
	return s->nfds > 0 ? s->mark[0] : 0;
}

/*
 * Not by close(2), where a thread may be cancelled: it would leave the others
 * open, or close them twice when it drops the reader.
 */
static void close_first(struct wicket_stream *s, size_t n)
{
	int saved = errno;

	for (size_t i = 0; i < n; i++)
		(void)syscall(SYS_close, s->fds[i]);
	errno = saved;
}

/* Moves what stays to the front, marks along with their bytes. */
static void forget(struct wicket_stream *s, size_t bytes, size_t nfds)
{
	s->len -= bytes;
	memmove(s->room, s->room + bytes, s->len);
	s->nfds -= nfds;
	memmove(s->fds, s->fds + nfds, s->nfds * sizeof(s->fds[0]));
	for (size_t i = 0; i < s->nfds; i++)
		s->mark[i] = s->mark[i + nfds] - bytes;
}

int wicket_stream_take(struct wicket_stream *s, void *to, size_t n, int *fds,
		       size_t *nfds)
{
	size_t room = fds && nfds ? *nfds : 0;
	size_t due = 0;
	int r = 0;

	if (n > s->len) {
		if (nfds)
			*nfds = 0;
		errno = EAGAIN;
		return -1;
	}
	while (due < s->nfds && s->mark[due] <= n)
		due++;
	if (due > room) {
		close_first(s, due);
		errno = ENOBUFS;
		r = -1;
	} else if (due > 0) {
		memcpy(fds, s->fds, due * sizeof(fds[0]));
	}
	if (to && n > 0)
		memcpy(to, s->room, n);
	if (nfds)
		*nfds = r == 0 ? due : 0;
	forget(s, n, due);
	return r;
}

void wicket_stream_drop(struct wicket_stream *s)
{
	close_first(s, s->nfds);
	s->nfds = 0;
	s->len = 0;
}
