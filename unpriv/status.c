/* SPDX-License-Identifier: ISC */
#include "status.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

int status_open(void)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int status_read(int fd, char *text)
{
	size_t len = 0;

	while (len < STATUS_BYTES - 1) {
		ssize_t n = pread(fd, text + len, STATUS_BYTES - 1 - len,
				  (off_t)len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	return 0;
}

/* What stands behind "name:", or NULL. */
static const char *value_of(const char *text, const char *name)
{
	size_t len = strlen(name);

	while (text) {
		if (strncmp(text, name, len) == 0 && text[len] == ':')
			return text + len + 1;
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return NULL;
}

static int number_at(const char **at, int base, uint64_t *ret)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(*at, &end, base);
	if (errno != 0 || end == *at)
		return -EPROTO;
	*at = end;
	*ret = n;
	return 0;
}

int status_number(const char *text, const char *name, int base, uint64_t *ret)
{
	const char *at = value_of(text, name);

	return at ? number_at(&at, base, ret) : -ENOENT;
}

/* Real, effective, saved and file system id are all id. */
static bool all_are(const char *text, const char *name, uint64_t id)
{
	const char *at = value_of(text, name);
	uint64_t n;

	if (!at)
		return false;
	for (int i = 0; i < 4; i++)
		if (number_at(&at, 10, &n) < 0 || n != id)
			return false;
	return true;
}

static bool is(const char *text, const char *name, uint64_t expected)
{
	uint64_t n;

	return status_number(text, name, 16, &n) == 0 && n == expected;
}

int status_confined(const char *text, uid_t uid, gid_t gid)
{
	static const char *const sets[] = {"CapInh", "CapPrm", "CapEff",
					   "CapAmb"};

	if (!all_are(text, "Uid", uid) || !all_are(text, "Gid", gid))
		return -EPERM;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		if (!is(text, sets[i], 0))
			return -EPERM;
	/* 2 is SECCOMP_MODE_FILTER. */
	if (!is(text, "NoNewPrivs", 1) || !is(text, "Seccomp", 2))
		return -EPERM;
	return 0;
}
