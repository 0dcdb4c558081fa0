/* SPDX-License-Identifier: ISC */
/*
 * A worker with a helper of its own, both for real: wicket_start() starts the
 * built supervisor and helper, wicket_confine() locks the worker in.
 *
 *	static void climb(struct pair *p, struct wicket *w)
 *	{
 *		REFUSED(EACCES, wicket_open(w, pair_path(p, "srv/../key"),
 *					    O_RDONLY, 0));
 *	}
 *
 *	Test(x, dot_dot_is_refused)
 *	{
 *		struct pair p = {.policy = "read @/key\n", .work = climb};
 *
 *		pair_run(&p);
 *		cr_assert(pair_audited(&p, "op=open verdict=denied"));
 *		pair_end(&p);
 *	}
 *
 * As root the worker is user PAIR_WORKER and the helper one of the test's own
 * (user.h); otherwise both are who runs the test.
 */
#ifndef SUPPORT_PAIR_H
#define SUPPORT_PAIR_H

#include <stdbool.h>
#include <sys/types.h>

#include "support/support.h"
#include "wicket/wicket.h"

#define PAIR_WORKER 61020

struct pair {
	/* @ stands for the scratch directory.  worker and helper are added. */
	const char *policy;
	/* Promises of the policy; NULL: "stdio". */
	const char *promise;
	/* Makes what the policy is about, as the test's own user; or NULL. */
	void (*make)(struct pair *p);
	/*
	 * In the worker, before and after wicket_confine(); either may be
	 * NULL.  What does not hold there ends the worker with 1.
	 */
	void (*before)(struct pair *p, struct wicket *w);
	void (*work)(struct pair *p, struct wicket *w);
	/* Where supervisor and helper are; NULL: the ones that are installed.
	 */
	const char *libexec;
	bool network; /* in a network namespace of its own */
	bool grants;  /* audit what is allowed too */
	int seconds;  /* that the worker may take; 0: 50 */

	struct scratch s;
	bool root;    /* the test runs as root */
	uid_t worker; /* who the worker is */
	char *audit;  /* after pair_run(): the whole text */
};

/*
 * Makes the scratch directory, runs the pair to its end and fails the test
 * where the worker did not come to its end with 0.
 */
void pair_run(struct pair *p);
/* The same, for workers that end otherwise: as child_wait(). */
int pair_status(struct pair *p);
void pair_end(struct pair *p);

/* A path below the scratch directory; valid for three calls more. */
const char *pair_path(struct pair *p, const char *name);

/*
 * The helper that serves w now, by the kernel's word.  Asks it for something,
 * and so is for before(); what goes wrong ends the process.
 */
pid_t pair_helper(struct wicket *w);

/* Gives a file to the worker. */
void pair_give(struct pair *p, const char *name);

/* How many lines of the audit have every one of these words. */
unsigned pair_audited(const struct pair *p, const char *words);

/*
 * The expression returned -1 with this errno; otherwise the process ends with
 * 1 and says what it was.
 */
#define REFUSED(why, expression)                                             \
	do {                                                                 \
		errno = 0;                                                   \
		pair_refused(why, (long)(expression), #expression, __FILE__, \
			     __LINE__);                                      \
	} while (0)

/*
 * The expression returned -1 with EPERM, EACCES or ENOSYS: which of the locks
 * was met first does not matter.
 */
#define DENIED(expression)                                             \
	do {                                                           \
		errno = 0;                                             \
		pair_denied((long)(expression), #expression, __FILE__, \
			    __LINE__);                                 \
	} while (0)

/* The expression returned >= 0, which is its value. */
#define GRANTED(expression) \
	pair_granted((long)(expression), #expression, __FILE__, __LINE__)

void pair_refused(int why, long result, const char *expression,
		  const char *file, int line);
void pair_denied(long result, const char *expression, const char *file,
		 int line);
int pair_granted(long result, const char *expression, const char *file,
		 int line);

#endif
