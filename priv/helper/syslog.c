/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include "helper/helper.h"
#include "syslogline.h"

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

int do_syslog(struct helper *h, struct job *j)
{
	const struct syslogline l = {
		.severity = (int)(j->request->number & LOG_PRIMASK),
		.time = time(NULL),
		.ident = h->policy->name,
		.pid = j->worker,
		.text = j->request->object,
	};
	char line[SYSLOGLINE];
	size_t len = syslogline_print(&l, line);
	int r = send_line(h, line, len);

	if (!is_gone(r))
		return r;
	close_fd(&h->syslog);
	return send_line(h, line, len);
}
