/* SPDX-License-Identifier: ISC */
/*
 * A helper without a process of its own: its handlers are called as functions.
 *
 *	struct bed b;
 *
 *	bed_start(&b, "listen tcp 127.0.0.1:80\n");
 *	fd = bed_fd(&b, do_listen, "tcp 127.0.0.1:80", 0);
 *	client = bed_keep(&b, sock_connect("tcp 127.0.0.1:80", 0));
 *	...
 *	bed_end(&b);
 *
 * What cannot be set up, and a descriptor that is left at the end, ends the
 * process, and so fails the test.
 */
#ifndef SUPPORT_BED_H
#define SUPPORT_BED_H

#include "control.h"
#include "helper/helper.h"

struct bed {
	struct helper helper;
	int supervisor; /* owned: the other end of the helper's control */
	unsigned told;	/* messages to it so far, */
	uint16_t kind;	/* and what the last one was */
	struct op_request request;
	struct job job; /* of the last question */
	int kept[16];	/* owned */
	size_t nkept;
	size_t fds; /* open before */
};

/* The policy's names are not looked up; the worker is the caller. */
void bed_start(struct bed *b, const char *policy);

/*
 * Then the policy is resolved as at a load: its names, for which it must have
 * the lines `worker` and `helper`, and its links.  The worker stays the caller.
 */
void bed_resolve(struct bed *b);

/* Asks once, and closes what the last answer brought.  0 or -errno. */
int bed_ask(struct bed *b, op_handler *op, const char *object, uint64_t number);

/*
 * The same for an answer that must be a descriptor, which stays open until
 * bed_close() or bed_end().
 */
int bed_fd(struct bed *b, op_handler *op, const char *object, uint64_t number);

/* Takes over a descriptor of the test's own, and returns it. */
int bed_keep(struct bed *b, int fd);
void bed_close(struct bed *b, int fd);

/* Closes and frees everything; no other descriptor may have been left open. */
void bed_end(struct bed *b);

#endif
