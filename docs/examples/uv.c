/* SPDX-License-Identifier: ISC */
/*
 * uv: a small HTTP server of files with libuv, as an example of wicket in a
 * loop that is somebody else's: a prepare and a check handle are all it takes.
 *
 *	wicket run epoll.policy -- uv "tcp *:80" /srv/www
 *
 * It knows GET, no %-escapes, and files of at most 16 MiB.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>
#include <wicket/wicket.h>

enum {
	BACKLOG = 511,
	FILE_MAX = 16 << 20,
};

struct server {
	struct wicket *gate;
	const char *root;
	uv_loop_t loop;
	uv_tcp_t listener;
	uv_poll_t poll;
	uv_timer_t timer;
	uv_prepare_t prepare;
	uv_check_t check;
};

struct client {
	uv_tcp_t tcp;
	uv_write_t write;
	struct server *server;
	int64_t request; /* that its file is waited for by, or 0 */
	char *body;	 /* owned */
	size_t have;
	char buf[8192]; /* the request, then the head of the answer */
};

static void check(int r, const char *what)
{
	if (r < 0)
		errx(1, "%s: %s", what, uv_strerror(r));
}

/* ---- clients --------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
	struct client *c = handle->data;

	free(c->body);
	free(c);
}

static void drop(struct client *c)
{
	if (uv_is_closing((uv_handle_t *)&c->tcp))
		return;
	if (c->request > 0)
		(void)wicket_cancel(c->server->gate, c->request);
	uv_close((uv_handle_t *)&c->tcp, on_closed);
}

/* ---- answers --------------------------------------------------------- */

static void on_written(uv_write_t *w, int status)
{
	(void)status;
	drop(w->data);
}

static void answer(struct client *c, const char *status, size_t size)
{
	int n = snprintf(c->buf, sizeof(c->buf),
			 "HTTP/1.1 %s\r\n"
			 "Content-Length: %zu\r\n"
			 "Connection: close\r\n"
			 "\r\n",
			 status, size);
	uv_buf_t parts[2] = {
		uv_buf_init(c->buf, (unsigned)n),
		uv_buf_init(c->body, (unsigned)size),
	};

	c->write.data = c;
	if (uv_write(&c->write, (uv_stream_t *)&c->tcp, parts, size > 0 ? 2 : 1,
		     on_written) < 0)
		drop(c);
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

/* By read(2): uv_fs_read() would need threads, and a file is never waited for.
 */
static int read_file(struct client *c, int fd, size_t *ret_size)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > FILE_MAX)
		return -EFBIG;
	c->body = malloc((size_t)st.st_size + 1);
	if (!c->body)
		return -ENOMEM;
	n = read(fd, c->body, (size_t)st.st_size);
	if (n < 0)
		return -errno;
	*ret_size = (size_t)n;
	return 0;
}

/* The helper's answer. */
static void opened(void *arg, int fd, int error)
{
	struct client *c = arg;
	size_t size = 0;

	c->request = 0;
	if (fd >= 0) {
		error = -read_file(c, fd, &size);
		(void)close(fd);
	}
	answer(c, error ? status_of(error) : "200 OK", size);
}

/* ---- requests -------------------------------------------------------- */

/* "GET /path?query HTTP/1.1" */
static void ask(struct client *c)
{
	struct server *s = c->server;
	char *path = c->buf + 4;
	char full[PATH_MAX];
	int n;

	if (strncmp(c->buf, "GET /", 5) != 0) {
		answer(c, "501 Not Implemented", 0);
		return;
	}
	path[strcspn(path, "? \r\n")] = '\0';
	n = snprintf(full, sizeof(full), "%s%s%s", s->root, path,
		     path[strlen(path) - 1] == '/' ? "index.html" : "");
	if (n >= (int)sizeof(full)) {
		answer(c, status_of(ENAMETOOLONG), 0);
		return;
	}
	c->request = wicket_submit_open(s->gate, full, O_RDONLY, 0, opened, c);
	if (c->request < 0)
		answer(c, status_of(errno), 0);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct client *c = handle->data;

	(void)suggested;
	*ret = uv_buf_init(c->buf + c->have,
			   (unsigned)(sizeof(c->buf) - 1 - c->have));
}

