/* SPDX-License-Identifier: ISC */
/*
 * Threads that use a handle in every way at once.  What they get is looked at
 * here, what they do to each other's memory by `make tsan`.
 */
#include "wicket/wicket.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include "support/echo.h"
#include "support/played.h"

TestSuite(threads, .timeout = 60);

enum {
	THREADS = 8,
	ROUNDS = 140,
	BATCH = 16,
	/* Who waits for what another thread may take asks again after this. */
	WAIT_MS = 10,
};

struct user {
	struct wicket *w; /* where it asks: the shared handle, or a clone */
	pthread_t thread;
	int number;
	unsigned wrong;
};

/* ---- the ways ------------------------------------------------------------ */

static bool asks_its_own(struct wicket *w, int thread, int i)
{
	char path[64], link[64] = {0};

	(void)snprintf(path, sizeof(path), "/%d/%d", thread, i);
	return wicket_readlink(w, path, link, sizeof(link) - 1) > 0 &&
	       strcmp(path, link) == 0;
}

static bool asks(struct user *u, int i)
{
	return asks_its_own(u->w, u->number, i);
}

static bool opens(struct user *u, int i)
{
	int fd = wicket_open(u->w, "/x", O_RDONLY, 0);

	(void)i;
	return fd >= 0 && close(fd) == 0;
}

static bool opens_many(struct user *u, int i)
{
	struct wicket_open_item v[BATCH];
	int closed = 0;

	(void)i;
	for (int k = 0; k < BATCH; k++)
		v[k] = (struct wicket_open_item){.path = "/x"};
	if (wicket_openv(u->w, v, BATCH) != BATCH)
		return false;
	for (int k = 0; k < BATCH; k++)
		closed += close(v[k].fd) == 0;
	return closed == BATCH;
}

static bool changes_names(struct user *u, int i)
{
	struct wicket_entry *entries = NULL;
	ssize_t n;

	(void)i;
	if (wicket_mkdir(u->w, "/d", 0755) < 0 ||
	    wicket_rename(u->w, "/d", "/e") < 0 || wicket_rmdir(u->w, "/e") < 0)
		return false;
	n = wicket_list(u->w, "/", &entries);
	wicket_list_free(entries, n > 0 ? (size_t)n : 0);
	return n == 0;
}

static bool narrows_and_tells(struct user *u, int i)
{
	wicket_syslog(u->w, LOG_INFO, "thread %d, %d", u->number, i);
	return wicket_limit(u->w, "read /x\nread /y\n") == 0 &&
	       wicket_reload(u->w) == 0 && wicket_notify(u->w, "STATUS=x") == 0;
}

static void told(void *arg, int fd, int error)
{
	bool good = error == 0 && close(fd) == 0;

	atomic_store((atomic_int *)arg, good ? 1 : -1);
}

/* Another thread may be the one that calls back. */
static bool submits(struct user *u, int i)
{
	atomic_int done = 0;

	(void)i;
	if (wicket_submit_open(u->w, "/x", O_RDONLY, 0, told, &done) <= 0)
		return false;
	while (atomic_load(&done) == 0) {
		struct pollfd p = {wicket_fd(u->w), wicket_events(u->w), 0};
		int ms = wicket_timeout(u->w);

		(void)poll(&p, 1, ms < 0 || ms > WAIT_MS ? WAIT_MS : ms);
		if (wicket_dispatch(u->w) < 0)
			return false;
	}
	return atomic_load(&done) == 1;
}

static void never_mind(void *arg, int fd, int error)
{
	(void)arg;
	if (error == 0)
		(void)close(fd);
}

/* It may have been told of before: that is no mistake. */
static bool gives_up(struct user *u, int i)
{
	int64_t number = wicket_submit_open(u->w, "/x", O_RDONLY, 0, never_mind,
					    NULL);

	(void)i;
	return number > 0 &&
	       (wicket_deadline(u->w, number, 1000) == 0 || errno == ENOENT) &&
	       (wicket_cancel(u->w, number) == 0 || errno == ENOENT);
}

static bool clones(struct user *u, int i)
{
	struct wicket *clone;
	bool good;

	/* As many as the played helper has threads for. */
	if (i > THREADS * 2)
		return asks(u, i);
	if (wicket_clone(u->w, &clone) < 0)
		return false;
	good = asks_its_own(clone, u->number, i);
	wicket_close(clone);
	return good;
}

static bool (*const ways[])(struct user *u, int i) = {
	asks,	 opens,	   opens_many, changes_names, narrows_and_tells,
	submits, gives_up, clones,
};

#define WAYS (int)(sizeof(ways) / sizeof(ways[0]))

/* ---- the threads --------------------------------------------------------- */

static void *use(void *arg)
{
	struct user *u = arg;

	for (int i = 0; i < ROUNDS; i++)
		u->wrong += !ways[(i + u->number) % WAYS](u, i);
	return NULL;
}

/* Makes the clone itself, while others make theirs. */
static void *clone_and_use(void *arg)
{
	struct user *u = arg;
	struct wicket *clone;

	if (wicket_clone(u->w, &clone) < 0) {
		u->wrong++;
		return NULL;
	}
	u->w = clone;
	(void)use(u);
	wicket_close(clone);
	return NULL;
}

static void in_threads(void *(*work)(void *arg))
{
	struct user users[THREADS];
	struct echo helper;
	struct played p;

	played_open(&p, 0);
	echo_start(&helper, p.helper);
	for (int i = 0; i < THREADS; i++) {
		users[i] = (struct user){.w = p.w, .number = i};
		cr_assert_eq(
			pthread_create(&users[i].thread, NULL, work, &users[i]),
			0);
	}
	for (int i = 0; i < THREADS; i++) {
		(void)pthread_join(users[i].thread, NULL);
		cr_expect_eq(users[i].wrong, 0, "thread %d: %u were wrong", i,
			     users[i].wrong);
	}
	cr_assert_eq(shutdown(p.helper, SHUT_RDWR), 0);
	echo_join(&helper);
	played_close(&p);
}

Test(threads, eight_use_one_handle_in_every_way_at_once)
{
	in_threads(use);
}

Test(threads, eight_make_clones_at_once_and_use_them_in_every_way)
{
	in_threads(clone_and_use);
}
