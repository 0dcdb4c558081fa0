/* SPDX-License-Identifier: ISC */
/*
 * The kernel's Landlock, by numbers of our own: the system's header may be
 * older than its kernel, and the kernel older than both.
 *
 * A version that is asked for is one that landlock_version() told; rights and
 * scopes that it does not know are left out, without a word: see
 * landlock_lost().
 */
#ifndef COMMON_LANDLOCK_H
#define COMMON_LANDLOCK_H

#include <stdint.h>

#include "own.h"

/* include/uapi/linux/landlock.h */
#define LANDLOCK_EXECUTE     (UINT64_C(1) << 0)
#define LANDLOCK_WRITE_FILE  (UINT64_C(1) << 1)
#define LANDLOCK_READ_FILE   (UINT64_C(1) << 2)
#define LANDLOCK_READ_DIR    (UINT64_C(1) << 3)
#define LANDLOCK_REMOVE_DIR  (UINT64_C(1) << 4)
#define LANDLOCK_REMOVE_FILE (UINT64_C(1) << 5)
#define LANDLOCK_MAKE_CHAR   (UINT64_C(1) << 6)
#define LANDLOCK_MAKE_DIR    (UINT64_C(1) << 7)
#define LANDLOCK_MAKE_REG    (UINT64_C(1) << 8)
#define LANDLOCK_MAKE_SOCK   (UINT64_C(1) << 9)
#define LANDLOCK_MAKE_FIFO   (UINT64_C(1) << 10)
#define LANDLOCK_MAKE_BLOCK  (UINT64_C(1) << 11)
#define LANDLOCK_MAKE_SYM    (UINT64_C(1) << 12)
#define LANDLOCK_REFER	     (UINT64_C(1) << 13) /* version 2 */
#define LANDLOCK_TRUNCATE    (UINT64_C(1) << 14) /* version 3 */
#define LANDLOCK_IOCTL_DEV   (UINT64_C(1) << 15) /* version 5 */
#define LANDLOCK_ALL_FS	     ((UINT64_C(1) << 16) - 1)

#define LANDLOCK_BIND_TCP    (UINT64_C(1) << 0) /* version 4 */
#define LANDLOCK_CONNECT_TCP (UINT64_C(1) << 1)
#define LANDLOCK_ALL_NET     (UINT64_C(3))

#define LANDLOCK_ABSTRACT   (UINT64_C(1) << 0) /* version 6 */
#define LANDLOCK_SIGNAL	    (UINT64_C(1) << 1)
#define LANDLOCK_ALL_SCOPES (UINT64_C(3))

/* What a rule on something else than a directory can allow. */
#define LANDLOCK_FILE                                                  \
	(LANDLOCK_EXECUTE | LANDLOCK_WRITE_FILE | LANDLOCK_READ_FILE | \
	 LANDLOCK_TRUNCATE | LANDLOCK_IOCTL_DEV)

/* The last version that these numbers are of. */
#define LANDLOCK_KNOWN 7

/* What a ruleset takes away, but for what its rules give back. */
struct landlock_handled {
	uint64_t fs;
	uint64_t net;
	uint64_t scopes;
};

/* What this kernel has: 0 where it has none, or -errno. */
_must_use_ int landlock_version(void);

/* Only what that version knows. */
struct landlock_handled landlock_at(int version,
				    const struct landlock_handled *h);

/* What is lost at that version, in words; NULL: nothing that we know of. */
const char *landlock_lost(int version);

/* A ruleset, which the caller closes, or -errno. */
_must_use_ int landlock_ruleset(int version, const struct landlock_handled *h);

/*
 * Allows beneath the directory, or on the file, that fd is; on TCP ports.
 * Rights that the ruleset does not handle are an error, -EINVAL.
 */
_must_use_ int landlock_allow(int ruleset, int fd, uint64_t rights);
_must_use_ int landlock_allow_port(int ruleset, uint16_t port, uint64_t rights);

/* For good, for the calling thread; no_new_privs must be set. */
_must_use_ int landlock_restrict(int ruleset);

#endif
