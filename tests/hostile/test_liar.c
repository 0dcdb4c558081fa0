/* SPDX-License-Identifier: ISC */
/*
 * Attack 34: a client says that it runs on another processor, another one each
 * time, so that the helper looks for its next message again and again before it
 * waits.  It asks twice at once, so that looking is worth it, and then keeps
 * silent until the helper has looked in vain.
 *
 * The helper is traced, and asked again when it sleeps: so what is counted does
 * not depend on time.
 */
#include <criterion/criterion.h>
#include <sched.h>
#include <sys/syscall.h>

#include "spin.h"
#include "support/puppet.h"
#include "support/tracer.h"

TestSuite(liar, .timeout = 60);

enum {
	OTHERS = 8,
	LIES = 300,
	WORKER = 0,
	HELPER = 1,
};

struct looks {
	bool answered; /* the worker has said its line */
	bool sleeps;   /* the helper does, until somebody comes */
	unsigned now;  /* looks, since it last had something to do */
	/* So far: how often nobody was there, or came when it looked; and */
	unsigned long waits;
	/* how often it had looked for nothing before it slept. */
	unsigned long in_vain;
};

/* On one processor: elsewhere it is no lie. */
static void pin(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	cr_assert_eq(sched_setaffinity(0, sizeof(one), &one), 0);
}

static bool is_wait(int number)
{
#ifdef SYS_epoll_wait
	if (number == SYS_epoll_wait)
		return true;
#endif
	return number == SYS_epoll_pwait;
}

/* epoll_wait(epoll, events, room, ms): a look has no time at all. */
static void helper_stops(struct looks *l, const struct tracer_stop *s)
{
	bool found = !s->enters && s->result > 0;

	l->sleeps = s->enters && (int)s->args[3] != 0;
	l->now += s->enters && !l->sleeps;
	l->waits += l->sleeps || (found && l->now > 0);
	l->in_vain += l->sleeps && l->now > 0;
	if (l->sleeps || found)
		l->now = 0;
}

static bool both_are_done(void *arg, const struct tracer_stop *s)
{
	struct looks *l = arg;

	if (s->who == WORKER && !s->enters && s->number == SYS_write)
		l->answered = true;
	if (s->who == HELPER && is_wait(s->number))
		helper_stops(l, s);
	return l->answered && l->sleeps;
}

static void ask(struct puppet *p, struct tracer *t, struct looks *l,
		const char *answer, const char *order)
{
	puppet_tell(p, order);
	l->answered = false;
	if (p->root)
		tracer_run(t, both_are_done, l);
	cr_assert_str_eq(puppet_answer(p), answer, "%s", order);
}

static void all_are_served(struct puppet *p, struct tracer *t, struct looks *l)
{
	ask(p, t, l, puppet_text("ok %d of %d", OTHERS + 1, OTHERS + 1),
	    "all @/a");
	ask(p, t, l, "EACCES", "open /etc/shadow");
}

/* Who looked in vain waits SPIN_SKIP times at least without a look. */
static void are_few(const struct looks *l)
{
	cr_assert_gt(l->in_vain, 0, "nobody was lied to");
	cr_assert_geq(l->waits, LIES);
	cr_assert_leq(l->in_vain, l->waits / (SPIN_SKIP + 1) + 1,
		      "in %lu of %lu waits the helper looks for nothing",
		      l->in_vain, l->waits);
}

Test(liar, attack_34_a_lie_about_the_cpu_does_not_begin_the_back_off_anew)
{
	static struct puppet p;
	static struct tracer t;
	struct looks l = {0};
	struct looks of_lies;

	pin();
	puppet_make(&p);
	scratch_write(&p.s, "a", "text", 0644);
	puppet_policy(&p, "read @/a\n");
	puppet_run(&p, NULL, NULL);
	/* The first of them lies. */
	PUPPET(&p, puppet_text("ok %d", OTHERS + 1),
	       puppet_text("clones %d", OTHERS + 1));
	if (p.root)
		tracer_attach(
			&t, (pid_t[]){puppet_worker(&p), puppet_helper(&p)}, 2);
	all_are_served(&p, &t, &l);
	l = (struct looks){.sleeps = l.sleeps};
	for (int i = 0; i < LIES; i++)
		ask(&p, &t, &l, "ok 2", "lie @/a");
	of_lies = l;
	all_are_served(&p, &t, &l);
	if (p.root) {
		tracer_detach(&t);
		are_few(&of_lies);
	}
	cr_assert_eq(puppet_end(&p), 0);
}
