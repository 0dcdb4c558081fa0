/* SPDX-License-Identifier: ISC */
/*
 * What the kernel says of this process in /proc/self/status.
 */
#ifndef UNPRIV_STATUS_H
#define UNPRIV_STATUS_H

#include <stdint.h>
#include <sys/types.h>

#include "own.h"

enum {
	STATUS_BYTES = 16384
};

/* Opens it, close-on-exec: -errno or a descriptor, which the caller closes. */
_must_use_ int status_open(void);

/*
 * Reads it anew into text, which has room for STATUS_BYTES, as a string: 0 or
 * -errno.  Needs no right to open anything.
 */
_must_use_ int status_read(int fd, char *text);

/* The number behind "name:\t", in that base: 0, or -ENOENT, -EPROTO. */
_must_use_ int status_number(const char *text, const char *name, int base,
			     uint64_t *ret);

/*
 * Whether text is of a process that is uid and gid four times over, has no
 * capability, no_new_privs and a seccomp filter: 0 or -EPERM.  The bounding
 * set is left to identity_verify(): who had no privilege cannot empty it.
 */
_must_use_ int status_confined(const char *text, uid_t uid, gid_t gid);

#endif
