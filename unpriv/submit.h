/* SPDX-License-Identifier: ISC */
/*
 * Requests that are asked now and answered by a callback later.
 *
 *	free -> asked -> ended -> free, and then the callback
 *
 * There is a fixed number of slots, made with the first request of a handle,
 * and each has room for what its request is to be asked again with.  Nothing is
 * allocated after that.
 *
 * The lock of the handle is held in all that follows.
 */
#ifndef UNPRIV_SUBMIT_H
#define UNPRIV_SUBMIT_H

#include <sys/stat.h>

#include "engine.h"
#include "wicket/wicket.h"

/* Nanoseconds of CLOCK_MONOTONIC; what is never is later than all. */
#define SUBMIT_NEVER INT64_MAX

enum slot_state {
	SLOT_FREE,
	SLOT_ASKED,
	SLOT_ENDED,
};

struct slot {
	struct ask ask;
	struct slots *in;
	struct slot *next; /* of the free, or of those that have ended */
	enum slot_state state;
	int64_t number; /* what the caller knows it by */
	int64_t deadline;
	struct op_request q;
	char object[BOUND_PATH];
	char target[BOUND_PATH];
	wicket_done *done;
	void *arg;
	int error; /* once it has ended: an errno, or 0 and */
	int fd;	   /* owned; -1: none */
	struct stat st;
	struct stat *to; /* the caller's; NULL: no stat */
};

struct slots {
	size_t used; /* of v: those behind were never touched */
	struct slot *free;
	struct slot *ended; /* in the order in which they are called */
	struct slot *last;  /* of those, valid where there are any */
	size_t nended;
	size_t nasked;
	int64_t count;	  /* of requests so far */
	int64_t deadline; /* none of those asked has an earlier one */
	struct slot v[BOUND_SUBMITTED];
};

/* *ret is the caller's, for slots_free(), which accepts NULL.  0 or -ENOMEM. */
_must_use_ int slots_new(struct slots **ret);
void slots_free(struct slots *s);

/* What a callback is called with. */
struct slot_call {
	wicket_done *done;
	void *arg;
	int result;
	int error;
};

/* Takes the first that has ended, which there must be, and frees the slot. */
struct slot_call slots_take(struct slots *s);

/*
 * A request with the strings of q copied; NULL where no slot is free.  It
 * still has to be added to the engine.
 */
struct slot *slots_ask(struct slots *s, const struct op_request *q);

/* The one of that number that has not been called; NULL: there is none. */
struct slot *slots_find(struct slots *s, int64_t number);

/* Nothing comes of it any more: its callback is not called. */
void slots_drop(struct slots *s, struct engine *e, struct slot *slot);

/* Ends what has not been answered by now, and looks for the next deadline. */
void slots_expire(struct slots *s, struct engine *e, int64_t now);

/* The time now, and that in timeout_ms, where negative is never. */
int64_t submit_now(void);
int64_t submit_deadline(int timeout_ms);

#endif
