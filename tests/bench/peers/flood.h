/* SPDX-License-Identifier: ISC */
/*
 * One client among many that floods the server: crowd.h says in which ways.
 */
#ifndef TESTS_BENCH_FLOOD_H
#define TESTS_BENCH_FLOOD_H

#include <pthread.h>
#include <stdatomic.h>

#include "bench/peers/crowd.h"

/* What the clients of one round share. */
struct crowd_round {
	struct entry *e;
	pthread_barrier_t ready;
	atomic_bool over;
};

/*
 * In a thread of its own, on that seat, until the round is over.  Ends the
 * program where the server did not do any of what it was asked: then it was no
 * flood.
 */
void flood_run(struct crowd_round *round, const struct crowd_seat *seat);

#endif
