/* SPDX-License-Identifier: ISC */
/*
 * A handle in a program's event loop.
 */
#include "wicket/wicket.h"

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>

#include "handle.h"
#include "submit.h"

enum {
	/* Messages that one dispatch takes, so that a loop's others have turns.
	 */
	DISPATCH_MESSAGES = 16,
	/* When to ask again, where another thread has the handle. */
	BUSY_MS = 1,
};

int wicket_fd(const struct wicket *w)
{
	return edge(w ? w->engine.channel : -EBADF);
}

/* ---- what to wait for ------------------------------------------------ */

short wicket_events(struct wicket *w)
{
	const struct engine *e;
	short events = POLLIN;
	int cancel;

	if (handle_usable(w) < 0 || handle_trylock(w, &cancel) < 0)
		return events;
	e = &w->engine;
	if (e->broken)
		events = 0;
	else if (e->unsent.head || e->owed)
		events |= POLLOUT;
	handle_unlock(w, cancel);
	return events;
}

/* Rounded up, so that what is waited for has passed then. */
static int ms_until(int64_t deadline)
{
	int64_t ms = (deadline - submit_now() + 999999) / 1000000;

	if (ms < 0)
		return 0;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

int wicket_timeout(struct wicket *w)
{
	int ms = -1;
	int cancel;

	if (handle_usable(w) < 0)
		return -1;
	if (handle_trylock(w, &cancel) < 0)
		return BUSY_MS;
	if (w->slots && w->slots->ended)
		ms = 0;
	else if (w->slots && w->slots->deadline != SUBMIT_NEVER)
		ms = ms_until(w->slots->deadline);
	handle_unlock(w, cancel);
	return ms;
}

/* ---- wicket_dispatch ------------------------------------------------- */

/* Never waits; what has ended then is in the slots. */
static void exchange(struct wicket *w)
{
	int r = engine_flush(&w->engine);

	for (int i = 0; i < DISPATCH_MESSAGES && (r == 0 || r == -EAGAIN);
	     i++) {
		r = engine_receive(&w->engine, MSG_DONTWAIT, NULL);
		if (r == -EAGAIN)
			break;
	}
	if (w->slots)
		slots_expire(w->slots, &w->engine, submit_now());
}

/*
 * Without the lock during a callback, which may ask, submit and cancel; not
 * more than had ended before the first, whatever they do.
 */
static int call_back(struct wicket *w, int *cancel)
{
	size_t most = w->slots ? w->slots->nended : 0;
	int n = 0;

	for (; most > 0 && w->slots->ended; most--) {
		struct slot_call c = slots_take(w->slots);

		handle_unlock(w, *cancel);
		c.done(c.arg, c.result, c.error);
		handle_lock(w, cancel);
		n++;
	}
	return n;
}

int wicket_dispatch(struct wicket *w)
{
	int cancel;
	int r = handle_usable(w);

	if (r < 0)
		return edge(r);
	if (handle_trylock(w, &cancel) < 0)
		return 0; /* another thread is at it */
	exchange(w);
	r = call_back(w, &cancel);
	if (r == 0)
		r = -w->engine.broken;
	handle_unlock(w, cancel);
	return edge(r);
}

/* ---- one request ----------------------------------------------------- */

int wicket_cancel(struct wicket *w, int64_t request)
{
	struct slot *slot;
	int cancel;
	int r = handle_usable(w);

	if (r < 0)
		return edge(r);
	handle_lock(w, &cancel);
	slot = slots_find(w->slots, request);
	if (slot)
		slots_drop(w->slots, &w->engine, slot);
	handle_unlock(w, cancel);
	return edge(slot ? 0 : -ENOENT);
}

int wicket_deadline(struct wicket *w, int64_t request, int timeout_ms)
{
	struct slot *slot;
	int cancel;
	int r = handle_usable(w);

	if (r < 0)
		return edge(r);
	handle_lock(w, &cancel);
	slot = slots_find(w->slots, request);
	if (slot)
		slot->deadline = submit_deadline(timeout_ms);
	if (slot && slot->deadline < w->slots->deadline)
		w->slots->deadline = slot->deadline;
	handle_unlock(w, cancel);
	return edge(slot ? 0 : -ENOENT);
}
