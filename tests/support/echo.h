/* SPDX-License-Identifier: ISC */
/*
 * A helper in a thread, which answers at once: a readlink with the path itself,
 * an open with a descriptor of /dev/null, a clone with a channel that another
 * such thread serves, and everything else with success.
 */
#ifndef SUPPORT_ECHO_H
#define SUPPORT_ECHO_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	ECHO_CLONES = 32,
};

struct echo {
	int fd;	   /* the helper's end */
	bool owns; /* closes it */
	int null;  /* owned */
	pthread_t thread;
	struct echo *clones[ECHO_CLONES]; /* owned */
	size_t n;
};

/* Serves on fd, which stays the caller's, until the peer is gone. */
void echo_start(struct echo *e, int fd);

/* Waits for its end, and for those of its clones. */
void echo_join(struct echo *e);

#endif
