/* SPDX-License-Identifier: ISC */
/*
 * Names of unix sockets behind links: those that were there at load, as
 * /var/run is on most systems, and those that came later.
 */
#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "support/bed.h"
#include "support/sock.h"
#include "support/support.h"

TestSuite(helper_unix_links, .timeout = 10);

/* A scratch directory with a link "var" in it, at first to "run". */
struct place {
	struct scratch s;
	struct bed b;
	char address[BOUND_ADDRESS];
};

static void place_make(struct place *p, const char *run)
{
	scratch_make(&p->s);
	scratch_mkdir(&p->s, run, 0755);
	scratch_link(&p->s, "var", run);
}

/* Loads the rules, in which @ is the directory. */
static void place_load(struct place *p, const char *rules)
{
	char text[1024] = "worker 61001\nhelper 61002\n";
	size_t len = strlen(text);

	for (; *rules; rules++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s",
					*rules == '@' ? PATH_MAX : 1,
					*rules == '@' ? p->s.dir : rules);
	bed_start(&p->b, text);
	bed_resolve(&p->b);
}

static void place_end(struct place *p)
{
	bed_end(&p->b);
	scratch_remove(&p->s);
}

/* "unix DIR/NAME", valid until the next one. */
static const char *at(struct place *p, const char *kind, const char *name)
{
	snprintf(p->address, sizeof(p->address), "%s %s", kind,
		 scratch_path(&p->s, name));
	return p->address;
}

static int place_listen(struct place *p, const char *name)
{
	return bed_ask(&p->b, do_listen, at(p, "unix", name), 0);
}

static int place_unlisten(struct place *p, const char *name)
{
	return bed_ask(&p->b, do_unlisten, at(p, "unix", name), 0);
}

static int place_connect(struct place *p, const char *name)
{
	return bed_ask(&p->b, do_connect, at(p, "unix", name), 0);
}

/* A socket of somebody else's; what connects to it is joined to it. */
static int serve(struct place *p, const char *name)
{
	return bed_keep(&p->b, sock_listen(at(p, "unix", name), 8));
}

static bool is_joined(struct place *p, int listener)
{
	int fd = bed_keep(&p->b, accept4(listener, NULL, NULL, SOCK_CLOEXEC));

	return sock_joined(fd, p->b.job.fd);
}

static bool has_socket(struct place *p, const char *name)
{
	struct stat st;

	return lstat(scratch_path(&p->s, name), &st) == 0 &&
	       S_ISSOCK(st.st_mode);
}

/* Moves what is there to "else", and puts a link to it in its place. */
static void replace_by_link(struct place *p, const char *name)
{
	cr_assert_eq(
		rename(scratch_path(&p->s, name), scratch_path(&p->s, "else")),
		0);
	scratch_link(&p->s, name, "else");
}

/* ---- listen, unlisten, bind ---------------------------------------------- */

Test(helper_unix_links, listens_where_a_link_led_at_load)
{
	struct place p;

	place_make(&p, "run");
	place_load(&p, "listen unix @/var/socket\n");
	cr_assert_eq(place_listen(&p, "var/socket"), 0);
	cr_assert(has_socket(&p, "run/socket"));
	bed_keep(&p.b, sock_connect(at(&p, "unix", "run/socket"), 0));
	int served = bed_keep(&p.b,
			      accept4(p.b.job.fd, NULL, NULL, SOCK_CLOEXEC));
	cr_assert(sock_joined(served, p.b.kept[0]));
	cr_assert_eq(place_unlisten(&p, "var/socket"), 0);
	cr_assert_not(has_socket(&p, "run/socket"));
	place_end(&p);
}

Test(helper_unix_links, has_one_socket_by_both_of_its_paths)
{
	struct place p;

	place_make(&p, "run");
	place_load(&p, "listen unix @/var/socket\n");
	int one = bed_fd(&p.b, do_listen, at(&p, "unix", "var/socket"), 0);
	int two = bed_fd(&p.b, do_listen, at(&p, "unix", "run/socket"), 0);
	cr_assert_eq(sock_cookie(one), sock_cookie(two));
	cr_assert_eq(place_unlisten(&p, "run/socket"), 0);
	cr_assert_eq(place_unlisten(&p, "var/socket"), -ENOENT);
	cr_assert_not(has_socket(&p, "run/socket"));
	place_end(&p);
}

Test(helper_unix_links, binds_where_a_link_led_at_load)
{
	struct place p;

	place_make(&p, "run");
	place_load(&p, "bind unix:dgram @/var/*\n");
	cr_assert_eq(bed_ask(&p.b, do_bind, at(&p, "unix:dgram", "var/log"), 0),
		     0);
	int peer = bed_keep(&p.b,
			    sock_connect(at(&p, "unix:dgram", "run/log"), 0));
	cr_assert(sock_joined(peer, p.b.job.fd));
	place_end(&p);
}

/* What the link says now is nobody's concern. */
Test(helper_unix_links, does_not_look_at_a_link_again)
{
	struct place p;

	place_make(&p, "run");
	place_load(&p, "listen unix @/var/socket\n");
	scratch_mkdir(&p.s, "else", 0755);
	cr_assert_eq(unlink(scratch_path(&p.s, "var")), 0);
	scratch_link(&p.s, "var", "else");
	cr_assert_eq(place_listen(&p, "var/socket"), 0);
	cr_assert(has_socket(&p, "run/socket"));
	cr_assert_not(has_socket(&p, "else/socket"));
	cr_assert_eq(place_unlisten(&p, "var/socket"), 0);
	cr_assert_not(has_socket(&p, "run/socket"));
	place_end(&p);
}

