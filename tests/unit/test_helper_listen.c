/* SPDX-License-Identifier: ISC */
#include "helper/listen.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "support/bed.h"
#include "support/sock.h"
#include "support/support.h"

TestSuite(helper_listen, .timeout = 10);

/* A connection from the address of a listener arrives at it. */
static bool serves(int listener, const char *address)
{
	_cleanup_fd_ int client = sock_connect(address, 0);
	_cleanup_fd_ int served = -1;

	if (client < 0)
		return false;
	served = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return served >= 0 && sock_joined(client, served);
}

NETNS_TEST(helper_listen, binds_a_low_port_and_listens)
{
	struct bed b;

	bed_start(&b, "listen tcp 127.0.0.1:80\n");
	int fd = bed_fd(&b, do_listen, "tcp 127.0.0.1:80", 0);
	CHILD_CHECK(sock_is_at(fd, "tcp 127.0.0.1:80"));
	CHILD_CHECK(sock_option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1);
	CHILD_CHECK(sock_is_blocking(fd));
	CHILD_CHECK(serves(fd, "tcp 127.0.0.1:80"));
	CHILD_CHECK(b.job.rule == &b.helper.policy->rules[0]);
	bed_end(&b);
}

NETNS_TEST(helper_listen, gives_the_same_socket_again)
{
	struct bed b;

	bed_start(&b, "listen tcp *:80 [::]:80\n");
	int one = bed_fd(&b, do_listen, "tcp *:80", 0);
	int two = bed_fd(&b, do_listen, "tcp *:80", 0);
	int other = bed_fd(&b, do_listen, "tcp [::]:80", 0);
	/* The same address, written otherwise. */
	int three = bed_fd(&b, do_listen, "tcp 0.0.0.0:80", 0);

	CHILD_CHECK(sock_cookie(one) == sock_cookie(two));
	CHILD_CHECK(sock_cookie(one) == sock_cookie(three));
	CHILD_CHECK(sock_cookie(one) != sock_cookie(other));
	CHILD_CHECK(one != two);
	bed_end(&b);
}

NETNS_TEST(helper_listen, keeps_connections_while_the_worker_is_gone)
{
	struct bed b;

	bed_start(&b, "listen tcp 127.0.0.1:80\n");
	int fd = bed_fd(&b, do_listen, "tcp 127.0.0.1:80", 0);
	int client = bed_keep(&b, sock_connect("tcp 127.0.0.1:80", 0));
	bed_close(&b, fd);
	fd = bed_fd(&b, do_listen, "tcp 127.0.0.1:80", 0);
	int served = bed_keep(&b, accept4(fd, NULL, NULL, SOCK_CLOEXEC));
	CHILD_CHECK(sock_joined(client, served));
	bed_end(&b);
}

/* Asks for what no rule covers. */
static void refused(struct bed *b, const char *address)
{
	CHILD_CHECK(bed_ask(b, do_listen, address, 0) == -EACCES);
	CHILD_CHECK(b->job.refused && !b->job.rule);
}

NETNS_TEST(helper_listen, refuses_every_address_beside_the_rules)
{
	struct bed b;

	bed_start(&b, "listen tcp 127.0.0.4/30:80-82\n"
		      "listen unix @held\n");
	refused(&b, "tcp 127.0.0.3:80");
	refused(&b, "tcp 127.0.0.8:80");
	refused(&b, "tcp 127.0.0.4:79");
	refused(&b, "tcp 127.0.0.4:83");
	refused(&b, "tcp *:80");
	refused(&b, "tcp [::1]:80");
	refused(&b, "tcp [::ffff:127.0.0.3]:80");
	refused(&b, "udp 127.0.0.4:80");
	refused(&b, "unix @hel");
	refused(&b, "unix @held2");
	refused(&b, "unix:dgram @held");
	refused(&b, "unix /held");
	bed_end(&b);
}

NETNS_TEST(helper_listen, takes_the_first_and_the_last_of_a_range)
{
	struct bed b;

	bed_start(&b, "listen tcp 127.0.0.4/30:80-82\n");
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp 127.0.0.4:80", 0) == 0);
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp 127.0.0.7:82", 0) == 0);
	/* One name more for an address that is covered. */
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp [::ffff:127.0.0.5]:81", 0) ==
		    0);
	CHILD_CHECK(sock_is_at(b.job.fd, "tcp 127.0.0.5:81"));
	bed_end(&b);
}

