/* SPDX-License-Identifier: ISC */
/*
 * A fault injector: makes the nth call of a kind fail, or do only a part.
 *
 * A test that refers to fault_arm() gets these system call wrappers in place
 * of libc's, for the whole process.  Only one fault is armed at a time, and
 * only the thread that armed it is hit.
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

enum fault_call {
	FAULT_NONE,
	FAULT_SENDMSG,
	FAULT_RECVMSG,
	FAULT_POLL,
	FAULT_SOCKETPAIR,
	FAULT_SETSOCKOPT,
	FAULT_CLOCK,
	/* Any of those by which a helper looks at files and changes them. */
	FAULT_FILE,
	FAULT_CALL_MAX,
};

/* The nth call (from 1) fails with error and does nothing. */
void fault_arm(enum fault_call call, unsigned nth, int error);

/* The nth sendmsg or recvmsg moves only the first bytes of its data. */
void fault_shorten(enum fault_call call, unsigned nth, size_t bytes);

/* Every call of the kind from the nth on fails. */
void fault_arm_from(enum fault_call call, unsigned nth, int error);

/* Ends it; whether it struck. */
bool fault_disarm(void);

#endif
