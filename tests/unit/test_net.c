/* SPDX-License-Identifier: ISC */
#include "policy/net.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

TestSuite(net, .timeout = 10);

static struct net_range range(const char *kind, const char *object, bool any)
{
	const char *expected = NULL, *at = NULL;
	struct net_range r;

	cr_assert_eq(net_range_parse(kind, object, any, &r, &expected, &at), 0,
		     "%s %s: expected %s at %s", kind, object, expected, at);
	return r;
}

static struct net_addr addr(const char *text)
{
	struct net_addr a;

	cr_assert_eq(net_addr_parse(text, &a), 0, "%s", text);
	return a;
}

static void no_range(const char *kind, const char *object, bool any,
		     const char *expected, size_t where)
{
	const char *got = NULL, *at = NULL;
	struct net_range r;

	cr_assert_eq(net_range_parse(kind, object, any, &r, &got, &at), -EINVAL,
		     "%s %s", kind, object);
	cr_assert_str_eq(got, expected, "%s: %s", object, got);
	cr_assert_eq((size_t)(at - object), where, "%s: at %s", object, at);
}

static void no_addr(const char *text)
{
	struct net_addr a;

	cr_assert_eq(net_addr_parse(text, &a), -EINVAL, "%s", text);
}

/* The object covers these addresses and does not cover those. */
static void covers(const char *kind, const char *object, bool any,
		   const char *const *in, const char *const *out)
{
	struct net_range r = range(kind, object, any);
	struct net_addr a;

	for (; *in; in++) {
		a = addr(*in);
		cr_assert(net_range_has(&r, &a), "%s: %s", object, *in);
	}
	for (; *out; out++) {
		a = addr(*out);
		cr_assert_not(net_range_has(&r, &a), "%s: %s", object, *out);
	}
}

#define LIST(...)                               \
	(const char *const[])                   \
	{                                       \
		__VA_ARGS__ __VA_OPT__(, ) NULL \
	}

Test(net, covers_one_address_and_port)
{
	covers("tcp", "10.0.0.1:80", true, LIST("tcp 10.0.0.1:80"),
	       LIST("tcp 10.0.0.2:80", "tcp 10.0.0.1:81", "udp 10.0.0.1:80",
		    "tcp [::a00:1]:80"));
	covers("udp", "[2001:db8::1]:53", true, LIST("udp [2001:db8::1]:53"),
	       LIST("udp [2001:db8::2]:53", "tcp [2001:db8::1]:53",
		    "udp 32.1.13.184:53"));
}

Test(net, covers_a_network_to_its_edges)
{
	covers("tcp", "10.0.0.0/8:1", true,
	       LIST("tcp 10.0.0.0:1", "tcp 10.255.255.255:1"),
	       LIST("tcp 9.255.255.255:1", "tcp 11.0.0.0:1"));
	covers("tcp", "192.168.4.16/28:1", true,
	       LIST("tcp 192.168.4.16:1", "tcp 192.168.4.31:1"),
	       LIST("tcp 192.168.4.15:1", "tcp 192.168.4.32:1"));
	covers("tcp", "192.168.4.16/31:1", true,
	       LIST("tcp 192.168.4.16:1", "tcp 192.168.4.17:1"),
	       LIST("tcp 192.168.4.15:1", "tcp 192.168.4.18:1"));
	covers("tcp", "[2001:db8::]/33:1", true,
	       LIST("tcp [2001:db8::]:1",
		    "tcp [2001:db8:7fff:ffff:ffff:ffff:ffff:ffff]:1"),
	       LIST("tcp [2001:db8:8000::]:1",
		    "tcp [2001:db7:ffff:ffff:ffff:ffff:ffff:ffff]:1"));
	covers("tcp", "0.0.0.0/0:1", true,
	       LIST("tcp 0.0.0.0:1", "tcp 255.255.255.255:1"),
	       LIST("tcp [::]:1"));
}

