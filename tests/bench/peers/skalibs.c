/* SPDX-License-Identifier: ISC */
#include "bench/peers/peers.h"

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <skalibs/unixmessage.h>

#include "wicket/fdpass.h"

struct end {
	int sock;
	unixmessage_sender out;
	unixmessage_receiver in;
	char main[UNIXMESSAGE_BUFSIZE];
	char aux[UNIXMESSAGE_AUXBUFSIZE];
};

static struct end *end_new(int sock)
{
	struct end *e = calloc(1, sizeof(*e));

	if (!e)
		err(1, "calloc");
	e->sock = sock;
	unixmessage_sender_init(&e->out, sock);
	if (!unixmessage_receiver_init(&e->in, sock, e->main, sizeof(e->main),
				       e->aux, sizeof(e->aux)))
		err(1, "unixmessage_receiver_init");
	return e;
}

static int put(struct end *e, const char *text, size_t len, int *fds, size_t n)
{
	unixmessage m = {(char *)text, len, fds, (unsigned)n};

	if (!unixmessage_put(&e->out, &m))
		return -1;
	return unixmessage_sender_flush(&e->out) ? 0 : -1;
}

/* What is in m stays there until the next. */
static int get(struct end *e, unixmessage *m)
{
	struct pollfd p = {.fd = e->sock, .events = POLLIN};
	int r;

	/* It never waits itself: its callers poll. */
	while ((r = unixmessage_receive(&e->in, m)) == 0)
		(void)poll(&p, 1, -1);
	return r < 0 ? -1 : 0;
}

/* Closes n descriptors, as many as are to come. */
static int get_fds(struct end *e, size_t n)
{
	unixmessage m;
	int r;

	if (get(e, &m) < 0)
		return -1;
	r = m.nfds == n ? 0 : -1;
	unixmessage_drop(&m);
	return r;
}

/* ---- passing ------------------------------------------------------------- */

static void serve_pass(struct entry *e)
{
	struct end *s = end_new(e->sock);
	int fds[WICKET_FDS_MAX];

	for (size_t i = 0; i < e->n; i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (get_fds(s, 0) == 0 && put(s, "x", 1, fds, e->n) == 0)
		;
}

void skalibs_pass_start(struct entry *e)
{
	contest_peer(e, SOCK_STREAM, serve_pass);
	e->state = end_new(e->sock);
}

int skalibs_pass(struct entry *e)
{
	return put(e->state, "x", 1, NULL, 0) < 0 ? -1
						  : get_fds(e->state, e->n);
}

/* ---- opening ------------------------------------------------------------- */

static void serve_open(struct entry *e)
{
	struct end *s = end_new(e->sock);
	int root = open("/", O_PATH | O_CLOEXEC);
	unixmessage m;

	while (get(s, &m) == 0) {
		int fd = bare_openat2(root, m.s);

		if (fd < 0 || put(s, "x", 1, &fd, 1) < 0)
			return;
		(void)close(fd);
	}
}

void skalibs_open_start(struct entry *e)
{
	contest_peer(e, SOCK_STREAM, serve_open);
	e->state = end_new(e->sock);
}

int skalibs_open(struct entry *e)
{
	if (put(e->state, e->path, strlen(e->path) + 1, NULL, 0) < 0)
		return -1;
	return get_fds(e->state, 1);
}

/* ---- many of them in one message ----------------------------------------- */

static void serve_batch(struct entry *e)
{
	struct end *s = end_new(e->sock);
	int root = open("/", O_PATH | O_CLOEXEC);
	int fds[WICKET_FDS_MAX];
	unixmessage m;

	while (get(s, &m) == 0) {
		int n = bare_open_paths(root, m.s, m.len, fds);

		if (put(s, "x", 1, fds, (size_t)n) < 0)
			return;
		bare_close(fds, n);
	}
}

void skalibs_batch_start(struct entry *e)
{
	contest_peer(e, SOCK_STREAM, serve_batch);
	e->state = end_new(e->sock);
}

int skalibs_batch(struct entry *e)
{
	static char paths[BARE_BATCH];
	int len = bare_put_paths(e->path, e->n, paths, sizeof(paths));

	if (len < 0 || put(e->state, paths, (size_t)len, NULL, 0) < 0)
		return -1;
	return get_fds(e->state, e->n);
}
