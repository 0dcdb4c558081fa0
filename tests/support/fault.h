/* SPDX-License-Identifier: ISC */
/*
 * A fault injector: makes the nth call of a kind fail, or do only a part.
 *
 * It takes the place of libc's calls by the linker's --wrap, in our own
 * objects alone and only in the programs that the Makefile lists under
 * FAULT_TESTS: libc, Criterion and sanitizers go on as they are.  One fault is
 * armed at a time, and only the thread that armed it is hit.
 *
 *	for (unsigned nth = 1; ; nth++) {
 *		fault_arm(FAULT_SENDMSG, nth, ENOBUFS);
 *		work();
 *		if (!fault_disarm())
 *			break;		the nth call never came: all walked
 *	}
 */
#ifndef TESTS_SUPPORT_FAULT_H
#define TESTS_SUPPORT_FAULT_H

#include <stdbool.h>
#include <stddef.h>

struct msghdr;

enum fault_call {
	FAULT_NONE,
	FAULT_SENDMSG, /* send too */
	FAULT_RECVMSG,
	FAULT_POLL,
	FAULT_SOCKETPAIR,
	FAULT_SETSOCKOPT,
	FAULT_CLOCK, /* clock_gettime */
	FAULT_CLOSE, /* closes all the same, as Linux does */
	FAULT_FCNTL,
	FAULT_FFLUSH,
	FAULT_MALLOC, /* calloc, realloc, reallocarray and strdup too */
	/* Any of those by which a helper looks at files and changes them. */
	FAULT_FILE,
	FAULT_CALL_MAX,
};

/* The nth call (from 1) fails with error and does nothing. */
void fault_arm(enum fault_call call, unsigned nth, int error);

/* Every call of the kind from the nth on fails. */
void fault_arm_from(enum fault_call call, unsigned nth, int error);

/* The nth sendmsg or recvmsg moves only the first bytes of its data. */
void fault_shorten(enum fault_call call, unsigned nth, size_t bytes);

/* Every one from the nth on does. */
void fault_shorten_from(enum fault_call call, unsigned nth, size_t bytes);

/*
 * What every recvmsg receives is given to edit before the caller sees it:
 * control data that this kernel would not send.  room is how much of it the
 * caller had offered.
 */
void fault_edit(void (*edit)(struct msghdr *mh, size_t room));

/* Ends it; whether it struck. */
bool fault_disarm(void);

#endif
