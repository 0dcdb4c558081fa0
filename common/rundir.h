/* SPDX-License-Identifier: ISC */
#ifndef COMMON_RUNDIR_H
#define COMMON_RUNDIR_H

#include <stddef.h>

#include "own.h"

/*
 * Where supervisors have their sockets: "/run/wicket" for root, else "wicket"
 * below XDG_RUNTIME_DIR.  0, -ENOENT where there is no such place,
 * -ENAMETOOLONG.
 */
_must_use_ int rundir_path(char *buf, size_t size);

#endif
