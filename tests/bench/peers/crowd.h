/* SPDX-License-Identifier: ISC */
/*
 * Many clients of one server: each a thread that opens a file again and again,
 * in an entry's process, for a round's time.
 */
#ifndef TESTS_BENCH_CROWD_H
#define TESTS_BENCH_CROWD_H

#include "bench/contest.h"

/* The most clients, and with them a flooder. */
#define CROWD_MAX 257

/* How one client among them behaves. */
enum crowd_flood {
	CROWD_QUIET, /* there is none such */
	CROWD_EAGER, /* asks as long as there is room, and waits for none */
	CROWD_BATCH, /* the same, 253 files in each message */
	CROWD_DEAF,  /* asks as long as it can, and reads no answer */
	CROWD_DYING, /* gets a channel, asks on it, and is gone; wicket's only
		      */
	CROWD_LIAR,  /* says that it runs elsewhere, and keeps silent while it
			is looked for; wicket's only */
	CROWD_FLOOD_MAX,
};

/* What a client has of the server. */
struct crowd_seat {
	int sock;	  /* its own channel; -1: none */
	struct wicket *w; /* NULL: not wicket's */
};

/*
 * An entry's arg: that many clients, each with what join() gives the nth of
 * them, and a flooder behind them, who has the seat after the last.
 */
struct crowd {
	unsigned clients;
	enum crowd_flood flood;
	void (*join)(struct entry *e, unsigned nth, struct crowd_seat *ret);
	/* A round lasts as long as this; NULL: so many milliseconds. */
	void (*during)(struct entry *e);
};

/*
 * An entry's round: the median, the 99th percentile and the most of a client's
 * time for one open and close, in us, and the opens of all clients in a second.
 */
enum crowd_figure {
	CROWD_P50,
	CROWD_P99,
	CROWD_RATE,
	CROWD_MOST,
};
void crowd_round(struct entry *e, double ms, double *ret);

/*
 * Bare servers, with a socket pair for each client: fair answers one message
 * of each that has some, naive all of one before it looks at the next.
 */
void crowd_start_fair(struct entry *e);
void crowd_start_naive(struct entry *e);
void crowd_join_bare(struct entry *e, unsigned nth, struct crowd_seat *ret);

/*
 * wicket, whose policy lets there be as many channels: each on a clone of its
 * own, or all on one handle, which takes no flooder.
 */
void crowd_start_wicket(struct entry *e);
void crowd_join_clone(struct entry *e, unsigned nth, struct crowd_seat *ret);
void crowd_join_shared(struct entry *e, unsigned nth, struct crowd_seat *ret);

#endif
