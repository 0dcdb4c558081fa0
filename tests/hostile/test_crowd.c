/* SPDX-License-Identifier: ISC */
/*
 * Attacks 23, 24, 32, 34 and 35: one client of a helper does its worst, and the
 * others are answered.  All clients are clones of one confined worker; what
 * they get is counted, and nothing is timed.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "chan.h"
#include "op.h"
#include "own.h"
#include "support/pair.h"

TestSuite(crowd, .timeout = 60);

enum {
	OTHERS = 8,
	ROUNDS = 50,
	BATCH = 253,
};

static void make(struct pair *p)
{
	char name[128];
	char target[32];

	scratch_write(&p->s, "srv/page", "page", 0644);
	pair_give(p, "srv/page");
	scratch_link(&p->s, "page", "srv/l1");
	for (int i = 2; i <= BOUND_LINKS; i++) {
		(void)snprintf(name, sizeof(name), "srv/l%d", i);
		(void)snprintf(target, sizeof(target), "l%d", i - 1);
		scratch_link(&p->s, target, name);
	}
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
	for (int i = 0; i < OTHERS; i++)
		GRANTED(wicket_clone(w, &others[i]));
}

/* n opens of a path in one message, from a CPU of the sender's choice. */
static size_t batch(uint8_t *buf, size_t size, const char *path, unsigned n,
		    uint16_t cpu)
{
	struct wire_out o = wire_out(buf, size);

	for (unsigned i = 1; i <= n; i++)
		op_put_request(&o, &(struct op_request){
					   .op = OP_open,
					   .id = i,
					   .object = path,
				   });
	CHILD_CHECK(!o.failed);
	op_set_cpu(buf, o.len, cpu);
	return o.len;
}

/* Whatever the flooder's queue takes, and no reply is read. */
static unsigned flood(struct wicket *flooder, const char *path, unsigned n,
		      uint16_t cpu)
{
	static uint8_t buf[BOUND_MESSAGE];
	size_t len = batch(buf, sizeof(buf), path, n, cpu);
	unsigned sent = 0;

	while (send(wicket_fd(flooder), buf, len, MSG_DONTWAIT) > 0)
		sent++;
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

static const char *flooded = "srv/page";
static unsigned flooded_at_once = 1;
static bool reads;
static bool lies;

static void beside_a_flooder(struct pair *p, struct wicket *w)
{
	struct wicket *others[OTHERS];
	struct wicket *flooder;
	unsigned sent = 0;

	clone_others(w, others);
	GRANTED(wicket_clone(w, &flooder));
	for (unsigned i = 0; i < ROUNDS; i++) {
		sent += flood(flooder, pair_path(p, flooded), flooded_at_once,
			      lies ? (uint16_t)(1 + i % 3) : 0);
		all_are_served(p, others);
		if (reads)
			(void)drain(flooder);
	}
	CHILD_CHECK(sent > 0);
	wicket_close(flooder);
	all_are_served(p, others);
}

static void flood_by(const char *path, unsigned at_once, bool and_reads,
		     bool and_lies, const char *limit)
{
	char policy[256];
	struct pair p = {
		.policy = policy, .make = make, .work = beside_a_flooder};

	(void)snprintf(policy, sizeof(policy), "read @/srv/**\n%s", limit);
	flooded = path;
	flooded_at_once = at_once;
	reads = and_reads;
	lies = and_lies;
	pair_run(&p);
	pair_end(&p);
}

Test(crowd, attack_23_one_that_never_reads_does_not_stop_others)
{
	flood_by("srv/page", 1, false, false, "");
}

Test(crowd, attack_24_a_flood_of_requests_and_of_batches_stops_nobody)
{
	flood_by("srv/page", 1, true, false, "");
	flood_by("srv/page", BATCH, true, false, "");
}

Test(crowd, attack_24_a_quota_holds_back_who_is_beyond_it_and_nobody_else)
{
	flood_by("srv/page", BATCH, true, false, "limit requests=500\n");
}

Test(crowd, attack_32_one_that_never_takes_descriptors_stops_nobody)
{
	flood_by("srv/page", BATCH, false, false, "");
	flood_by("srv/page", BATCH, false, false, "limit fds=16\n");
}

Test(crowd, attack_34_a_lie_about_the_cpu_changes_no_answer)
{
	flood_by("srv/page", 1, true, true, "");
}

Test(crowd, attack_35_links_are_followed_at_the_cost_of_who_asks)
{
	flood_by("srv/l40", BATCH, true, false, "");
}

/* Each fills its queue with descriptors, and is gone with what is in it. */
static void clone_and_die(struct pair *p, struct wicket *w)
{
	struct wicket *others[OTHERS];

	clone_others(w, others);
	for (int i = 0; i < ROUNDS; i++) {
		struct wicket *c;

		while (wicket_clone(w, &c) < 0)
			CHILD_CHECK(errno == EMFILE);
		(void)flood(c, pair_path(p, "srv/page"), BATCH, 0);
		if (i % 2)
			CHILD_CHECK(send(wicket_fd(c), "x", 1, MSG_DONTWAIT) ==
					    1 ||
				    errno == EAGAIN);
		wicket_close(c);
		all_are_served(p, others);
	}
}

Test(crowd, attack_24_clones_that_die_with_full_queues_leave_nothing)
{
	struct pair p = {.policy = "read @/srv/**\nlimit channels=12\n",
			 .make = make,
			 .work = clone_and_die};

	pair_run(&p);
	pair_end(&p);
}
