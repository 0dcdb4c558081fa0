/* SPDX-License-Identifier: ISC */
/*
 * The access log: one line a request, in the common log format.
 */
#ifndef HTTPD_LOG_H
#define HTTPD_LOG_H

#include <stdint.h>
#include <sys/socket.h>

#include <wicket/wicket.h>

struct log {
	struct wicket *gate; /* borrowed */
	const char *path;    /* borrowed */
	int fd;		     /* owned, -1: not open */
};

/*
 * Opens the file, or opens it again after it was moved away; a failure keeps
 * the one that is open.  0 or -errno.
 */
int log_open(struct log *log);

/* One request as it is written down.  What the client sent is escaped. */
struct log_line {
	const struct sockaddr *client;
	const char *method;
	const char *url;
	const char *version;
	unsigned status;
	uint64_t size;
};

void log_write(struct log *log, const struct log_line *line);

#endif
