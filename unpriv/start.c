/* SPDX-License-Identifier: ISC */
#include "wicket/wicket.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "embed.h"
#include "handle.h"
#include "hello.h"

/* ---- the channel that `wicket run` left ------------------------------ */

static int parse_fd(const char *text, int *ret)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < 0 || n > INT_MAX)
		return -EBADF;
	*ret = (int)n;
	return 0;
}

static int socket_option(int fd, int option)
{
	int value;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, option, &value, &len) < 0)
		return -EBADF;
	return value;
}

/*
 * The descriptor that WICKET_FD names.  It was said to be a channel: where it
 * is something else nothing else is tried.
 */
static int adopt_channel(const char *text, int *ret)
{
	int fd;
	int r = parse_fd(text, &fd);

	if (r < 0)
		return r;
	if (socket_option(fd, SO_DOMAIN) != AF_UNIX ||
	    socket_option(fd, SO_TYPE) != SOCK_SEQPACKET)
		return -EBADF;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	*ret = fd;
	return 0;
}

/* ---- WICKET_CLOSE_FDS ------------------------------------------------ */

static int by_number(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* By number: musl has no close_range(). */
static int close_from_to(unsigned first, unsigned last)
{
	if (first > last)
		return 0;
	return syscall(SYS_close_range, first, last, 0) < 0 ? -errno : 0;
}

/* Closes all above 2 but what is kept and the channel. */
static int close_others(const struct wicket_options *o, int channel)
{
	_cleanup_free_ int *keep = calloc(o->nkeep + 1, sizeof(*keep));
	int last = 2;

	if (!keep)
		return -ENOMEM;
	if (o->nkeep > 0)
		memcpy(keep, o->keep_fds, o->nkeep * sizeof(*keep));
	keep[o->nkeep] = channel;
	qsort(keep, o->nkeep + 1, sizeof(*keep), by_number);
	for (size_t i = 0; i <= o->nkeep; i++) {
		int r;

		if (keep[i] <= last)
			continue;
		r = close_from_to((unsigned)last + 1, (unsigned)keep[i] - 1);
		if (r < 0)
			return r;
		last = keep[i];
	}
	return close_from_to((unsigned)last + 1, ~0U);
}

/* ---- wicket_start ---------------------------------------------------- */

static int check_options(const struct wicket_options *o)
{
	if (o->size != sizeof(*o))
		return -EINVAL;
	if (o->flags & ~(WICKET_AUDIT_GRANTS | WICKET_CLOSE_FDS))
		return -EINVAL;
	if (o->nkeep > 0 && !o->keep_fds)
		return -EINVAL;
	return 0;
}

static int find_channel(const struct wicket_options *o, int *ret)
{
	const char *inherited = secure_getenv("WICKET_FD");

	if (inherited)
		return adopt_channel(inherited, ret);
	if (!o->policy == !o->policy_text)
		return -EINVAL;
	return embed_start(o, ret);
}

static int start(const struct wicket_options *o, struct wicket **ret)
{
	__attribute__((cleanup(handle_freep))) struct wicket *w = NULL;
	_cleanup_fd_ int channel = -1;
	int r = check_options(o);

	if (r >= 0)
		r = find_channel(o, &channel);
	if (r >= 0)
		r = handle_new(channel, o->timeout_ms, &w);
	if (r < 0)
		return r;
	(void)take_fd(&channel);
	r = hello(w);
	if (r >= 0 && o->flags & WICKET_CLOSE_FDS)
		r = close_others(o, w->engine.channel);
	if (r < 0)
		return r;
	/* A child of this process is not to think that it has a helper. */
	(void)unsetenv("WICKET_FD");
	*ret = take_ptr(&w);
	return 0;
}

/*
 * A thread that was cancelled on the way would leave processes and descriptors
 * that nobody has; and those processes have its memory at first, and would be
 * cancelled in its place (embed.h).
 */
int wicket_start(const struct wicket_options *options, struct wicket **ret)
{
	const struct wicket_options defaults = WICKET_OPTIONS_INIT;
	int cancel, r;

	if (!ret)
		return edge(-EFAULT);
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	r = edge(start(options ? options : &defaults, ret));
	(void)pthread_setcancelstate(cancel, NULL);
	return r;
}
