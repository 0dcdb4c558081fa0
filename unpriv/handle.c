/* SPDX-License-Identifier: ISC */
#include "handle.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "submit.h"

enum {
	PAGE_BYTES = 1, /* the kernel makes it a page */
};

/*
 * Set once here, so that a call is one blocking send and one blocking receive
 * and needs neither poll nor clock.  A zero time is "for ever" to the kernel.
 */
static int set_timeout(int channel, int timeout_ms)
{
	struct timeval t = {0};

	if (timeout_ms == 0)
		timeout_ms = HANDLE_TIMEOUT_MS;
	if (timeout_ms > 0) {
		t.tv_sec = timeout_ms / 1000;
		t.tv_usec = timeout_ms % 1000 * 1000;
	}
	if (setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) < 0 ||
	    setsockopt(channel, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)) < 0)
		return -errno;
	return 0;
}

static void unmap_page(_Atomic uint8_t *page)
{
	if (page)
		(void)munmap((void *)page, PAGE_BYTES);
}

/* Zeroed; NULL and errno without memory. */
static _Atomic uint8_t *map_page(int flags)
{
	void *page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			  flags | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? NULL : page;
}

static int map_use(_Atomic uint8_t **ret)
{
	_Atomic uint8_t *page = map_page(MAP_PRIVATE);

	if (!page)
		return -errno;
	if (madvise((void *)page, PAGE_BYTES, MADV_WIPEONFORK) < 0) {
		int r = -errno;

		unmap_page(page);
		return r;
	}
	*page = HANDLE_OURS;
	*ret = page;
	return 0;
}

int handle_new(int channel, int timeout_ms, struct wicket **ret)
{
	_cleanup_free_ struct wicket *w = NULL;
	int r;

	r = set_timeout(channel, timeout_ms);
	if (r < 0)
		return r;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	r = -pthread_mutex_init(&w->lock, NULL);
	if (r < 0)
		return r;
	r = map_use(&w->use);
	if (r < 0) {
		(void)pthread_mutex_destroy(&w->lock);
		return r;
	}
	w->engine.channel = channel;
	w->engine.timeout_ms = timeout_ms ?: HANDLE_TIMEOUT_MS;
	*ret = take_ptr(&w);
	return 0;
}

struct wicket *handle_free(struct wicket *w)
{
	int saved = errno;

	if (!w)
		return NULL;
	close_fd(&w->engine.channel);
	/* In a child a thread that is not there may hold it: then it stays. */
	if (*w->use == HANDLE_OURS)
		(void)pthread_mutex_destroy(&w->lock);
	slots_free(w->slots);
	unmap_page(w->use);
	unmap_page(w->taken);
	free(w);
	errno = saved;
	return NULL;
}

int handle_give_away(struct wicket *w)
{
	w->taken = map_page(MAP_SHARED);
	if (!w->taken)
		return -errno;
	*w->use = HANDLE_UNKNOWN;
	return 0;
}

/* Of all threads of all processes that have the handle one takes it. */
static void take_over(struct wicket *w)
{
	uint8_t unknown = HANDLE_UNKNOWN;

	if (!atomic_compare_exchange_strong(w->use, &unknown,
					    HANDLE_BEING_TAKEN))
		return;
	if (w->taken && atomic_exchange(w->taken, 1) == 0)
		*w->use = HANDLE_OURS;
	else
		*w->use = HANDLE_OTHERS;
}

int handle_usable(struct wicket *w)
{
	if (!w)
		return -EBADF;
	if (*w->use == HANDLE_UNKNOWN)
		take_over(w);
	/* A moment: the other thread is between two lines above. */
	while (*w->use == HANDLE_BEING_TAKEN)
		(void)sched_yield();
	return *w->use == HANDLE_OURS ? 0 : -EPERM;
}

void handle_lock(struct wicket *w, int *ret_cancel)
{
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, ret_cancel);
	(void)pthread_mutex_lock(&w->lock);
}

int handle_trylock(struct wicket *w, int *ret_cancel)
{
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, ret_cancel);
	if (pthread_mutex_trylock(&w->lock) == 0)
		return 0;
	(void)pthread_setcancelstate(*ret_cancel, NULL);
	return -EBUSY;
}

void handle_unlock(struct wicket *w, int cancel)
{
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_setcancelstate(cancel, NULL);
}

void wicket_close(struct wicket *w)
{
	(void)handle_free(w);
}
