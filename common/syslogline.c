/* SPDX-License-Identifier: ISC */
#include "syslogline.h"

#include <string.h>
#include <syslog.h>

#include "escape.h"
#include "text.h"

size_t syslogline_print(const struct syslogline *l, char buf[static SYSLOGLINE])
{
	struct text t = text_in(buf, SYSLOGLINE);
	char ident[64];
	char stamp[32];
	struct tm tm;

	/* In the C locale: the helper, which sends it, has no other. */
	if (!localtime_r(&l->time, &tm) ||
	    strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm) == 0)
		stamp[0] = '\0';
	(void)escape_line(l->ident, strlen(l->ident), ident, sizeof(ident));
	text_put(&t, "<%d>%s %s[%d]: ", LOG_DAEMON | l->severity, stamp, ident,
		 (int)l->pid);
	/* Else a newline begins a line that the daemon did not write. */
	return t.len + escape_line(l->text, strnlen(l->text, BOUND_SYSLOG - 1),
				   buf + t.len, SYSLOGLINE - t.len);
}
