/* SPDX-License-Identifier: ISC */
#include "notify_state.h"

#include <string.h>

#include "bounds.h"

/*
 * What a worker may say to the service manager: how it is.  Not MAINPID,
 * FDSTORE, NOTIFYACCESS or what later versions invent, by which it would tell
 * the manager what to do.
 */
static const char *const words[] = {
	"READY",    "RELOADING",      "STOPPING", "STATUS",
	"WATCHDOG", "MONOTONIC_USEC", "ERRNO",	  "EXTEND_TIMEOUT_USEC",
};

static bool is_allowed(const char *line, size_t len)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t n = strlen(words[i]);

		if (len > n && line[n] == '=' && memcmp(line, words[i], n) == 0)
			return true;
	}
	return false;
}

static bool is_text(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return false;
	return true;
}

bool notify_state_is_own(const char *state)
{
	if (!*state || strlen(state) >= BOUND_NOTIFY)
		return false;
	while (*state) {
		size_t len = strcspn(state, "\n");

		if (!is_allowed(state, len) || !is_text(state, len))
			return false;
		state += len;
		state += *state == '\n';
	}
	return true;
}
