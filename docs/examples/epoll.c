/* SPDX-License-Identifier: ISC */
/*
 * epoll: a small HTTP server of files on one event loop, as an example of
 * requests that do not wait.  Every file is opened by the helper, and meanwhile
 * the loop serves the others: it never waits for anybody.
 *
 *	wicket run epoll.policy -- epoll "tcp *:80" /srv/www
 *
 * It knows GET and no %-escapes; docs/examples/httpd is a server with more.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wicket/wicket.h>

enum {
	CLIENTS_MAX = 256, /* what wicket_submit_open() takes at a time */
	EVENTS = 64,
	IDLE_S = 30, /* until a client that does nothing is sent away */
	OPEN_MS = 5000,
};

struct client {
	struct server *server;
	int fd;		 /* owned; -1: nobody */
	int file;	 /* owned; what is being sent, or -1 */
	int64_t request; /* that its file is waited for by, or 0 */
	time_t active;
	size_t have; /* bytes in buf: of the request, then of the answer */
	size_t sent;
	char buf[16384];
};

struct server {
	struct wicket *gate;
	const char *root;
	int listener;
	int epoll;
	time_t swept; /* when idle clients were looked for */
	struct client clients[CLIENTS_MAX];
};

/* What epoll tells of that is no client. */
static char the_listener, the_gate;

static time_t now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		err(1, "clock_gettime");
	return t.tv_sec;
}

/* ---- epoll ----------------------------------------------------------- */

static void watch(const struct server *s, int op, int fd, uint32_t events,
		  void *whom)
{
	struct epoll_event e = {.events = events, .data.ptr = whom};

	if (epoll_ctl(s->epoll, op, fd, &e) < 0)
		err(1, "epoll_ctl");
}

/* A client that is waited for by nobody still hangs up: that is always told. */
static void wait_for(struct client *c, uint32_t events)
{
	watch(c->server, EPOLL_CTL_MOD, c->fd, events, c);
}

/* ---- clients --------------------------------------------------------- */

static void drop(struct client *c)
{
	/* Else the callback would find another client in this place. */
	if (c->request > 0)
		(void)wicket_cancel(c->server->gate, c->request);
	if (c->file >= 0)
		(void)close(c->file);
	(void)close(c->fd);
	c->fd = c->file = -1;
	c->request = 0;
}

static struct client *find_free(struct server *s)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->clients[i].fd < 0)
			return &s->clients[i];
	return NULL;
}

static void welcome(struct server *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct client *c = find_free(s);

	if (fd < 0)
		return;
	if (!c) {
		(void)close(fd);
		return;
	}
	c->fd = fd;
	c->active = now();
	c->have = c->sent = 0;
	watch(s, EPOLL_CTL_ADD, fd, EPOLLIN, c);
}

static void sweep(struct server *s)
{
	time_t t = now();

	if (t == s->swept)
		return;
	s->swept = t;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->clients[i].fd >= 0 && t - s->clients[i].active > IDLE_S)
			drop(&s->clients[i]);
}

/* ---- answers --------------------------------------------------------- */

/* Puts more of the file behind what has been sent; false at its end. */
static bool refill(struct client *c)
{
	ssize_t n = -1;

	if (c->file >= 0)
		n = read(c->file, c->buf, sizeof(c->buf));
	c->sent = 0;
	c->have = n > 0 ? (size_t)n : 0;
	return n > 0;
}

static void send_more(struct client *c)
{
	ssize_t n = send(c->fd, c->buf + c->sent, c->have - c->sent,
			 MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		drop(c);
		return;
	}
	c->active = now();
	c->sent += (size_t)n;
	if (c->sent == c->have && !refill(c))
		drop(c);
}

static void answer(struct client *c, const char *status, off_t size)
{
	int n = snprintf(c->buf, sizeof(c->buf),
			 "HTTP/1.1 %s\r\n"
			 "Content-Length: %jd\r\n"
			 "Connection: close\r\n"
			 "\r\n",
			 status, (intmax_t)size);

	c->have = (size_t)n;
	c->sent = 0;
	wait_for(c, EPOLLOUT);
}

static const char *status_of(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return "404 Not Found";
	case EACCES:
	case EISDIR:
		return "403 Forbidden";
	default:
		return "503 Service Unavailable";
	}
}