Test(net, covers_ports_to_their_edges)
{
	covers("udp", "10.0.0.1:8000-8010", true,
	       LIST("udp 10.0.0.1:8000", "udp 10.0.0.1:8010"),
	       LIST("udp 10.0.0.1:7999", "udp 10.0.0.1:8011"));
	covers("udp", "10.0.0.1:*", true,
	       LIST("udp 10.0.0.1:1", "udp 10.0.0.1:65535"), LIST());
}

Test(net, takes_a_star_as_the_wildcard_address_or_any)
{
	covers("tcp", "*:80", false, LIST("tcp *:80", "tcp 0.0.0.0:80"),
	       LIST("tcp 127.0.0.1:80", "tcp [::]:80"));
	covers("tcp", "[::]:80", false, LIST("tcp [::]:80"),
	       LIST("tcp [::1]:80", "tcp *:80"));
	covers("tcp", "*:80", true, LIST("tcp 1.2.3.4:80", "tcp *:80"),
	       LIST("tcp [::1]:80"));
	covers("tcp", "[*]:80", true, LIST("tcp [::1]:80", "tcp [::]:80"),
	       LIST("tcp 1.2.3.4:80", "tcp [::ffff:1.2.3.4]:80"));
	covers("tcp", "[::]:80", true, LIST("tcp [::]:80"),
	       LIST("tcp [::1]:80"));
}

Test(net, judges_a_mapped_address_as_the_ipv4_address_it_is)
{
	covers("tcp", "10.0.0.0/8:1", true,
	       LIST("tcp [::ffff:10.0.0.1]:1", "tcp [::ffff:a00:1]:1"),
	       LIST("tcp [::ffff:11.0.0.1]:1", "tcp [::10.0.0.1]:1"));
	covers("tcp", "[::]/0:1", true, LIST("tcp [::1]:1"),
	       LIST("tcp [::ffff:10.0.0.1]:1", "tcp 10.0.0.1:1"));
	covers("tcp", "[::ffff:10.0.0.0]/104:1", true,
	       LIST("tcp 10.0.0.1:1", "tcp [::ffff:10.255.255.255]:1"),
	       LIST("tcp 11.0.0.0:1"));
	covers("tcp", "[::ffff:0:0]/96:1", true, LIST("tcp 1.2.3.4:1"),
	       LIST("tcp [::1]:1"));
	cr_assert_eq(addr("tcp [::ffff:10.0.0.1]:1").sa.sa_family, AF_INET);
}

Test(net, judges_a_mapped_socket_address_that_nobody_unmapped)
{
	struct net_range v4 = range("tcp", "10.0.0.1:80", true);
	struct net_range v6 = range("tcp", "[*]:80", true);
	struct net_addr a = {.kind = NET_TCP, .len = sizeof(a.in6)};

	a.in6.sin6_family = AF_INET6;
	a.in6.sin6_port = htons(80);
	cr_assert_eq(inet_pton(AF_INET6, "::ffff:10.0.0.1", &a.in6.sin6_addr),
		     1);
	cr_assert(net_range_has(&v4, &a));
	cr_assert_not(net_range_has(&v6, &a));
}

Test(net, covers_a_scope_only_where_it_is_named)
{
	covers("tcp", "[fe80::1%2]:80", true, LIST("tcp [fe80::1%2]:80"),
	       LIST("tcp [fe80::1%3]:80", "tcp [fe80::1]:80"));
	covers("tcp", "[fe80::]/10:80", true, LIST("tcp [fe80::1]:80"),
	       LIST("tcp [fe80::1%2]:80"));
	covers("tcp", "[fe80::%2]/10:80", true, LIST("tcp [fe80::1%2]:80"),
	       LIST("tcp [fec0::1%2]:80"));
}

Test(net, covers_unix_paths_by_pattern)
{
	covers("unix", "/run/x.sock", true,
	       LIST("unix /run/x.sock", "unix /run//./x.sock"),
	       LIST("unix /run/x.sockx", "unix /run", "unix @/run/x.sock",
		    "unix:dgram /run/x.sock"));
	covers("unix:seqpacket", "/run/*/s", true,
	       LIST("unix:seqpacket /run/a/s"),
	       LIST("unix:seqpacket /run/a/b/s", "unix /run/a/s"));
	covers("unix", "/run/\\*", true, LIST("unix /run/*"),
	       LIST("unix /run/a"));
}

