/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "helper/ask.h"

/* Asked of the socket itself: if_nametoindex() would open another one. */
static int interface_index(int fd, const char *name)
{
	struct ifreq request = {.ifr_ifindex = 0};

	if (strlen(name) >= sizeof(request.ifr_name))
		return -ENODEV;
	memcpy(request.ifr_name, name, strlen(name));
	if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
		return -errno;
	return request.ifr_ifindex;
}

/*
 * A filter that lets one protocol of one interface in, and that nobody can
 * take off: whatever the worker binds the socket to, nothing else arrives.
 */
static int lock_filter(int fd, int index, uint16_t protocol)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)index, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, protocol, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), /* all its bytes */
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {
		.len = sizeof(code) / sizeof(*code),
		.filter = code,
	};
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		       sizeof(program)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)) < 0)
		return -errno;
	return 0;
}

static int set_priority(int fd, const struct policy_net *net)
{
	if (net->priority_set &&
	    setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &net->priority,
		       sizeof(net->priority)) < 0)
		return -errno;
	return 0;
}

static int bind_to(int fd, int index, uint16_t protocol)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = index,
	};

	if (bind(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}

static int open_packet(const struct policy_net *net, int *ret_fd)
{
	/* Of protocol 0: nothing is queued before the filter is there. */
	_cleanup_fd_ int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int index;
	int r;

	if (fd < 0)
		return -errno;
	r = index = interface_index(fd, net->name);
	if (r >= 0)
		r = lock_filter(fd, index, net->protocol);
	if (r >= 0)
		r = set_priority(fd, net);
	if (r >= 0)
		r = bind_to(fd, index, net->protocol);
	if (r < 0)
		return r;
	*ret_fd = take_fd(&fd);
	return 0;
}

/*
 * ETH_P_ALL stands for every protocol when a socket is bound, and is none that
 * a packet has: behind the filter such a socket would be deaf.
 */
static bool is_protocol(uint64_t number)
{
	return number > 0 && number <= UINT16_MAX && number != ETH_P_ALL;
}

int do_packet(struct helper *h, struct job *j)
{
	uint64_t protocol = j->request->number;
	int r;

	if (!is_protocol(protocol))
		return -EINVAL;
	r = ask_name(h, j, POLICY_PACKET, (uint16_t)protocol);
	if (r < 0)
		return r;
	/*
	 * Safe because: interface, protocol and priority are the rule's.  It
	 * limits what the worker receives; what it sends can name any
	 * interface, which `wicket check` warns of.
	 */
	return open_packet(&j->rule->net, &j->fd);
}
