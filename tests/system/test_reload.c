/* SPDX-License-Identifier: ISC */
/*
 * Another policy for a daemon that runs, and what root can ask of it.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "own.h"
#include "support/capture.h"
#include "support/program.h"
#include "support/puppet.h"
#include "support/sock.h"

static struct puppet p;

static void make(void)
{
	puppet_make(&p);
	scratch_write(&p.s, "a", "text of a\n", 0644);
	scratch_write(&p.s, "b", "text of b\n", 0644);
}

TestSuite(reload, .init = make, .timeout = 60);

#define HUP(how) ARGV("--hup", how)

/* `wicket reload NAME`: its exit status; what it said is in *c. */
static int reload(struct capture *c)
{
	return capture_wicket(c, ARGV("reload", p.name));
}

static void reload_well(void)
{
	struct capture c;

	cr_assert_eq(reload(&c), 0, "%s", c.err);
	capture_free(&c);
}

Test(reload, is_asked_for_by_the_policys_name_or_its_path)
{
	struct capture c;

	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, NULL);
	cr_assert_eq(capture_wicket(&c, ARGV("reload", p.policy)), 0, "%s",
		     c.err);
	capture_free(&c);
	cr_assert_eq(capture_wicket(&c, ARGV("status", p.policy)), 0, "%s",
		     c.err);
	capture_free(&c);
	reload_well();
	cr_assert_eq(puppet_end(&p), 0);
}

/* ---- the new policy ------------------------------------------------------ */

Test(reload, by_the_command_grants_and_takes_away)
{
	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, HUP("ignore"));
	PUPPET(&p, "ok text of a", "open @/a");
	PUPPET(&p, "EACCES", "open @/b");
	puppet_policy(&p, "read @/b\n");
	reload_well();
	PUPPET(&p, "EACCES", "open @/a");
	PUPPET(&p, "ok text of b", "open @/b");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(reload, by_sighup_grants_and_takes_away)
{
	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, HUP("ignore"));
	PUPPET(&p, "ok text of a", "open @/a");
	puppet_policy(&p, "read @/b\n");
	cr_assert_eq(kill(p.pid, SIGHUP), 0);
	cr_assert(puppet_comes_to(&p, "ok text of b", "open @/b"));
	PUPPET(&p, "EACCES", "open @/a");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(reload, by_the_worker_grants_and_takes_away)
{
	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, NULL);
	puppet_policy(&p, "read @/b\n");
	PUPPET(&p, "ok", "reload");
	PUPPET(&p, "EACCES", "open @/a");
	PUPPET(&p, "ok text of b", "open @/b");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(reload, by_an_embedding_worker_grants_and_takes_away)
{
	puppet_policy(&p, "read @/a\n");
	puppet_embed(&p, ARGV("--policy", p.policy));
	PUPPET(&p, "ok text of a", "open @/a");
	puppet_policy(&p, "read @/b\n");
	PUPPET(&p, "ok", "reload");
	PUPPET(&p, "EACCES", "open @/a");
	PUPPET(&p, "ok text of b", "open @/b");
	cr_assert_eq(puppet_end(&p), 0);
}

/* There is no other text of it; but the machine can be another. */
Test(reload, of_a_text_looks_at_the_machine_again)
{
	puppet_policy(&p, "read @/current/**\n");
	scratch_write(&p.s, "one/page", "one\n", 0644);
	scratch_write(&p.s, "two/page", "two\n", 0644);
	scratch_link(&p.s, "current", "one");
	puppet_embed(&p, ARGV("--text", p.policy, "--name", p.name));
	puppet_policy(&p, "read @/a\n");
	PUPPET(&p, "ok one", "open @/current/page");
	scratch_link(&p.s, "next-link", "two");
	cr_assert_eq(rename(scratch_path(&p.s, "next-link"),
			    scratch_path(&p.s, "current")),
		     0);
	PUPPET(&p, "ok", "reload");
	PUPPET(&p, "ok two", "open @/current/page");
	PUPPET(&p, "EACCES", "open @/one/page");
	PUPPET(&p, "EACCES", "open @/a");
	cr_assert_eq(puppet_end(&p), 0);
}

/* ---- a policy that is none ----------------------------------------------- */

static void write_wrong(void)
{
	puppet_policy(&p, "read @/b\nread a\n");
}

/* The place of the mistake: behind three lines of puppet_policy(). */
static const char *place(void)
{
	return puppet_text("wicket: %s:5:6: ", p.policy);
}

