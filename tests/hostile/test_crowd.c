/* SPDX-License-Identifier: ISC */
/*
 * Attacks 23, 24, 32, 34 and 35: one client of a helper does its worst, and the
 * others are answered.  All clients are clones of one confined worker; what
 * they get is counted, and nothing is timed.  Meanwhile the helper's memory is
 * looked at.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "chan.h"
#include "helper/client.h"
#include "op.h"
#include "own.h"
#include "spin.h"
#include "support/pair.h"
#include "support/puppet.h"

TestSuite(crowd, .timeout = 60);

enum {
	OTHERS = 8,
	ROUNDS = 50,
	BATCH = 253,
	COMPONENTS = 60,
	/* Those of all, where clones die; and so many do that what each has had
	 * would be more than what all may have. */
	CHANNELS = 12,
	DEATHS = 300,
	/*
	 * What a helper may take beside its clients.  A sanitizer keeps what
	 * was freed, or more; an ordinary user sees a count that lags behind.
	 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	SLACK_KB = 64 << 10,
#else
	SLACK_KB = 64,
#endif
	LAG_KB = 1024,
};

/* ---- the helper's memory ------------------------------------------------- */

static struct {
	int fd; /* what the kernel says of it; a file that stays readable */
	const char *key;
	unsigned long most_kb;
} memory;

static unsigned long memory_kb(void)
{
	char text[8192];
	ssize_t n = pread(memory.fd, text, sizeof(text) - 1, 0);
	const char *at;

	CHILD_CHECK(n > 0);
	text[n] = '\0';
	at = strstr(text, memory.key);
	CHILD_CHECK(at);
	return strtoul(at + strlen(memory.key), NULL, 10);
}

/* Before the worker is confined: then it can open no such file. */
static void watch_memory(struct pair *p, struct wicket *w)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pair_helper(w),
		       p->root ? "smaps_rollup" : "status");
	memory.fd = open(path, O_RDONLY | O_CLOEXEC);
	memory.key = p->root ? "\nAnonymous:" : "\nRssAnon:";
	CHILD_CHECK(memory.fd >= 0);
	memory.most_kb = memory_kb() + SLACK_KB + (p->root ? 0 : LAG_KB);
}

/* So many clients may be there from now on, beside the first. */
static void expect_clients(unsigned n)
{
	memory.most_kb += n * (sizeof(struct client) / 1024 + 1);
}

static void is_bounded(void)
{
	unsigned long kb = memory_kb();

	if (kb > memory.most_kb)
		fprintf(stderr, "the helper has %lu kB, and not %lu\n", kb,
			memory.most_kb);
	CHILD_CHECK(kb <= memory.most_kb);
}

/* ---- the others ---------------------------------------------------------- */

/* The longest way to srv/page: each link on it has so many components. */
static char longest[256];

static void make_links(struct pair *p)
{
	char name[sizeof(longest) + 32];
	char target[BOUND_PATH];
	size_t len = (size_t)snprintf(longest, sizeof(longest), "srv");

	for (int i = 0; i < COMPONENTS - 2; i++)
		len += (size_t)snprintf(longest + len, sizeof(longest) - len,
					"/d");
	for (int i = 1; i <= BOUND_LINKS; i++) {
		if (i > 1)
			(void)snprintf(name, sizeof(name), "%.*s/%d", (int)len,
				       longest, i - 1);
		(void)snprintf(target, sizeof(target), "%s",
			       pair_path(p, i > 1 ? name : "srv/page"));
		(void)snprintf(name, sizeof(name), "%.*s/%d", (int)len, longest,
			       i);
		scratch_link(&p->s, name, target);
	}
	(void)snprintf(longest, sizeof(longest), "%.200s", name);
}

static void make(struct pair *p)
{
	scratch_write(&p->s, "srv/page", "page", 0644);
	pair_give(p, "srv/page");
	make_links(p);
}

