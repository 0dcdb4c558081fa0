/* SPDX-License-Identifier: ISC */
#include "support/echo.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "chan.h"
#include "op.h"
#include "support/played.h"
#include "wicket/fdpass.h"

/* The answers to one message, which go out in one. */
struct answers {
	uint8_t buf[BOUND_MESSAGE];
	struct wire_out out;
	int fds[WICKET_FDS_MAX];
	size_t nfds;
	int made[ECHO_CLONES]; /* owned: those of fds that are not e->null */
	size_t nmade;
};

/* Criterion's assertions are not for threads. */
static bool start(struct echo *e);

static void put_clone(struct echo *e, struct answers *a, struct op_reply *r)
{
	struct echo *clone = calloc(1, sizeof(*clone));
	bool refuses;
	int worker, helper;

	if (!clone || e->n == ECHO_CLONES ||
	    chan_pair(&worker, &helper, &refuses) < 0) {
		free(clone);
		r->error = EMFILE;
		return;
	}
	clone->fd = helper;
	clone->owns = true;
	if (!start(clone)) {
		close_fd(&worker);
		close_fd(&helper);
		free(clone);
		r->error = ENOMEM;
		return;
	}
	e->clones[e->n++] = clone;
	a->made[a->nmade++] = worker;
	a->fds[a->nfds++] = worker;
	r->nfds = 1;
}

static void put_answer(struct echo *e, struct answers *a,
		       const struct op_request *q)
{
	struct op_reply r = {.op = q->op, .id = q->id};

	if (q->op == OP_hello) {
		played_put_hello(&a->out, q->id);
		return;
	}
	if (q->op == OP_clone) {
		put_clone(e, a, &r);
	} else if (q->op == OP_open) {
		a->fds[a->nfds++] = e->null;
		r.nfds = 1;
	} else if (q->op == OP_readlink) {
		r.blob = q->object;
		r.blob_len = strlen(q->object);
	}
	op_put_reply(&a->out, &r);
}

static bool serve(struct echo *e, struct wire_in in, struct answers *a)
{
	int r;

	a->out = wire_out(a->buf, sizeof(a->buf));
	a->nfds = a->nmade = 0;
	while (in.off < in.len) {
		struct op_request q;

		if (op_get_request(&in, &q) < 0)
			return false;
		put_answer(e, a, &q);
	}
	r = chan_send(e->fd, a->out.buf, a->out.len, a->fds, a->nfds, 0);
	close_fds(a->made, a->nmade);
	return r == 0;
}

static void *run(void *arg)
{
	struct echo *e = arg;
	struct answers *a = malloc(sizeof(*a));
	uint8_t *message = malloc(BOUND_MESSAGE);
	ssize_t n;

	while (a && message && (n = recv(e->fd, message, BOUND_MESSAGE, 0)) > 0)
		if (!serve(e, wire_in(message, (size_t)n), a))
			break;
	free(message);
	free(a);
	return NULL;
}

static bool start(struct echo *e)
{
	e->null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (e->null < 0)
		return false;
	if (pthread_create(&e->thread, NULL, run, e) == 0)
		return true;
	close_fd(&e->null);
	return false;
}

void echo_start(struct echo *e, int fd)
{
	*e = (struct echo){.fd = fd};
	cr_assert(start(e));
}

void echo_join(struct echo *e)
{
	(void)pthread_join(e->thread, NULL);
	while (e->n > 0) {
		struct echo *clone = e->clones[--e->n];

		echo_join(clone);
		free(clone);
	}
	close_fd(&e->null);
	if (e->owns)
		close_fd(&e->fd);
}
