/* SPDX-License-Identifier: ISC */
#include "bench/peers/peers.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wicket/fdpass.h"

int direct_open(struct entry *e)
{
	int fd = open(e->path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : close(fd);
}

/* ---- passing ------------------------------------------------------------- */

union control {
	char room[CMSG_SPACE(WICKET_FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

int bare_send(int sock, const int *fds, size_t n)
{
	union control control;
	char byte = 1;
	struct iovec iov = {&byte, 1};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};

	if (n > 0) {
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, n * sizeof(int));
		mh.msg_control = control.room;
		mh.msg_controllen = control.align.cmsg_len;
	}
	return sendmsg(sock, &mh, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static int receive(int sock, void *buf, size_t size, int *fds, size_t room)
{
	union control control;
	struct iovec iov = {buf, size};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	size_t n;

	if (room > 0) {
		mh.msg_control = control.room;
		mh.msg_controllen = CMSG_SPACE(room * sizeof(int));
	}
	if (recvmsg(sock, &mh, MSG_CMSG_CLOEXEC) <= 0)
		return -1;
	if (room == 0 || mh.msg_controllen == 0)
		return 0;
	n = (control.align.cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(&control.align), n * sizeof(int));
	return (int)n;
}

int bare_recv(int sock, int *fds, size_t room)
{
	char byte;

	return receive(sock, &byte, 1, fds, room);
}

static void serve_pass(struct entry *e)
{
	int fds[WICKET_FDS_MAX];
	char byte;

	for (size_t i = 0; i < e->n; i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (recv(e->sock, &byte, 1, 0) == 1)
		if (bare_send(e->sock, fds, e->n) < 0)
			return;
}

void bare_pass_start(struct entry *e)
{
	contest_peer(e, e->type, serve_pass);
}

int bare_pass(struct entry *e)
{
	int fds[WICKET_FDS_MAX];
	char byte = 1;
	int n;

	if (send(e->sock, &byte, 1, MSG_NOSIGNAL) != 1)
		return -1;
	n = bare_recv(e->sock, fds, e->n);
	for (int i = 0; i < n; i++)
		(void)close(fds[i]);
	return n == (int)e->n ? 0 : -1;
}

/* ---- opening ------------------------------------------------------------- */

int bare_openat2(int root, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_SYMLINKS,
	};

	return (int)syscall(SYS_openat2, root, path + 1, &how, sizeof(how));
}

static void serve_open(struct entry *e)
{
	int root = open("/", O_PATH | O_CLOEXEC);
	char path[BOUND_PATH];
	ssize_t n;

	while ((n = recv(e->sock, path, sizeof(path), 0)) > 0) {
		int fd = bare_openat2(root, path);

		if (fd < 0 || bare_send(e->sock, &fd, 1) < 0)
			return;
		(void)close(fd);
	}
}

void bare_open_start(struct entry *e)
{
	contest_peer(e, SOCK_SEQPACKET, serve_open);
}

/* ---- many of them in one message ----------------------------------------- */

int bare_put_paths(const char *path, size_t n, char *buf, size_t size)
{
	const size_t one = strlen(path) + 1;

	if (n * one > size)
		return -1;
	for (size_t i = 0; i < n; i++)
		memcpy(buf + i * one, path, one);
	return (int)(n * one);
}

int bare_open_paths(int root, const char *paths, size_t len, int *ret_fds)
{
	int n = 0;

	for (size_t at = 0; at < len; at += strlen(paths + at) + 1) {
		int fd = n < WICKET_FDS_MAX ? bare_openat2(root, paths + at)
					    : -1;

		if (fd < 0)
			break;
		ret_fds[n++] = fd;
	}
	return n;
}

void bare_close(const int *fds, int n)
{
	for (int i = 0; i < n; i++)
		(void)close(fds[i]);
}

static void serve_batch(struct entry *e)
{
	static char paths[BARE_BATCH];
	int root = open("/", O_PATH | O_CLOEXEC);
	int fds[WICKET_FDS_MAX];
	ssize_t len;

	while ((len = recv(e->sock, paths, sizeof(paths), 0)) > 0) {
		int n = bare_open_paths(root, paths, (size_t)len, fds);

		if (bare_send(e->sock, fds, (size_t)n) < 0)
			return;
		bare_close(fds, n);
	}
}

void bare_batch_start(struct entry *e)
{
	contest_peer(e, SOCK_SEQPACKET, serve_batch);
}

int bare_batch(struct entry *e)
{
	static char paths[BARE_BATCH];
	int len = bare_put_paths(e->path, e->n, paths, sizeof(paths));
	int fds[WICKET_FDS_MAX];
	int n;

	if (len < 0 || send(e->sock, paths, (size_t)len, MSG_NOSIGNAL) != len)
		return -1;
	n = bare_recv(e->sock, fds, e->n);
	bare_close(fds, n);
	return n == (int)e->n ? 0 : -1;
}

/* ---- one ----------------------------------------------------------------- */

int bare_ask(int sock, const char *path)
{
	size_t len = strlen(path) + 1;
	int fd;

	if (send(sock, path, len, MSG_NOSIGNAL) != (ssize_t)len ||
	    bare_recv(sock, &fd, 1) != 1)
		return -1;
	return fd;
}

int bare_open(struct entry *e)
{
	int fd = bare_ask(e->sock, e->path);

	return fd < 0 ? -1 : close(fd);
}
