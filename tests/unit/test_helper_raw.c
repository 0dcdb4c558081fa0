/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>

#include "support/bed.h"
#include "support/sock.h"
#include "support/support.h"

TestSuite(helper_raw, .timeout = 10);

NETNS_TEST(helper_raw, sends_and_receives_an_echo)
{
	/* The checksum of type 8 and nothing but zeroes. */
	struct icmphdr echo = {.type = ICMP_ECHO, .checksum = htons(0xf7ff)};
	struct sockaddr_in lo = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct {
		struct iphdr ip;
		struct icmphdr icmp;
	} got;
	struct bed b;

	bed_start(&b, "raw icmp\n");
	CHILD_CHECK(bed_ask(&b, do_raw, "icmp", 0) == 0);
	CHILD_CHECK(sendto(b.job.fd, &echo, sizeof(echo), 0,
			   (struct sockaddr *)&lo, sizeof(lo)) == sizeof(echo));
	/* First the request itself, which loops back, then the answer. */
	for (int i = 0; i < 2; i++)
		CHILD_CHECK(recv(b.job.fd, &got, sizeof(got), 0) ==
			    sizeof(got));
	CHILD_CHECK(got.icmp.type == ICMP_ECHOREPLY);
	bed_end(&b);
}

NETNS_TEST(helper_raw, leaves_the_ip_header_to_the_kernel)
{
	struct bed b;

	bed_start(&b, "raw icmp\n");
	CHILD_CHECK(bed_ask(&b, do_raw, "icmp", 0) == 0);
	CHILD_CHECK(sock_option(b.job.fd, SOL_SOCKET, SO_PROTOCOL) ==
		    IPPROTO_ICMP);
	CHILD_CHECK(sock_option(b.job.fd, IPPROTO_IP, IP_HDRINCL) == 0);
	CHILD_CHECK(sock_is_blocking(b.job.fd));
	bed_end(&b);
}

NETNS_TEST(helper_raw, knows_the_icmp_of_ipv6)
{
	struct bed b;

	bed_start(&b, "raw icmp6\n");
	CHILD_CHECK(bed_ask(&b, do_raw, "icmp6", 0) == 0);
	CHILD_CHECK(sock_option(b.job.fd, SOL_SOCKET, SO_DOMAIN) == AF_INET6);
	CHILD_CHECK(sock_option(b.job.fd, SOL_SOCKET, SO_PROTOCOL) ==
		    IPPROTO_ICMPV6);
	bed_end(&b);
}

NETNS_TEST(helper_raw, takes_neither_icmp_for_the_other)
{
	struct bed b;

	bed_start(&b, "raw icmp6\n");
	CHILD_CHECK(bed_ask(&b, do_raw, "icmp", 0) == -EACCES);
	bed_end(&b);
	bed_start(&b, "raw icmp\n");
	CHILD_CHECK(bed_ask(&b, do_raw, "icmp6", 0) == -EACCES);
	bed_end(&b);
}

NETNS_TEST(helper_raw, refuses_what_no_line_names)
{
	struct bed b;

	bed_start(&b, "packet lo proto=0x88cc\n");
	CHILD_CHECK(bed_ask(&b, do_raw, "icmp", 0) == -EACCES);
	CHILD_CHECK(b.job.refused);
	CHILD_CHECK(strcmp(b.job.missing, "raw icmp") == 0);
	bed_end(&b);
}

NETNS_TEST(helper_raw, knows_no_other_protocol)
{
	static const char *const others[] = {"",    "ICMP",   "tcp",
					     "255", "icmpv6", "lo"};
	struct bed b;

	bed_start(&b, "raw icmp\n");
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		CHILD_CHECK(bed_ask(&b, do_raw, others[i], 0) == -EINVAL);
	bed_end(&b);
}