Test(net, covers_abstract_names_whole)
{
	covers("unix", "@name", true, LIST("unix @name"),
	       LIST("unix @nam", "unix @names", "unix /name",
		    "unix:dgram @name"));
	covers("unix", "@a b\\*/\\\\", true, LIST("unix @a b*/\\"),
	       LIST("unix @a bx/\\"));
}

Test(net, gives_an_abstract_address_its_exact_length)
{
	struct net_addr a = addr("unix @name");
	size_t head = offsetof(struct sockaddr_un, sun_path);

	cr_assert_eq(a.len, head + 5);
	cr_assert_eq(memcmp(a.un.sun_path, "\0name", 6), 0);
	a = addr("unix /run/x");
	cr_assert_eq(a.len, head + 7);
	cr_assert_str_eq(a.un.sun_path, "/run/x");
}

Test(net, bounds_unix_names_by_sun_path)
{
	char text[256] = "unix /";
	char *object = text + strlen("unix ");
	struct net_addr a;
	struct net_range r;

	memset(object + 1, 'x', NET_PATH - 2);
	a = addr(text);
	r = range("unix", object, false);
	cr_assert(net_range_has(&r, &a));
	object[NET_PATH - 1] = 'x';
	no_addr(text);
	no_range("unix", object, false,
		 "a path, or @ and an abstract name, of at most 107 bytes", 0);
	/* An abstract name has no NUL behind it. */
	object[0] = '@';
	a = addr(text);
	cr_assert_eq(a.len, sizeof(a.un));
	r = range("unix", object, false);
	cr_assert(net_range_has(&r, &a));
	object[NET_PATH] = 'x';
	no_addr(text);
	no_range("unix", object, false,
		 "a path, or @ and an abstract name, of at most 107 bytes", 0);
}

Test(net, says_what_was_expected)
{
	const char *v4 = "an IPv4 address, * or [an IPv6 address]";
	const char *port = "a port, 1 to 65535";
	const char *host_bits = "an address without bits below its prefix";

	no_range("sctp", "*:80", false,
		 "tcp, udp, unix, unix:dgram or unix:seqpacket", 0);
	no_range("tcp", "", false, v4, 0);
	no_range("tcp", "80", false, v4, 0);
	no_range("tcp", ":80", false, v4, 0);
	no_range("tcp", "localhost:80", false, v4, 0);
	no_range("tcp", "010.0.0.1:80", false, v4, 0);
	no_range("tcp", "10.0.1:80", false, v4, 0);
	no_range("tcp", "10.0.0.1", false, ":PORT", 8);
	no_range("tcp", "10.0.0.1:", false, port, 9);
	no_range("tcp", "10.0.0.1:0", false, port, 9);
	no_range("tcp", "10.0.0.1:65536", false, port, 9);
	no_range("tcp", "10.0.0.1:99999999999999999999", false, port, 9);
	no_range("tcp", "10.0.0.1:080", false, port, 9);
	no_range("tcp", "10.0.0.1:-1", false, port, 9);
	no_range("tcp", "10.0.0.1:http", false, port, 9);
	no_range("tcp", "10.0.0.1:1-", false, port, 11);
	no_range("tcp", "10.0.0.1:9-8", false,
		 "a range from the lower port to the higher", 9);
	no_range("tcp", "10.0.0.1:1x", false, "the end of the address", 10);
	no_range("tcp", "10.0.0.1/33:1", false, "a prefix of 0 to 32 bits", 9);
	no_range("tcp", "10.0.0.1/8:1", false, host_bits, 0);
	no_range("tcp", "[2001:db8::1]/32:1", false, host_bits, 0);
	no_range("tcp", "[::ffff:10.0.0.1]/90:1", false, host_bits, 0);
	no_range("tcp", "[::]/129:1", false, "a prefix of 0 to 128 bits", 5);
	no_range("tcp", "*/8:1", false, "a port behind *, no prefix", 2);
	no_range("tcp", "[::1:80", false, "]", 7);
	no_range("tcp", "[::1", false, "]", 4);
	no_range("tcp", "[10.0.0.1]:80", false, "an IPv6 address", 1);
	no_range("tcp", "[fe80::1%eth0]:80", false, "a scope's number", 9);
	no_range("tcp", "[fe80::1%0]:80", false, "a scope's number", 9);
	no_range("tcp", "[*]:80", false, "[::] for the wildcard address", 0);
	no_range("tcp", "[::ffff:10.0.0.1%2]:80", true,
		 "no scope on an IPv4 address", 0);
}

