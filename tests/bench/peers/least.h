/* SPDX-License-Identifier: ISC */
/*
 * The bare loop with some of what wicket does for each request: what no
 * implementation of it gets below.  One thing at a time shows what that costs
 * (steps.c), all of them the least that the promised can cost on a machine.
 */
#ifndef TESTS_BENCH_LEAST_H
#define TESTS_BENCH_LEAST_H

#include "bench/contest.h"

enum least {
	LEAST_RECVMSG = 1u << 0, /* with room for control data */
	LEAST_FSTAT = 1u << 1,
	LEAST_FCNTL = 1u << 2,
	LEAST_JUDGE = 1u << 3, /* the frame, the path, the policy */
	LEAST_STACK = 1u << 4, /* 64 KiB of it, touched by the compiler */
	LEAST_LANDLOCK = 1u << 5,
	LEAST_FILTER = 1u << 6,	  /* a seccomp program, on who serves */
	LEAST_TIMEOUT = 1u << 7,  /* on the asker's socket */
	LEAST_CONFINED = 1u << 8, /* Landlock and a program, on who asks */
	LEAST_EPOLL = 1u << 9,	  /* before each receive */
	/*
	 * Both look instead of sleeping, as long as there is work.  Only for
	 * a CPU each: there it is the best that waiting can be.
	 */
	LEAST_LOOK = 1u << 10,
	LEAST_RANGE = 1u << 11, /* what was sent is closed by one call */

	/* What cannot be left out: the object's type and owner, the flags that
	 * were asked for, the policy, the locks, a time limit; as cheap as it
	 * can be. */
	LEAST_PROMISED = LEAST_RECVMSG | LEAST_FSTAT | LEAST_FCNTL |
			 LEAST_JUDGE | LEAST_LANDLOCK | LEAST_FILTER |
			 LEAST_TIMEOUT | LEAST_RANGE,
};

/*
 * An entry's start and work: *e->arg is the set, an unsigned; e->n files in a
 * message, 0 for one.
 */
void least_start(struct entry *e);
int least_work(struct entry *e);

#endif
