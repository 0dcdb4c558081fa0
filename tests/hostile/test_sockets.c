/* SPDX-License-Identifier: ISC */
/*
 * A hostile worker and addresses: what a granted socket can be made to do.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netpacket/packet.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "own.h"
#include "support/pair.h"

TestSuite(sockets, .timeout = 60);

#define ADDRESSES                                              \
	"listen tcp 127.0.0.1:8080\nbind udp 127.0.0.1:5140\n" \
	"connect tcp 127.0.0.1:9090 10.0.0.0/8:80\n"           \
	"connect udp 127.0.0.1:53\nlisten tcp [::1]:8080\n"    \
	"connect unix @/run/granted\n"

static struct sockaddr_in local(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static void ask_others(struct pair *p, struct wicket *w)
{
	static const char *const listens[] = {
		"tcp 127.0.0.1:8081",
		"tcp *:8080",
		"tcp 127.0.0.2:8080",
		"tcp [::]:8080",
		"tcp [::1]:8081",
		"tcp [::ffff:127.0.0.1]:8081",
		"tcp [::ffff:0.0.0.0]:8080",
		"unix @hidden",
		"udp 127.0.0.1:8080",
	};
	static const char *const binds[] = {"udp 127.0.0.1:5141", "udp *:5140",
					    "udp [::1]:5140",
					    "udp [::ffff:127.0.0.1]:5141"};
	static const char *const connects[] = {
		"tcp 127.0.0.1:9091",	  "tcp 127.0.0.1:80",
		"tcp 11.0.0.1:80",	  "tcp 9.255.255.255:80",
		"tcp [::1]:9090",	  "udp 127.0.0.1:9090",
		"tcp 127.0.0.1:53",	  "tcp [::ffff:11.0.0.1]:80",
		"tcp [::127.0.0.1]:9090", "unix @granted",
		"unix:dgram /dev/log",
	};

	(void)p;
	for (size_t i = 0; i < sizeof(listens) / sizeof(listens[0]); i++)
		DENIED(wicket_listen(w, listens[i], 0));
	for (size_t i = 0; i < sizeof(binds) / sizeof(binds[0]); i++)
		REFUSED(EACCES, wicket_bind(w, binds[i]));
	for (size_t i = 0; i < sizeof(connects) / sizeof(connects[0]); i++)
		REFUSED(EACCES, wicket_connect(w, connects[i], 0));
	DENIED(wicket_raw(w, "icmp"));
	DENIED(wicket_packet(w, "lo", 0x88cc));
}

Test(sockets, attack_15_an_address_not_listed_is_refused)
{
	struct pair p = {
		.policy = ADDRESSES, .work = ask_others, .network = true};

	pair_run(&p);
	cr_assert(pair_audited(&p, "op=connect object=\"tcp 127.0.0.1:9091\" "
				   "verdict=denied"));
	pair_end(&p);
}

static void misuse_listener(struct pair *p, struct wicket *w)
{
	int fd = GRANTED(wicket_listen(w, "tcp 127.0.0.1:8080", 0));
	struct sockaddr_in there = local(8080);
	const struct sockaddr *sa = (const struct sockaddr *)&there;
	struct iovec iov = {(char *)"x", 1};
	struct mmsghdr mm = {.msg_hdr = {.msg_name = &there,
					 .msg_namelen = sizeof(there),
					 .msg_iov = &iov,
					 .msg_iovlen = 1}};

	(void)p;
	REFUSED(EPERM, bind(fd, sa, sizeof(there)));
	REFUSED(EPERM, connect(fd, sa, sizeof(there)));
	REFUSED(EPERM, listen(fd, 1));
	REFUSED(EPERM, sendto(fd, "x", 1, MSG_FASTOPEN, sa, sizeof(there)));
	REFUSED(EPERM, sendmsg(fd, &mm.msg_hdr, MSG_FASTOPEN));
	REFUSED(EPERM, sendmmsg(fd, &mm, 1, MSG_FASTOPEN));
	/* Shut down, it would be free to connect, or to listen elsewhere. */
	(void)shutdown(fd, SHUT_RDWR);
	REFUSED(EPERM, listen(fd, 1));
	REFUSED(EPERM, connect(fd, sa, sizeof(there)));
	REFUSED(EPERM, sendto(fd, "x", 1, MSG_FASTOPEN, sa, sizeof(there)));
	REFUSED(EPERM, sendto(fd, "x", 1, MSG_FASTOPEN | MSG_DONTWAIT, sa,
			      sizeof(there)));
}

