/* SPDX-License-Identifier: ISC */
/*
 * What the programs in docs/FDPASS.md share: bare sendmsg and recvmsg, without
 * any care, and a look at what came of it.
 */
#ifndef TRAPS_H
#define TRAPS_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int sv[2];
static int with; /* flags of sendmsg */

/* Sends len bytes and n copies of standard input; the result of sendmsg. */
static ssize_t give(size_t len, size_t n)
{
	static char data[64], control[CMSG_SPACE(300 * sizeof(int))];
	struct iovec iov = {data, len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c = (struct cmsghdr *)(void *)control;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memset(CMSG_DATA(c), 0, n * sizeof(int));
	mh.msg_control = control;
	mh.msg_controllen = c->cmsg_len;
	return sendmsg(sv[0], &mh, with | MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Receives with room for control data; prints the descriptors and flags. */
static int get(size_t room, int flags)
{
	static char data[64], control[CMSG_SPACE(300 * sizeof(int))];
	struct iovec iov = {data, sizeof(data)};
	struct msghdr mh = {
		&(struct sockaddr_storage){0}, 0, &iov, 1, control, room, 0};
	ssize_t n = recvmsg(sv[1], &mh, flags | MSG_DONTWAIT);
	size_t fds = 0;
	int first = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(&mh); c;
	     c = CMSG_NXTHDR(&mh, c)) {
		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		if (fds == 0)
			memcpy(&first, CMSG_DATA(c), sizeof(first));
		fds += (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	}
	printf("%zd bytes, %zu descriptors%s\n", n, fds,
	       mh.msg_flags & MSG_CTRUNC ? ", MSG_CTRUNC" : "");
	return first;
}

/* How many numbers below 64 are open. */
static int open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* A thread's: cancels it, and closes three all the same. */
static void *close_three_cancelled(void *fds)
{
	pthread_cancel(pthread_self());
	for (int i = 0; i < 3; i++)
		close(((int *)fds)[i]);
	return NULL;
}

#endif
