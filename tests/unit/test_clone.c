/* SPDX-License-Identifier: ISC */
/*
 * Channels of their own for threads and children: no reply goes to another.
 */
#include "wicket/wicket.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "support/child.h"
#include "support/echo.h"
#include "support/played.h"

enum {
	THREADS = 8,
	CHILDREN = 3,
	CALLS = 300,
	CHILD_MS = 20000,
};

struct scene {
	struct played p;
	struct echo helper;
};

static void scene_open(struct scene *s)
{
	played_open(&s->p, 0);
	echo_start(&s->helper, s->p.helper);
}

static void scene_close(struct scene *s)
{
	cr_assert_eq(shutdown(s->p.helper, SHUT_RDWR), 0);
	echo_join(&s->helper);
	played_close(&s->p);
}

static struct wicket *clone_of(struct wicket *w)
{
	struct wicket *clone;

	cr_assert_eq(wicket_clone(w, &clone), 0, "%s", strerror(errno));
	return clone;
}

static bool answers(struct wicket *w, const char *path)
{
	char link[64] = {0};

	return wicket_readlink(w, path, link, sizeof(link) - 1) > 0 &&
	       strcmp(path, link) == 0;
}

/* ---- the clone ------------------------------------------------------- */

Test(clone, has_a_channel_of_its_own, .timeout = 30)
{
	struct wicket *clone;
	struct scene s;

	scene_open(&s);
	clone = clone_of(s.p.w);
	cr_assert_neq(wicket_fd(clone), wicket_fd(s.p.w));
	cr_assert(answers(clone, "/clone"));
	cr_assert(answers(s.p.w, "/first"));
	wicket_close(clone);
	cr_assert(answers(s.p.w, "/first"));
	scene_close(&s);
}

Test(clone, outlives_the_handle_that_it_was_made_of, .timeout = 30)
{
	struct wicket *clone, *next;
	struct scene s;

	scene_open(&s);
	clone = clone_of(s.p.w);
	next = clone_of(clone);
	wicket_close(clone);
	cr_assert(answers(next, "/next"));
	wicket_close(next);
	scene_close(&s);
}

Test(clone, has_what_hello_told_and_the_time_limit, .timeout = 30)
{
	struct wicket *clone;
	struct scene s;

	scene_open(&s);
	s.p.w->confined = true;
	clone = clone_of(s.p.w);
	cr_assert_eq(clone->engine.timeout_ms, s.p.w->engine.timeout_ms);
	cr_assert(clone->confined);
	FAILS(wicket_confine(clone, NULL), EALREADY);
	wicket_close(clone);
	scene_close(&s);
}

Test(clone, is_refused_by_an_older_helper, .timeout = 30)
{
	struct op_reply no = {.op = OP_clone, .id = 1, .error = ENOSYS};
	struct wicket *clone = NULL;
	struct played p;

	played_open(&p, 0);
	played_reply(&p, &no, 0);
	FAILS(wicket_clone(p.w, &clone), ENOSYS);
	cr_assert_null(clone);
	FAILS(wicket_clone(p.w, NULL), EFAULT);
	FAILS(wicket_clone(NULL, &clone), EBADF);
	played_close(&p);
}

/* Its descriptor is a file: the hello on it goes nowhere. */
Test(clone, is_not_made_of_what_is_no_channel, .timeout = 30)
{
	struct wicket *clone = NULL;
	struct played p;

	played_open(&p, 0);
	played_reply(&p, &(struct op_reply){.op = OP_clone, .id = 1, .nfds = 1},
		     1);
	FAILS(wicket_clone(p.w, &clone), ENOTSOCK);
	cr_assert_null(clone);
	played_close(&p);
}

/* ---- threads --------------------------------------------------------- */

struct asker {
	struct wicket *w;
	int number;
	int wrong;
};

static void *ask_often(void *arg)
{
	struct asker *a = arg;

	for (int i = 0; i < CALLS; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/%d/%d", a->number, i);
		if (!answers(a->w, path))
			a->wrong++;
	}
	return NULL;
}

static void ask_in_threads(struct wicket *const *handles, size_t n)
{
	struct asker askers[THREADS];
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		askers[i] = (struct asker){.w = handles[(size_t)i % n],
					   .number = i};
		cr_assert_eq(pthread_create(&threads[i], NULL, ask_often,
					    &askers[i]),
			     0);
	}
	for (int i = 0; i < THREADS; i++) {
		(void)pthread_join(threads[i], NULL);
		cr_assert_eq(askers[i].wrong, 0);
	}
}

Test(clone, eight_threads_on_clones_never_get_each_others_answers,
     .timeout = 30)
{
	struct wicket *handles[THREADS];
	struct scene s;

	scene_open(&s);
	for (size_t n = 1; n <= THREADS; n *= 2) {
		for (size_t i = 0; i < n; i++)
			handles[i] = clone_of(s.p.w);
		ask_in_threads(handles, n);
		for (size_t i = 0; i < n; i++)
			wicket_close(handles[i]);
	}
	scene_close(&s);
}

/* Each of them may be the one that takes the handle over. */
Test(clone, is_taken_by_eight_threads_at_once, .timeout = 30)
{
	struct scene s;

	scene_open(&s);
	for (int i = 0; i < 10; i++) {
		struct wicket *clone = clone_of(s.p.w);

		ask_in_threads(&clone, 1);
		wicket_close(clone);
	}
	scene_close(&s);
}

/* ---- children -------------------------------------------------------- */

static int ask_as_child(void *arg)
{
	struct asker *a = arg;

	(void)ask_often(a);
	return a->wrong == 0 ? 0 : 1;
}