NETNS_TEST(helper_listen, names_the_line_that_is_missing)
{
	struct bed b;

	bed_start(&b, "listen tcp *:80\n");
	refused(&b, "tcp 127.0.0.1:81");
	CHILD_CHECK(strcmp(b.job.missing, "listen tcp 127.0.0.1:81") == 0);
	refused(&b, "tcp *:81");
	CHILD_CHECK(strcmp(b.job.missing, "listen tcp *:81") == 0);
	refused(&b, "tcp [::]:81");
	CHILD_CHECK(strcmp(b.job.missing, "listen tcp [::]:81") == 0);
	/* No line can say so. */
	refused(&b, "udp *:81");
	CHILD_CHECK(strcmp(b.job.missing, "") == 0);
	/* In a policy this name would cover many. */
	refused(&b, "unix /run/*");
	CHILD_CHECK(strcmp(b.job.missing, "") == 0);
	bed_end(&b);
}

NETNS_TEST(helper_listen, names_the_rule_that_denies_a_name)
{
	struct bed b;

	bed_start(&b, "listen unix /run/**\ndeny /run/mine\n");
	CHILD_CHECK(bed_ask(&b, do_listen, "unix /run/mine/x", 0) == -EACCES);
	CHILD_CHECK(b.job.refused);
	CHILD_CHECK(b.job.rule == &b.helper.policy->rules[1]);
	bed_end(&b);
}

NETNS_TEST(helper_listen, refuses_what_is_no_address)
{
	static const char *const wrong[] = {
		"",	     "tcp",	    "tcp 80",	    "tcp *:0",
		"tcp *:80 ", "tcp *:65536", "sctp *:80",    "tcp localhost:80",
		"unix",	     "unix rel",    "unix /a/../b", "tcp *:80-81",
	};
	struct bed b;

	bed_start(&b, "listen tcp *:*\nlisten unix /**\n");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		if (bed_ask(&b, do_listen, wrong[i], 0) == -EINVAL)
			continue;
		fprintf(stderr, "taken for an address: \"%s\"\n", wrong[i]);
		_exit(1);
	}
	bed_end(&b);
}

NETNS_TEST(helper_listen, shares_a_port_among_as_many_as_the_rule_says)
{
	struct bed b;
	int fds[3];

	bed_start(&b, "listen tcp *:80 reuseport=3\n");
	for (size_t i = 0; i < 3; i++) {
		fds[i] = bed_fd(&b, do_listen, "tcp *:80", i);
		CHILD_CHECK(sock_option(fds[i], SOL_SOCKET, SO_REUSEPORT) == 1);
	}
	CHILD_CHECK(sock_cookie(fds[0]) != sock_cookie(fds[1]));
	CHILD_CHECK(sock_cookie(fds[1]) != sock_cookie(fds[2]));
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp *:80", 3) == -EINVAL);
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp *:80", UINT64_MAX) == -EINVAL);
	int again = bed_fd(&b, do_listen, "tcp *:80", 1);
	CHILD_CHECK(sock_cookie(again) == sock_cookie(fds[1]));
	bed_end(&b);
}

NETNS_TEST(helper_listen, shares_no_port_unless_the_rule_says_so)
{
	struct bed b;

	bed_start(&b, "listen tcp *:80\n");
	int fd = bed_fd(&b, do_listen, "tcp *:80", 0);
	CHILD_CHECK(sock_option(fd, SOL_SOCKET, SO_REUSEPORT) == 0);
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp *:80", 1) == -EINVAL);
	bed_end(&b);
}

NETNS_TEST(helper_listen, says_that_a_port_is_in_use)
{
	struct bed b;

	bed_start(&b, "listen tcp *:80\n");
	int other = bed_keep(&b, sock_listen("tcp *:80", 1));
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp *:80", 0) == -EADDRINUSE);
	CHILD_CHECK(!b.job.refused);
	/* Nothing was kept: it works once the port is free. */
	bed_close(&b, other);
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp *:80", 0) == 0);
	bed_end(&b);
}