static void expect_stderr(const char *text)
{
	_cleanup_free_ char *err = puppet_stderr(&p);

	cr_assert(strstr(err, text), "%s\nexpected: %s", err, text);
}

Test(reload, of_a_wrong_policy_keeps_the_old_one_and_says_where)
{
	struct capture c;

	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, HUP("ignore"));
	write_wrong();
	cr_assert_eq(reload(&c), 1);
	cr_assert(strstr(c.err, place()), "%s", c.err);
	cr_assert_str_eq(c.out, "");
	capture_free(&c);
	expect_stderr(place());
	expect_stderr("the policy before stays in force");
	PUPPET(&p, "ok text of a", "open @/a");
	PUPPET(&p, "EACCES", "open @/b");
	cr_assert_eq(puppet_fact(&p, "generation"), 1);
	puppet_kill_helper(&p);
	PUPPET(&p, "ok text of a", "open @/a");
	PUPPET(&p, "EACCES", "open @/b");
	cr_assert_eq(puppet_end(&p), 0);
}

static bool has_said_place(void *unused)
{
	_cleanup_free_ char *err = puppet_stderr(&p);

	(void)unused;
	return strstr(err, place()) != NULL;
}

Test(reload, of_a_wrong_policy_by_sighup_keeps_the_old_one)
{
	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, HUP("handle"));
	PUPPET(&p, "ok", "hup @/a");
	write_wrong();
	cr_assert_eq(kill(p.pid, SIGHUP), 0);
	cr_assert(program_poll(has_said_place, NULL));
	/* The program is told all the same. */
	cr_assert(puppet_comes_to(&p, "ok 1 text of a", "hups"));
	PUPPET(&p, "EACCES", "open @/b");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(reload, of_a_wrong_policy_is_einval_to_the_worker)
{
	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, NULL);
	write_wrong();
	PUPPET(&p, "EINVAL", "reload");
	PUPPET(&p, "ok text of a", "open @/a");
	PUPPET(&p, "EACCES", "open @/b");
	expect_stderr(place());
	cr_assert_eq(puppet_end(&p), 0);
}

Test(reload, of_a_wrong_policy_is_einval_to_an_embedding_worker)
{
	puppet_policy(&p, "read @/a\n");
	puppet_embed(&p, ARGV("--policy", p.policy));
	write_wrong();
	PUPPET(&p, "EINVAL", "reload");
	PUPPET(&p, "ok text of a", "open @/a");
	PUPPET(&p, "EACCES", "open @/b");
	puppet_policy(&p, "read @/b\n");
	PUPPET(&p, "ok", "reload");
	PUPPET(&p, "ok text of b", "open @/b");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(reload, of_a_policy_that_others_can_change_is_refused)
{
	struct capture c;

	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, NULL);
	puppet_policy(&p, "read @/b\n");
	cr_assert_eq(chmod(p.policy, 0666), 0);
	cr_assert_eq(reload(&c), 1);
	cr_assert(strstr(c.err, p.policy), "%s", c.err);
	capture_free(&c);
	PUPPET(&p, "EACCES", "open @/b");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(reload, refuses_another_worker)
{
	struct capture c;

	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, NULL);
	puppet_policy_whole(&p, "worker 61039:61039\nhelper 61031:61031\n"
				"promise stdio accept threads\nread @/b\n");
	/* Without privilege nobody becomes it. */
	cr_assert_eq(reload(&c), p.root ? 1 : 0);
	if (p.root)
		cr_assert(strstr(c.err, "the worker is another user than the "
					"one that runs (61030:61030, not "
					"61039:61039): that needs a restart"),
			  "%s", c.err);
	capture_free(&c);
	PUPPET(&p, p.root ? "EACCES" : "ok text of b", "open @/b");
	cr_assert_eq(puppet_end(&p), 0);
}

/* ---- SIGHUP to the worker ------------------------------------------------ */

Test(reload, sends_sighup_on_when_the_new_policy_is_in_force)
{
	struct capture c;

	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, HUP("handle"));
	PUPPET(&p, "ok", "hup @/b");
	puppet_policy(&p, "read @/b\n");
	cr_assert_eq(kill(p.pid, SIGHUP), 0);
	cr_assert(puppet_comes_to(&p, "ok 1 text of b", "hups"));
	PUPPET(&p, "ok", "hup @/a");
	puppet_policy(&p, "read @/a\n");
	cr_assert_eq(reload(&c), 0, "%s", c.err);
	cr_assert(strstr(c.out, "the worker was sent SIGHUP"), "%s", c.out);
	capture_free(&c);
	cr_assert(puppet_comes_to(&p, "ok 2 text of a", "hups"));
	cr_assert_eq(puppet_end(&p), 0);
}

