/* SPDX-License-Identifier: ISC */
/*
 * A confined daemon that does what a test tells it, with a supervisor and a
 * helper of its own; its program is tests/puppet/puppet.c.
 *
 *	struct puppet p;
 *
 *	puppet_make(&p);
 *	scratch_write(&p.s, "a", "text", 0644);
 *	puppet_policy(&p, "read @/a\n");
 *	puppet_run(&p, NULL, NULL);
 *	PUPPET(&p, "ok text", "open @/a");
 *	cr_assert_eq(puppet_end(&p), 0);
 *
 * In policies and orders @ stands for the scratch directory.  What goes wrong
 * here ends the process, and so fails the test.
 */
#ifndef SUPPORT_PUPPET_H
#define SUPPORT_PUPPET_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <sys/types.h>

#include "support/support.h"

#define PUPPET_WORKER 61030

struct puppet {
	struct scratch s;
	char name[32];	  /* of the policy, and no other test's */
	char policy[256]; /* its path */
	char program[256];
	char file[256]; /* of puppet_write() */
	bool root;
	pid_t pid; /* under run the supervisor; else the puppet itself */
	/* Its own. */
	int to;
	int from;
	int err;
	char line[4096];
};

void puppet_make(struct puppet *p);

/* Writes the policy: this text behind the lines worker, helper, promise. */
void puppet_policy(struct puppet *p, const char *text);
/* The same without those lines. */
void puppet_policy_whole(struct puppet *p, const char *text);

/*
 * Starts `wicket run OPTIONS POLICY -- puppet WORDS`; either list may be NULL.
 */
void puppet_run(struct puppet *p, const char *const *options,
		const char *const *words);
/* Starts it by itself; it calls wicket_start() as WORDS tell it. */
void puppet_embed(struct puppet *p, const char *const *words);

/* Waits until it says that it is ready: done by the two above. */
void puppet_await(struct puppet *p);

/* Gives an order, without and with a wait for the answer, valid until the next.
 */
void puppet_tell(struct puppet *p, const char *order);
const char *puppet_answer(struct puppet *p);
const char *puppet_ask(struct puppet *p, const char *order);

/* The answer to an order is this one. */
#define PUPPET(p, expected, order)                                        \
	do {                                                              \
		const char *answer_ = puppet_ask(p, order);               \
                                                                          \
		cr_assert_str_eq(answer_, expected, "%s: %s\nstderr: %s", \
				 order, answer_, puppet_stderr(p));       \
	} while (0)

/* Asks until the answer is this one, for at most ten seconds. */
bool puppet_comes_to(struct puppet *p, const char *expected, const char *order);

/* What it, its supervisor and its helpers wrote to stderr; malloced. */
char *puppet_stderr(const struct puppet *p);

/* The helper that serves now, the worker; 0: there is none. */
pid_t puppet_helper(const struct puppet *p);
pid_t puppet_worker(const struct puppet *p);
/* Kills the helper and waits until another one has taken its place. */
void puppet_kill_helper(struct puppet *p);

/* A fact of `wicket status`; aborts where there is none of that name. */
unsigned long puppet_fact(const struct puppet *p, const char *name);

/*
 * Ends the puppet and waits for the one that was started; removes everything.
 * Its exit status, or 128 + n where signal n ended it.
 */
int puppet_end(struct puppet *p);
/* The same for one that ends by itself. */
int puppet_wait(struct puppet *p);

/* As printf(3); valid for three calls more. */
const char *puppet_text(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/* A port that is free; as root in a network of the test's own. */
unsigned puppet_port(void);

#endif
