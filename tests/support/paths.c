/* SPDX-License-Identifier: ISC */
#include "support/paths.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bounds.h"
#include "support/child.h"

/* Cuts the last name off. */
static void up(char *path)
{
	char *slash = strrchr(path, '/');

	CHILD_CHECK(slash != NULL);
	*slash = '\0';
}

static void down(char *path, size_t size, const char *name)
{
	size_t len = strlen(path);

	CHILD_CHECK(len + strlen(name) + 2 <= size);
	snprintf(path + len, size - len, "/%s", name);
}

const char *paths_built(const char *program)
{
	static char path[2 * BOUND_PATH];
	ssize_t n = readlink("/proc/self/exe", path, BOUND_PATH - 1);

	CHILD_CHECK(n > 0);
	path[n] = '\0';
	/* BUILD/tests/KIND/test_x */
	for (int i = 0; i < 3; i++)
		up(path);
	down(path, sizeof(path), program);
	return path;
}

const char *paths_source(const char *name)
{
	static char path[2 * BOUND_PATH];

	snprintf(path, sizeof(path), "%s", paths_built("Makefile"));
	while (access(path, F_OK) < 0) {
		up(path);
		up(path);
		down(path, sizeof(path), "Makefile");
	}
	up(path);
	down(path, sizeof(path), name);
	return path;
}
