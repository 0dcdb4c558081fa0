/* SPDX-License-Identifier: ISC */
/*
 * What the supervisor hands over in memory files: nobody may change it under
 * us, or it is not read.
 */
#ifndef COMMON_APPLY_SEALED_H
#define COMMON_APPLY_SEALED_H

#include <stddef.h>

#include "own.h"

struct sealed {
	void *at; /* to be read only */
	size_t len;
};

/* 0, or -EPERM for a file that could change, -EPROTO for an empty one. */
_must_use_ int sealed_map(int fd, struct sealed *ret);
void sealed_unmap(struct sealed *s);

#endif
