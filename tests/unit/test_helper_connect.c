/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "support/bed.h"
#include "support/sock.h"
#include "support/support.h"

TestSuite(helper_connect, .timeout = 10);

/* Waits as the client library does; the error of the connection, or 0. */
static int settle(struct bed *b)
{
	struct pollfd p = {.fd = b->job.fd, .events = POLLOUT};

	if (b->job.number == 0)
		return 0;
	CHILD_CHECK(!sock_is_blocking(b->job.fd));
	CHILD_CHECK(poll(&p, 1, -1) == 1);
	return -sock_option(b->job.fd, SOL_SOCKET, SO_ERROR);
}

static int connects(struct bed *b, const char *address)
{
	int r = bed_ask(b, do_connect, address, 0);

	return r < 0 ? r : settle(b);
}

NETNS_TEST(helper_connect, connects_by_tcp)
{
	struct bed b;

	bed_start(&b, "connect tcp 127.0.0.1:5432 [::1]:5432\n");
	int four = bed_keep(&b, sock_listen("tcp 127.0.0.1:5432", 8));
	bed_keep(&b, sock_listen("tcp [::1]:5432", 8));
	CHILD_CHECK(connects(&b, "tcp 127.0.0.1:5432") == 0);
	int served = bed_keep(&b, accept4(four, NULL, NULL, SOCK_CLOEXEC));
	CHILD_CHECK(sock_joined(b.job.fd, served));
	CHILD_CHECK(sock_option(b.job.fd, SOL_SOCKET, SO_PROTOCOL) ==
		    IPPROTO_TCP);
	CHILD_CHECK(connects(&b, "tcp [::1]:5432") == 0);
	CHILD_CHECK(sock_option(b.job.fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
	bed_end(&b);
}

NETNS_TEST(helper_connect, says_that_nobody_listens)
{
	struct bed b;

	bed_start(&b, "connect tcp 127.0.0.1:5432\n");
	CHILD_CHECK(connects(&b, "tcp 127.0.0.1:5432") == -ECONNREFUSED);
	CHILD_CHECK(!b.job.refused);
	bed_end(&b);
}

/* A full backlog drops what asks to connect: only time would tell. */
NETNS_TEST(helper_connect, never_waits_for_a_peer)
{
	struct bed b;

	bed_start(&b, "connect tcp 127.0.0.1:5432\n");
	int busy = bed_keep(&b, sock_listen("tcp 127.0.0.1:5432", 0));
	bed_keep(&b, sock_connect("tcp 127.0.0.1:5432", 0));
	CHILD_CHECK(bed_ask(&b, do_connect, "tcp 127.0.0.1:5432", 0) == 0);
	CHILD_CHECK(b.job.number == 1);
	CHILD_CHECK(!sock_is_blocking(b.job.fd));
	/* Once there is room, it is the same connection that comes. */
	close(accept4(busy, NULL, NULL, SOCK_CLOEXEC));
	CHILD_CHECK(settle(&b) == 0);
	bed_end(&b);
}

NETNS_TEST(helper_connect, hands_out_a_standing_connection_blocking)
{
	struct bed b;

	bed_start(&b, "connect udp 127.0.0.1:5353\nconnect unix @db\n");
	int dns = bed_keep(&b, sock_bind("udp 127.0.0.1:5353"));
	bed_keep(&b, sock_listen("unix @db", 8));
	CHILD_CHECK(bed_ask(&b, do_connect, "udp 127.0.0.1:5353", 0) == 0);
	CHILD_CHECK(b.job.number == 0 && sock_is_blocking(b.job.fd));
	CHILD_CHECK(sock_joined(b.job.fd, dns));
	CHILD_CHECK(bed_ask(&b, do_connect, "unix @db", 0) == 0);
	CHILD_CHECK(b.job.number == 0 && sock_is_blocking(b.job.fd));
	bed_end(&b);
}

NETNS_TEST(helper_connect, refuses_every_address_beside_the_rules)
{
	static const char *const others[] = {
		"tcp 10.1.255.255:80",
		"tcp 10.3.0.0:80",
		"tcp 10.2.0.1:79",
		"tcp 10.2.0.1:82",
		"udp 10.2.0.1:80",
		"tcp [::ffff:10.3.0.0]:80",
		"tcp [2001:db9::]:443",
		"tcp [2001:db7:ffff::1]:443",
		"tcp [2001:db8::1]:444",
		"tcp *:80",
		"unix @d",
		"unix @dbx",
		"unix:dgram @db",
		"unix:seqpacket @db",
		"unix /run/postgres/x/y",
		"unix /run/postgresx",
	};
	struct bed b;

	bed_start(&b, "connect tcp 10.2.0.0/16:80-81\n"
		      "connect tcp [2001:db8::]/32:443\n"
		      "connect unix @db\n"
		      "connect unix /run/postgres/*\n");
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (bed_ask(&b, do_connect, others[i], 0) == -EACCES &&
		    b.job.refused)
			continue;
		fprintf(stderr, "not refused: %s\n", others[i]);
		_exit(1);
	}
	bed_end(&b);
}

/* There is no route to any of them: the kernel was asked, so it was allowed. */
NETNS_TEST(helper_connect, takes_the_first_and_the_last_of_a_network)
{
	static const char *const inside[] = {
		"tcp 10.2.0.0:80",
		"tcp 10.2.255.255:81",
		"tcp [::ffff:10.2.0.0]:80",
		"tcp [2001:db8::]:443",
		"tcp [2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]:443",
	};
	struct bed b;

	bed_start(&b, "connect tcp 10.2.0.0/16:80-81\n"
		      "connect tcp [2001:db8::]/32:443\n");
	for (size_t i = 0; i < sizeof(inside) / sizeof(*inside); i++) {
		CHILD_CHECK(bed_ask(&b, do_connect, inside[i], 0) ==
			    -ENETUNREACH);
		CHILD_CHECK(!b.job.refused && b.job.rule);
	}
	bed_end(&b);
}

NETNS_TEST(helper_connect, gives_no_hint_that_grants_more)
{
	struct bed b;

	bed_start(&b, "");
	CHILD_CHECK(bed_ask(&b, do_connect, "tcp 127.0.0.1:80", 0) == -EACCES);
	CHILD_CHECK(strcmp(b.job.missing, "connect tcp 127.0.0.1:80") == 0);
	/* Here * would be any address, and 0.0.0.0 is one. */
	CHILD_CHECK(bed_ask(&b, do_connect, "tcp *:80", 0) == -EACCES);
	CHILD_CHECK(!strchr(b.job.missing, '*'));
	CHILD_CHECK(bed_ask(&b, do_connect, "unix /run/**", 0) == -EACCES);
	CHILD_CHECK(strcmp(b.job.missing, "") == 0);
	bed_end(&b);
}

/* A scratch directory and a bed whose policy has one line for a name in it. */
struct place {
	struct scratch s;
	struct bed b;
	char address[BOUND_ADDRESS];
};

static void place_make(struct place *p, const char *name)
{
	char line[BOUND_ADDRESS + 16];

	scratch_make(&p->s);
	snprintf(p->address, sizeof(p->address), "unix %s",
		 scratch_path(&p->s, name));
	snprintf(line, sizeof(line), "connect %s\n", p->address);
	bed_start(&p->b, line);
}

static void place_end(struct place *p)
{
	bed_end(&p->b);
	scratch_remove(&p->s);
}

Test(helper_connect, connects_to_a_name)
{
	struct place p;

	place_make(&p, "socket");
	int listener = bed_keep(&p.b, sock_listen(p.address, 8));
	cr_assert_eq(bed_ask(&p.b, do_connect, p.address, 0), 0);
	int served = bed_keep(&p.b,
			      accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	cr_assert(sock_joined(p.b.job.fd, served));
	place_end(&p);
}

Test(helper_connect, follows_no_link_to_a_socket_that_is_not_granted)
{
	char other[BOUND_ADDRESS + 8];
	struct place p;

	place_make(&p, "dir/socket");
	scratch_mkdir(&p.s, "real", 0755);
	snprintf(other, sizeof(other), "unix %s",
		 scratch_path(&p.s, "real/socket"));
	bed_keep(&p.b, sock_listen(other, 8));
	/* The directory is the link, then the name itself. */
	scratch_link(&p.s, "dir", "real");
	cr_assert_eq(bed_ask(&p.b, do_connect, p.address, 0), -EACCES);
	cr_assert(strstr(p.b.job.missing, "/real/socket"));
	cr_assert_eq(unlink(scratch_path(&p.s, "dir")), 0);
	scratch_link(&p.s, "dir/socket", "../real/socket");
	cr_assert_eq(bed_ask(&p.b, do_connect, p.address, 0), -EACCES);
	cr_assert(p.b.job.refused);
	place_end(&p);
}

Test(helper_connect, connects_to_nothing_but_sockets)
{
	struct place p;

	place_make(&p, "socket");
	cr_assert_eq(bed_ask(&p.b, do_connect, p.address, 0), -ENOENT);
	scratch_write(&p.s, "socket", "", 0666);
	cr_assert_eq(bed_ask(&p.b, do_connect, p.address, 0), -ECONNREFUSED);
	place_end(&p);
}

Test(helper_connect, says_that_a_backlog_is_full)
{
	struct place p;

	place_make(&p, "socket");
	bed_keep(&p.b, sock_listen(p.address, 0));
	bed_keep(&p.b, sock_connect(p.address, 0));
	cr_assert_eq(bed_ask(&p.b, do_connect, p.address, 0), -EAGAIN);
	place_end(&p);
}