Test(helper_unix_links, binds_through_no_link_that_came_after_load)
{
	struct place p;

	place_make(&p, "run");
	place_load(&p, "listen unix @/var/socket\n");
	replace_by_link(&p, "run");
	cr_assert_eq(place_listen(&p, "var/socket"), -ELOOP);
	cr_assert_eq(place_listen(&p, "run/socket"), -ELOOP);
	cr_assert_not(has_socket(&p, "else/socket"));
	place_end(&p);
}

Test(helper_unix_links, removes_nothing_through_a_link_that_came_after_load)
{
	struct place p;

	place_make(&p, "run");
	place_load(&p, "listen unix @/var/socket\n");
	cr_assert_eq(place_listen(&p, "var/socket"), 0);
	replace_by_link(&p, "run");
	cr_assert_eq(place_unlisten(&p, "var/socket"), 0);
	cr_assert(has_socket(&p, "else/socket"));
	place_end(&p);
}

/* The directory's path would not fit into a socket's address. */
Test(helper_unix_links, reaches_what_has_a_path_too_long_for_an_address)
{
	char run[NAME_MAX + 1] = "";
	struct place p;

	memset(run, 'x', NAME_MAX);
	place_make(&p, run);
	place_load(&p, "listen unix @/var/socket\nconnect unix @/var/socket\n");
	int listener = bed_fd(&p.b, do_listen, at(&p, "unix", "var/socket"), 0);
	cr_assert(has_socket(&p, "var/socket"));
	cr_assert_eq(place_connect(&p, "var/socket"), 0);
	cr_assert(is_joined(&p, listener));
	cr_assert_eq(place_unlisten(&p, "var/socket"), 0);
	cr_assert_not(has_socket(&p, "var/socket"));
	place_end(&p);
}

/* ---- connect ------------------------------------------------------------- */

Test(helper_unix_links, connects_where_links_led_at_load)
{
	struct place p;

	place_make(&p, "run");
	scratch_link(&p.s, "log", "var/socket");
	place_load(&p, "connect unix @/log\n");
	int listener = serve(&p, "run/socket");
	cr_assert_eq(place_connect(&p, "log"), 0);
	cr_assert(is_joined(&p, listener));
	cr_assert_eq(place_connect(&p, "run/socket"), 0);
	/* Also when nothing is there any more but what it led to. */
	cr_assert_eq(unlink(scratch_path(&p.s, "log")), 0);
	cr_assert_eq(place_connect(&p, "log"), 0);
	place_end(&p);
}

Test(helper_unix_links, asks_the_policy_of_a_link_that_came_after_load)
{
	struct place p;

	place_make(&p, "run");
	place_load(&p, "connect unix @/var/socket\nconnect unix @/else/good\n"
		       "connect unix:dgram @/else/socket\n");
	serve(&p, "run/socket");
	int listener = serve(&p, "run/good");
	replace_by_link(&p, "run");
	cr_assert_eq(place_connect(&p, "var/socket"), -EACCES);
	cr_assert(p.b.job.refused);
	cr_assert_str_eq(p.b.job.missing,
			 at(&p, "connect unix", "else/socket"));
	cr_assert_eq(unlink(scratch_path(&p.s, "else/socket")), 0);
	scratch_link(&p.s, "run/socket", "good");
	cr_assert_eq(place_connect(&p, "var/socket"), -EACCES);
	cr_assert_eq(place_connect(&p, "else/good"), 0);
	cr_assert(is_joined(&p, listener));
	place_end(&p);
}

Test(helper_unix_links, follows_a_link_to_where_the_worker_may_go)
{
	struct place p;

	place_make(&p, "run");
	place_load(&p, "connect unix @/var/**\nconnect unix @/else/good\n");
	int listener = serve(&p, "run/good");
	scratch_link(&p.s, "run/socket", "good");
	cr_assert_eq(place_connect(&p, "var/socket"), 0);
	cr_assert(is_joined(&p, listener));
	cr_assert_eq(p.b.job.rule, &p.b.helper.policy->rules[0]);
	replace_by_link(&p, "run");
	cr_assert_eq(place_connect(&p, "var/good"), 0);
	cr_assert(is_joined(&p, listener));
	cr_assert_eq(p.b.job.rule, &p.b.helper.policy->rules[1]);
	place_end(&p);
}

Test(helper_unix_links, is_denied_behind_a_link_and_by_its_name)
{
	struct place p;

	place_make(&p, "run");
	place_load(&p, "connect unix @/**\nlisten unix @/var/*\n"
		       "deny @/run/closed\ndeny @/run/*/hidden\n");
	serve(&p, "run/closed");
	scratch_link(&p.s, "run/socket", "closed");
	scratch_link(&p.s, "run/hidden", "way/hidden");
	cr_assert_eq(place_connect(&p, "run/closed"), -EACCES);
	cr_assert_eq(place_connect(&p, "var/closed"), -EACCES);
	cr_assert_eq(place_connect(&p, "var/socket"), -EACCES);
	cr_assert_eq(p.b.job.rule, &p.b.helper.policy->rules[2]);
	cr_assert_eq(place_connect(&p, "var/hidden"), -EACCES);
	cr_assert_eq(p.b.job.rule, &p.b.helper.policy->rules[3]);
	cr_assert_eq(place_listen(&p, "var/closed"), -EACCES);
	cr_assert_eq(p.b.job.rule, &p.b.helper.policy->rules[2]);
	cr_assert_str_eq(p.b.job.missing, "");
	place_end(&p);
}

Test(helper_unix_links, goes_round_no_loop)
{
	struct place p;

	place_make(&p, "run");
	place_load(&p, "connect unix @/**\n");
	scratch_link(&p.s, "a", "b");
	scratch_link(&p.s, "b", "a");
	cr_assert_eq(place_connect(&p, "a"), -ELOOP);
	place_end(&p);
}
