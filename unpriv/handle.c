/* SPDX-License-Identifier: ISC */
#include "handle.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>

enum {
	OURS_BYTES = 1, /* the kernel makes it a page */
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

static int map_ours(volatile uint8_t **ret)
{
	void *page = mmap(NULL, OURS_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return -errno;
	if (madvise(page, OURS_BYTES, MADV_WIPEONFORK) < 0) {
		int r = -errno;

		(void)munmap(page, OURS_BYTES);
		return r;
	}
	*ret = page;
	**ret = 1;
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
	r = map_ours(&w->ours);
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
	if (*w->ours)
		(void)pthread_mutex_destroy(&w->lock);
	(void)munmap((void *)w->ours, OURS_BYTES);
	free(w);
	errno = saved;
	return NULL;
}

int handle_usable(const struct wicket *w)
{
	if (!w)
		return -EBADF;
	return *w->ours ? 0 : -EPERM;
}

void wicket_close(struct wicket *w)
{
	(void)handle_free(w);
}

int wicket_fd(const struct wicket *w)
{
	return edge(w ? w->engine.channel : -EBADF);
}
