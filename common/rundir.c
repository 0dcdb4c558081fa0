/* SPDX-License-Identifier: ISC */
#include "rundir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int rundir_path(char *buf, size_t size)
{
	const char *above = geteuid() == 0 ? "/run" : getenv("XDG_RUNTIME_DIR");
	int n;

	if (!above || above[0] != '/')
		return -ENOENT;
	n = snprintf(buf, size, "%s/wicket", above);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}
