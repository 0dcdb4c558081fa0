/* SPDX-License-Identifier: ISC */
/*
 * The one way in which the helper opens a path.
 */
#ifndef COMMON_BENEATH_H
#define COMMON_BENEATH_H

#include <stdbool.h>
#include <sys/types.h>

#include "own.h"

/*
 * Opens path, which is read from dirfd whether it begins with a slash or not,
 * without following any link, magic or plain, and without leaving dirfd.
 * O_CLOEXEC, and without O_PATH O_NONBLOCK and O_NOCTTY, are always added;
 * O_PATH | O_NOFOLLOW opens a link itself.  mode counts with O_CREAT only.
 *
 * Returns a descriptor, which the caller owns, or -errno: -ELOOP where a link
 * is met, -EAGAIN where a lease is held on the file.
 */
_must_use_ int beneath_open(int dirfd, const char *path, int flags,
			    mode_t mode);

/*
 * The same for the directory that a clean path's last component lies in, as
 * O_PATH; the root's is the root.
 */
_must_use_ int beneath_parent(int dirfd, const char *path);

/* Whether fd is on procfs: 1 or 0, or -errno. */
_must_use_ int beneath_proc(int fd);

#endif
