/* SPDX-License-Identifier: ISC */
/*
 * Clients beside each other that do not flood: what one of them does or waits
 * for is nothing to the others, and no answer goes to another.  All are clones
 * of one confined worker, and the helper is a real one.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "op.h"
#include "own.h"
#include "support/pair.h"
#include "support/sock.h"

TestSuite(beside, .timeout = 60);

enum {
	OTHERS = 8,
	PLACES = 48,   /* of clones that come and go */
	CHURNS = 2000, /* of them, in all */
	OPENS = 200,   /* of each thread */
	PATIENCE_MS = 50000,
};

/* srv/0 has the text "0", and so on. */
static void make_pages(struct pair *p)
{
	for (int i = 0; i < OTHERS; i++) {
		char name[32], text[32];

		(void)snprintf(name, sizeof(name), "srv/%d", i);
		(void)snprintf(text, sizeof(text), "%d", i);
		scratch_write(&p->s, name, text, 0644);
		pair_give(p, name);
	}
}

/* Its own page, and no other's. */
static bool has_its_page(struct wicket *w, const char *srv, int number)
{
	char path[BOUND_PATH];
	char text[32] = {0};
	_cleanup_fd_ int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%d", srv, number);
	fd = wicket_open(w, path, O_RDONLY, 0);
	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 &&
	       strtol(text, NULL, 10) == number;
}

static void clone_others(struct wicket *w, struct wicket **others)
{
	for (int i = 0; i < OTHERS; i++)
		GRANTED(wicket_clone(w, &others[i]));
}

static void all_are_served(struct pair *p, struct wicket **others)
{
	for (int i = 0; i < OTHERS; i++) {
		CHILD_CHECK(has_its_page(others[i], pair_path(p, "srv"), i));
		REFUSED(EACCES,
			wicket_open(others[i], "/etc/shadow", O_RDONLY, 0));
	}
}

static void runs(struct pair p)
{
	p.make = make_pages;
	pair_run(&p);
	pair_end(&p);
}

/* ---- who breaks the protocol --------------------------------------------- */

/* It is gone by that, and the others are there. */
static void break_once(struct pair *p, struct wicket *w, struct wicket **others,
		       const void *message, size_t len)
{
	struct wicket *c;

	GRANTED(wicket_clone(w, &c));
	CHILD_CHECK(send(wicket_fd(c), message, len, 0) == (ssize_t)len);
	all_are_served(p, others);
	REFUSED(EPIPE, wicket_open(c, pair_path(p, "srv/0"), O_RDONLY, 0));
	wicket_close(c);
}

static void break_the_protocol(struct pair *p, struct wicket *w)
{
	static uint8_t message[BOUND_MESSAGE + 1];
	struct wire_out o = wire_out(message, sizeof(message));
	struct wicket *others[OTHERS];

	clone_others(w, others);
	op_put_request(&o, &(struct op_request){
				   .op = OP_open, .id = 1, .object = "/srv/0"});
	/* Of no length, and cut short at each byte. */
	for (size_t len = 0; len < o.len; len++)
		break_once(p, w, others, message, len);
	srand(23);
	for (int i = 0; i < OTHERS; i++) {
		for (size_t k = 0; k < sizeof(message); k++)
			message[k] = (uint8_t)rand();
		break_once(p, w, others, message, BOUND_MESSAGE);
	}
	break_once(p, w, others, message, sizeof(message));
}

Test(beside, attack_23_whoever_breaks_the_protocol_ends_alone)
{
	runs((struct pair){.policy = "read @/srv/**\n",
			   .work = break_the_protocol});
}

/* ---- who waits for a peer ------------------------------------------------ */

#define SILENT "tcp 127.0.0.1:5432"

static struct {
	int listener;
	int first; /* takes the only place */
} peer;

static void be_silent(struct pair *p, struct wicket *w)
{
	(void)p;
	(void)w;
	peer.listener = sock_listen(SILENT, 0);
	peer.first = sock_connect(SILENT, 0);
	CHILD_CHECK(peer.listener >= 0 && peer.first >= 0);
}

static bool is_connected(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	return poll(&p, 1, ms) == 1;
}

static void connect_to_the_silent(struct pair *p, struct wicket *w)
{
	struct wicket *others[OTHERS];
	int fd;

	clone_others(w, others);
	fd = GRANTED(wicket_connect(w, SILENT, SOCK_NONBLOCK));
	all_are_served(p, others);
	CHILD_CHECK(!is_connected(fd, 0));
	/* It was that which it waited for. */
	close(accept(peer.listener, NULL, NULL));
	CHILD_CHECK(is_connected(fd, PATIENCE_MS));
	close(fd);
}