NETNS_TEST(helper_listen, says_that_no_interface_has_the_address)
{
	struct bed b;

	bed_start(&b, "listen tcp 192.0.2.1:80\n");
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp 192.0.2.1:80", 0) ==
		    -EADDRNOTAVAIL);
	bed_end(&b);
}

NETNS_TEST(helper_listen, stops_every_copy_at_unlisten)
{
	struct bed b;

	bed_start(&b, "listen tcp *:80\n");
	int fd = bed_fd(&b, do_listen, "tcp *:80", 0);
	CHILD_CHECK(bed_ask(&b, do_unlisten, "tcp *:80", 0) == 0);
	CHILD_CHECK(accept4(fd, NULL, NULL, SOCK_CLOEXEC) < 0);
	CHILD_CHECK(errno == EINVAL);
	CHILD_CHECK(sock_connect("tcp 127.0.0.1:80", 0) == -ECONNREFUSED);
	bed_close(&b, fd);
	bed_keep(&b, sock_listen("tcp *:80", 1));
	bed_end(&b);
}

NETNS_TEST(helper_listen, unlistens_only_what_it_made)
{
	struct bed b;

	bed_start(&b, "listen tcp *:80-81 reuseport=2\n");
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp *:80", 1) == 0);
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp *:81", 0) == 0);
	CHILD_CHECK(bed_ask(&b, do_unlisten, "tcp *:80", 0) == -ENOENT);
	CHILD_CHECK(bed_ask(&b, do_unlisten, "tcp *:82", 0) == -EACCES);
	CHILD_CHECK(bed_ask(&b, do_unlisten, "tcp *:80", 1) == 0);
	CHILD_CHECK(bed_ask(&b, do_unlisten, "tcp *:80", 1) == -ENOENT);
	int kept = bed_fd(&b, do_listen, "tcp *:81", 0);
	CHILD_CHECK(serves(kept, "tcp 127.0.0.1:81"));
	bed_end(&b);
}

/* shutdown(2) needs no privilege: a worker can do so to the common socket. */
NETNS_TEST(helper_listen, makes_a_stopped_socket_anew)
{
	struct bed b;

	bed_start(&b, "listen tcp 127.0.0.1:80\n");
	int one = bed_fd(&b, do_listen, "tcp 127.0.0.1:80", 0);
	CHILD_CHECK(shutdown(one, SHUT_RDWR) == 0);
	int two = bed_fd(&b, do_listen, "tcp 127.0.0.1:80", 0);
	CHILD_CHECK(sock_cookie(one) != sock_cookie(two));
	CHILD_CHECK(serves(two, "tcp 127.0.0.1:80"));
	bed_end(&b);
}

NETNS_TEST(helper_listen, is_tcp_and_never_mptcp)
{
	struct bed b;

	bed_start(&b, "listen tcp *:80 [::]:80\n");
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp *:80", 0) == 0);
	CHILD_CHECK(sock_option(b.job.fd, SOL_SOCKET, SO_PROTOCOL) ==
		    IPPROTO_TCP);
	CHILD_CHECK(sock_option(b.job.fd, SOL_SOCKET, SO_REUSEADDR) == 1);
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp [::]:80", 0) == 0);
	CHILD_CHECK(sock_option(b.job.fd, SOL_SOCKET, SO_PROTOCOL) ==
		    IPPROTO_TCP);
	bed_end(&b);
}