Test(reload, by_the_command_kills_no_worker_that_would_die_of_sighup)
{
	struct capture c;

	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, HUP("default"));
	puppet_policy(&p, "read @/b\n");
	cr_assert_eq(reload(&c), 0, "%s", c.err);
	cr_assert(strstr(c.out, "was not sent it"), "%s", c.out);
	capture_free(&c);
	PUPPET(&p, "ok text of b", "open @/b");
	cr_assert_eq(puppet_end(&p), 0);
}

/* ---- listeners ----------------------------------------------------------- */

/* Closes it at once. */
static int connects(const char *address)
{
	int fd = sock_connect(address, 0);

	if (fd < 0)
		return fd;
	close_fd(&fd);
	return 0;
}

Test(reload, gives_a_running_worker_a_low_port_and_takes_it_again)
{
	unsigned high = puppet_port();
	unsigned low = p.root ? 81 : puppet_port();
	const char *address = puppet_text("tcp 127.0.0.1:%u", low);
	const char *listens = puppet_text("listen 0 tcp 127.0.0.1:%u", low);
	const char *rule = puppet_text("listen tcp 127.0.0.1:%u\n", high);

	puppet_policy(&p, rule);
	puppet_run(&p, NULL, HUP("ignore"));
	PUPPET(&p, "EACCES", listens);
	puppet_policy(&p, puppet_text("%slisten %s\n", rule, address));
	reload_well();
	cr_assert(strncmp(puppet_ask(&p, listens), "ok ", 3) == 0, "%s",
		  p.line);
	cr_assert_eq(connects(address), 0);
	PUPPET(&p, "ok 1", "accept 1");
	puppet_policy(&p, rule);
	reload_well();
	cr_assert_eq(connects(address), -ECONNREFUSED);
	PUPPET(&p, "EACCES", listens);
	cr_assert_eq(puppet_end(&p), 0);
}

Test(reload, takes_the_name_of_a_unix_socket_away)
{
	const char *path = puppet_text("%s/run/socket", p.s.dir);
	struct stat st;

	scratch_mkdir(&p.s, "run", 0755);
	puppet_policy(&p, "read @/a\nlisten unix @/run/socket mode=0666\n");
	puppet_run(&p, NULL, HUP("ignore"));
	cr_assert(strncmp(puppet_ask(&p, "listen 0 unix @/run/socket"), "ok ",
			  3) == 0,
		  "%s", p.line);
	cr_assert_eq(connects(puppet_text("unix %s", path)), 0);
	puppet_policy(&p, "read @/a\n");
	reload_well();
	cr_assert_eq(lstat(path, &st), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(puppet_end(&p), 0);
}

Test(reload, and_a_kill_leave_a_listener_the_same_socket)
{
	unsigned port = puppet_port();
	const char *rule = puppet_text("listen tcp 127.0.0.1:%u\n", port);
	const char *listens = puppet_text("listen 0 tcp 127.0.0.1:%u", port);
	const char *address = puppet_text("tcp 127.0.0.1:%u", port);
	char first[64];
	int fd;

	puppet_policy(&p, rule);
	puppet_run(&p, NULL, HUP("ignore"));
	snprintf(first, sizeof(first), "%.60s", puppet_ask(&p, listens));
	cr_assert(strncmp(first, "ok ", 3) == 0, "%s", first);
	fd = sock_connect(address, 0);
	cr_assert_geq(fd, 0);
	puppet_policy(&p, puppet_text("%sread @/a\n", rule));
	reload_well();
	PUPPET(&p, "ok text of a", "open @/a");
	PUPPET(&p, first, listens);
	puppet_kill_helper(&p);
	PUPPET(&p, first, listens);
	/* Who connected before the first change is waiting still. */
	PUPPET(&p, "ok 1", "accept 1");
	close_fd(&fd);
	cr_assert_eq(puppet_fact(&p, "helpers_started"), 3);
	cr_assert_eq(puppet_end(&p), 0);
}

/* ---- status -------------------------------------------------------------- */

Test(reload, is_a_generation_that_status_shows)
{
	struct capture c;

	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, HUP("ignore"));
	cr_assert_eq(puppet_fact(&p, "generation"), 1);
	reload_well();
	cr_assert_eq(puppet_fact(&p, "generation"), 2);
	cr_assert_eq(puppet_fact(&p, "supervisor"), (unsigned long)p.pid);
	cr_assert_eq(puppet_fact(&p, "helper"),
		     (unsigned long)puppet_helper(&p));
	cr_assert_eq(puppet_fact(&p, "worker"),
		     (unsigned long)puppet_worker(&p));
	(void)puppet_ask(&p, "open @/a");
	(void)puppet_ask(&p, "open @/b");
	(void)puppet_ask(&p, "open @/a");
	cr_assert_eq(capture_wicket(&c, ARGV("status", p.name)), 0, "%s",
		     c.err);
	cr_assert(strstr(c.out, puppet_text("pid %d: 3 requests, 1 denied, 2 "
					    "descriptors\n",
					    puppet_worker(&p))),
		  "%s", c.out);
	capture_free(&c);
	cr_assert_eq(puppet_end(&p), 0);
}

