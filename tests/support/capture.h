/* SPDX-License-Identifier: ISC */
/*
 * A program that is run, and what it says: the one way to run one.
 *
 *	struct capture c;
 *
 *	cr_assert_eq(capture_run(&c, ARGV("echo", "x")), 0);
 *	cr_assert_str_eq(c.out, "x\n");
 *	capture_free(&c);
 *
 * The program is looked up in PATH.  It dies with the test, has the test's
 * environment and nothing to read; no signal is blocked, SIGPIPE is not
 * ignored, and none but the standard descriptors is open.  What goes wrong here
 *ends the process, and so fails the test.
 */
#ifndef SUPPORT_CAPTURE_H
#define SUPPORT_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct capture {
	pid_t pid;
	char *out;	 /* what came on stdout so far, with a NUL */
	char *err;	 /* the same of stderr, from capture_finish() on */
	int status;	 /* as waitpid() has it, from capture_finish() on */
	int patience_ms; /* how long capture_finish() waits, -1: for ever */
	/* Its own. */
	size_t out_len;
	int out_fd;
	int err_fd;
};

/* ARGV("ls", "-l"): an array as exec wants it, for the time of a block. */
#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

void capture_start(struct capture *c, const char *const *argv);
/* In a network namespace; -1: the test's. */
void capture_start_in(struct capture *c, const char *const *argv, int netns);
/* Reads stdout until it holds text. */
void capture_until(struct capture *c, const char *text);
/* Reads what came so far of both, without waiting. */
void capture_so_far(struct capture *c);
/* It runs no longer; capture_finish() is still to come. */
bool capture_ended(const struct capture *c);
/*
 * Reads both to their end: its exit status, or 128 + n where signal n killed
 * it; -ETIMEDOUT where it took longer than c->patience_ms, and then it is
 * killed.
 */
int capture_finish(struct capture *c);
/* start and finish. */
int capture_run(struct capture *c, const char *const *argv);
/* The built wicket with these words. */
void capture_start_wicket(struct capture *c, const char *const *words);
int capture_wicket(struct capture *c, const char *const *words);
void capture_free(struct capture *c);

#endif
