/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>

#include "escape.h"
#include "helper/helper.h"

enum {
	IDENT = 64,		       /* the policy's name, with its NUL */
	LINE = 128 + 4 * BOUND_SYSLOG, /* each byte may become \xHH */
};

static int connect_log(const char *path, int *ret_fd)
{
	_cleanup_fd_ int fd = -1;
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(un.sun_path))
		return -ENOENT;
	memcpy(un.sun_path, path, len);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* Safe because: the path is the supervisor's, not the worker's. */
	if (fd < 0 || connect(fd, (const struct sockaddr *)&un, sizeof(un)) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

/* What sending says when the log's daemon was restarted. */
static bool is_gone(int error)
{
	return error == -ECONNREFUSED || error == -ECONNRESET ||
	       error == -ENOTCONN || error == -ENOENT || error == -EPIPE;
}

/* Connects where that is to be done; a full log loses the line. */
static int send_line(struct helper *h, const char *line, size_t len)
{
	if (h->syslog < 0) {
		int r = connect_log(h->start.syslog, &h->syslog);

		if (r < 0)
			return r;
	}
	if (send(h->syslog, line, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

/* "<PRI>Mon dd HH:MM:SS ident[pid]: ", in the C locale: the helper has none. */
static size_t put_head(char *buf, size_t size, int severity, const char *ident,
		       pid_t pid)
{
	time_t now = time(NULL);
	struct tm tm;
	char stamp[32];
	char name[IDENT];
	int n;

	if (!localtime_r(&now, &tm) ||
	    strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm) == 0)
		return 0;
	(void)escape_line(ident, strlen(ident), name, sizeof(name));
	n = snprintf(buf, size, "<%d>%s %s[%d]: ", LOG_DAEMON | severity, stamp,
		     name, (int)pid);
	return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}

int do_syslog(struct helper *h, struct job *j)
{
	int severity = (int)(j->request->number & LOG_PRIMASK);
	const char *text = j->request->object;
	char line[LINE];
	size_t len;
	int r;

	len = put_head(line, sizeof(line), severity, h->policy->name,
		       j->worker);
	/* Else a newline begins a line that the daemon did not write. */
	len += escape_line(text, strnlen(text, BOUND_SYSLOG - 1), line + len,
			   sizeof(line) - len);
	r = send_line(h, line, len);
	if (!is_gone(r))
		return r;
	close_fd(&h->syslog);
	return send_line(h, line, len);
}
