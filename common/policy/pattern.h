/* SPDX-License-Identifier: ISC */
/*
 * Path patterns, and what can be asked of them.  A pattern is canonical text
 * as in struct policy_path; it is compared component by component.  A ** at
 * the end takes in the directory that it stands below: "/srv/www/" and "**"
 * cover /srv/www too.
 *
 * Every answer takes at most about length of pattern times length of path
 * steps.  Paths are clean (path_clean()).
 */
#ifndef COMMON_POLICY_PATTERN_H
#define COMMON_POLICY_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "bounds.h"

/* The pattern covers this path. */
bool pattern_covers(const char *pattern, const char *path);

/*
 * The same, but a ** at the end stands for one component at least: what may
 * be made or removed in a directory, not the directory itself.
 */
bool pattern_covers_entry(const char *pattern, const char *path);

/* The pattern covers this path or a directory above it. */
bool pattern_covers_within(const char *pattern, const char *path);

/* Some path directly in dir, whatever its name, pattern_covers_entry(). */
bool pattern_has_entry_in(const char *pattern, const char *dir);

/* Some path, dir or beneath it, may be covered. */
bool pattern_reaches(const char *pattern, const char *dir);

/*
 * dir and every path beneath it are covered for certain.  False for a pattern
 * that does so without a ** at its end.
 */
bool pattern_covers_tree(const char *pattern, const char *dir);

/* One component of a pattern against one name, of these lengths. */
bool pattern_fits(const char *component, size_t component_len, const char *name,
		  size_t name_len);

/*
 * The bytes of the pattern that name one directory or file without wildcard,
 * whole components only: 8 for "/srv/www/x*", 1 for "/" and for "/x*".
 */
size_t pattern_literal(const char *pattern);

/* Those bytes as a path, without escapes, of a pattern below BOUND_PATH. */
void pattern_literal_path(const char *pattern, char path[static BOUND_PATH]);

/* The pattern has no wildcard. */
bool pattern_is_literal(const char *pattern);

#endif