Test(net, says_what_was_expected_of_unix_names)
{
	const char *path =
		"a path, or @ and an abstract name, of at most 107 bytes";

	no_range("unix", "", false, path, 0);
	no_range("unix", "run/x", false, path, 0);
	no_range("unix", "/run/../x", false, path, 0);
	no_range("unix", "@", false, path, 0);
	no_range("unix", "/run/", false,
		 "the path of a socket, without a slash behind", 0);
	no_range("unix", "@a*", false, "an abstract name without *", 0);
}

Test(net, leaves_the_result_alone_on_failure)
{
	struct net_range r = {.kind = NET_UDP, .prefix = 7};
	struct net_addr a = {.kind = NET_UDP, .len = 7};
	const char *expected, *at;

	cr_assert_lt(net_range_parse("tcp", "*:0", 0, &r, &expected, &at), 0);
	cr_assert(r.kind == NET_UDP && r.prefix == 7);
	cr_assert_lt(net_addr_parse("tcp *:0", &a), 0);
	cr_assert(a.kind == NET_UDP && a.len == 7);
}

Test(net, refuses_addresses_that_are_none)
{
	no_addr("");
	no_addr("tcp");
	no_addr("tcp ");
	no_addr("tcp  *:80");
	no_addr(" tcp *:80");
	no_addr("TCP *:80");
	no_addr("tcp *:0");
	no_addr("tcp *:80 ");
	no_addr("tcp *:*");
	no_addr("tcp *:80-81");
	no_addr("tcp 10.0.0.0/8:80");
	no_addr("tcp [*]:80");
	no_addr("tcp /run/x");
	no_addr("unix 10.0.0.1:80");
	no_addr("unix run/x");
	no_addr("unix /run/../x");
	no_addr("unix /run/x/");
	no_addr("unix @");
	no_addr("unix ");
}

static int from(enum net_kind kind, const void *sa, size_t len,
		struct net_addr *ret)
{
	return net_addr_from(kind, sa, (socklen_t)len, ret);
}

Test(net, takes_socket_addresses)
{
	struct net_addr in = addr("udp 10.0.0.1:53"), got;

	memset(in.in.sin_zero, 'x', sizeof(in.in.sin_zero));
	cr_assert_eq(from(NET_UDP, &in.sa, in.len, &got), 0);
	cr_assert_eq(got.len, sizeof(got.in));
	cr_assert_eq(got.in.sin_zero[0], 0);
	in = addr("tcp [fe80::1%2]:80");
	cr_assert_eq(from(NET_TCP, &in.sa, in.len, &got), 0);
	cr_assert_eq(memcmp(&in.in6, &got.in6, sizeof(in.in6)), 0);
	in = addr("unix @name");
	cr_assert_eq(from(NET_UNIX, &in.sa, in.len, &got), 0);
	cr_assert_eq(got.len, in.len);
	/* What stands behind the NUL of a path is not part of it. */
	in = addr("unix /run/x");
	memcpy(in.un.sun_path, "/run/\0x", 8);
	in.len += 1;
	cr_assert_eq(from(NET_UNIX, &in.sa, in.len, &got), -EINVAL);
	memcpy(in.un.sun_path, "/run\0/x", 8);
	cr_assert_eq(from(NET_UNIX, &in.sa, in.len, &got), 0);
	cr_assert_str_eq(got.un.sun_path, "/run");
}

