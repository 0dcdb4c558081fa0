/* SPDX-License-Identifier: ISC */
/*
 * What was asked of the helper and has no answer yet.
 *
 * The helper answers in the order of the questions.  So every request that
 * travels gets the next number, and a reply belongs either to the oldest
 * question that waits or to one that nobody waits for any more, and is dropped.
 *
 *	unsent -> sent -> answered
 *	   ^       |
 *	   '-------'  the helper died with it, and it can be asked again
 *
 * When a helper died, the next one's first word is a hello that nobody asked
 * for.  Then, and until a sync that was sent after it is answered, numbers may
 * be left out: what is left out died with the old helper, because what still
 * waited in the channel is answered in its turn.
 *
 * The lock of the handle is held in all that follows.
 */
#ifndef UNPRIV_ENGINE_H
#define UNPRIV_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "bounds.h"
#include "op.h"
#include "own.h"
#include "spin.h"

/* The kernel's errnos end here (MAX_ERRNO in include/linux/err.h). */
#define ERRNO_MAX 4095

struct ask;

struct ask_kind {
	/*
	 * Puts the requests that have no answer, as many as fit a message, with
	 * the ids of a->first and those that follow; returns how many.
	 */
	unsigned (*put)(struct ask *a, struct wire_out *o);
	/*
	 * Takes the next answer: a reply, and of its descriptor as much as it
	 * wants to keep; or an error, -errno, and then reply and fd are NULL.
	 * -EPROTO: the reply makes no sense, and ends the channel.
	 */
	int (*take)(struct ask *a, int error, const struct op_reply *reply,
		    int *fd);
	/*
	 * The helper died with what has no answer.  Ends what cannot be asked
	 * again, by EOWNERDEAD; returns whether anything is left.
	 */
	bool (*lost)(struct ask *a);
};

/* The requests of one message.  Owned by who asks, until it has ended. */
struct ask {
	const struct ask_kind *kind;
	struct ask *next;
	uint64_t first; /* the number of the next answer, once it was sent */
	unsigned waits; /* answers that are still to come; 0: it has ended */
	unsigned times; /* that it was sent */
};

#define ASK_INIT(kind_)                     \
	{                                   \
		.kind = (kind_), .waits = 1 \
	}

struct ask_queue {
	struct ask *head;
	struct ask *tail; /* valid where head is */
};

struct engine {
	int channel;	   /* owned */
	int timeout_ms;	   /* of a call; negative: for ever */
	int broken;	   /* the errno of every call from now on, or 0 */
	uint64_t asked;	   /* the number of the last request that was sent */
	uint64_t answered; /* ... of the last that was answered, or lost */
	uint64_t sync;	   /* ... of the newest sync, until it is answered */
	bool owed;	   /* a hello came, and no sync was sent since */
	struct ask_queue unsent;
	struct ask_queue sent;
	struct spin spin; /* how a call waits for its answer */
	size_t used;	  /* bytes of message, from its start, that are not 0 */
	uint8_t message[BOUND_MESSAGE];
};

/* The id of a number: from 1, and after the highest from 1 again. */
uint32_t engine_id(uint64_t number);

/* Whether a reply without its fields can be one to q. */
bool engine_fits(const struct op_request *q, const struct op_reply *reply);

/*
 * Sends what waits to be sent and returns 0, or -EAGAIN where the queue is
 * full and something is left, or -errno of a channel that is broken.
 */
_must_use_ int engine_flush(struct engine *e);

/*
 * Takes one message, with whatever it answers, and sends again what has to be.
 * 0 or -errno: -EAGAIN with MSG_DONTWAIT in flags where there is none,
 * -ETIMEDOUT at the deadline, or the errno of a channel that is broken.
 */
_must_use_ int engine_receive(struct engine *e, int flags,
			      const struct timespec *deadline);

/* Puts a at the end of what is to be sent. */
void engine_add(struct engine *e, struct ask *a);

/* Nobody waits for a any more; its answers will be dropped. */
void engine_withdraw(struct engine *e, struct ask *a);

/*
 * Asks and waits until a has ended: 0, what came of it being a's; or -errno
 * with a withdrawn, where there is no answer: -ETIMEDOUT, -EMSGSIZE, -ENOBUFS,
 * or what is broken.
 */
_must_use_ int engine_call(struct engine *e, struct ask *a);

/* ---- for the engine's own files -------------------------------------- */

/* Ends all that a waits for by this error. */
void engine_end(struct ask *a, int error);

/*
 * What is true of the channel from now on, and the end of all that waits.
 * The helper is trusted to be there, not to be right: after nonsense nothing
 * that follows means anything.  Returns -error.
 */
int engine_give_up(struct engine *e, int error);

/* Sends a, which is in no queue; 0 or -errno, and then it still is in none. */
_must_use_ int engine_send(struct engine *e, struct ask *a, int flags);

void ask_push(struct ask_queue *q, struct ask *a);
/* Takes the first one off, which there must be; and puts it back. */
struct ask *ask_pop(struct ask_queue *q);
void ask_unpop(struct ask_queue *q, struct ask *a);

#endif
