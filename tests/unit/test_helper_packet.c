/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

#include "support/bed.h"
#include "support/sock.h"
#include "support/support.h"
#include "support/veth.h"

TestSuite(helper_packet, .timeout = 10);

enum {
	LLDP = 0x88cc,
	OTHER = 0x88b5
};

static struct sockaddr_ll link_address(const char *interface, uint16_t protocol)
{
	return (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = (int)if_nametoindex(interface),
	};
}

/* Sends a frame to all on an interface: its protocol and one letter. */
static void send_frame(const char *interface, uint16_t protocol, char letter)
{
	struct sockaddr_ll to = link_address(interface, protocol);
	uint8_t frame[ETH_ZLEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	_cleanup_fd_ int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	frame[12] = (uint8_t)(protocol >> 8);
	frame[13] = (uint8_t)protocol;
	frame[14] = (uint8_t)letter;
	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to,
			   sizeof(to)) == sizeof(frame));
}

/* The letter of the next frame that arrives. */
static char next_letter(int fd)
{
	uint8_t frame[256];

	CHILD_CHECK(recv(fd, frame, sizeof(frame), 0) == ETH_ZLEN);
	return (char)frame[14];
}

static void rebind(int fd, const char *interface, uint16_t protocol)
{
	struct sockaddr_ll to = link_address(interface, protocol);

	CHILD_CHECK(bind(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
}

/*
 * A socket for LLDP on "in", whose peer is "out".  On one CPU the frames of
 * all interfaces arrive in the order in which they were sent.
 */
static int start(struct bed *b)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	CHILD_CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
	CHILD_CHECK(veth_make("out", "in") == 0);
	CHILD_CHECK(veth_make("out2", "in2") == 0);
	bed_start(b, "packet in proto=0x88cc\n");
	return bed_fd(b, do_packet, "in", LLDP);
}

NETNS_TEST(helper_packet, receives_its_protocol_only)
{
	struct bed b;
	int fd = start(&b);

	send_frame("out", OTHER, 'a');
	send_frame("out", ETH_P_IP, 'b');
	send_frame("out", LLDP, 'c');
	CHILD_CHECK(next_letter(fd) == 'c');
	CHILD_CHECK(sock_option(fd, SOL_SOCKET, SO_TYPE) == SOCK_RAW);
	CHILD_CHECK(sock_is_blocking(fd));
	bed_end(&b);
}

NETNS_TEST(helper_packet, receives_no_other_protocol_after_a_new_bind)
{
	struct bed b;
	int fd = start(&b);

	rebind(fd, "in", ETH_P_ALL);
	send_frame("out", OTHER, 'a');
	send_frame("out", LLDP, 'b');
	CHILD_CHECK(next_letter(fd) == 'b');
	rebind(fd, "in", OTHER);
	send_frame("out", OTHER, 'c');
	rebind(fd, "in", LLDP);
	send_frame("out", LLDP, 'd');
	CHILD_CHECK(next_letter(fd) == 'd');
	bed_end(&b);
}

NETNS_TEST(helper_packet, receives_no_other_interface_after_a_new_bind)
{
	struct bed b;
	int fd = start(&b);

	rebind(fd, "in2", LLDP);
	send_frame("out2", LLDP, 'a');
	/* No interface is every interface. */
	rebind(fd, "", ETH_P_ALL);
	send_frame("out2", LLDP, 'b');
	send_frame("lo", LLDP, 'c');
	send_frame("out", LLDP, 'd');
	CHILD_CHECK(next_letter(fd) == 'd');
	bed_end(&b);
}

NETNS_TEST(helper_packet, locks_its_filter)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	struct sock_fprog program = {.len = 1, .filter = &all};
	int off = 0;
	struct bed b;
	int fd = start(&b);

	CHILD_CHECK(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &off,
			       sizeof(off)) < 0);
	CHILD_CHECK(errno == EPERM);
	CHILD_CHECK(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			       sizeof(program)) < 0);
	CHILD_CHECK(errno == EPERM);
	CHILD_CHECK(setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &off,
			       sizeof(off)) < 0);
	CHILD_CHECK(errno == EPERM);
	bed_end(&b);
}

NETNS_TEST(helper_packet, refuses_other_interfaces_and_protocols)
{
	struct bed b;

	bed_start(&b, "packet lo proto=0x88cc\n");
	CHILD_CHECK(bed_ask(&b, do_packet, "lo", OTHER) == -EACCES);
	CHILD_CHECK(strcmp(b.job.missing, "packet lo proto=0x88b5") == 0);
	CHILD_CHECK(bed_ask(&b, do_packet, "eth0", LLDP) == -EACCES);
	CHILD_CHECK(bed_ask(&b, do_packet, "l", LLDP) == -EACCES);
	CHILD_CHECK(bed_ask(&b, do_packet, "lo0", LLDP) == -EACCES);
	CHILD_CHECK(bed_ask(&b, do_packet, "", LLDP) == -EACCES);
	CHILD_CHECK(bed_ask(&b, do_packet, "*", LLDP) == -EACCES);
	CHILD_CHECK(strcmp(b.job.missing, "") == 0);
	bed_end(&b);
}

/* 0 would be the rule's own, 3 every protocol, the rest is cut off at 16 bits.
 */
NETNS_TEST(helper_packet, refuses_what_is_no_protocol)
{
	struct bed b;

	bed_start(&b, "packet lo proto=0x88cc\n");
	CHILD_CHECK(bed_ask(&b, do_packet, "lo", 0) == -EINVAL);
	CHILD_CHECK(bed_ask(&b, do_packet, "lo", ETH_P_ALL) == -EINVAL);
	CHILD_CHECK(bed_ask(&b, do_packet, "lo", 0x10000 + LLDP) == -EINVAL);
	CHILD_CHECK(bed_ask(&b, do_packet, "lo", UINT64_MAX) == -EINVAL);
	bed_end(&b);
}

NETNS_TEST(helper_packet, says_that_there_is_no_such_interface)
{
	struct bed b;

	bed_start(&b, "packet none0 proto=0x88cc\n");
	CHILD_CHECK(bed_ask(&b, do_packet, "none0", LLDP) == -ENODEV);
	CHILD_CHECK(!b.job.refused);
	bed_end(&b);
}

NETNS_TEST(helper_packet, has_the_priority_of_the_rule)
{
	struct bed b;

	bed_start(&b, "packet lo proto=0x88cc priority=7\n");
	CHILD_CHECK(bed_ask(&b, do_packet, "lo", LLDP) == 0);
	CHILD_CHECK(sock_option(b.job.fd, SOL_SOCKET, SO_PRIORITY) == 7);
	bed_end(&b);
}
