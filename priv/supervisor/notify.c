/* SPDX-License-Identifier: ISC */
#include "supervisor/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bounds.h"

/* "/run/x" or "@abstract": true, or false for another kind of address. */
static bool to_address(const char *text, struct notify *n)
{
	size_t len = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || len < 2 ||
	    len >= sizeof(n->to.sun_path))
		return false;
	n->to = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(n->to.sun_path, text, len);
	if (text[0] == '@')
		n->to.sun_path[0] = '\0';
	n->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	/* A name in the file system ends with its NUL. */
	if (text[0] == '/')
		n->to_len++;
	return true;
}

int notify_open(const char *address, pid_t as, struct notify *ret)
{
	const int type = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
	struct notify n = NOTIFY_INIT;
	int sv[2];

	n.as = as;
	if (!address || !to_address(address, &n)) {
		*ret = n;
		return 0;
	}
	n.out = socket(AF_UNIX, type, 0);
	if (n.out < 0)
		return -errno;
	if (socketpair(AF_UNIX, type, 0, sv) < 0) {
		int r = -errno;

		notify_close(&n);
		return r;
	}
	n.relay = sv[0];
	n.helper = sv[1];
	*ret = n;
	return 0;
}

/* As sd_pid_notify(3): in the name of another process. */
static ssize_t send_as(const struct notify *n, struct iovec *text)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control = {0};
	struct ucred who = {.pid = n->as, .uid = getuid(), .gid = getgid()};
	struct msghdr m = {
		.msg_name = (void *)&n->to,
		.msg_namelen = n->to_len,
		.msg_iov = text,
		.msg_iovlen = 1,
	};

	if (n->as) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_CREDENTIALS;
		control.header.cmsg_len = CMSG_LEN(sizeof(who));
		memcpy(CMSG_DATA(&control.header), &who, sizeof(who));
	}
	return sendmsg(n->out, &m, MSG_NOSIGNAL);
}

/* Without privilege: the unit needs NotifyAccess=all then. */
static void pass_on(const struct notify *n, char *text, size_t len)
{
	struct iovec iov = {.iov_base = text, .iov_len = len};
	struct notify plain = *n;

	if (send_as(n, &iov) >= 0 || errno != EPERM || !n->as)
		return;
	plain.as = 0;
	(void)send_as(&plain, &iov);
}

/* A line of its own; the text has no NUL. */
static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, line, len) == 0 &&
		    (at[len] == '\0' || at[len] == '\n'))
			return true;
	}
	return false;
}

void notify_relay(struct notify *n)
{
	char text[BOUND_NOTIFY + 1];
	ssize_t len = recv(n->relay, text, BOUND_NOTIFY, MSG_TRUNC);

	if (len <= 0 || len > BOUND_NOTIFY)
		return;
	text[len] = '\0';
	n->ready = n->ready || has_line(text, "READY=1");
	pass_on(n, text, (size_t)len);
}

static void say(const struct notify *n, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void say(const struct notify *n, const char *fmt, ...)
{
	char text[BOUND_NOTIFY];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n->relay >= 0 && len > 0)
		pass_on(n, text, (size_t)len);
}

void notify_reloading(const struct notify *n)
{
	struct timespec t;

	if (n->ready && clock_gettime(CLOCK_MONOTONIC, &t) == 0)
		say(n, "RELOADING=1\nMONOTONIC_USEC=%lld",
		    (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

void notify_reloaded(const struct notify *n)
{
	if (n->ready)
		say(n, "READY=1");
}

void notify_stopping(const struct notify *n)
{
	say(n, "STOPPING=1");
}

void notify_close(struct notify *n)
{
	close_fd(&n->relay);
	close_fd(&n->helper);
	close_fd(&n->out);
}
