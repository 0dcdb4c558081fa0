/* SPDX-License-Identifier: ISC */
#include "supervisor/restart.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum {
	/* Who lived so long is no part of a row of failures. */
	LONG_MS = 10000,
	FIRST_WAIT_MS = 100,
	WAIT_MS = 10000,
};

int restart_parse(const char *text, enum restart_when *ret)
{
	static const char *const words[RESTART_WHEN_MAX] = {
		[RESTART_NO] = "no",
		[RESTART_ON_FAILURE] = "on-failure",
		[RESTART_ALWAYS] = "always",
	};

	for (int i = 0; i < RESTART_WHEN_MAX; i++) {
		if (strcmp(text, words[i]) != 0)
			continue;
		*ret = (enum restart_when)i;
		return 0;
	}
	return -EINVAL;
}

static bool is_failure(int status)
{
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status) != 0;
	switch (WTERMSIG(status)) {
	case SIGHUP:
	case SIGINT:
	case SIGPIPE:
	case SIGTERM:
		return false;
	default:
		return true;
	}
}

static int64_t wait_ms(unsigned failures)
{
	int64_t ms = FIRST_WAIT_MS;

	while (failures-- > 1 && ms < WAIT_MS)
		ms *= 2;
	return ms < WAIT_MS ? ms : WAIT_MS;
}

void restart_ended(struct restart *r, enum restart_when when, int status,
		   int64_t now)
{
	r->waiting = !r->ending &&
		     (when == RESTART_ALWAYS ||
		      (when == RESTART_ON_FAILURE && is_failure(status)));
	r->failures = now - r->begun < LONG_MS ? r->failures + 1 : 1;
	r->due = now + wait_ms(r->failures);
}

void restart_begun(struct restart *r, int64_t now)
{
	r->times += r->waiting;
	r->waiting = false;
	r->begun = now;
}
