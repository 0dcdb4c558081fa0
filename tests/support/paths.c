/* SPDX-License-Identifier: ISC */
#include "support/paths.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bounds.h"
#include "support/child.h"

const char *paths_built(const char *program)
{
	static char path[2 * BOUND_PATH];
	ssize_t n = readlink("/proc/self/exe", path, BOUND_PATH - 1);

	CHILD_CHECK(n > 0);
	path[n] = '\0';
	/* BUILD/tests/KIND/test_x */
	for (int up = 0; up < 3; up++) {
		char *slash = strrchr(path, '/');

		CHILD_CHECK(slash != NULL);
		*slash = '\0';
	}
	n = (ssize_t)strlen(path);
	snprintf(path + n, sizeof(path) - (size_t)n, "/%s", program);
	return path;
}
