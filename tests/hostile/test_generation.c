/* SPDX-License-Identifier: ISC */
/*
 * Helpers that come and go while they are used, and workers that make the most
 * of it.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "own.h"
#include "support/capture.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/puppet.h"

static struct puppet p;

static void make_site(struct puppet *o)
{
	puppet_make(o);
	scratch_write(&o->s, "a", "text of a\n", 0644);
	scratch_write(&o->s, "b", "text of b\n", 0644);
	scratch_mkdir(&o->s, "new", 0777);
	puppet_policy(o, "read @/a\n"
			 "stat @/new\n"
			 "write @/new/* create=0600 owner=%worker\n"
			 "remove @/new/*\n"
			 "limit channels=128\n");
}

static void make(void)
{
	make_site(&p);
}

TestSuite(generation, .init = make, .timeout = 110);

static void pause_ms(long ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	(void)nanosleep(&t, NULL);
}

static void reload(void)
{
	struct capture c;

	cr_assert_eq(capture_wicket(&c, ARGV("reload", p.name)), 0, "%s",
		     c.err);
	capture_free(&c);
}

/* Files that a process holds open. */
static size_t count_files(pid_t pid)
{
	char script[64];
	struct capture c;
	size_t n;

	snprintf(script, sizeof(script), "ls /proc/%d/fd | wc -l", pid);
	cr_assert_eq(capture_run(&c, ARGV("/bin/sh", "-c", script)), 0);
	n = strtoul(c.out, NULL, 10);
	capture_free(&c);
	return n;
}

struct counts {
	size_t supervisor;
	size_t helper;
};

static struct counts counts_now(void)
{
	return (struct counts){count_files(p.pid),
			       count_files(puppet_helper(&p))};
}

/*
 * The helper closes its copy of what it sent after the answer is on its way,
 * but before it looks at the next question: ask one that gets none.
 */
static struct counts counts_settled(void)
{
	PUPPET(&p, "EACCES", "open @/b");
	return counts_now();
}

static bool are_back(void *arg)
{
	const struct counts *before = arg;
	struct counts now = counts_now();

	return now.supervisor == before->supervisor &&
	       now.helper == before->helper;
}

/* ---- killed -------------------------------------------------------------- */

enum {
	KILLS = 20,
	MOST_KILLS = 200,
};

struct seen {
	unsigned unknown, doubled, again, wrong, requests;
};

/* Kills helpers during a storm, and has it told. */
static struct seen kill_some(unsigned kills)
{
	struct seen s;

	puppet_tell(&p, "storm @/new");
	for (unsigned i = 0; i < kills; i++) {
		pause_ms(i % 7);
		puppet_kill_helper(&p);
	}
	puppet_tell(&p, "calm");
	cr_assert_eq(sscanf(puppet_answer(&p),
			    "ok unknown %u doubled %u again %u wrong %u of %u",
			    &s.unknown, &s.doubled, &s.again, &s.wrong,
			    &s.requests),
		     5, "%s", p.line);
	return s;
}

