/* SPDX-License-Identifier: ISC */
/*
 * Lines that have a worker's bytes in them.  Of the audit and of the system's
 * log: one printing line, with its verdict, whatever was written.  Of a policy,
 * as a hint: it grants the path that it was made for.  The input is an object,
 * a NUL, and another.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auditline.h"
#include "notify_state.h"
#include "path.h"
#include "policy/match.h"
#include "syslogline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_printing(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] < ' ' || line[i] > '~')
			abort();
}

static void check_audit(const char *object, const char *target, unsigned op)
{
	const struct op_request request = {
		.op = (uint16_t)op, .object = object, .target = target};
	const struct policy policy = {0};
	const struct auditline a = {.request = &request,
				    .verdict = "denied",
				    .policy = &policy,
				    .error = EACCES,
				    .missing = object};
	char buf[BOUND_AUDIT_LINE];
	size_t len = auditline_print(&a, buf);

	if (len == 0 || len > sizeof(buf) || buf[len - 1] != '\n')
		abort();
	check_printing(buf, len - 1);
	if (!memmem(buf, len, " verdict=denied rule=- errno=EACCES", 35))
		abort();
}

static void check_syslog(const char *ident, const char *text)
{
	const struct syslogline l = {.ident = ident, .pid = 1, .text = text};
	char buf[SYSLOGLINE];
	size_t len = syslogline_print(&l, buf);

	if (len >= sizeof(buf) || buf[len] != '\0')
		abort();
	check_printing(buf, len);
}

static void check_hint(const char *object)
{
	__attribute__((cleanup(policy_freep))) struct policy *p = NULL;
	struct policy_note err = POLICY_NOTE_INIT;
	char clean[BOUND_PATH];
	char hint[BOUND_POLICY_LINE];
	bool dir;
	size_t len;

	if (path_clean(object, clean, &dir) < 0)
		return;
	len = policy_hint(RIGHT_READ, clean, hint, sizeof(hint));
	if (len == 0)
		return;
	if (policy_new("fuzz", &p) < 0)
		return;
	if (policy_parse(p, "fuzz", hint, len, NULL, &err) < 0 ||
	    policy_judge(p, clean).rights != (RIGHT_READ | RIGHT_STAT))
		abort();
}

/* What is passed on tells the manager nothing but how the daemon is. */
static void check_state(const char *state)
{
	if (!notify_state_is_own(state))
		return;
	if (strlen(state) >= BOUND_NOTIFY)
		abort();
	for (; *state; state += strspn(state, "\n")) {
		size_t len = strcspn(state, "\n");

		if (!memchr(state, '=', len) ||
		    strncmp(state, "MAINPID", 7) == 0 ||
		    strncmp(state, "FDSTORE", 7) == 0)
			abort();
		state += len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 2);
	const char *other;

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	other = text + strlen(text) + 1;
	check_audit(text, other, size > 0 ? data[size - 1] : 0);
	check_syslog(text, other);
	check_hint(text);
	check_state(text);
	free(text);
	return 0;
}
