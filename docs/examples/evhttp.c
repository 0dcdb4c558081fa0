/* SPDX-License-Identifier: ISC */
/*
 * evhttp: an HTTP server of files with libevent, as an example of wicket in a
 * loop that is somebody else's.  libevent knows HTTP; what it is to send, the
 * helper opens.
 *
 *	wicket run epoll.policy -- evhttp "tcp *:80" /srv/www
 */
#include <err.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wicket/wicket.h>

struct server {
	struct wicket *gate;
	const char *root;
	struct event_base *base;
	struct evhttp *http;
	struct event *gate_event;
};

/* A request that waits for its file. */
struct visitor {
	struct server *server;
	struct evhttp_request *request;
	int64_t number;
};

/* ---- a request ------------------------------------------------------- */

static void stop_watching(struct visitor *v)
{
	struct evhttp_connection *c = evhttp_request_get_connection(v->request);

	if (c)
		evhttp_connection_set_closecb(c, NULL, NULL);
	free(v);
}

/* libevent frees the request itself; nobody may answer it any more. */
static void left(struct evhttp_connection *c, void *arg)
{
	struct visitor *v = arg;

	(void)c;
	(void)wicket_cancel(v->server->gate, v->number);
	free(v);
}

static void refuse(struct evhttp_request *request, int error)
{
	if (error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG)
		evhttp_send_error(request, HTTP_NOTFOUND, NULL);
	else if (error == EACCES || error == EISDIR)
		evhttp_send_error(request, 403, "Forbidden");
	else
		evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
}

/* Takes fd: once in the buffer, libevent closes it. */
static int put_file(struct evbuffer *body, int fd)
{
	struct stat st;
	int r = fstat(fd, &st);

	if (r == 0 && st.st_size > 0)
		r = evbuffer_add_file(body, fd, 0, st.st_size);
	if (r < 0 || st.st_size == 0)
		(void)close(fd);
	return r;
}

static void send_file(struct evhttp_request *request, int fd)
{
	struct evbuffer *body = evbuffer_new();

	if (!body)
		errx(1, "evbuffer_new");
	if (put_file(body, fd) < 0)
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
	else
		evhttp_send_reply(request, HTTP_OK, NULL, body);
	evbuffer_free(body);
}

/* The helper's answer. */
static void opened(void *arg, int fd, int error)
{
	struct visitor *v = arg;
	struct evhttp_request *request = v->request;

	stop_watching(v);
	if (fd < 0)
		refuse(request, error);
	else
		send_file(request, fd);
}

/* As a name below the root; libevent has checked the URI. */
static int full_path(const struct server *s, struct evhttp_request *request,
		     char *full, size_t size)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	size_t len = 0;
	const char *encoded = evhttp_uri_get_path(uri);
	char *path = evhttp_uridecode(encoded ? encoded : "/", 0, &len);
	int r = -ENOENT;

	/* A NUL in it would hide the rest. */
	if (path && path[0] == '/' && strlen(path) == len) {
		int n = snprintf(full, size, "%s%s%s", s->root, path,
				 path[len - 1] == '/' ? "index.html" : "");

		r = n < (int)size ? 0 : -ENAMETOOLONG;
	}
	free(path);
	return r;
}

static void serve(struct evhttp_request *request, void *arg)
{
	struct server *s = arg;
	struct visitor *v = calloc(1, sizeof(*v));
	char full[PATH_MAX];
	int r = v ? full_path(s, request, full, sizeof(full)) : -ENOMEM;

	if (r < 0) {
		free(v);
		refuse(request, -r);
		return;
	}
	v->server = s;
	v->request = request;
	v->number = wicket_submit_open(s->gate, full, O_RDONLY, 0, opened, v);
	if (v->number < 0) {
		free(v);
		refuse(request, errno);
		return;
	}
	evhttp_connection_set_closecb(evhttp_request_get_connection(request),
				      left, v);
}

/* ---- the loop -------------------------------------------------------- */

static void gate_ready(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg; /* wicket_dispatch() follows in any case */
}

/* What the gate waits for is asked before each wait. */
static void watch_gate(struct server *s)
{
	short events = wicket_events(s->gate);
	int ms = wicket_timeout(s->gate);
	struct timeval t = {ms / 1000, ms % 1000 * 1000};

	(void)event_del(s->gate_event);
	if (event_assign(s->gate_event, s->base, wicket_fd(s->gate),
			 (short)((events & POLLIN ? EV_READ : 0) |
				 (events & POLLOUT ? EV_WRITE : 0)),
			 gate_ready, NULL) < 0 ||
	    event_add(s->gate_event, ms < 0 ? NULL : &t) < 0)
		errx(1, "event_add");
}

static void turn(struct server *s)
{
	watch_gate(s);
	if (event_base_loop(s->base, EVLOOP_ONCE) < 0)
		errx(1, "event_base_loop");
	/* Here the callbacks are called. */
	if (wicket_dispatch(s->gate) < 0)
		err(1, "the helper");
}

static void start(struct server *s, const char *address)
{
	int on = 1;
	int listener;

	if (wicket_start(NULL, &s->gate) < 0)
		err(1, "wicket_start (is this under `wicket run`?)");
	listener = wicket_listen(s->gate, address, 0);
	if (listener < 0 || ioctl(listener, FIONBIO, &on) < 0)
		err(1, "%s", address);
	s->base = event_base_new();
	s->http = s->base ? evhttp_new(s->base) : NULL;
	s->gate_event = s->base ? event_new(s->base, -1, 0, gate_ready, NULL)
				: NULL;
	if (!s->http || !s->gate_event ||
	    evhttp_accept_socket(s->http, listener) < 0)
		errx(1, "libevent");
	evhttp_set_allowed_methods(s->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_timeout(s->http, 30);
	evhttp_set_gencb(s->http, serve, s);
	if (wicket_confine(s->gate, "stdio accept") < 0)
		err(1, "wicket_confine");
}

int main(int argc, char **argv)
{
	static struct server s;

	if (argc != 3)
		errx(2, "usage: evhttp ADDRESS DIRECTORY");
	s.root = argv[2];
	start(&s, argv[1]);
	for (;;)
		turn(&s);
}
