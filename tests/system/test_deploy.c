/* SPDX-License-Identifier: ISC */
/*
 * What a machine's owner does behind the back of a daemon that runs: a deploy,
 * a renewed certificate, a rotated log.  Nobody sends SIGHUP.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "own.h"
#include "support/capture.h"
#include "support/program.h"
#include "support/puppet.h"

static struct puppet p;

static void make(void)
{
	puppet_make(&p);
}

TestSuite(deploy, .init = make, .timeout = 60);

static void move(const char *from, const char *to)
{
	cr_assert_eq(rename(scratch_path(&p.s, from), scratch_path(&p.s, to)),
		     0);
}

/* ---- by the machine's owner ---------------------------------------------- */

Test(deploy, of_a_directory_is_served_by_the_next_request)
{
	scratch_write(&p.s, "www/page", "old\n", 0644);
	scratch_write(&p.s, "www/gone", "old\n", 0644);
	puppet_policy(&p, "read @/www/**\n");
	puppet_run(&p, NULL, NULL);
	PUPPET(&p, "ok old", "open @/www/page");
	scratch_write(&p.s, "www.new/page", "new\n", 0644);
	move("www", "www.old");
	move("www.new", "www");
	PUPPET(&p, "ok new", "open @/www/page");
	PUPPET(&p, "ENOENT", "open @/www/gone");
	PUPPET(&p, "EACCES", "open @/www.old/page");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(deploy, again_and_again_is_served_each_time)
{
	char name[32], text[32], answer[32];

	scratch_write(&p.s, "www/page", "0\n", 0644);
	puppet_policy(&p, "read @/www/**\n");
	puppet_run(&p, NULL, NULL);
	for (unsigned i = 1; i <= 4; i++) {
		snprintf(name, sizeof(name), "next%u/page", i);
		snprintf(text, sizeof(text), "%u\n", i);
		scratch_write(&p.s, name, text, 0644);
		snprintf(name, sizeof(name), "last%u", i);
		move("www", name);
		snprintf(name, sizeof(name), "next%u", i);
		move(name, "www");
		snprintf(answer, sizeof(answer), "ok %u", i);
		PUPPET(&p, answer, "open @/www/page");
	}
	cr_assert_eq(puppet_end(&p), 0);
}

Test(deploy, by_a_link_that_root_flips_is_served_by_the_next_request)
{
	scratch_write(&p.s, "one/page", "one\n", 0644);
	scratch_write(&p.s, "two/page", "two\n", 0644);
	scratch_link(&p.s, "current", "one");
	puppet_policy(&p, "read @/current/**\n");
	puppet_run(&p, NULL, NULL);
	PUPPET(&p, "ok one", "open @/current/page");
	scratch_link(&p.s, "next-link", "two");
	move("next-link", "current");
	PUPPET(&p, "ok two", "open @/current/page");
	PUPPET(&p, "EACCES", "open @/one/page");
	cr_assert_eq(puppet_end(&p), 0);
}

/* As /etc/alternatives has it; the one in the middle is flipped. */
Test(deploy, by_a_link_behind_a_link_is_served_by_the_next_request)
{
	scratch_write(&p.s, "one/page", "one\n", 0644);
	scratch_write(&p.s, "two/page", "two\n", 0644);
	scratch_link(&p.s, "release", "one");
	scratch_link(&p.s, "current", "release");
	puppet_policy(&p, "read @/current/page\n");
	puppet_run(&p, NULL, NULL);
	PUPPET(&p, "ok one", "open @/current/page");
	scratch_link(&p.s, "next-link", "two");
	move("next-link", "release");
	PUPPET(&p, "ok two", "open @/current/page");
	PUPPET(&p, "EACCES", "open @/one/page");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(deploy, of_a_certificate_is_served_by_the_next_request)
{
	scratch_write(&p.s, "tls/key.pem", "old\n", 0600);
	puppet_policy(&p, "read @/tls/key.pem\n");
	puppet_run(&p, NULL, NULL);
	PUPPET(&p, "ok old", "open @/tls/key.pem");
	scratch_write(&p.s, "tls/key.new", "new\n", 0600);
	move("tls/key.new", "tls/key.pem");
	PUPPET(&p, "ok new", "open @/tls/key.pem");
	PUPPET(&p, "EACCES", "open @/tls/key.new");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(deploy, a_rotated_log_is_made_anew)
{
	_cleanup_free_ char *old = NULL;
	_cleanup_free_ char *new = NULL;

	scratch_mkdir(&p.s, "log", 0755);
	puppet_policy(&p, "append @/log/access.log create=0640\n");
	puppet_run(&p, NULL, NULL);
	PUPPET(&p, "ok", "append @/log/access.log first");
	move("log/access.log", "log/access.log.1");
	PUPPET(&p, "ok", "append @/log/access.log second");
	PUPPET(&p, "EACCES", "append @/log/access.log.1 third");
	old = scratch_read(scratch_path(&p.s, "log/access.log.1"));
	new = scratch_read(scratch_path(&p.s, "log/access.log"));
	cr_assert(old && new);
	cr_assert_str_eq(old, "first\n");
	cr_assert_str_eq(new, "second\n");
	cr_assert_eq(puppet_end(&p), 0);
}

/* As logrotate does it with `create`. */
Test(deploy, a_log_that_rotation_made_is_appended_to)
{
	_cleanup_free_ char *text = NULL;

	scratch_write(&p.s, "log/access.log", "", 0640);
	puppet_policy(&p, "append @/log/access.log\n");
	puppet_run(&p, NULL, NULL);
	PUPPET(&p, "ok", "append @/log/access.log first");
	move("log/access.log", "log/access.log.1");
	scratch_write(&p.s, "log/access.log", "", 0640);
	PUPPET(&p, "ok", "append @/log/access.log second");
	text = scratch_read(scratch_path(&p.s, "log/access.log"));
	cr_assert_str_eq(text, "second\n");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(deploy, a_directory_made_after_the_start_is_served)
{
	puppet_policy(&p, "read @/late/**\nwrite @/spool/** create=0600\n");
	puppet_run(&p, NULL, NULL);
	PUPPET(&p, "ENOENT", "open @/late/page");
	scratch_write(&p.s, "late/page", "late\n", 0644);
	PUPPET(&p, "ok late", "open @/late/page");
	scratch_mkdir(&p.s, "spool", 0777);
	PUPPET(&p, "ok", "make @/spool/one");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(deploy, is_served_to_an_embedding_worker_too)
{
	scratch_write(&p.s, "www/page", "old\n", 0644);
	puppet_policy(&p, "read @/www/**\n");
	puppet_embed(&p, ARGV("--policy", p.policy));
	PUPPET(&p, "ok old", "open @/www/page");
	scratch_write(&p.s, "www.new/page", "new\n", 0644);
	move("www", "www.old");
	move("www.new", "www");
	PUPPET(&p, "ok new", "open @/www/page");
	cr_assert_eq(puppet_end(&p), 0);
}

/* ---- by the worker, who gains nothing ------------------------------------ */

/* The tree @/mine is the worker's, with a directory data in it. */
static void make_mine(void)
{
	scratch_write(&p.s, "mine/data/passwd", "mine\n", 0644);
	scratch_chown(&p.s, "mine/data/passwd", PUPPET_WORKER, PUPPET_WORKER);
	scratch_chown(&p.s, "mine/data", PUPPET_WORKER, PUPPET_WORKER);
	scratch_chown(&p.s, "mine", PUPPET_WORKER, PUPPET_WORKER);
	puppet_policy(&p, "write @/mine/** create=0644\n"
			  "remove @/mine/**\n"
			  "read @/mine/data/**\n");
}

/* As one of the worker's user, were it not confined. */
static int swap_for_etc(void *unused)
{
	(void)unused;
	if (p.root)
		CHILD_CHECK(setgid(PUPPET_WORKER) == 0 &&
			    setuid(PUPPET_WORKER) == 0);
	move("mine/data", "mine/data.old");
	scratch_link(&p.s, "mine/data", "/etc");
	return 0;
}

Test(deploy, attack_26_a_link_in_a_trees_place_gains_nothing)
{
	struct capture c;

	make_mine();
	puppet_run(&p, NULL, ARGV("--hup", "ignore"));
	PUPPET(&p, "ok mine", "open @/mine/data/passwd");
	cr_assert_eq(child_run(swap_for_etc, NULL), 0);
	PUPPET(&p, "EACCES", "open @/mine/data/passwd");
	(void)capture_wicket(&c, ARGV("reload", p.name));
	capture_free(&c);
	PUPPET(&p, "EACCES", "open @/mine/data/passwd");
	(void)puppet_ask(&p, "reload");
	PUPPET(&p, "EACCES", "open @/mine/data/passwd");
	PUPPET(&p, "EACCES", "open /etc/passwd");
	puppet_kill_helper(&p);
	PUPPET(&p, "EACCES", "open @/mine/data/passwd");
	PUPPET(&p, "EACCES", "make @/mine/data/new");
	PUPPET(&p, "EACCES", "open /etc/passwd");
	cr_assert_eq(puppet_end(&p), 0);
}

static int64_t now_ms(void)
{
	struct timespec t;

	cr_assert_eq(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * The worker may move its tree away as often as it likes, and ask for reloads:
 * each is a reason for another helper.
 */
Test(deploy, attack_26_a_worker_renews_its_helper_once_a_second_at_most)
{
	unsigned long before, after;
	int64_t begun, took;

	make_mine();
	puppet_run(&p, NULL, NULL);
	PUPPET(&p, "ok mine", "open @/mine/data/passwd");
	before = puppet_fact(&p, "helpers_started");
	begun = now_ms();
	for (unsigned i = 0; i < 4; i++) {
		char next[32], last[32], order[64];

		/* What the worker itself may do, without a link. */
		snprintf(next, sizeof(next), "mine/next%u", i);
		snprintf(last, sizeof(last), "mine/last%u", i);
		scratch_write(&p.s, next, "next\n", 0644);
		scratch_chown(&p.s, next, PUPPET_WORKER, PUPPET_WORKER);
		snprintf(order, sizeof(order), "rename @/mine/data @/%s", last);
		(void)puppet_ask(&p, order);
		(void)puppet_ask(&p, "open @/mine/data/passwd");
		(void)puppet_ask(&p, "reload");
	}
	after = puppet_fact(&p, "helpers_started");
	took = now_ms() - begun;
	/* However slow the machine is: one at once, and one for each second. */
	cr_assert_leq((int64_t)(after - before), 1 + took / 1000,
		      "%lu in %ld ms", after - before, (long)took);
	cr_assert_geq(after - before, 1);
	cr_assert_eq(puppet_end(&p), 0);
}
