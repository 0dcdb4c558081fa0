/* SPDX-License-Identifier: ISC */
/*
 * owner_check(): whether the worker could have put a file where it was found.
 * The file is said to be another's, so that only the directories decide.  All
 * are the worker's where the test is not root, and all of them refused.
 */
#include "helper/owner.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "support/site.h"
#include "support/tracer.h"

/* Neither the worker's nor the test's own. */
#define ANOTHER 61099

/* A path below the scratch directory, of a file that need not be there. */
static int check(struct site *s, const struct policy_rule *rule,
		 const char *path)
{
	const struct stat st = {.st_mode = S_IFREG, .st_uid = ANOTHER};
	static struct walk w;
	char whole[2 * BOUND_PATH];
	int r;

	s->job = (struct job){.missing = s->h.missing, .fd = -1};
	w = (struct walk){.h = &s->h, .j = &s->job};
	(void)snprintf(whole, sizeof(whole), "%s/%s", s->scratch.dir, path);
	CHILD_CHECK(strlen(whole) < sizeof(w.path));
	memcpy(w.path, whole, strlen(whole) + 1);
	r = owner_check(&w, rule, &st);
	CHILD_CHECK(strcmp(w.path, whole) == 0);
	return r;
}

/* A rule whose pattern says that all of it but the end is trusted. */
static struct policy_rule trusting(char *pattern, const char *end)
{
	return (struct policy_rule){
		.path = {.pattern = pattern,
			 .trusted = strlen(pattern) - strlen(end)}};
}

static bool is_for_owner(const struct site *s, int r)
{
	return r == -EACCES && s->job.refused &&
	       strcmp(s->job.why, "owner") == 0;
}

SITE_TEST(owner, looks_at_nothing_that_is_trusted, "")
{
	char pattern[2 * BOUND_PATH];
	struct policy_rule rule;

	(void)snprintf(pattern, sizeof(pattern), "%s/a/b/**", s->scratch.dir);
	rule = trusting(pattern, "/**");
	site_directory(s, "a/b/c", 0755, s->worker);
	CHILD_CHECK(check(s, &rule, "a/b/f") == 0);
	CHILD_CHECK(s->job.looks == 0);
	CHILD_CHECK(is_for_owner(s, check(s, &rule, "a/b/c/f")));
	CHILD_CHECK(s->job.looks == 1);
}

/* Each of them is one byte more in the pattern than in the path. */
SITE_TEST(owner, trusts_no_more_for_what_is_escaped, "")
{
	char pattern[2 * BOUND_PATH];
	struct policy_rule rule;

	(void)snprintf(pattern, sizeof(pattern), "%s/\\*\\*\\\\\\*/**",
		       s->scratch.dir);
	rule = trusting(pattern, "/**");
	site_directory(s, "**\\*/b/c", 0755, s->owner);
	CHILD_CHECK(chmod("**\\*/b", 0777) == 0);
	CHILD_CHECK(is_for_owner(s, check(s, &rule, "**\\*/b/c/f")));
	CHILD_CHECK(s->job.looks == 1);
	CHILD_CHECK(check(s, &rule, "**\\*/f") == 0);
}

SITE_TEST(owner, trusts_nothing_by_a_rule_whose_link_is_none_now, "")
{
	char pattern[2 * BOUND_PATH], resolved[2 * BOUND_PATH];
	struct policy_rule rule;

	(void)snprintf(pattern, sizeof(pattern), "%s/link/**", s->scratch.dir);
	(void)snprintf(resolved, sizeof(resolved), "%s/real/**",
		       s->scratch.dir);
	rule = trusting(pattern, "/**");
	rule.path.resolved = resolved;
	site_directory(s, "link", 0777, s->worker);
	CHILD_CHECK(is_for_owner(s, check(s, &rule, "link/f")));
	CHILD_CHECK(check(s, &rule, "real/f") == 0);
}

