/* SPDX-License-Identifier: ISC */
/*
 * A program that is run, and what it says.
 *
 *	struct capture c;
 *	const char *const argv[] = {"/bin/echo", "x", NULL};
 *
 *	cr_assert_eq(capture_run(&c, argv), 0);
 *	cr_assert_str_eq(c.out, "x\n");
 *	capture_free(&c);
 *
 * The program dies with the test, has the test's environment, and nothing to
 * read.  What goes wrong here ends the process, and so fails the test.
 */
#ifndef SUPPORT_CAPTURE_H
#define SUPPORT_CAPTURE_H

#include <stddef.h>
#include <sys/types.h>

struct capture {
	pid_t pid;
	char *out;  /* what came on stdout so far, with a NUL */
	char *err;  /* what came on stderr, from capture_finish() on */
	int status; /* as waitpid() has it, from capture_finish() on */
	/* Its own. */
	size_t out_len;
	int out_fd;
	int err_fd;
};

void capture_start(struct capture *c, const char *const *argv);
/* Reads stdout until it holds text. */
void capture_until(struct capture *c, const char *text);
/* Its exit status, or 128 + n where signal n killed it. */
int capture_finish(struct capture *c);
/* start and finish. */
int capture_run(struct capture *c, const char *const *argv);
/* The built wicket with these words; ARGV() of support/program.h makes them. */
void capture_start_wicket(struct capture *c, const char *const *words);
int capture_wicket(struct capture *c, const char *const *words);
void capture_free(struct capture *c);

#endif