/* Each of the others is answered, in turn, however it goes on meanwhile. */
static void all_are_served(struct pair *p, struct wicket **others)
{
	for (int i = 0; i < OTHERS; i++) {
		int fd = GRANTED(wicket_open(
			others[i], pair_path(p, "srv/page"), O_RDONLY, 0));

		close_fd(&fd);
		REFUSED(EACCES,
			wicket_open(others[i], "/etc/shadow", O_RDONLY, 0));
	}
}

static void clone_others(struct wicket *w, struct wicket **others)
{
	expect_clients(OTHERS);
	for (int i = 0; i < OTHERS; i++)
		GRANTED(wicket_clone(w, &others[i]));
}

/* ---- the flooder --------------------------------------------------------- */

/* n opens of a path in one message. */
static size_t batch(uint8_t *buf, size_t size, const char *path, unsigned n)
{
	struct wire_out o = wire_out(buf, size);

	for (unsigned i = 1; i <= n; i++)
		op_put_request(&o, &(struct op_request){
					   .op = OP_open,
					   .id = i,
					   .object = path,
				   });
	CHILD_CHECK(!o.failed);
	return o.len;
}

/* Where the caller does not run, and not the same twice; 0: it says nothing. */
static uint16_t lie(bool lies)
{
	static uint16_t last;

	do
		last = last % 8 + 1;
	while (last == spin_cpu());
	return lies ? last : 0;
}

/* Whatever the flooder's queue takes, and no reply is read. */
static unsigned flood(struct wicket *flooder, const char *path, unsigned n,
		      bool lies)
{
	static uint8_t buf[BOUND_MESSAGE];
	size_t len = batch(buf, sizeof(buf), path, n);
	unsigned sent = 0;

	do
		op_set_cpu(buf, len, lie(lies));
	while (send(wicket_fd(flooder), buf, len, MSG_DONTWAIT) > 0 && ++sent);
	return sent;
}

/* Takes what has come, with its descriptors. */
static unsigned drain(struct wicket *flooder)
{
	static uint8_t buf[BOUND_MESSAGE];
	unsigned messages = 0;
	int fds[BOUND_FDS];
	size_t n = BOUND_FDS;

	while (chan_recv(wicket_fd(flooder), buf, sizeof(buf), fds, &n,
			 MSG_DONTWAIT, NULL) > 0) {
		close_fds(fds, n);
		n = BOUND_FDS;
		messages++;
	}
	return messages;
}

static struct way {
	const char *path;
	unsigned at_once; /* files in a message */
	bool reads;
	bool lies;
} way;

/* Its queue may be full of what another way has left there. */
static void flood_beside(struct pair *p, struct wicket **others,
			 struct wicket *flooder)
{
	unsigned sent = 0;

	for (unsigned i = 0; i < ROUNDS || sent == 0; i++) {
		sent += flood(flooder, pair_path(p, way.path), way.at_once,
			      way.lies);
		all_are_served(p, others);
		if (way.reads)
			(void)drain(flooder);
		is_bounded();
	}
}

static void clone_flooder(struct wicket *w, struct wicket **flooder)
{
	expect_clients(1);
	GRANTED(wicket_clone(w, flooder));
}

static void beside_a_flooder(struct pair *p, struct wicket *w)
{
	struct wicket *others[OTHERS];
	struct wicket *flooder;

	clone_others(w, others);
	clone_flooder(w, &flooder);
	/* It asks for what it may have. */
	close(GRANTED(
		wicket_open(flooder, pair_path(p, way.path), O_RDONLY, 0)));
	flood_beside(p, others, flooder);
	wicket_close(flooder);
	all_are_served(p, others);
}

static void flood_by(struct way how, const char *limit)
{
	char policy[256];
	struct pair p = {.policy = policy,
			 .make = make,
			 .before = watch_memory,
			 .work = beside_a_flooder};

	(void)snprintf(policy, sizeof(policy), "read @/srv/**\n%s", limit);
	way = how;
	pair_run(&p);
	pair_end(&p);
}