Test(beside, a_connection_that_does_not_come_about_holds_up_nobody)
{
	runs((struct pair){.policy = "read @/srv/**\nconnect " SILENT "\n",
			   .promise = "stdio accept",
			   .before = be_silent,
			   .work = connect_to_the_silent,
			   .network = true});
}

/* ---- who comes and goes -------------------------------------------------- */

/* A channel that was closed counts until helper and supervisor know it. */
static struct wicket *clone_again(struct wicket *w)
{
	struct wicket *c;

	while (wicket_clone(w, &c) < 0)
		CHILD_CHECK(errno == EMFILE);
	return c;
}

static void come_and_go(struct pair *p, struct wicket *w)
{
	const char *srv = pair_path(p, "srv");
	struct wicket *v[PLACES];

	for (int i = 0; i < PLACES; i++)
		v[i] = clone_again(w);
	for (int i = 0; i < CHURNS; i++) {
		/* 7 and 48 have no common divisor: every place has its hole. */
		struct wicket **gone = &v[i * 7 % PLACES];

		wicket_close(*gone);
		CHILD_CHECK(
			has_its_page(v[(i * 7 + 1) % PLACES], srv, i % OTHERS));
		CHILD_CHECK(has_its_page(v[(i * 7 + PLACES - 1) % PLACES], srv,
					 (i + 1) % OTHERS));
		*gone = clone_again(w);
	}
	for (int i = 0; i < PLACES; i++) {
		CHILD_CHECK(has_its_page(v[i], srv, i % OTHERS));
		wicket_close(v[i]);
	}
}

Test(beside, thousands_of_clones_come_and_go_and_those_between_are_answered)
{
	runs((struct pair){.policy = "read @/srv/**\n", .work = come_and_go});
}

/* ---- threads and children ------------------------------------------------ */

struct asker {
	struct wicket *w;
	char srv[BOUND_PATH];
	int number;
	int wrong;
};

static void *ask_often(void *arg)
{
	struct asker *a = arg;

	for (int i = 0; i < OPENS; i++)
		a->wrong += !has_its_page(a->w, a->srv, a->number);
	return NULL;
}

static int ask_as_child(void *arg)
{
	struct asker *a = arg;

	(void)ask_often(a);
	return a->wrong > 0;
}

static void prepare(struct pair *p, struct asker *a, struct wicket *w, int i)
{
	*a = (struct asker){.w = w, .number = i};
	(void)snprintf(a->srv, sizeof(a->srv), "%s", pair_path(p, "srv"));
}

static void ask_in_threads(struct pair *p, struct wicket **handles, int n)
{
	static struct asker askers[OTHERS];
	pthread_t threads[OTHERS];

	for (int i = 0; i < OTHERS; i++) {
		prepare(p, &askers[i], handles[i % n], i);
		CHILD_CHECK(pthread_create(&threads[i], NULL, ask_often,
					   &askers[i]) == 0);
	}
	for (int i = 0; i < OTHERS; i++) {
		(void)pthread_join(threads[i], NULL);
		CHILD_CHECK(askers[i].wrong == 0);
	}
}

/* On one, two, four and eight. */
static void be_many_threads(struct pair *p, struct wicket *w)
{
	struct wicket *others[OTHERS];

	clone_others(w, others);
	ask_in_threads(p, &w, 1);
	for (int n = 2; n <= OTHERS; n *= 2)
		ask_in_threads(p, others, n);
}

Test(beside, eight_threads_of_a_confined_worker_get_their_own_files)
{
	runs((struct pair){.policy = "read @/srv/**\n",
			   .promise = "stdio threads",
			   .work = be_many_threads});
}

static void be_many_children(struct pair *p, struct wicket *w)
{
	static struct asker askers[OTHERS];
	struct wicket *others[OTHERS];
	pid_t children[OTHERS];

	clone_others(w, others);
	for (int i = 0; i < OTHERS; i++) {
		prepare(p, &askers[i], others[i], i);
		children[i] = child_start(ask_as_child, &askers[i]);
		CHILD_CHECK(children[i] > 0);
	}
	/* What was the parent's before is its own: no child has it. */
	prepare(p, &askers[0], w, 0);
	CHILD_CHECK(ask_as_child(&askers[0]) == 0);
	/* Not by child_wait(): a confined worker opens no pidfd. */
	for (int i = 0; i < OTHERS; i++) {
		int status;

		CHILD_CHECK(waitpid(children[i], &status, 0) == children[i]);
		CHILD_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

Test(beside, children_of_a_confined_worker_get_their_own_files)
{
	runs((struct pair){.policy = "read @/srv/**\n",
			   .promise = "stdio spawn",
			   .work = be_many_children});
}
