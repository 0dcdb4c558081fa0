/* SPDX-License-Identifier: ISC */
/*
 * What a request costs once the first have been made: no memory.
 */
#include "wicket/wicket.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#include "support/echo.h"
#include "support/fault.h"
#include "support/played.h"

enum {
	CALLS = 100000,
	SUBMITTED = 300000,
	WINDOW = 64,
	BATCHES = 6000,
	BATCH = 100, /* a million in all */
};

struct scene {
	struct played p;
	struct echo helper;
};

/* Client and helper on one processor wake each other fastest. */
static void pin(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	cr_assert_eq(sched_setaffinity(0, sizeof(one), &one), 0);
}

static void scene_open(struct scene *s)
{
	pin();
	played_open(&s->p, 0);
	echo_start(&s->helper, s->p.helper);
}

static void scene_close(struct scene *s)
{
	cr_assert_eq(shutdown(s->p.helper, SHUT_RDWR), 0);
	echo_join(&s->helper);
	played_close(&s->p);
}

static void open_some(struct wicket *w, int n)
{
	for (int i = 0; i < n; i++) {
		int fd = wicket_open(w, "/x", O_RDONLY, 0);

		cr_assert_geq(fd, 0);
		cr_assert_eq(close(fd), 0);
	}
}

static int told;

static void opened(void *arg, int fd, int error)
{
	(void)arg;
	cr_assert_eq(error, 0);
	cr_assert_eq(close(fd), 0);
	told++;
}

static void submit_some(struct wicket *w, int n)
{
	int submitted = 0;

	told = 0;
	while (told < n) {
		struct pollfd p = {wicket_fd(w), POLLIN, 0};

		for (; submitted < n && submitted - told < WINDOW; submitted++)
			cr_assert_gt(wicket_submit_open(w, "/x", O_RDONLY, 0,
							opened, NULL),
				     0);
		p.events = wicket_events(w);
		cr_assert_geq(poll(&p, 1, wicket_timeout(w)), 0);
		cr_assert_geq(wicket_dispatch(w), 0);
	}
}

static void open_batches(struct wicket *w, int n)
{
	struct wicket_open_item v[BATCH];

	for (int i = 0; i < n; i++) {
		for (int k = 0; k < BATCH; k++)
			v[k] = (struct wicket_open_item){.path = "/x"};
		cr_assert_eq(wicket_openv(w, v, BATCH), BATCH);
		for (int k = 0; k < BATCH; k++)
			cr_assert_eq(close(v[k].fd), 0);
	}
}

/* Every malloc, calloc and realloc of the library's would fail. */
Test(steady, a_million_requests_allocate_nothing, .timeout = 120)
{
	struct scene s;

	scene_open(&s);
	submit_some(s.p.w, 1);
	fault_arm_from(FAULT_MALLOC, 1, ENOMEM);
	open_some(s.p.w, CALLS);
	submit_some(s.p.w, SUBMITTED);
	open_batches(s.p.w, BATCHES);
	cr_assert_not(fault_disarm());
	scene_close(&s);
}

/* So it is seen that the injector would have struck. */
Test(steady, the_first_submission_is_what_allocates, .timeout = 120)
{
	struct scene s;

	scene_open(&s);
	fault_arm_from(FAULT_MALLOC, 1, ENOMEM);
	FAILS(wicket_submit_open(s.p.w, "/x", O_RDONLY, 0, opened, NULL),
	      ENOMEM);
	cr_assert(fault_disarm());
	submit_some(s.p.w, 1);
	scene_close(&s);
}
