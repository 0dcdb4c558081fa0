/* SPDX-License-Identifier: ISC */
/*
 * Included by tests/tools/lint in front of each source that clang-tidy reads,
 * and never compiled: tells the analyzer that errno is positive, so that it
 * does not take "return -errno" for a success that set no result.
 */
#include <errno.h>

static inline int *analyzer_errno(void)
{
	int *e = __errno_location();

	if (*e <= 0)
		__builtin_unreachable();
	return e;
}

#undef errno
#define errno (*analyzer_errno())