Test(net, unmaps_socket_addresses)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
				   .sin6_port = htons(80),
				   .sin6_scope_id = 3};
	struct net_addr got;

	cr_assert_eq(inet_pton(AF_INET6, "::ffff:10.0.0.1", &in6.sin6_addr), 1);
	cr_assert_eq(from(NET_TCP, &in6, sizeof(in6), &got), 0);
	cr_assert_eq(got.in.sin_family, AF_INET);
	cr_assert_eq(ntohl(got.in.sin_addr.s_addr), 0x0a000001);
	cr_assert_eq(ntohs(got.in.sin_port), 80);
	cr_assert_eq(got.len, sizeof(got.in));
}

Test(net, refuses_socket_addresses_that_do_not_fit)
{
	size_t head = offsetof(struct sockaddr_un, sun_path);
	struct net_addr in = addr("tcp 10.0.0.1:80"), un = addr("unix /x"), got;
	struct net_addr in6 = addr("tcp [::1]:80");

	cr_assert_eq(from(NET_TCP, &in.sa, in.len - 1, &got), -EINVAL);
	cr_assert_eq(from(NET_TCP, &in6.sa, in6.len - 1, &got), -EINVAL);
	cr_assert_eq(from(NET_TCP, &in.sa, 0, &got), -EINVAL);
	cr_assert_eq(from(NET_TCP, &in.sa, 1 << 20, &got), -EINVAL);
	cr_assert_eq(from(NET_NONE, &in.sa, in.len, &got), -EINVAL);
	cr_assert_eq(from(NET_KIND_MAX, &in.sa, in.len, &got), -EINVAL);
	cr_assert_eq(from(NET_UNIX, &in.sa, in.len, &got), -EAFNOSUPPORT);
	cr_assert_eq(from(NET_TCP, &un.sa, un.len, &got), -EAFNOSUPPORT);
	in.in.sin_port = 0;
	cr_assert_eq(from(NET_TCP, &in.sa, in.len, &got), -EINVAL);
	in.sa.sa_family = AF_UNSPEC;
	cr_assert_eq(from(NET_TCP, &in.sa, in.len, &got), -EAFNOSUPPORT);
	cr_assert_eq(from(NET_UNIX, &un.sa, head, &got), -EINVAL);
	memcpy(un.un.sun_path, "\0a\0b", 4);
	cr_assert_eq(from(NET_UNIX, &un.sa, head + 1, &got), -EINVAL);
	cr_assert_eq(from(NET_UNIX, &un.sa, head + 4, &got), -EINVAL);
	memcpy(un.un.sun_path, "@ab", 4);
	cr_assert_eq(from(NET_UNIX, &un.sa, head + 4, &got), -EINVAL);
}

static void prints(const char *kind, const char *object, bool any,
		   const char *text)
{
	struct net_range r = range(kind, object, any), again;
	char buf[BOUND_ADDRESS];

	cr_assert_eq(net_range_print(&r, any, buf, sizeof(buf)), 0);
	cr_assert_str_eq(buf, text);
	again = range(kind, buf, any);
	cr_assert_eq(memcmp(&r, &again, sizeof(r)), 0, "%s", text);
}

Test(net, prints_ranges_that_parse_back)
{
	prints("tcp", "*:80", false, "*:80");
	prints("tcp", "0.0.0.0:80", false, "*:80");
	prints("tcp", "0.0.0.0:80", true, "0.0.0.0:80");
	prints("tcp", "0.0.0.0/0:80", true, "*:80");
	prints("tcp", "0.0.0.0/0:80", false, "0.0.0.0/0:80");
	prints("tcp", "[::]:443", false, "[::]:443");
	prints("tcp", "[::]:443", true, "[::]:443");
	prints("tcp", "[::]/0:443", true, "[*]:443");
	prints("tcp", "[::]/0:443", false, "[::]/0:443");
	prints("tcp", "[2001:DB8:0::]/32:*", true, "[2001:db8::]/32:*");
	prints("tcp", "[fe80::1%2]:1-65535", true, "[fe80::1%2]:*");
	prints("tcp", "[::%2]/0:1", true, "[::%2]/0:1");
	prints("udp", "10.0.0.1/32:8000-8010", true, "10.0.0.1:8000-8010");
	prints("tcp", "[::ffff:10.0.0.1]:80", true, "10.0.0.1:80");
	prints("unix", "/run//a\\*/*", true, "/run/a\\*/*");
	prints("unix:dgram", "@a\\*b", true, "@a\\*b");
}