/* All may make a name there, which may be a hard link. */
SITE_TEST(owner, refuses_a_file_in_a_sticky_directory, "")
{
	site_directory(s, "d/e", 0755, s->owner);
	CHILD_CHECK(!s->root || chown("d", 0, 0) == 0);
	CHILD_CHECK(!s->root || check(s, NULL, "d/e/f") == 0);
	CHILD_CHECK(chmod("d/e", 01777) == 0);
	CHILD_CHECK(is_for_owner(s, check(s, NULL, "d/e/f")));
}

/* ---- what changes meanwhile ---------------------------------------------- */

/*
 * In a sticky directory a name is taken away, by whom it belongs to, and the
 * worker puts a link there, after any of the calls that are made meanwhile.
 */
struct race {
	struct site *s;
	const char *path;
	int go[2];
	unsigned stops;
	unsigned when; /* at which of them */
	bool lost;     /* it was over before */
};

static int look_when_told(void *arg)
{
	struct race *race = arg;
	char byte;
	int r;

	CHILD_CHECK(read(race->go[0], &byte, 1) == 1);
	r = check(race->s, NULL, race->path);
	/* That says that it is over. */
	(void)syscall(SYS_sched_yield);
	return r == 0;
}

static bool swap_in_time(void *arg, const struct tracer_stop *stop)
{
	struct race *race = arg;

	race->lost = stop->number == SYS_sched_yield;
	if (race->lost)
		return true;
	if (++race->stops < race->when)
		return false;
	CHILD_CHECK(rename("tmp/x", "tmp/y") == 0);
	site_link(race->s, "../other", "tmp/x");
	return true;
}

static bool is_given(struct race *race)
{
	static struct tracer t;
	pid_t pid;
	int given;

	CHILD_CHECK(pipe(race->go) == 0);
	pid = child_start(look_when_told, race);
	CHILD_CHECK(pid > 0);
	tracer_attach(&t, &pid, 1);
	CHILD_CHECK(write(race->go[1], "", 1) == 1);
	tracer_run(&t, swap_in_time, race);
	tracer_detach(&t);
	given = child_wait(pid, 5000);
	close_fds(race->go, 2);
	CHILD_CHECK(given == 0 || given == 1);
	return given;
}

static void never_wins(struct race *race)
{
	CHILD_CHECK(is_for_owner(race->s, check(race->s, NULL, race->path)));
	while (!race->lost) {
		race->stops = 0;
		race->when++;
		CHILD_CHECK(!is_given(race));
		if (race->lost)
			break;
		CHILD_CHECK(unlink("tmp/x") == 0);
		CHILD_CHECK(rename("tmp/y", "tmp/x") == 0);
	}
	/* Two stops a call, and a call at least for each directory. */
	CHILD_CHECK(!race->s->root || race->when > 10);
}

/* tmp is sticky, and what the link leads to would be given. */
static void make_tmp(struct site *s)
{
	site_directory(s, "tmp/x/e", 0755, s->worker);
	site_directory(s, "other/e", 0755, s->owner);
	CHILD_CHECK(!s->root ||
		    (chown("tmp", 0, 0) == 0 && chown("other", 0, 0) == 0));
	CHILD_CHECK(chmod("tmp", 01777) == 0);
	CHILD_CHECK(!s->root || check(s, NULL, "other/e/f") == 0);
	CHILD_CHECK(!s->root || check(s, NULL, "other/f") == 0);
}

SITE_TEST(owner, sees_the_workers_directory_whatever_it_puts_there, "")
{
	make_tmp(s);
	never_wins(&(struct race){.s = s, .path = "tmp/x/f"});
	never_wins(&(struct race){.s = s, .path = "tmp/x/e/f"});
}

/* What is the worker's lies in what is not. */
SITE_TEST(owner, sees_what_lay_in_anothers_directory_that_was_taken_away, "")
{
	make_tmp(s);
	CHILD_CHECK(!s->root || chown("tmp/x", 0, 0) == 0);
	never_wins(&(struct race){.s = s, .path = "tmp/x/e/f"});
}