/* One request, one answer: after it nothing is read. */
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct client *c = stream->data;

	(void)buf;
	if (n < 0) {
		drop(c);
		return;
	}
	c->have += (size_t)n;
	c->buf[c->have] = '\0';
	if (!strstr(c->buf, "\r\n\r\n"))
		return;
	(void)uv_read_stop(stream);
	ask(c);
}

static void on_client(uv_stream_t *listener, int status)
{
	struct server *s = listener->data;
	struct client *c = status < 0 ? NULL : calloc(1, sizeof(*c));

	if (!c)
		return;
	c->server = s;
	check(uv_tcp_init(&s->loop, &c->tcp), "uv_tcp_init");
	c->tcp.data = c;
	if (uv_accept(listener, (uv_stream_t *)&c->tcp) < 0 ||
	    uv_read_start((uv_stream_t *)&c->tcp, give_room, on_read) < 0)
		drop(c);
}

/* ---- the loop -------------------------------------------------------- */

static void wake(uv_timer_t *timer)
{
	(void)timer; /* after_wait() follows in any case */
}

static void ready(uv_poll_t *p, int status, int events)
{
	(void)p;
	(void)status;
	(void)events;
}

/* What the gate waits for is asked before each wait. */
static void before_wait(uv_prepare_t *prepare)
{
	struct server *s = prepare->data;
	short events = wicket_events(s->gate);
	int ms = wicket_timeout(s->gate);

	check(uv_poll_start(&s->poll,
			    (events & POLLIN ? UV_READABLE : 0) |
				    (events & POLLOUT ? UV_WRITABLE : 0),
			    ready),
	      "uv_poll_start");
	if (ms < 0)
		check(uv_timer_stop(&s->timer), "uv_timer_stop");
	else
		check(uv_timer_start(&s->timer, wake, (uint64_t)ms, 0),
		      "uv_timer_start");
}

/* Here the callbacks are called. */
static void after_wait(uv_check_t *c)
{
	struct server *s = c->data;

	if (wicket_dispatch(s->gate) < 0)
		err(1, "the helper");
}

static void start_loop(struct server *s, int listener)
{
	check(uv_loop_init(&s->loop), "uv_loop_init");
	check(uv_tcp_init(&s->loop, &s->listener), "uv_tcp_init");
	check(uv_poll_init(&s->loop, &s->poll, wicket_fd(s->gate)),
	      "uv_poll_init");
	check(uv_timer_init(&s->loop, &s->timer), "uv_timer_init");
	check(uv_prepare_init(&s->loop, &s->prepare), "uv_prepare_init");
	check(uv_check_init(&s->loop, &s->check), "uv_check_init");
	s->listener.data = s->prepare.data = s->check.data = s;
	check(uv_tcp_open(&s->listener, listener), "uv_tcp_open");
	check(uv_listen((uv_stream_t *)&s->listener, BACKLOG, on_client),
	      "uv_listen");
	check(uv_prepare_start(&s->prepare, before_wait), "uv_prepare_start");
	check(uv_check_start(&s->check, after_wait), "uv_check_start");
}

int main(int argc, char **argv)
{
	static struct server s;
	int listener;

	if (argc != 3)
		errx(2, "usage: uv ADDRESS DIRECTORY");
	s.root = argv[2];
	if (wicket_start(NULL, &s.gate) < 0)
		err(1, "wicket_start (is this under `wicket run`?)");
	listener = wicket_listen(s.gate, argv[1], 0);
	if (listener < 0)
		err(1, "%s", argv[1]);
	/* uv_listen() calls listen(2), which confinement takes away. */
	start_loop(&s, listener);
	if (wicket_confine(s.gate, "stdio accept") < 0)
		err(1, "wicket_confine");
	return uv_run(&s.loop, UV_RUN_DEFAULT);
}
