/* SPDX-License-Identifier: ISC */
/*
 * The receiving side against a peer of any behaviour: the input is a program
 * of raw sends (data, descriptors in one or more control messages,
 * credentials, empty messages, half closes), of socket options, and of
 * receives with any room.  A model of what was sent tells what must come: a
 * call gives all of it, or fails for the right reason with everything closed;
 * at the end no descriptor is left.
 */
#include "wicket/fdpass.h"
#include "wicket/fdstream.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct program {
	const uint8_t *at;
	size_t left;
};

static uint8_t next(struct program *p)
{
	if (p->left == 0)
		return 0;
	p->left--;
	return *p->at++;
}

static void check(int holds)
{
	if (!holds)
		abort();
}

/* ---- what was sent ------------------------------------------------------- */

enum {
	MODEL_MAX = 128
};

enum kind {
	PACKETS,
	STREAM,
	READER, /* a stream, by <wicket/fdstream.h> */
};

/* A message, and where its bytes are in all that was sent. */
struct piece {
	size_t start;
	size_t end;
	size_t nfds;
};

struct model {
	enum kind kind;
	struct piece sent[MODEL_MAX];
	size_t n;
	size_t taken; /* messages, where they are packets */
	size_t out;   /* bytes, on a stream */
	size_t given; /* descriptors */
};

/* A stream has no empty messages: the kernel drops what came with one. */
static void model_sent(struct model *m, size_t len, size_t nfds)
{
	size_t start = m->n ? m->sent[m->n - 1].end : 0;

	if (len > 0 || m->kind == PACKETS)
		m->sent[m->n++] = (struct piece){start, start + len, nfds};
}

/* The descriptors of what begins within these bytes. */
static size_t model_begun(const struct model *m, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		if (m->sent[i].start >= from && m->sent[i].start < to)
			n += m->sent[i].nfds;
	return n;
}

/* The descriptors of what ends within these first bytes. */
static size_t model_ended(const struct model *m, size_t to)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		if (m->sent[i].end <= to)
			n += m->sent[i].nfds;
	return n;
}

/* ---- the peer ------------------------------------------------------------ */

/* Adds one control message of n times this descriptor. */
static size_t add_rights(char *room, size_t at, int fd, size_t n)
{
	struct cmsghdr *c = (struct cmsghdr *)(void *)(room + at);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	for (size_t i = 0; i < n; i++)
		memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(fd));
	return at + CMSG_SPACE(n * sizeof(int));
}

static size_t add_credentials(char *room, size_t at)
{
	struct cmsghdr *c = (struct cmsghdr *)(void *)(room + at);
	struct ucred cred = {getpid(), getuid(), getgid()};

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDENTIALS;
	c->cmsg_len = CMSG_LEN(sizeof(cred));
	memcpy(CMSG_DATA(c), &cred, sizeof(cred));
	return at + CMSG_SPACE(sizeof(cred));
}

