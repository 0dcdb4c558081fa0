/* SPDX-License-Identifier: ISC */
/*
 * Paths as text.  No function here looks at the file system.
 */
#ifndef COMMON_PATH_H
#define COMMON_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "bounds.h"
#include "own.h"

/*
 * Cleans a worker's path as the kernel would read it: // and /./ collapse, a
 * slash or /. at the end goes and sets *ret_dir (the kernel wants a directory
 * there).  clean has room for BOUND_PATH bytes.
 *
 * 0, or
 * -ENOENT		an empty path
 * -EACCES		not absolute, or with a .. component
 * -ENAMETOOLONG	BOUND_PATH bytes or more, or a component of more than
 *			BOUND_COMPONENT bytes
 */
_must_use_ int path_clean(const char *path, char *clean, bool *ret_dir);

/*
 * Where a link leads: target is the link's text, dir the clean path of the
 * directory that holds it, rest what followed the link in the path ("" or
 * "/a/b").  .. is taken out as text, which is right where no component of dir
 * is a link and path_returns() is false of target.  Errors as path_clean(), and
 * -ENOENT for an empty target.
 */
_must_use_ int path_follow(const char *dir, const char *target,
			   const char *rest, char *clean);

/*
 * The text goes into a directory and out again, as "a/../b" does and "../b"
 * does not: where a is a link, only the kernel can tell what .. is.
 */
bool path_returns(const char *target);

/* The bytes of the directory part of a clean path: 1 for "/a", 2 for "/a/b". */
size_t path_dirlen(const char *clean);

/* The last component of a clean path, "" for "/". */
const char *path_base(const char *clean);

/* The path of a name in dir, into child; false where it would be too long. */
bool path_child(const char *dir, const char *name, char *child);

/* path is dir or lies beneath it; both clean. */
bool path_within(const char *path, const char *dir);

/* Some component is "self", "thread-self" or all digits. */
bool path_names_process(const char *clean);

#endif