NETNS_TEST(helper_listen, keeps_ipv4_out_of_ipv6)
{
	struct bed b;

	bed_start(&b, "listen tcp [::]:80\n");
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp [::]:80", 0) == 0);
	CHILD_CHECK(sock_option(b.job.fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
	CHILD_CHECK(sock_connect("tcp 127.0.0.1:80", 0) == -ECONNREFUSED);
	bed_end(&b);
}

NETNS_TEST(helper_listen, takes_ipv4_too_where_the_rule_says_so)
{
	struct bed b;

	bed_start(&b, "listen tcp [::]:80 v6only=off\n");
	int fd = bed_fd(&b, do_listen, "tcp [::]:80", 0);
	CHILD_CHECK(serves(fd, "tcp 127.0.0.1:80"));
	CHILD_CHECK(serves(fd, "tcp [::1]:80"));
	bed_end(&b);
}

/* The options of one rule, on the socket that it gives. */
static void has_option(const char *options, const char *address, int level,
		       int option, int value)
{
	char line[256];
	struct bed b;

	snprintf(line, sizeof(line), "listen %s %s\n", address, options);
	bed_start(&b, line);
	CHILD_CHECK(bed_ask(&b, do_listen, address, 0) == 0);
	CHILD_CHECK(sock_option(b.job.fd, level, option) == value);
	CHILD_CHECK(sock_is_at(b.job.fd, address));
	bed_end(&b);
}

NETNS_TEST(helper_listen, sets_what_must_come_before_bind)
{
	has_option("freebind=on", "tcp 192.0.2.1:80", IPPROTO_IP, IP_FREEBIND,
		   1);
	has_option("freebind=on", "tcp [2001:db8::1]:80", IPPROTO_IPV6,
		   IPV6_FREEBIND, 1);
	has_option("transparent=on", "tcp 192.0.2.1:80", IPPROTO_IP,
		   IP_TRANSPARENT, 1);
	has_option("transparent=on", "tcp [2001:db8::1]:80", IPPROTO_IPV6,
		   IPV6_TRANSPARENT, 1);
	has_option("mark=7", "tcp *:80", SOL_SOCKET, SO_MARK, 7);
	/* The kernel doubles it, for what it keeps beside the data. */
	has_option("rcvbuf=65536", "tcp *:80", SOL_SOCKET, SO_RCVBUF,
		   2 * 65536);
}

NETNS_TEST(helper_listen, binds_to_a_device)
{
	char name[32] = "";
	socklen_t len = sizeof(name);
	struct bed b;

	bed_start(&b, "listen tcp *:80 device=lo\n"
		      "listen tcp *:81 device=none0\n");
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp *:80", 0) == 0);
	CHILD_CHECK(getsockopt(b.job.fd, SOL_SOCKET, SO_BINDTODEVICE, name,
			       &len) == 0);
	CHILD_CHECK(strcmp(name, "lo") == 0);
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp *:81", 0) == -ENODEV);
	bed_end(&b);
}

NETNS_TEST(helper_listen, hands_out_blocking_sockets_of_every_unix_type)
{
	struct bed b;

	bed_start(&b, "listen unix @a\nlisten unix:seqpacket @b\n"
		      "listen unix:dgram @c\n");
	CHILD_CHECK(bed_ask(&b, do_listen, "unix @a", 0) == 0);
	CHILD_CHECK(sock_option(b.job.fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
	CHILD_CHECK(sock_is_blocking(b.job.fd));
	CHILD_CHECK(bed_ask(&b, do_listen, "unix:seqpacket @b", 0) == 0);
	CHILD_CHECK(sock_option(b.job.fd, SOL_SOCKET, SO_TYPE) ==
		    SOCK_SEQPACKET);
	CHILD_CHECK(sock_option(b.job.fd, SOL_SOCKET, SO_ACCEPTCONN) == 1);
	CHILD_CHECK(bed_ask(&b, do_listen, "unix:dgram @c", 0) == 0);
	CHILD_CHECK(sock_option(b.job.fd, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM);
	CHILD_CHECK(sock_is_at(b.job.fd, "unix:dgram @c"));
	bed_end(&b);
}

NETNS_TEST(helper_listen, keeps_a_bounded_number)
{
	struct rlimit room = {.rlim_cur = 4096, .rlim_max = 4096};
	char address[32];
	struct bed b;
	int r = 0;

	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &room) == 0);
	bed_start(&b, "listen tcp *:10000-20000\n");
	for (int i = 0; r == 0 && i < BOUND_LISTENERS; i++) {
		snprintf(address, sizeof(address), "tcp *:%d", 10000 + i);
		r = bed_ask(&b, do_listen, address, 0);
	}
	CHILD_CHECK(r == 0);
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp *:20000", 0) == -ENFILE);
	CHILD_CHECK(bed_ask(&b, do_unlisten, "tcp *:10005", 0) == 0);
	CHILD_CHECK(bed_ask(&b, do_listen, "tcp *:20000", 0) == 0);
	bed_end(&b);
}
