/* SPDX-License-Identifier: ISC */
/*
 * One line for the system's log, as syslog(3) sends it:
 *
 *	<28>Jan  2 03:04:05 httpd[1234]: text
 */
#ifndef COMMON_SYSLOGLINE_H
#define COMMON_SYSLOGLINE_H

#include <sys/types.h>
#include <time.h>

#include "bounds.h"

/* Its head, and the text of which each byte may become \xHH. */
#define SYSLOGLINE (128 + 4 * BOUND_SYSLOG)

struct syslogline {
	int severity; /* LOG_EMERG to LOG_DEBUG; it is a daemon's */
	time_t time;
	const char *ident;
	pid_t pid;
	const char *text; /* escaped (escape.h), and cut to BOUND_SYSLOG */
};

/* Without a newline: how many bytes. */
size_t syslogline_print(const struct syslogline *l,
			char buf[static SYSLOGLINE]);

#endif
