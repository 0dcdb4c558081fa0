/* SPDX-License-Identifier: ISC */
#include "deny_all.h"

#include "landlock.h"

/* A ruleset that handles everything and allows nothing. */
int landlock_deny_all(void)
{
	const struct landlock_handled all = {
		.fs = LANDLOCK_ALL_FS,
		.net = LANDLOCK_ALL_NET,
		.scopes = LANDLOCK_ALL_SCOPES,
	};
	_cleanup_fd_ int ruleset = -1;
	int version = landlock_version();
	int r;

	if (version <= 0)
		return version;
	r = ruleset = landlock_ruleset(version, &all);
	if (r >= 0)
		r = landlock_restrict(ruleset);
	return r < 0 ? r : version;
}
