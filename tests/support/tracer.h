/* SPDX-License-Identifier: ISC */
/*
 * The system calls that other processes make, as they make them.
 *
 *	static bool is_answer(void *arg, const struct tracer_stop *s)
 *	{
 *		return s->who == 0 && !s->enters && s->number == SYS_write;
 *	}
 *
 *	tracer_attach(&t, (pid_t[]){worker, helper}, 2);
 *	puppet_tell(&p, "open @/a");
 *	tracer_run(&t, is_answer, NULL);
 *	tracer_detach(&t);
 *	puts(tracer_text(&t.count[1]));
 *
 * Who cannot be dumped, like worker and helper, is traced by root alone.  What
 * goes wrong here ends the process, and so fails the test; and those that it
 * traces end with it.
 */
#ifndef SUPPORT_TRACER_H
#define SUPPORT_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	TRACER_PROCESSES = 2,
	TRACER_NUMBERS = 512,
};

/* How many calls were begun, by number. */
struct tracer_count {
	unsigned long of[TRACER_NUMBERS];
};

struct tracer {
	size_t n;
	pid_t pids[TRACER_PROCESSES];
	struct tracer_count count[TRACER_PROCESSES];
	/* Its own. */
	bool stopped[TRACER_PROCESSES];
	int number[TRACER_PROCESSES]; /* of the last call that was begun */
};

/* A call begins or has ended. */
struct tracer_stop {
	size_t who; /* pids[who] */
	bool enters;
	int number;
	uint64_t args[6]; /* where it begins */
	int64_t result;	  /* where it has ended, -errno where it failed */
};

void tracer_attach(struct tracer *t, const pid_t *pids, size_t n);

/*
 * Lets them go on and counts their calls, until done() says so of a stop.
 * There that process stays, and the others where they make their next call.
 */
void tracer_run(struct tracer *t,
		bool (*done)(void *arg, const struct tracer_stop *s),
		void *arg);

void tracer_detach(struct tracer *t);

/* How many there are in all, and without those that were before. */
unsigned long tracer_sum(const struct tracer_count *c);
struct tracer_count tracer_less(const struct tracer_count *all,
				const struct tracer_count *before);

/* "1000 recvmsg, 1000 sendto"; malloced. */
char *tracer_text(const struct tracer_count *c);

#endif
