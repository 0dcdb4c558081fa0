/* SPDX-License-Identifier: ISC */
#include "helper/bind.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "support/bed.h"
#include "support/sock.h"
#include "support/support.h"

TestSuite(helper_bind, .timeout = 10);

NETNS_TEST(helper_bind, gives_a_socket_for_datagrams)
{
	struct bed b;

	bed_start(&b, "bind udp 127.0.0.1:514\n");
	int fd = bed_fd(&b, do_bind, "udp 127.0.0.1:514", 0);
	int peer = bed_keep(&b, sock_connect("udp 127.0.0.1:514", 0));
	CHILD_CHECK(sock_option(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_UDP);
	CHILD_CHECK(sock_is_blocking(fd));
	CHILD_CHECK(sock_joined(peer, fd));
	bed_end(&b);
}

NETNS_TEST(helper_bind, refuses_every_address_beside_the_rules)
{
	static const char *const others[] = {
		"udp 127.0.0.1:513", "udp 127.0.0.1:515", "udp 127.0.0.2:514",
		"udp *:514",	     "udp [::1]:514",	  "tcp 127.0.0.1:514",
		"unix:dgram @514",
	};
	struct bed b;

	bed_start(&b, "bind udp 127.0.0.1:514\nlisten tcp 127.0.0.1:514\n");
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		CHILD_CHECK(bed_ask(&b, do_bind, others[i], 0) == -EACCES);
		CHILD_CHECK(b.job.refused);
	}
	bed_end(&b);
}

NETNS_TEST(helper_bind, shares_no_udp_port)
{
	struct bed b;

	bed_start(&b, "bind udp *:53\n");
	int fd = bed_fd(&b, do_bind, "udp *:53", 0);
	CHILD_CHECK(sock_option(fd, SOL_SOCKET, SO_REUSEADDR) == 0);
	CHILD_CHECK(bed_ask(&b, do_bind, "udp *:53", 0) == -EADDRINUSE);
	bed_close(&b, fd);
	CHILD_CHECK(bed_ask(&b, do_bind, "udp *:53", 0) == 0);
	bed_end(&b);
}

NETNS_TEST(helper_bind, binds_tcp_without_listening)
{
	struct bed b;

	bed_start(&b, "bind tcp 127.0.0.1:1023\n");
	int fd = bed_fd(&b, do_bind, "tcp 127.0.0.1:1023", 0);
	CHILD_CHECK(sock_option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 0);
	CHILD_CHECK(sock_option(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP);
	CHILD_CHECK(sock_is_at(fd, "tcp 127.0.0.1:1023"));
	/* Not even who holds it can bind it to another. */
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(81)};
	CHILD_CHECK(bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0);
	CHILD_CHECK(errno == EINVAL);
	bed_end(&b);
}

NETNS_TEST(helper_bind, gives_an_abstract_name)
{
	struct bed b;

	bed_start(&b, "bind unix:dgram @log\n");
	int fd = bed_fd(&b, do_bind, "unix:dgram @log", 0);
	int peer = bed_keep(&b, sock_connect("unix:dgram @log", 0));
	CHILD_CHECK(sock_joined(peer, fd));
	CHILD_CHECK(bed_ask(&b, do_bind, "unix:dgram @log", 0) == -EADDRINUSE);
	bed_end(&b);
}