Test(sockets, attack_15_and_29_a_listener_is_not_made_to_connect)
{
	struct pair p = {.policy = ADDRESSES,
			 .promise = "stdio accept",
			 .work = misuse_listener,
			 .network = true};

	pair_run(&p);
	pair_end(&p);
}

static void mapped(struct pair *p, struct wicket *w)
{
	int fd = GRANTED(wicket_listen(w, "tcp [::ffff:127.0.0.1]:8080", 0));
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	(void)p;
	CHILD_CHECK(getsockname(fd, (struct sockaddr *)&ss, &len) == 0);
	CHILD_CHECK(ss.ss_family == AF_INET);
}

Test(sockets, attack_15_a_mapped_address_is_the_ipv4_address_it_is)
{
	struct pair p = {.policy = ADDRESSES, .work = mapped, .network = true};

	pair_run(&p);
	pair_end(&p);
}

/* ---- 30: raw and packet sockets ------------------------------------------ */

static void forge_ip(struct pair *p, struct wicket *w)
{
	int on = 1, fd;

	if (!p->root) {
		DENIED(wicket_raw(w, "icmp"));
		return;
	}
	fd = GRANTED(wicket_raw(w, "icmp"));
	REFUSED(EPERM, setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &on, sizeof(on)));
	REFUSED(EPERM, syscall(SYS_setsockopt, fd, 1ul << 32 | IPPROTO_IP,
			       1ul << 32 | IP_HDRINCL, &on, sizeof(on)));
	REFUSED(EINVAL, wicket_raw(w, "udp"));
}

Test(sockets, attack_30_a_raw_socket_forges_no_header)
{
	struct pair p = {
		.policy = "raw icmp\n", .work = forge_ip, .network = true};

	pair_run(&p);
	pair_end(&p);
}

static void rebind_packet(struct pair *p, struct wicket *w)
{
	struct sockaddr_ll any = {.sll_family = AF_PACKET,
				  .sll_protocol = htons(3)};
	struct sockaddr_ll now = {0};
	socklen_t len = sizeof(now);
	int fd;

	if (!p->root) {
		DENIED(wicket_packet(w, "lo", 0x88cc));
		return;
	}
	fd = GRANTED(wicket_packet(w, "lo", 0x88cc));
	REFUSED(EPERM, bind(fd, (struct sockaddr *)&any, sizeof(any)));
	DENIED(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, NULL, 0));
	CHILD_CHECK(getsockname(fd, (struct sockaddr *)&now, &len) == 0);
	CHILD_CHECK(now.sll_ifindex == 1);
	CHILD_CHECK(ntohs(now.sll_protocol) == 0x88cc);
	REFUSED(EACCES, wicket_packet(w, "lo", 0x0800));
	/* ETH_P_ALL is no protocol. */
	REFUSED(EINVAL, wicket_packet(w, "lo", 3));
	REFUSED(EACCES, wicket_packet(w, "eth0", 0x88cc));
}

Test(sockets, attack_30_a_packet_socket_keeps_its_interface_and_protocol)
{
	struct pair p = {.policy = "packet lo proto=0x88cc\n",
			 .work = rebind_packet,
			 .network = true};

	pair_run(&p);
	pair_end(&p);
}
