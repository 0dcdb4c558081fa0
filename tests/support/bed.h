/* SPDX-License-Identifier: ISC */
/*
 * A helper without a process of its own: its handlers are called as functions.
 *
 *	struct bed b;
 *
 *	bed_start(&b, "listen tcp 127.0.0.1:80\n");
 *	cr_assert_eq(bed_ask(&b, do_listen, "tcp 127.0.0.1:80", 0), 0);
 *	... b.job.fd ...
 *	bed_end(&b);
 *
 * What cannot be set up, and a descriptor that is left at the end, ends the
 * process, and so fails the test.
 */
#ifndef SUPPORT_BED_H
#define SUPPORT_BED_H

#include "helper/helper.h"

struct bed {
	struct helper helper;
	struct op_request request;
	struct job job; /* of the last question */
	size_t fds;
};

/* The policy's names are not looked up; the worker is the caller. */
void bed_start(struct bed *b, const char *policy);

/* Asks once, and closes what the last answer brought.  0 or -errno. */
int bed_ask(struct bed *b, op_handler *op, const char *object, uint64_t number);

/* The same for an answer that must be a descriptor, which the caller owns. */
int bed_fd(struct bed *b, op_handler *op, const char *object, uint64_t number);

/* Every descriptor that came since bed_start() must be closed by now. */
void bed_end(struct bed *b);

#endif