/* The helper's answer. */
static void opened(void *arg, int fd, int error)
{
	struct client *c = arg;
	struct stat st;

	c->request = 0;
	c->file = fd;
	if (fd < 0)
		answer(c, status_of(error), 0);
	else if (fstat(fd, &st) < 0)
		answer(c, status_of(errno), 0);
	else
		answer(c, "200 OK", st.st_size);
}

/* ---- requests -------------------------------------------------------- */

/* "GET /path?query HTTP/1.1": the path, or NULL. */
static char *find_path(char *request)
{
	char *path = request + 4;

	if (strncmp(request, "GET /", 5) != 0)
		return NULL;
	path[strcspn(path, "? \r\n")] = '\0';
	return path;
}

static void ask(struct client *c, const char *path)
{
	struct server *s = c->server;
	char full[PATH_MAX];
	const char *index = path[strlen(path) - 1] == '/' ? "index.html" : "";
	int n = snprintf(full, sizeof(full), "%s%s%s", s->root, path, index);

	if (n >= (int)sizeof(full)) {
		answer(c, status_of(ENAMETOOLONG), 0);
		return;
	}
	c->request = wicket_submit_open(s->gate, full, O_RDONLY, 0, opened, c);
	if (c->request < 0) {
		answer(c, status_of(errno), 0);
		return;
	}
	if (wicket_deadline(s->gate, c->request, OPEN_MS) < 0)
		err(1, "wicket_deadline");
	wait_for(c, 0);
}

static void read_more(struct client *c)
{
	ssize_t n = recv(c->fd, c->buf + c->have, sizeof(c->buf) - 1 - c->have,
			 0);
	char *path;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(c);
		return;
	}
	c->active = now();
	c->have += (size_t)n;
	c->buf[c->have] = '\0';
	if (!strstr(c->buf, "\r\n\r\n")) {
		if (c->have == sizeof(c->buf) - 1)
			answer(c, "431 Request Header Fields Too Large", 0);
		return;
	}
	path = find_path(c->buf);
	if (path)
		ask(c, path);
	else
		answer(c, "501 Not Implemented", 0);
}

/* ---- the loop -------------------------------------------------------- */

static void serve(struct client *c, uint32_t events)
{
	if (c->fd < 0)
		return; /* dropped by an event before this one */
	if (events & (EPOLLERR | EPOLLHUP))
		drop(c);
	else if (events & EPOLLIN)
		read_more(c);
	else if (events & EPOLLOUT)
		send_more(c);
}

static void turn(struct server *s)
{
	struct epoll_event events[EVENTS];
	int ms = wicket_timeout(s->gate);
	int n;

	watch(s, EPOLL_CTL_MOD, wicket_fd(s->gate),
	      (uint32_t)wicket_events(s->gate), &the_gate);
	n = epoll_wait(s->epoll, events, EVENTS,
		       ms < 0 || ms > 1000 ? 1000 : ms);
	if (n < 0 && errno != EINTR)
		err(1, "epoll_wait");
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == &the_listener)
			welcome(s);
		else if (events[i].data.ptr != &the_gate)
			serve(events[i].data.ptr, events[i].events);
	}
	/* Here the callbacks are called. */
	if (wicket_dispatch(s->gate) < 0)
		err(1, "the helper");
	sweep(s);
}

static void start(struct server *s, const char *address)
{
	int on = 1;

	if (wicket_start(NULL, &s->gate) < 0)
		err(1, "wicket_start (is this under `wicket run`?)");
	s->listener = wicket_listen(s->gate, address, 0);
	if (s->listener < 0)
		err(1, "%s", address);
	if (setsockopt(s->listener, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) <
	    0)
		err(1, "SO_KEEPALIVE");
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0)
		err(1, "epoll_create1");
	if (wicket_confine(s->gate, "stdio accept") < 0)
		err(1, "wicket_confine");
	watch(s, EPOLL_CTL_ADD, s->listener, EPOLLIN, &the_listener);
	watch(s, EPOLL_CTL_ADD, wicket_fd(s->gate), 0, &the_gate);
}

int main(int argc, char **argv)
{
	static struct server s;

	if (argc != 3)
		errx(2, "usage: epoll ADDRESS DIRECTORY");
	s.root = argv[2];
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		s.clients[i].server = &s;
		s.clients[i].fd = s.clients[i].file = -1;
	}
	start(&s, argv[1]);
	for (;;)
		turn(&s);
}
