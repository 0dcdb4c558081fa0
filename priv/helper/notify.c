/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "helper/helper.h"

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

/* One line at least, each NAME=VALUE; a newline may stand at the end. */
static bool is_state(const char *state)
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

/*
 * The manager sees the helper as the sender: systemd wants NotifyAccess=all.
 * Without a manager there is nobody to tell, and nothing is wrong.
 */
int do_notify(struct helper *h, struct job *j)
{
	const char *state = j->request->object;

	if (!is_state(state))
		return -EINVAL;
	if (h->notify < 0)
		return 0;
	if (send(h->notify, state, strlen(state), MSG_DONTWAIT | MSG_NOSIGNAL) <
	    0)
		return -errno;
	return 0;
}
