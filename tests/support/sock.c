/* SPDX-License-Identifier: ISC */
#include "support/sock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "policy/net.h"
#include "support/child.h"

static int make(const char *address, int flags, struct net_addr *ret)
{
	int fd;

	CHILD_CHECK(net_addr_parse(address, ret) == 0);
	fd = socket(ret->sa.sa_family,
		    net_kind_type(ret->kind) | SOCK_CLOEXEC | flags, 0);
	return fd < 0 ? -errno : fd;
}

int sock_connect(const char *address, int flags)
{
	struct net_addr a;
	_cleanup_fd_ int fd = make(address, flags, &a);

	if (fd < 0)
		return fd;
	if (connect(fd, &a.sa, a.len) < 0 && errno != EINPROGRESS)
		return -errno;
	return take_fd(&fd);
}

int sock_bind(const char *address)
{
	struct net_addr a;
	_cleanup_fd_ int fd = make(address, 0, &a);

	if (fd < 0)
		return fd;
	if (bind(fd, &a.sa, a.len) < 0)
		return -errno;
	return take_fd(&fd);
}

int sock_listen(const char *address, int backlog)
{
	_cleanup_fd_ int fd = sock_bind(address);

	if (fd < 0)
		return fd;
	if (listen(fd, backlog) < 0)
		return -errno;
	return take_fd(&fd);
}

int sock_option(int fd, int level, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);

	CHILD_CHECK(getsockopt(fd, level, option, &value, &len) == 0);
	return value;
}

uint64_t sock_cookie(int fd)
{
	uint64_t value = 0;
	socklen_t len = sizeof(value);

	CHILD_CHECK(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &value, &len) == 0);
	return value;
}

bool sock_is_at(int fd, const char *address)
{
	struct net_addr want;
	struct net_addr got = {.kind = NET_NONE};
	socklen_t len = sizeof(got.un);

	CHILD_CHECK(net_addr_parse(address, &want) == 0);
	return getsockname(fd, &got.sa, &len) == 0 && len == want.len &&
	       memcmp(&got.sa, &want.sa, len) == 0;
}

bool sock_joined(int one, int other)
{
	char got = 0;

	return send(one, "x", 1, MSG_NOSIGNAL) == 1 &&
	       recv(other, &got, 1, 0) == 1 && got == 'x';
}

bool sock_is_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	CHILD_CHECK(flags >= 0);
	return !(flags & O_NONBLOCK);
}