static void prints_addr(const char *text, bool any, const char *printed)
{
	struct net_addr a = addr(text), again;
	char buf[BOUND_ADDRESS];

	cr_assert_eq(net_addr_print(&a, any, buf, sizeof(buf)), 0);
	cr_assert_str_eq(buf, printed);
	again = addr(buf);
	cr_assert_eq(a.len, again.len);
	cr_assert_eq(memcmp(&a.sa, &again.sa, a.len), 0, "%s", text);
}

Test(net, prints_addresses_that_parse_back)
{
	prints_addr("tcp *:80", true, "tcp 0.0.0.0:80");
	prints_addr("tcp 0.0.0.0:80", false, "tcp *:80");
	prints_addr("tcp [::]:80", false, "tcp [::]:80");
	prints_addr("tcp [::]:80", true, "tcp [::]:80");
	prints_addr("udp [fe80::1%2]:65535", true, "udp [fe80::1%2]:65535");
	prints_addr("tcp [::ffff:10.0.0.1]:80", true, "tcp 10.0.0.1:80");
	prints_addr("unix //run/./x", true, "unix /run/x");
	prints_addr("unix:seqpacket @a*\\ b", true, "unix:seqpacket @a*\\ b");
}

Test(net, says_when_the_text_does_not_fit)
{
	struct net_addr a = addr("tcp 10.0.0.1:80");
	struct net_range r = range("tcp", "10.0.0.1:80", true);
	char buf[16];

	cr_assert_eq(net_addr_print(&a, true, buf, 16), 0);
	for (size_t size = 0; size < 16; size++)
		cr_assert_eq(net_addr_print(&a, true, buf, size), -ENOSPC);
	cr_assert_eq(net_range_print(&r, true, buf, 12), 0);
	for (size_t size = 0; size < 12; size++)
		cr_assert_eq(net_range_print(&r, true, buf, size), -ENOSPC);
}

Test(net, has_room_for_the_longest_text)
{
	char text[256] = "unix:seqpacket @", buf[BOUND_ADDRESS];
	const char *v6 = "tcp [2001:db8:1111:2222:3333:4444:5555:6666"
			 "%4294967295]:65535";
	struct net_addr a = addr(v6);

	cr_assert_eq(net_addr_print(&a, true, buf, sizeof(buf)), 0);
	memset(text + strlen(text), 'x', NET_PATH - 1);
	a = addr(text);
	cr_assert_eq(net_addr_print(&a, true, buf, sizeof(buf)), 0);
	cr_assert_str_eq(buf, text);
}

Test(net, names_its_kinds)
{
	for (unsigned k = NET_NONE + 1; k < NET_KIND_MAX; k++) {
		const char *name = net_kind_name((enum net_kind)k);

		cr_assert_eq(net_kind_of(name), k);
		cr_assert_neq(net_kind_type((enum net_kind)k), 0);
	}
	cr_assert_eq(net_kind_of("raw"), NET_NONE);
	cr_assert_eq(net_kind_of(""), NET_NONE);
	cr_assert_null(net_kind_name(NET_NONE));
	cr_assert_null(net_kind_name(NET_KIND_MAX));
	cr_assert_eq(net_kind_type(NET_KIND_MAX), 0);
	cr_assert_eq(net_kind_type(NET_UNIX_SEQPACKET), SOCK_SEQPACKET);
}
