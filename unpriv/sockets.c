/* SPDX-License-Identifier: ISC */
#include "wicket/wicket.h"

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "call.h"
#include "policy/net.h"
#include "sockets.h"

/* The kind of socket that a family and a type make: NET_NONE for others. */
static enum net_kind kind_of(int family, int type)
{
	bool inet = family == AF_INET || family == AF_INET6;

	type &= ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (inet && type == SOCK_STREAM)
		return NET_TCP;
	if (inet && type == SOCK_DGRAM)
		return NET_UDP;
	if (family == AF_UNIX && type == SOCK_STREAM)
		return NET_UNIX;
	if (family == AF_UNIX && type == SOCK_DGRAM)
		return NET_UNIX_DGRAM;
	if (family == AF_UNIX && type == SOCK_SEQPACKET)
		return NET_UNIX_SEQPACKET;
	return NET_NONE;
}

/* Writes the text of a socket address into BOUND_ADDRESS bytes. */
static int address_text(int type, const struct sockaddr *sa, socklen_t len,
			char *text)
{
	struct net_addr a;
	enum net_kind kind;
	int r;

	if (!sa)
		return -EFAULT;
	if (len < sizeof(sa->sa_family))
		return -EINVAL;
	if (sa->sa_family != AF_INET && sa->sa_family != AF_INET6 &&
	    sa->sa_family != AF_UNIX)
		return -EAFNOSUPPORT;
	kind = kind_of(sa->sa_family, type);
	if (kind == NET_NONE)
		return -EINVAL;
	r = net_addr_from(kind, sa, len, &a);
	return r < 0 ? r : net_addr_print(&a, true, text, BOUND_ADDRESS);
}

int wicket_listen(struct wicket *w, const char *address, int index)
{
	struct op_request q = {
		.op = OP_listen,
		.object = address,
		.number = (uint64_t)index,
	};

	return edge(index < 0 ? -EINVAL : call_fd(w, &q));
}

int wicket_listen_addr(struct wicket *w, int type, const struct sockaddr *sa,
		       socklen_t len, int index)
{
	char text[BOUND_ADDRESS];
	int r = address_text(type, sa, len, text);

	return r < 0 ? edge(r) : wicket_listen(w, text, index);
}

int wicket_unlisten(struct wicket *w, const char *address, int index)
{
	struct op_request q = {
		.op = OP_unlisten,
		.object = address,
		.number = (uint64_t)index,
	};

	return edge(index < 0 ? -EINVAL : call_plain(w, &q));
}

int wicket_bind(struct wicket *w, const char *address)
{
	struct op_request q = {.op = OP_bind, .object = address};

	return edge(call_fd(w, &q));
}

int wicket_bind_addr(struct wicket *w, int type, const struct sockaddr *sa,
		     socklen_t len)
{
	char text[BOUND_ADDRESS];
	int r = address_text(type, sa, len, text);

	return r < 0 ? edge(r) : wicket_bind(w, text);
}

/* The reply's number: 1 while the connection is being made. */
static int take_progress(void *arg, const struct op_reply *reply)
{
	bool *pending = arg;

	if (reply->number > 1)
		return -EPROTO;
	*pending = reply->number != 0;
	return 0;
}

/* Waits as connect(2) does: until the kernel has an answer. */
static int await_connection(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	int error;
	socklen_t len = sizeof(error);
	int n;

	do {
		n = poll(&p, 1, -1);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -errno;
	return -error;
}

int socket_nonblock(int fd, bool nonblock)
{
	int on = nonblock;

	return ioctl(fd, FIONBIO, &on) < 0 ? -errno : 0;
}

static int connect_to(struct wicket *w, const char *address, int flags)
{
	_cleanup_fd_ int fd = -1;
	struct op_request q = {.op = OP_connect, .object = address};
	bool nonblock = flags & SOCK_NONBLOCK;
	bool pending;
	int r;

	if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	r = call(w, &q, take_progress, &pending, &fd);
	if (r < 0)
		return r;
	if (pending && !nonblock)
		r = await_connection(fd);
	if (r >= 0)
		r = socket_nonblock(fd, nonblock);
	return r < 0 ? r : take_fd(&fd);
}

int wicket_connect(struct wicket *w, const char *address, int flags)
{
	return edge(connect_to(w, address, flags));
}

int wicket_connect_addr(struct wicket *w, int type, const struct sockaddr *sa,
			socklen_t len, int flags)
{
	char text[BOUND_ADDRESS];
	int r = address_text(type, sa, len, text);

	return r < 0 ? edge(r) : wicket_connect(w, text, flags);
}

int wicket_raw(struct wicket *w, const char *protocol)
{
	struct op_request q = {.op = OP_raw, .object = protocol};

	return edge(call_fd(w, &q));
}

int wicket_packet(struct wicket *w, const char *interface, uint16_t protocol)
{
	struct op_request q = {
		.op = OP_packet,
		.object = interface,
		.number = protocol,
	};

	return edge(call_fd(w, &q));
}
