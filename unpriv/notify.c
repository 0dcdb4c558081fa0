/* SPDX-License-Identifier: ISC */
/*
 * What goes out to the machine: the service manager and the system's log.
 */
#include "wicket/wicket.h"

#include <stdarg.h>
#include <string.h>
#include <syslog.h>

#include "call.h"

int wicket_notify(struct wicket *w, const char *state)
{
	struct op_request q = {.op = OP_notify, .object = state};

	if (state && strnlen(state, BOUND_NOTIFY) == BOUND_NOTIFY)
		return edge(-EINVAL);
	return edge(call_plain(w, &q));
}

void wicket_vsyslog(struct wicket *w, int priority, const char *format,
		    va_list args)
{
	char text[BOUND_SYSLOG];
	struct op_request q = {
		.op = OP_syslog,
		.object = text,
		.number = LOG_PRI((unsigned)priority),
	};
	int saved = errno;

	if (vsnprintf(text, sizeof(text), format, args) >= 0) {
		int lost = call_plain(w, &q);

		(void)lost; /* there is nobody left to be told */
	}
	errno = saved;
}

void wicket_syslog(struct wicket *w, int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	wicket_vsyslog(w, priority, format, args);
	va_end(args);
}
