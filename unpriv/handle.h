/* SPDX-License-Identifier: ISC */
/*
 * What a handle is, and who may use it.
 */
#ifndef UNPRIV_HANDLE_H
#define UNPRIV_HANDLE_H

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bounds.h"
#include "engine.h"
#include "own.h"
#include "promise.h"
#include "wicket/wicket.h"

struct slots;

/* What options.timeout_ms 0 stands for. */
#define HANDLE_TIMEOUT_MS 30000

enum handle_use {
	HANDLE_UNKNOWN, /* nobody has asked, or the process was forked since */
	HANDLE_OURS,
	HANDLE_BEING_TAKEN, /* by another thread of this process */
	HANDLE_OTHERS,
};

struct wicket {
	/*
	 * An enum handle_use on a page of its own, which the kernel wipes in a
	 * forked child, so that looking costs no system call.
	 */
	_Atomic uint8_t *use;

	/*
	 * Of a clone: on a page that parent and children share, 1 once one of
	 * them has it.  NULL: nobody can take the handle over.
	 */
	_Atomic uint8_t *taken;

	/* What hello told; constant after wicket_start(). */
	bool dropped; /* the identity was dropped before exec */
	uid_t uid;    /* the worker's */
	gid_t gid;
	size_t ngroups;
	gid_t groups[BOUND_GROUPS];
	struct promises promises; /* the policy's */

	bool confined;

	pthread_mutex_t lock;
	/* Under the lock. */
	struct slots *slots; /* owned; NULL before the first submission */
	struct engine engine;
};

/*
 * Makes a handle that owns the channel, whose calls wait timeout_ms (0: the
 * default, negative: for ever).  0 or -errno, and then the channel is still
 * the caller's.
 */
_must_use_ int handle_new(int channel, int timeout_ms, struct wicket **ret);

/* Closes and frees.  Accepts NULL, returns NULL, leaves errno alone. */
struct wicket *handle_free(struct wicket *w);

static inline void handle_freep(struct wicket **w)
{
	*w = handle_free(*w);
}

/*
 * Leaves the handle, whose owner the caller is, to the process that first asks
 * handle_usable().  0 or -errno.
 */
_must_use_ int handle_give_away(struct wicket *w);

/* 0, -EBADF for NULL, -EPERM where it is another process's. */
_must_use_ int handle_usable(struct wicket *w);

/*
 * A thread that was cancelled would leave the lock held, so that the caller is
 * no cancellation point until handle_unlock() puts *ret_cancel back.
 */
void handle_lock(struct wicket *w, int *ret_cancel);
/* -EBUSY where another thread has it. */
_must_use_ int handle_trylock(struct wicket *w, int *ret_cancel);
void handle_unlock(struct wicket *w, int cancel);

/* The one place where -errno becomes -1 and errno. */
static inline int edge(int r)
{
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}

#endif