static void raw_send(struct program *p, int sock, int fd, struct model *m)
{
	static char control[8192] __attribute__((aligned(8)));
	static char data[600];
	uint8_t what = next(p);
	struct iovec iov = {data, next(p) * 2u};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	size_t len = 0, nfds = 0;

	if (m->n == MODEL_MAX)
		return;
	if (what & 1)
		len = add_credentials(control, len);
	for (unsigned i = 0; i < ((what >> 1) & 3); i++) {
		size_t n = next(p);

		len = add_rights(control, len, fd, n);
		nfds += n;
	}
	mh.msg_control = len ? control : NULL;
	mh.msg_controllen = len;
	if (sendmsg(sock, &mh, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		model_sent(m, iov.iov_len, nfds);
}

/* What else a receiver may have asked to be told; none may take room. */
static void set_option(struct program *p, int sock)
{
	static const int names[] = {SO_PASSCRED,
				    SO_PASSSEC,
				    SO_TIMESTAMP,
				    SO_TIMESTAMPNS,
				    83 /* SO_PASSRIGHTS */,
				    84 /* SO_INQ */,
				    SO_TIMESTAMPING};
	uint8_t which = next(p) % 8;
	int on = next(p) & 1;

	if (which == 7) {
		check(wicket_tell_sender(sock) >= 0);
		return;
	}
	if (names[which] == SO_TIMESTAMPING)
		on *= SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE;
	(void)setsockopt(sock, SOL_SOCKET, names[which], &on, sizeof(on));
}

/* ---- the receiver -------------------------------------------------------- */

/* What one call was given, and what it said. */
struct answer {
	size_t len;
	size_t room;
	ssize_t n;
	size_t nfds;
	int error;
};

static struct timespec in_a_millisecond(void)
{
	struct timespec t;

	check(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	t.tv_nsec += 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* A deadline that is not kept is found as an input that is too slow. */
static struct answer ask(struct program *p, int sock, bool waits)
{
	struct timespec soon = in_a_millisecond();
	char data[600];
	int fds[WICKET_FDS_MAX];
	struct wicket_sender from = {1, 1, 1, 1};
	struct answer a = {.room = next(p), .len = next(p) * 2u};

	a.nfds = a.room;
	a.n = wicket_recvfds_sender(sock, data, a.len, fds, &a.nfds,
				    MSG_DONTWAIT, waits ? &soon : NULL, &from);
	a.error = a.n < 0 ? errno : 0;
	check(a.error != (waits ? EAGAIN : ETIMEDOUT));
	if (a.error == ETIMEDOUT)
		a.error = EAGAIN;
	check(a.n >= 0 || (from.pidfd == -1 && a.nfds == 0));
	for (size_t i = 0; i < a.nfds; i++)
		check(close(fds[i]) == 0);
	if (from.pidfd >= 0)
		check(close(from.pidfd) == 0);
	return a;
}

static void receive_packet(struct program *p, int sock, struct model *m,
			   bool waits)
{
	struct answer a = ask(p, sock, waits);
	const struct piece *sent = &m->sent[m->taken];

	if (a.len == 0 || a.room > WICKET_FDS_MAX) {
		check(a.error == (a.room > WICKET_FDS_MAX ? E2BIG : EINVAL));
		return;
	}
	if (m->taken == m->n) {
		check(a.error == EAGAIN || (a.n == 0 && a.nfds == 0));
		return;
	}
	m->taken++;
	if (sent->nfds > a.room)
		check(a.error == ENOBUFS);
	else if (sent->end - sent->start > a.len)
		check(a.error == EMSGSIZE);
	else
		check(a.n == (ssize_t)(sent->end - sent->start) &&
		      a.nfds == sent->nfds);
}

static size_t waiting(int sock)
{
	int n = 0;

	check(ioctl(sock, FIONREAD, &n) == 0);
	return (size_t)n;
}

static void receive_stream(struct program *p, int sock, struct model *m,
			   bool waits)
{
	size_t before = waiting(sock);
	struct answer a = ask(p, sock, waits);
	size_t used = before - waiting(sock);
	size_t due = model_begun(m, m->out, m->out + used);

	m->out += used;
	if (a.n >= 0)
		check((size_t)a.n == used && a.nfds == due);
	else if (a.error == ENOBUFS)
		check(used > 0 && due > a.room);
	else
		check(used == 0);
}

/* Returns false where the connection is to be given up. */
static bool take(struct program *p, struct wicket_stream *s, struct model *m)
{
	static const struct timespec past = {0};
	int fds[WICKET_FDS_MAX];
	size_t room = next(p), nfds = room, kept;
	size_t n = next(p) * 3u;

	if (wicket_stream_want(s, n, &past) < 0 && errno == ENOBUFS) {
		check(model_begun(m, 0, m->out + n) - m->given >
		      WICKET_STREAM_FDS);
		return false;
	}
	kept = s->nfds;
	if (wicket_stream_take(s, NULL, n, fds, &nfds) < 0) {
		check(nfds == 0);
		if (errno == EAGAIN)
			return true;
		check(errno == ENOBUFS && kept - s->nfds > room);
	} else {
		check(nfds <= room && nfds == kept - s->nfds);
	}
	for (size_t i = 0; i < nfds; i++)
		check(close(fds[i]) == 0);
	m->out += n;
	m->given += kept - s->nfds;
	check(m->given >= model_ended(m, m->out));
	check(m->given <= model_begun(m, 0, m->out));
	return true;
}

/* ---- a program ----------------------------------------------------------- */

static void run(struct program *p, const int sv[2], enum kind kind)
{
	static struct model m;
	char room[600];
	struct wicket_stream s = WICKET_STREAM_INIT(sv[1], room, sizeof(room));
	bool on = true;
	int waits = 4;

	m = (struct model){.kind = kind};
	while (p->left > 0 && on) {
		uint8_t what = next(p);
		bool other = what & 8;

		switch (what % 8) {
		case 0:
			set_option(p, sv[1]);
			break;
		case 1:
			(void)shutdown(sv[other], other ? SHUT_RD : SHUT_WR);
			break;
		case 2:
		case 3:
		case 4:
			other = other && waits-- > 0;
			if (kind == PACKETS)
				receive_packet(p, sv[1], &m, other);
			else if (kind == STREAM)
				receive_stream(p, sv[1], &m, other);
			else
				on = take(p, &s, &m);
			break;
		case 5: /* a cycle: the socket over itself */
			raw_send(p, sv[0], sv[1], &m);
			break;
		default:
			raw_send(p, sv[0], STDIN_FILENO, &m);
		}
	}
	wicket_stream_drop(&s);
}

/* The lowest free number is where a leak would show. */
static int lowest_free(void)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD, 0);

	check(fd >= 0 && close(fd) == 0);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM,
				    SOCK_STREAM};
	static const enum kind kinds[] = {READER, PACKETS, PACKETS, STREAM};
	struct program p = {data, size};
	int before = lowest_free();
	unsigned which = next(&p) % 4;
	int sv[2];

	check(wicket_socketpair(types[which], sv) == 0);
	run(&p, sv, kinds[which]);
	close(sv[0]);
	close(sv[1]);
	check(lowest_free() == before);
	return 0;
}
