/* SPDX-License-Identifier: ISC */
#include "landlock.h"

#include <stddef.h>
#include <sys/syscall.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

#define CREATE_RULESET_VERSION (1U << 0)

enum {
	RULE_PATH_BENEATH = 1,
	RULE_NET_PORT = 2,
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

struct net_port {
	uint64_t allowed;
	uint64_t port;
};

int landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       CREATE_RULESET_VERSION);

	if (version >= 0)
		return (int)version;
	/* Not built in, or not switched on. */
	return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
}

struct landlock_handled landlock_at(int version,
				    const struct landlock_handled *h)
{
	struct landlock_handled at = *h;

	if (version < 1)
		at.fs = 0;
	if (version < 2)
		at.fs &= ~LANDLOCK_REFER;
	if (version < 3)
		at.fs &= ~LANDLOCK_TRUNCATE;
	if (version < 4)
		at.net = 0;
	if (version < 5)
		at.fs &= ~LANDLOCK_IOCTL_DEV;
	if (version < 6)
		at.scopes = 0;
	return at;
}

const char *landlock_lost(int version)
{
	static const char *const lost[] = {
		"files, ports, abstract sockets, signals",
		"truncating, ports, devices, abstract sockets, signals",
		"truncating, ports, devices, abstract sockets, signals",
		"ports, devices, abstract sockets, signals",
		"devices, abstract sockets, signals",
		"abstract sockets, signals",
	};
	const int n = sizeof(lost) / sizeof(lost[0]);

	return version < n ? lost[version > 0 ? version : 0] : NULL;
}

/* The kernel refuses a size that it does not know. */
static size_t attribute_size(int version)
{
	if (version < 4)
		return offsetof(struct landlock_handled, net);
	if (version < 6)
		return offsetof(struct landlock_handled, scopes);
	return sizeof(struct landlock_handled);
}

/* struct landlock_handled has the layout of the kernel's attribute. */
int landlock_ruleset(int version, const struct landlock_handled *h)
{
	struct landlock_handled at = landlock_at(version, h);
	long fd = syscall(SYS_landlock_create_ruleset, &at,
			  attribute_size(version), 0);

	return fd < 0 ? -errno : (int)fd;
}

int landlock_allow(int ruleset, int fd, uint64_t rights)
{
	struct path_beneath rule = {.allowed = rights, .parent_fd = fd};

	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule,
		    0) < 0)
		return -errno;
	return 0;
}

int landlock_allow_port(int ruleset, uint16_t port, uint64_t rights)
{
	struct net_port rule = {.allowed = rights, .port = port};

	if (syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) <
	    0)
		return -errno;
	return 0;
}

int landlock_restrict(int ruleset)
{
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return -errno;
	return 0;
}