Test(reload, status_is_json_that_others_can_read)
{
	static const char reads[] =
		"import json, sys\n"
		"s, = json.load(sys.stdin)\n"
		"assert s['name'] == sys.argv[1]\n"
		"assert s['generation'] == 1 and s['mode'] == 'run'\n"
		"assert s['clients'][0]['descriptors'] == 1\n"
		"assert s['seccomp'] is True and len(s['hash']) == 16\n"
		"assert s['sources'] == [sys.argv[2]]\n";
	char script[1024];
	struct capture c;

	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, NULL);
	PUPPET(&p, "ok text of a", "open @/a");
	cr_assert_eq(capture_wicket(&c, ARGV("status", "--json", p.name)), 0,
		     "%s", c.err);
	scratch_write(&p.s, "status", c.out, 0644);
	scratch_write(&p.s, "reads", reads, 0644);
	capture_free(&c);
	snprintf(script, sizeof(script),
		 "cd '%.300s' && python3 -m json.tool status >&2 && "
		 "python3 reads '%s' '%.300s' <status",
		 p.s.dir, p.name, p.policy);
	cr_assert_eq(capture_run(&c, ARGV("/bin/sh", "-c", script)), 0, "%s",
		     c.err);
	capture_free(&c);
	cr_assert_eq(puppet_end(&p), 0);
}

Test(reload, and_status_fail_for_one_that_has_stopped)
{
	struct capture c;

	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, NULL);
	cr_assert_eq(puppet_fact(&p, "generation"), 1);
	cr_assert_eq(puppet_end(&p), 0);
	cr_assert_eq(capture_wicket(&c, ARGV("status", p.name)), 1);
	cr_assert(strstr(c.err, "is not running"), "%s", c.err);
	capture_free(&c);
	cr_assert_eq(reload(&c), 1);
	cr_assert(strstr(c.err, "is not running"), "%s", c.err);
	capture_free(&c);
}

/* As the worker's user. */
static int ask_as_another(void *unused)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)unused;
	CHILD_CHECK(setgid(PUPPET_WORKER) == 0 && setuid(PUPPET_WORKER) == 0);
	snprintf(un.sun_path, sizeof(un.sun_path), "/run/wicket/%s.%d", p.name,
		 p.pid);
	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(connect(fd, (struct sockaddr *)&un, sizeof(un)) == -1 &&
		    errno == EACCES);
	return 0;
}

Test(reload, is_asked_for_at_a_socket_that_is_its_owners_alone)
{
	const char *dir = p.root ? "/run" : p.s.dir;
	struct stat st;

	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, NULL);
	cr_assert_eq(lstat(puppet_text("%s/wicket", dir), &st), 0);
	cr_assert_eq(st.st_uid, geteuid());
	cr_assert_eq(st.st_mode, S_IFDIR | 0700);
	cr_assert_eq(
		lstat(puppet_text("%s/wicket/%s.%d", dir, p.name, p.pid), &st),
		0);
	cr_assert_eq(st.st_uid, geteuid());
	cr_assert_eq(st.st_mode, S_IFSOCK | 0600);
	if (p.root)
		cr_assert_eq(child_run(ask_as_another, NULL), 0);
	cr_assert_eq(puppet_end(&p), 0);
}
