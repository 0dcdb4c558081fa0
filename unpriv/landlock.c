/* SPDX-License-Identifier: ISC */
#include "landlock.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

/*
 * The kernel's interface (include/uapi/linux/landlock.h), carried here because
 * the header of the system may be older than its kernel.
 */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self  446
#endif

#define CREATE_RULESET_VERSION (1U << 0)

struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

/* Version 1: execute, write, read, read directory, remove 2, make 7. */
#define FS_1	((UINT64_C(1) << 13) - 1)
#define FS_2	(UINT64_C(1) << 13) /* refer: links between directories */
#define FS_3	(UINT64_C(1) << 14) /* truncate */
#define FS_5	(UINT64_C(1) << 15) /* ioctl on devices */
#define NET_4	(UINT64_C(3))	    /* bind and connect TCP */
#define SCOPE_6 (UINT64_C(3))	    /* abstract sockets, signals */

/* The kernel refuses bits of later versions, and a size it does not know. */
static size_t fill(struct ruleset_attr *a, int version)
{
	size_t size = offsetof(struct ruleset_attr, handled_access_net);

	a->handled_access_fs = FS_1;
	if (version >= 2)
		a->handled_access_fs |= FS_2;
	if (version >= 3)
		a->handled_access_fs |= FS_3;
	if (version >= 4) {
		a->handled_access_net = NET_4;
		size = offsetof(struct ruleset_attr, scoped);
	}
	if (version >= 5)
		a->handled_access_fs |= FS_5;
	if (version >= 6) {
		a->scoped = SCOPE_6;
		size = sizeof(*a);
	}
	return size;
}

/* A ruleset that handles everything and allows nothing. */
int landlock_deny_all(void)
{
	_cleanup_fd_ int ruleset = -1;
	struct ruleset_attr a = {0};
	int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
				   CREATE_RULESET_VERSION);

	if (version < 0) /* not built in, or not switched on */
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &a,
			       fill(&a, version), 0);
	if (ruleset < 0)
		return -errno;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return -errno;
	return version;
}
