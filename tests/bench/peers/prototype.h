/* SPDX-License-Identifier: ISC */
/*
 * The least that gets a confined worker its first descriptor from a confined
 * helper, as two programs: what any such pair has to do, and nothing else.  No
 * policy, no supervisor, no audit, no check that a lock holds.
 */
#ifndef TESTS_BENCH_PROTOTYPE_H
#define TESTS_BENCH_PROTOTYPE_H

/*
 * Executes itself with the arguments "helper" and the path, confines itself,
 * and asks for the path: the descriptor, or -1.  With "between" in place of
 * "helper" there is a third program, as a supervisor is.
 */
int prototype_first_fd(const char *path, const char *other);

/* That program, for main(): executes the helper, and waits for its end. */
int prototype_between(const char *path);

/*
 * Its locks: all that Landlock knows is taken away, but for reading that file
 * (NULL: all of it), and a system call that is not in a table of some forty
 * fails.  0, or -1 with errno.
 */
int prototype_landlock(const char *path);
int prototype_filter(void);

/* That helper, for main(): its socket is standard input. */
int prototype_helper(const char *path);

#endif
