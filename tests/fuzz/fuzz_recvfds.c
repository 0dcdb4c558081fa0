/* SPDX-License-Identifier: ISC */
/*
 * The receiving side against a peer of any behaviour: the input is a program
 * of raw sends (data, descriptors in one or more control messages,
 * credentials, empty messages, half closes) and of receives with any room.
 * Whatever comes, a call gives all that it promises or fails with everything
 * closed, and at the end no descriptor is left.
 */
#include "wicket/fdpass.h"
#include "wicket/fdstream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

/* Adds one control message of n descriptors of our own socket's or stdin. */
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

static void raw_send(struct program *p, int sock, int fd)
{
	static char control[8192] __attribute__((aligned(8)));
	static char data[600];
	uint8_t what = next(p);
	struct iovec iov = {data, next(p) * 2u};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	size_t len = 0;

	if (what & 1)
		len = add_credentials(control, len);
	for (unsigned i = 0; i < ((what >> 1) & 3); i++)
		len = add_rights(control, len, fd, next(p));
	mh.msg_control = len ? control : NULL;
	mh.msg_controllen = len;
	(void)sendmsg(sock, &mh, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void receive(struct program *p, int sock)
{
	char data[600];
	int fds[WICKET_FDS_MAX];
	size_t room = next(p), nfds = room;
	struct wicket_sender from = {1, 1, 1, 1};
	ssize_t n;

	n = wicket_recvfds_sender(sock, data, next(p) * 2u, fds, &nfds,
				  MSG_DONTWAIT, NULL, &from);
	check(n >= 0 ? nfds <= room : nfds == 0);
	check(n >= 0 || from.pidfd == -1);
	for (size_t i = 0; i < nfds; i++)
		check(close(fds[i]) == 0);
	if (from.pidfd >= 0)
		check(close(from.pidfd) == 0);
}

static void take(struct program *p, struct wicket_stream *s)
{
	static const struct timespec past = {0};
	int fds[WICKET_FDS_MAX];
	size_t room = next(p), nfds = room;
	size_t n = next(p) * 3u;

	if (wicket_stream_want(s, n, &past) < 0 && errno == ENOBUFS)
		return;
	if (wicket_stream_take(s, NULL, n, fds, &nfds) < 0)
		check(nfds == 0);
	check(nfds <= room);
	for (size_t i = 0; i < nfds; i++)
		check(close(fds[i]) == 0);
}

/* The lowest free number is where a leak would show. */
static int lowest_free(void)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD, 0);

	check(fd >= 0 && close(fd) == 0);
	return fd;
}

static void run(struct program *p, int sv[2], int type)
{
	char room[600];
	struct wicket_stream s = WICKET_STREAM_INIT(sv[1], room, sizeof(room));

	while (p->left > 0) {
		switch (next(p) % 8) {
		case 0:
			check(wicket_tell_sender(sv[1]) >= 0);
			break;
		case 1:
			(void)shutdown(sv[0], SHUT_WR);
			break;
		case 2:
		case 3:
			receive(p, sv[1]);
			break;
		case 4:
			if (type == SOCK_STREAM)
				take(p, &s);
			break;
		case 5: /* a cycle: the socket over itself */
			raw_send(p, sv[0], sv[1]);
			break;
		default:
			raw_send(p, sv[0], STDIN_FILENO);
		}
	}
	wicket_stream_drop(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
	struct program p = {data, size};
	int before = lowest_free();
	int type = types[next(&p) % 3];
	int sv[2];

	check(wicket_socketpair(type, sv) == 0);
	run(&p, sv, type);
	close(sv[0]);
	close(sv[1]);
	check(lowest_free() == before);
	return 0;
}
