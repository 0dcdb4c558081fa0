/* SPDX-License-Identifier: ISC */
/*
 * Ownership of descriptors and heap memory.
 *
 *	_cleanup_fd_ int fd = open(...);	closed when fd leaves scope
 *	_cleanup_free_ char *s = strdup(...);	freed when s leaves scope
 *	_cleanup_file_ FILE *f = fopen(...);	closed when f leaves scope
 *
 * Ownership moves only by take_fd() and take_ptr(), which leave -1 and NULL
 * behind:
 *
 *	*ret_fd = take_fd(&fd);			out of the function
 *	object->name = take_ptr(&name);		into an object
 *
 * None of these touches errno.  All accept -1 and NULL.
 */
#ifndef COMMON_OWN_H
#define COMMON_OWN_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Closes *fd and leaves -1.  close(2) is never repeated after EINTR: on Linux
 * the descriptor is gone whatever close returns.
 */
static inline void close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = saved;
}

/* Closes every one of the n descriptors, and leaves -1 in each place. */
static inline void close_fds(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close_fd(&fds[i]);
}

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define take_ptr(pointer)                               \
	({                                              \
		__typeof__(pointer) where_ = (pointer); \
		__typeof__(*where_) taken_ = *where_;   \
		*where_ = NULL;                         \
		taken_;                                 \
	})

static inline void free_ptr(void *pointer)
{
	free(*(void **)pointer);
}

static inline void close_file(FILE **file)
{
	if (*file)
		(void)fclose(*file);
	*file = NULL;
}

#define _cleanup_fd_   __attribute__((cleanup(close_fd)))
#define _cleanup_free_ __attribute__((cleanup(free_ptr)))
#define _cleanup_file_ __attribute__((cleanup(close_file)))

/* On every function that can fail and whose failure must be looked at. */
#define _must_use_ __attribute__((warn_unused_result))

#endif
