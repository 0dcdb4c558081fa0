/* SPDX-License-Identifier: ISC */
#include "supervisor/require.h"

#include <errno.h>
#include <string.h>

#include "landlock.h"
#include "supervisor/supervisor.h"

/* The digit behind "landlock=", or -EINVAL. */
static int version_of(const char *word, size_t len)
{
	static const char name[] = "landlock=";
	const size_t before = sizeof(name) - 1;
	int version;

	if (len != before + 1 || memcmp(word, name, before) != 0)
		return -EINVAL;
	version = word[before] - '0';
	return version >= 1 && version <= LANDLOCK_KNOWN ? version : -EINVAL;
}

static bool is(const char *word, size_t len, const char *name)
{
	return len == strlen(name) && memcmp(word, name, len) == 0;
}

static int take(const char *word, size_t len, struct require *q)
{
	int version = version_of(word, len);

	if (version > 0)
		q->landlock = version;
	else if (is(word, len, "passrights"))
		q->passrights = true;
	else if (is(word, len, "uids"))
		q->uids = true;
	else
		return -EINVAL;
	return 0;
}

int require_parse(const char *text, struct require *ret, struct failure *f)
{
	const char *at = text;

	while (true) {
		size_t len = strcspn(at, ",");

		if (take(at, len, ret) < 0)
			return fail(f, -EINVAL,
				    "--require %s: found '%.*s', expected "
				    "landlock=1 to landlock=%d, passrights or "
				    "uids",
				    text, (int)len, at, LANDLOCK_KNOWN);
		if (at[len] == '\0')
			return 0;
		at += len + 1;
	}
}

int require_check(const struct supervisor *s, const struct edition *e,
		  struct failure *f)
{
	const struct require *q = &s->options.require;

	if (e->version < q->landlock)
		return fail(f, -EOPNOTSUPP,
			    "--require landlock=%d: this kernel has %d, which "
			    "knows nothing of: %s",
			    q->landlock, e->version, landlock_lost(e->version));
	if (q->passrights && !s->passrights)
		return fail(f, -EOPNOTSUPP,
			    "--require passrights: this kernel cannot refuse "
			    "the worker's descriptors");
	if (q->uids && (!s->privileged || e->plan.uid == e->plan.fsuid))
		return fail(f, -EOPNOTSUPP,
			    "--require uids: worker and helper are the same "
			    "user%s",
			    s->privileged ? "" : ", without root");
	return 0;
}
