/* SPDX-License-Identifier: ISC */
/*
 * A worker's handle whose helper is the test: it queues what a helper would
 * answer, right or wrong, then makes the call, then looks at what was asked.
 */
#ifndef SUPPORT_PLAYED_H
#define SUPPORT_PLAYED_H

#include <criterion/criterion.h>
#include <errno.h>

#include "handle.h"
#include "op.h"

struct played {
	struct wicket *w;
	int helper;    /* the other end */
	size_t before; /* descriptors that were open before */
};

void played_open(struct played *p, int timeout_ms);

/* Asserts that everything opened since played_open() has been closed. */
void played_close(struct played *p);

/* Queues a reply with n descriptors, whatever nfds in it claims. */
void played_reply(const struct played *p, const struct op_reply *reply,
		  size_t n);
/* Queues several in one message, with the descriptors that they claim. */
void played_replies(const struct played *p, const struct op_reply *replies,
		    size_t n);
/* Appends the answer to a hello.  Asserts nothing: other threads may call it.
 */
void played_put_hello(struct wire_out *o, uint32_t id);
/* Queues it: the id 0 is that of another helper which takes over. */
void played_hello(const struct played *p, uint32_t id);
/* Queues success: with a descriptor, to an open; without anything, to op. */
void played_fd(const struct played *p, uint32_t id);
void played_done(const struct played *p, unsigned op, uint32_t id);

/* Takes one request off the helper's end; its strings lie in buf. */
struct op_request played_request(int helper, uint8_t *buf, size_t size);

/* Takes one, which must be of that operation and id. */
void played_asked(int helper, unsigned op, uint32_t id);

/* Whether there is one. */
bool played_was_asked(int helper);

/* The call must give -1 and this errno. */
#define FAILS(call, error)                                                   \
	do {                                                                 \
		errno = 0;                                                   \
		cr_assert_eq((call), -1);                                    \
		cr_assert_eq(errno, (error), "errno %d, expected %s", errno, \
			     #error);                                        \
	} while (0)

#endif