/* Until one was killed between a request and its answer, at least. */
Test(generation, attack_36_a_kill_doubles_nothing_and_the_unknown_is_told)
{
	struct seen s = {0};
	unsigned kills = 0;

	puppet_run(&p, NULL, NULL);
	while (kills < KILLS || (s.unknown == 0 && kills < MOST_KILLS)) {
		s = kill_some(KILLS);
		kills += KILLS;
		cr_assert_eq(s.doubled, 0, "%s", p.line);
		cr_assert_eq(s.again, 0, "%s", p.line);
		cr_assert_eq(s.wrong, 0, "%s", p.line);
	}
	cr_assert_geq(s.unknown, 1, "%s", p.line);
	/* One request at a time: no more than one is lost to each. */
	cr_assert_leq(s.unknown, kills);
	PUPPET(&p, "ok text of a", "open @/a");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(generation, a_reload_leaves_nothing_unknown)
{
	struct seen s;

	puppet_run(&p, NULL, ARGV("--hup", "ignore"));
	puppet_tell(&p, "storm @/new");
	for (unsigned i = 0; i < 2 * KILLS; i++)
		reload();
	puppet_tell(&p, "calm");
	cr_assert_eq(sscanf(puppet_answer(&p),
			    "ok unknown %u doubled %u again %u wrong %u of %u",
			    &s.unknown, &s.doubled, &s.again, &s.wrong,
			    &s.requests),
		     5);
	cr_assert_eq(s.unknown + s.doubled + s.again + s.wrong, 0, "%s",
		     p.line);
	cr_assert_gt(s.requests, 0);
	cr_assert_eq(puppet_end(&p), 0);
}

/* Both helpers there are, at any step of the way from one to the other. */
Test(generation, killed_half_way_through_a_reload_serves_on)
{
	struct capture c;
	pid_t helper;
	int status;

	puppet_run(&p, NULL, ARGV("--hup", "ignore"));
	for (unsigned i = 0; i < 12; i++) {
		capture_start_wicket(&c, ARGV("reload", p.name));
		pause_ms(4 * i);
		helper = puppet_helper(&p);
		if (helper > 0)
			(void)kill(helper, SIGKILL);
		status = capture_finish(&c);
		cr_assert(status == 0 || status == 1, "%d: %s", status, c.err);
		capture_free(&c);
		PUPPET(&p, "ok text of a", "open @/a");
	}
	puppet_policy(&p, "read @/b\n");
	reload();
	PUPPET(&p, "ok text of b", "open @/b");
	PUPPET(&p, "EACCES", "open @/a");
	cr_assert_eq(puppet_end(&p), 0);
}

/* ---- the next one killed when it is ready -------------------------------- */

/* A second helper beside this one, that is locked in. */
static bool next_is_locked(void *arg)
{
	pid_t *pids = arg;
	char script[256];
	struct capture c;
	bool locked;

	snprintf(script, sizeof(script),
		 "for s in $(grep -l '^PPid:.%d$' /proc/[0-9]*/status); do "
		 "grep -q '^Name:.helper' $s && grep -q '^Seccomp:.2' $s && "
		 "sed -n 's/^Pid:/helper/p' $s; done | grep -v '\\<%d$'",
		 p.pid, pids[0]);
	(void)capture_run(&c, ARGV("/bin/sh", "-c", script));
	locked = sscanf(strstr(c.out, "helper") ?: "", "helper %d", &pids[1]) ==
		 1;
	capture_free(&c);
	return locked;
}

/*
 * The old one is held, so that it cannot give back what it has; meanwhile the
 * next one dies.  What a worker is told of its reload must be true.
 */
Test(generation, a_reload_that_died_half_way_is_no_success)
{
	pid_t pids[2] = {0};

	puppet_run(&p, NULL, NULL);
	/* From here on the worker's next has to wait for a second. */
	PUPPET(&p, "ok", "reload");
	puppet_policy(&p, "read @/b\n");
	pids[0] = puppet_helper(&p);
	puppet_tell(&p, "reload");
	pause_ms(300);
	cr_assert_eq(kill(pids[0], SIGSTOP), 0);
	cr_assert(program_poll(next_is_locked, pids));
	pause_ms(300);
	cr_assert_eq(kill(pids[1], SIGKILL), 0);
	pause_ms(100);
	(void)kill(pids[0], SIGCONT);
	if (strcmp(puppet_answer(&p), "ok") == 0)
		PUPPET(&p, "ok text of b", "open @/b");
	else
		PUPPET(&p, "EACCES", "open @/b");
	PUPPET(&p, "ok", "reload");
	PUPPET(&p, "ok text of b", "open @/b");
	cr_assert_eq(puppet_end(&p), 0);
}

/* ---- channels ------------------------------------------------------------ */

Test(generation, attack_28_clones_live_on_and_gain_nothing_by_a_kill)
{
	puppet_run(&p, NULL, ARGV("--hup", "ignore"));
	PUPPET(&p, "ok 16", "clones 16");
	PUPPET(&p, "ok 16 of 16", "all @/a");
	PUPPET(&p, "ok 0 of 16", "all @/b");
	puppet_kill_helper(&p);
	PUPPET(&p, "ok 16 of 16", "all @/a");
	PUPPET(&p, "ok 0 of 16", "all @/b");
	cr_assert_eq(puppet_fact(&p, "channels"), 17);
	reload();
	PUPPET(&p, "ok 16 of 16", "all @/a");
	PUPPET(&p, "ok 0 of 16", "all @/b");
	/* The policy's limit counts those from before too. */
	PUPPET(&p, "ok 127", "clones 1000");
	cr_assert_eq(puppet_end(&p), 0);
}

/* What a client more may take of the helper's own memory, in kB. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CLIENT_KB 1024 /* its allocator has ways of its own */
#else
#define CLIENT_KB 8
#endif

/* The memory that a process has and no file has, in kB. */
static unsigned long memory_of(pid_t pid)
{
	static const char field[] = "\nRssAnon:";
	_cleanup_free_ char *status = NULL;
	const char *at;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = scratch_read(path);
	cr_assert_not_null(status, "%s", path);
	at = strstr(status, field);
	cr_assert_not_null(at, "%s", status);
	return strtoul(at + strlen(field), NULL, 10);
}

Test(generation, a_channel_more_takes_no_more_memory_than_it_uses)
{
	unsigned long before, after;

	puppet_run(&p, NULL, NULL);
	PUPPET(&p, "ok text of a", "open @/a");
	before = memory_of(puppet_helper(&p));
	PUPPET(&p, "ok 64", "clones 64");
	PUPPET(&p, "ok 64 of 64", "all @/a");
	after = memory_of(puppet_helper(&p));
	cr_assert_geq(after, before);
	cr_assert_leq(after - before, 64 * CLIENT_KB, "%lu kB, %lu kB", before,
		      after);
	cr_assert_eq(puppet_end(&p), 0);
}

Test(generation, a_channel_closed_with_requests_on_it_leaks_nothing)
{
	struct counts before;

	puppet_run(&p, NULL, NULL);
	PUPPET(&p, "ok text of a", "open @/a");
	before = counts_settled();
	for (unsigned i = 0; i < 8; i++) {
		PUPPET(&p, "ok 32", "clones 32");
		PUPPET(&p, "ok 32", "abandon @/a");
	}
	cr_assert(program_poll(are_back, &before));
	PUPPET(&p, "ok text of a", "open @/a");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(generation, a_channel_closed_half_way_ends_and_leaks_nothing)
{
	struct counts before;

	puppet_run(&p, NULL, NULL);
	PUPPET(&p, "ok text of a", "open @/a");
	before = counts_settled();
	for (unsigned i = 0; i < 4; i++) {
		PUPPET(&p, "ok 16", "clones 16");
		PUPPET(&p, "ok 16", "half @/a");
	}
	cr_assert(program_poll(are_back, &before));
	PUPPET(&p, "ok text of a", "open @/a");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(generation, a_worker_killed_with_requests_on_its_way_leaks_nothing)
{
	struct counts before;

	puppet_run(&p, ARGV("--restart", "on-failure"), NULL);
	PUPPET(&p, "ok text of a", "open @/a");
	before = counts_settled();
	for (unsigned i = 0; i < 4; i++) {
		PUPPET(&p, "ok 16", "clones 16");
		PUPPET(&p, "ok full", "deaf @/a");
		puppet_tell(&p, "storm @/new");
		pause_ms(20);
		cr_assert_eq(kill(puppet_worker(&p), SIGKILL), 0);
		puppet_await(&p);
		PUPPET(&p, "ok text of a", "open @/a");
	}
	cr_assert(program_poll(are_back, &before));
	cr_assert_eq(puppet_end(&p), 0);
}

Test(generation, a_worker_that_reads_no_answer_holds_up_no_reload)
{
	puppet_run(&p, NULL, ARGV("--hup", "ignore"));
	PUPPET(&p, "ok 16", "clones 16");
	PUPPET(&p, "ok full", "deaf @/a");
	PUPPET(&p, "ok text of a", "open @/a");
	reload();
	puppet_policy(&p, "read @/b\n");
	reload();
	PUPPET(&p, "ok text of b", "open @/b");
	PUPPET(&p, "EACCES", "open @/a");
	puppet_kill_helper(&p);
	PUPPET(&p, "ok text of b", "open @/b");
	PUPPET(&p, "ok", "reload");
	cr_assert_eq(puppet_end(&p), 0);
}

/* ---- others -------------------------------------------------------------- */

/* Should a worker find how to crash its helper, that is its own trouble. */
Test(generation, a_helper_that_keeps_dying_is_no_other_sites_trouble)
{
	static struct puppet other;
	pid_t helper;

	puppet_run(&p, NULL, NULL);
	make_site(&other);
	puppet_run(&other, NULL, NULL);
	helper = puppet_helper(&other);
	for (unsigned i = 0; i < 10; i++) {
		puppet_kill_helper(&p);
		PUPPET(&other, "ok text of a", "open @/a");
	}
	cr_assert_eq(puppet_helper(&other), helper);
	cr_assert_eq(puppet_fact(&other, "helpers_started"), 1);
	PUPPET(&p, "ok text of a", "open @/a");
	cr_assert_eq(puppet_end(&other), 0);
	cr_assert_eq(puppet_end(&p), 0);
}

/* ---- in the small what the soak does for hours --------------------------- */

Test(generation, the_soak_ends_as_promised, .timeout = 200)
{
	struct capture c;

	cr_assert_eq(
		capture_run(&c, ARGV(paths_built("tests/soak/soak"), "5", "5")),
		0, "%s%s", c.out, c.err);
	capture_free(&c);
	scratch_remove(&p.s);
}
