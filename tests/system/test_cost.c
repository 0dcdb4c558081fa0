/* SPDX-License-Identifier: ISC */
/*
 * What a request costs, in system calls of worker and helper: the table in
 * docs/PERFORMANCE.md.  All locks are on, and nothing is timed.
 *
 * Both run on one processor: elsewhere each looks for a message now and then
 * before it waits, as often as it is worth while.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "own.h"
#include "support/program.h"
#include "support/puppet.h"
#include "support/tracer.h"

TestSuite(cost, .timeout = 60);

enum {
	OPENS = 1000,
	/* A wait that is left when tracing begins is begun again then. */
	EDGE = 2,
	WORKER = 0,
	HELPER = 1,
};

struct scene {
	struct puppet p;
	struct tracer t;
	/* Of the last measure(): for so many requests, and no more than that.
	 */
	struct tracer_count worker;
	struct tracer_count helper;
};

/* Also what is made by it later. */
static void pin(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	cr_assert_eq(sched_setaffinity(0, sizeof(one), &one), 0);
}

static void scene_open(struct scene *s, unsigned clones)
{
	pin();
	puppet_make(&s->p);
	scratch_write(&s->p.s, "a", "text", 0644);
	/* Of another's each directory above it would be looked at too. */
	scratch_chown(&s->p.s, "a", PUPPET_WORKER, PUPPET_WORKER);
	puppet_policy(&s->p, "read @/a\n");
	puppet_run(&s->p, NULL, NULL);
	PUPPET(&s->p, puppet_text("ok %u", clones),
	       puppet_text("clones %u", clones));
	/* The first of them meet what was not there yet. */
	PUPPET(&s->p, "ok 0100", "opens 0100 @/a");
}

static void scene_close(struct scene *s)
{
	cr_assert_eq(puppet_end(&s->p), 0);
}

/* Nobody but root: that is one of the locks. */
static bool may_trace(struct scene *s)
{
	pid_t helper = puppet_helper(&s->p);

	if (s->p.root)
		return true;
	cr_assert_eq(ptrace(PTRACE_SEIZE, helper, NULL, NULL), -1);
	cr_assert_eq(errno, EPERM);
	return false;
}

/* The worker has said its line. */
static bool is_answer(void *arg, const struct tracer_stop *s)
{
	(void)arg;
	return s->who == WORKER && !s->enters && s->number == SYS_write;
}

static void count(struct scene *s, unsigned n)
{
	const pid_t pids[] = {puppet_worker(&s->p), puppet_helper(&s->p)};

	tracer_attach(&s->t, pids, 2);
	puppet_tell(&s->p, puppet_text("opens %04u @/a", n));
	tracer_run(&s->t, is_answer, NULL);
	tracer_detach(&s->t);
	cr_assert_str_eq(puppet_answer(&s->p), puppet_text("ok %04u", n));
}

/* What the order itself costs is counted by one for no open at all. */
static void measure(struct scene *s)
{
	struct tracer_count before[2];

	count(s, 0);
	before[WORKER] = s->t.count[WORKER];
	before[HELPER] = s->t.count[HELPER];
	count(s, OPENS);
	s->worker = tracer_less(&s->t.count[WORKER], &before[WORKER]);
	s->helper = tracer_less(&s->t.count[HELPER], &before[HELPER]);
}

/* Without those that close what was given, which are no part of an open. */
static void worker_makes(struct scene *s, unsigned long calls)
{
	_cleanup_free_ char *text = tracer_text(&s->worker);

	cr_expect_eq(s->worker.of[SYS_close], OPENS, "%s", text);
	s->worker.of[SYS_close] = 0;
	cr_expect_eq(tracer_sum(&s->worker), calls * OPENS,
		     "for %d opens the worker makes %s", OPENS, text);
}

static void helper_makes_at_most(const struct scene *s, unsigned long calls)
{
	_cleanup_free_ char *text = tracer_text(&s->helper);

	cr_expect_eq(s->helper.of[SYS_openat2], OPENS, "%s", text);
	cr_expect_leq(tracer_sum(&s->helper), calls * OPENS + EDGE,
		      "for %d opens the helper makes %s", OPENS, text);
}

Test(cost, a_steady_open_makes_two_calls_in_the_worker_and_six_in_the_helper)
{
	static struct scene s;

	scene_open(&s, 0);
	if (may_trace(&s)) {
		measure(&s);
		worker_makes(&s, 2);
		helper_makes_at_most(&s, 6);
	}
	scene_close(&s);
}

Test(cost, beside_other_clients_an_open_makes_one_call_more_in_the_helper)
{
	static struct scene s;

	scene_open(&s, 4);
	if (may_trace(&s)) {
		measure(&s);
		worker_makes(&s, 2);
		helper_makes_at_most(&s, 7);
	}
	scene_close(&s);
}