Test(crowd, attack_23_one_that_never_reads_does_not_stop_others)
{
	flood_by((struct way){"srv/page", 1, false, false}, "");
}

Test(crowd, attack_24_a_flood_of_requests_and_of_batches_stops_nobody)
{
	flood_by((struct way){"srv/page", 1, true, false}, "");
	flood_by((struct way){"srv/page", BATCH, true, false}, "");
}

Test(crowd, attack_24_a_quota_holds_back_who_is_beyond_it_and_nobody_else)
{
	flood_by((struct way){"srv/page", BATCH, true, false},
		 "limit requests=500\n");
}

Test(crowd, attack_32_one_that_never_takes_descriptors_stops_nobody)
{
	flood_by((struct way){"srv/page", BATCH, false, false}, "");
	flood_by((struct way){"srv/page", BATCH, false, false},
		 "limit fds=16\n");
}

/*
 * What is in flight counts for the user whose helper sent it, and each site's
 * helper has a user of its own; where nobody is root, all are one user's.
 */
Test(crowd, attack_32_another_sites_helper_is_not_touched)
{
	static struct puppet site;

	puppet_make(&site);
	scratch_write(&site.s, "a", "text", 0644);
	puppet_policy(&site, "read @/a\n");
	puppet_run(&site, NULL, NULL);
	PUPPET(&site, "ok 32", "clones 32");
	PUPPET(&site, "ok full", "deaf @/a");
	if (site.root)
		flood_by((struct way){"srv/page", BATCH, true, false}, "");
	PUPPET(&site, "ok text", "open @/a");
	cr_assert_eq(puppet_end(&site), 0);
}

Test(crowd, attack_34_a_lie_about_the_cpu_changes_no_answer)
{
	flood_by((struct way){"srv/page", 1, true, true}, "");
	flood_by((struct way){"srv/page", BATCH, true, true}, "");
}

Test(crowd, attack_35_links_are_followed_at_the_cost_of_who_asks)
{
	flood_by((struct way){longest, BATCH, true, false}, "");
}

/* Each fills its queue with descriptors, and is gone with what is in it. */
static void clone_and_die(struct pair *p, struct wicket *w)
{
	struct wicket *others[OTHERS];

	clone_others(w, others);
	expect_clients(CHANNELS - OTHERS);
	for (int i = 0; i < DEATHS; i++) {
		struct wicket *c;

		while (wicket_clone(w, &c) < 0)
			CHILD_CHECK(errno == EMFILE);
		(void)flood(c, pair_path(p, "srv/page"), BATCH, false);
		if (i % 2)
			CHILD_CHECK(send(wicket_fd(c), "x", 1, MSG_DONTWAIT) ==
					    1 ||
				    errno == EAGAIN);
		wicket_close(c);
		all_are_served(p, others);
		is_bounded();
	}
}

Test(crowd, attack_24_clones_that_die_with_full_queues_leave_nothing)
{
	struct pair p = {.policy = "read @/srv/**\nlimit channels=12\n",
			 .make = make,
			 .before = watch_memory,
			 .work = clone_and_die};

	pair_run(&p);
	pair_end(&p);
}

/* On one helper: what one way left behind would add up with the next one's. */
static void by_every_way(struct pair *p, struct wicket *w)
{
	static const struct way ways[] = {
		{"srv/page", 1, true, false},
		{"srv/page", BATCH, true, true},
		{"srv/page", BATCH, false, false},
		{longest, BATCH, true, false},
		{"key", BATCH, true, false}, /* is refused, and written down */
	};
	struct wicket *others[OTHERS];
	struct wicket *flooder;

	clone_others(w, others);
	clone_flooder(w, &flooder);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		way = ways[i];
		flood_beside(p, others, flooder);
	}
}

Test(crowd, attack_24_no_flood_makes_the_helper_grow)
{
	struct pair p = {.policy = "read @/srv/**\n",
			 .make = make,
			 .before = watch_memory,
			 .work = by_every_way};

	pair_run(&p);
	pair_end(&p);
}
