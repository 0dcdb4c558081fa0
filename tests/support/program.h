/* SPDX-License-Identifier: ISC */
/*
 * Programs run by a system test: the built ones, and curl and openssl.
 */
#ifndef SUPPORT_PROGRAM_H
#define SUPPORT_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct program {
	const char *const *argv; /* argv[0] is looked up in PATH */
	int netns;		 /* a network namespace to enter, or -1 */
	int output;		 /* stdout and stderr, or -1: the test's own */
};

/* ARGV("ls", "-l"): an array as exec wants it, for the time of a block. */
#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

/*
 * Starts a program that dies with the test: its pid, or -errno.  Standard
 * input is /dev/null, no signal is blocked or ignored.
 */
pid_t program_start(const struct program *p);

/*
 * Waits for it, as a shell tells it: its status, or 128 + n where signal n
 * ended it; -ETIMEDOUT when it has not ended after ten seconds, and then it
 * is killed.
 */
int program_wait(pid_t pid);

/*
 * Runs a program to its end, as program_wait().  What it printed is in buf,
 * as a string, cut to size.
 */
int program_run(const struct program *p, char *buf, size_t size);

/* A child of parent that runs a program of that name: its pid, 0: none. */
pid_t program_child(pid_t parent, const char *name);

/*
 * Calls done(arg) until it is true, for at most ten seconds; what it was last.
 */
bool program_poll(bool (*done)(void *arg), void *arg);

/*
 * A network namespace of its own with lo up: a descriptor of it, or -errno.
 * Everybody in it may listen on every port.
 */
int program_netns(void);

#endif