Test(clone, children_and_their_parent_never_get_each_others_answers,
     .timeout = 30)
{
	struct asker askers[CHILDREN + 1];
	pid_t children[CHILDREN];
	struct scene s;

	scene_open(&s);
	for (int i = 0; i <= CHILDREN; i++)
		askers[i] = (struct asker){.w = clone_of(s.p.w), .number = i};
	for (int i = 0; i < CHILDREN; i++) {
		children[i] = child_start(ask_as_child, &askers[i]);
		wicket_close(askers[i].w);
	}
	(void)ask_often(&askers[CHILDREN]);
	cr_assert_eq(askers[CHILDREN].wrong, 0);
	cr_assert(answers(s.p.w, "/first"));
	for (int i = 0; i < CHILDREN; i++)
		cr_assert_eq(child_wait(children[i], CHILD_MS), 0);
	wicket_close(askers[CHILDREN].w);
	scene_close(&s);
}

static int refused(void *arg)
{
	errno = 0;
	return !answers(arg, "/x") && errno == EPERM ? 0 : 1;
}

static int answered(void *arg)
{
	return answers(arg, "/x") ? 0 : 1;
}

static int refused_to_clone(void *arg)
{
	struct wicket *clone;

	errno = 0;
	return wicket_clone(arg, &clone) == -1 && errno == EPERM ? 0 : 1;
}

Test(clone, belongs_to_the_first_that_uses_it, .timeout = 30)
{
	struct wicket *clone;
	struct scene s;

	scene_open(&s);
	clone = clone_of(s.p.w);
	cr_assert_eq(child_run(answered, clone), 0);
	cr_assert_eq(child_run(refused, clone), 0);
	FAILS(wicket_unlink(clone, "/x"), EPERM);
	wicket_close(clone);
	scene_close(&s);
}

Test(clone, that_was_used_is_refused_to_a_child, .timeout = 30)
{
	struct wicket *clone;
	struct scene s;

	scene_open(&s);
	clone = clone_of(s.p.w);
	cr_assert(answers(clone, "/x"));
	cr_assert_eq(child_run(refused, clone), 0);
	cr_assert_eq(child_run(refused_to_clone, clone), 0);
	cr_assert_eq(child_run(refused_to_clone, s.p.w), 0);
	cr_assert(answers(clone, "/x"));
	wicket_close(clone);
	scene_close(&s);
}

static int has_a_child_that_is_refused(void *arg)
{
	if (!answers(arg, "/child") || child_run(refused, arg) != 0)
		return 1;
	return answers(arg, "/child") ? 0 : 1;
}

Test(clone, of_a_child_is_refused_to_the_childs_children, .timeout = 30)
{
	struct wicket *clone;
	struct scene s;

	scene_open(&s);
	clone = clone_of(s.p.w);
	cr_assert_eq(child_run(has_a_child_that_is_refused, clone), 0);
	wicket_close(clone);
	scene_close(&s);
}

/* A child that closes what it inherited takes nothing from anybody. */
static int closed(void *arg)
{
	wicket_close(arg);
	return 0;
}

Test(clone, is_not_used_by_closing_it, .timeout = 30)
{
	struct wicket *clone;
	struct scene s;

	scene_open(&s);
	clone = clone_of(s.p.w);
	cr_assert_eq(child_run(closed, clone), 0);
	cr_assert(answers(clone, "/x"));
	wicket_close(clone);
	scene_close(&s);
}

/* ---- confined -------------------------------------------------------- */

static void count(void *arg, int result, int error)
{
	int *told = arg;

	if (error == 0 && close(result) == 0)
		(*told)++;
}

static int asks_in_every_way(struct wicket *w)
{
	struct wicket_open_item v[2] = {{.path = "/a"}, {.path = "/b"}};
	int told = 0;

	CHILD_CHECK(answers(w, "/x"));
	CHILD_CHECK(wicket_openv(w, v, 2) == 2);
	CHILD_CHECK(wicket_limit(w, "read /srv/www/index.html\n") == 0);
	CHILD_CHECK(wicket_reload(w) == 0);
	CHILD_CHECK(wicket_submit_open(w, "/x", O_RDONLY, 0, count, &told) > 0);
	while (told == 0) {
		struct pollfd p = {wicket_fd(w), wicket_events(w), 0};

		CHILD_CHECK(poll(&p, 1, wicket_timeout(w)) >= 0);
		CHILD_CHECK(wicket_dispatch(w) >= 0);
	}
	return 0;
}

static int confined_and_cloned(void *arg)
{
	struct wicket *w = arg;
	struct wicket *clone;

	/* What the played helper did not tell. */
	w->uid = geteuid() == 0 ? 65534 : geteuid();
	w->gid = geteuid() == 0 ? 65534 : getegid();
	if (geteuid() != 0)
		w->ngroups = (size_t)getgroups(BOUND_GROUPS, w->groups);
	CHILD_CHECK(wicket_confine(w, "stdio") == 0);
	CHILD_CHECK(asks_in_every_way(w) == 0);
	CHILD_CHECK(wicket_clone(w, &clone) == 0);
	CHILD_CHECK(asks_in_every_way(clone) == 0);
	wicket_close(clone);
	return 0;
}

Test(clone, confined_child_can_make_every_kind_of_request, .timeout = 30)
{
	struct wicket *clone;
	struct scene s;

	scene_open(&s);
	clone = clone_of(s.p.w);
	cr_assert_eq(child_run(confined_and_cloned, clone), 0);
	wicket_close(clone);
	scene_close(&s);
}
