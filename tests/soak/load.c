/* SPDX-License-Identifier: ISC */
#include "soak/soak.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wicket/wicket.h"

/* One client: a thread with a clone of its own. */
struct client {
	struct wicket *w;
	const char *directory;
	unsigned number;
	unsigned made; /* names so far, none of them twice */
	pthread_t thread;
	pthread_mutex_t lock; /* of tally */
	struct tally tally;
};

static atomic_bool ending;

static uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* What came of one request, whose time is counted too. */
static void count(struct client *c, uint64_t start, bool right, bool repeats,
		  bool there)
{
	(void)pthread_mutex_lock(&c->lock);
	c->tally.requests++;
	c->tally.answered += right;
	c->tally.doubled += !right && there;
	c->tally.unknown += !right && !there && errno == EOWNERDEAD;
	c->tally.again += !right && errno == EOWNERDEAD && repeats;
	c->tally.wrong += !right && !there && errno != EOWNERDEAD;
	tally_time(&c->tally, now_ns() - start);
	(void)pthread_mutex_unlock(&c->lock);
}

/* A file's text is its own name: an answer to another request shows. */
static void read_one(struct client *c, unsigned n)
{
	char path[256], name[32], text[32];
	uint64_t start = now_ns();
	bool right;
	ssize_t got;
	int fd;

	(void)snprintf(name, sizeof(name), "file%u", n % SOAK_FILES);
	(void)snprintf(path, sizeof(path), "%s/www/%s", c->directory, name);
	fd = wicket_open(c->w, path, O_RDONLY, 0);
	got = fd < 0 ? -1 : read(fd, text, sizeof(text));
	right = got == (ssize_t)strlen(name) &&
		memcmp(text, name, strlen(name)) == 0;
	count(c, start, right, true, false);
	if (fd >= 0)
		(void)close(fd);
}

static void ask_denied(struct client *c)
{
	uint64_t start = now_ns();
	int fd = wicket_open(c->w, "/etc/shadow", O_RDONLY, 0);

	count(c, start, fd < 0 && errno == EACCES, true, false);
	if (fd >= 0)
		(void)close(fd);
}

/*
 * Makes a name that never was, and takes it away.  Made twice, it is there the
 * second time; taken away twice, it is not.
 */
static void make_one(struct client *c)
{
	char path[256];
	uint64_t start = now_ns();
	bool sure;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/new/%u-%u", c->directory,
		       c->number, c->made++);
	fd = wicket_open(c->w, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	count(c, start, fd >= 0, false, fd < 0 && errno == EEXIST);
	sure = fd >= 0;
	if (fd >= 0)
		(void)close(fd);
	start = now_ns();
	if (wicket_unlink(c->w, path) == 0)
		count(c, start, true, false, false);
	else if (!sure && errno == ENOENT)
		count(c, start, true, false, false); /* it never was */
	else
		count(c, start, false, false, errno == ENOENT);
}

static void *serve(void *arg)
{
	struct client *c = arg;

	for (unsigned n = 0; !atomic_load(&ending); n++) {
		switch (n % 8) {
		case 3:
			make_one(c);
			break;
		case 6:
			ask_denied(c);
			break;
		default:
			read_one(c, n + c->number);
		}
	}
	return NULL;
}

/* What all have counted so far; they begin at nothing again. */
static void report(struct client *clients)
{
	struct tally all = {0};

	for (size_t i = 0; i < SOAK_CLIENTS; i++) {
		(void)pthread_mutex_lock(&clients[i].lock);
		tally_add(&all, &clients[i].tally);
		clients[i].tally = (struct tally){0};
		(void)pthread_mutex_unlock(&clients[i].lock);
	}
	if (write(1, &all, sizeof(all)) != sizeof(all))
		err(1, "write");
}

static void start(struct client *clients, struct wicket *w,
		  const char *directory)
{
	for (unsigned i = 0; i < SOAK_CLIENTS; i++) {
		struct client *c = &clients[i];

		c->number = i;
		c->directory = directory;
		if (wicket_clone(w, &c->w) < 0)
			err(1, "wicket_clone");
		if (pthread_mutex_init(&c->lock, NULL) != 0 ||
		    pthread_create(&c->thread, NULL, serve, c) != 0)
			errx(1, "cannot make a thread");
	}
}

int load_main(const char *directory)
{
	static struct client clients[SOAK_CLIENTS];
	struct wicket *w;
	char byte;

	/* A reload is told to the program too. */
	(void)signal(SIGHUP, SIG_IGN);
	if (wicket_start(NULL, &w) < 0 || wicket_confine(w, NULL) < 0)
		err(1, "wicket");
	start(clients, w, directory);
	if (write(1, "ready", 5) != 5)
		err(1, "write");
	while (read(0, &byte, 1) == 1)
		report(clients);
	atomic_store(&ending, true);
	for (size_t i = 0; i < SOAK_CLIENTS; i++) {
		(void)pthread_join(clients[i].thread, NULL);
		wicket_close(clients[i].w);
	}
	wicket_close(w);
	return 0;
}
