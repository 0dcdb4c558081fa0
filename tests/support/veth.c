/* SPDX-License-Identifier: ISC */
#include "support/veth.h"

#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "own.h"

static int set_up(const char *name)
{
	_cleanup_fd_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_flags = IFF_UP};

	memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return -errno;
	return 0;
}

/* A netlink message in the making; attributes nest by open and close. */
struct message {
	union {
		struct nlmsghdr head;
		uint8_t bytes[512];
	};
};

static void *put(struct message *m, size_t len)
{
	void *at = m->bytes + m->head.nlmsg_len;

	m->head.nlmsg_len += NLMSG_ALIGN(len);
	return at;
}

static struct rtattr *put_attribute(struct message *m, unsigned short type,
				    const void *data, size_t len)
{
	struct rtattr *a = put(m, RTA_LENGTH(len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	if (len > 0)
		memcpy(RTA_DATA(a), data, len);
	return a;
}

static void close_attribute(struct message *m, struct rtattr *a)
{
	a->rta_len = (unsigned short)(m->bytes + m->head.nlmsg_len -
				      (uint8_t *)a);
}

static int exchange(struct message *m)
{
	_cleanup_fd_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
				     NETLINK_ROUTE);
	struct nlmsgerr *answer = NLMSG_DATA(&m->head);

	if (fd < 0 || send(fd, m, m->head.nlmsg_len, 0) < 0 ||
	    recv(fd, m, sizeof(*m), 0) < 0)
		return -errno;
	return m->head.nlmsg_type == NLMSG_ERROR ? answer->error : -EPROTO;
}

int veth_make(const char *name, const char *peer)
{
	struct message m = {
		.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			 .nlmsg_type = RTM_NEWLINK,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
					NLM_F_CREATE | NLM_F_EXCL}};
	struct rtattr *info, *data, *other;
	int r;

	put_attribute(&m, IFLA_IFNAME, name, strlen(name) + 1);
	info = put_attribute(&m, IFLA_LINKINFO, NULL, 0);
	put_attribute(&m, IFLA_INFO_KIND, "veth", 4);
	data = put_attribute(&m, IFLA_INFO_DATA, NULL, 0);
	other = put_attribute(&m, VETH_INFO_PEER, NULL, 0);
	memset(put(&m, sizeof(struct ifinfomsg)), 0, sizeof(struct ifinfomsg));
	put_attribute(&m, IFLA_IFNAME, peer, strlen(peer) + 1);
	close_attribute(&m, other);
	close_attribute(&m, data);
	close_attribute(&m, info);
	r = exchange(&m);
	if (r == 0)
		r = set_up(name);
	return r == 0 ? set_up(peer) : r;
}
