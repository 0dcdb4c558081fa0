/* SPDX-License-Identifier: ISC */
#include "support/echo.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "answer.h"
#include "chan.h"
#include "op.h"

struct answer {
	struct op_reply reply;
	uint8_t blob[1024];
	int fds[1];
	size_t nfds;
	int to_close; /* owned */
};

static void answer_hello(struct answer *a)
{
	const struct answer_hello h = {
		.protocol = OP_PROTOCOL, .name = "echo", .promises = "stdio"};
	struct wire_out o = wire_out(a->blob, sizeof(a->blob));

	answer_put_hello(&o, &h);
	a->reply.blob = a->blob;
	a->reply.blob_len = o.len;
}

static void answer_clone(struct echo *e, struct answer *a)
{
	struct echo *clone = calloc(1, sizeof(*clone));
	bool refuses;
	int fd;

	if (!clone || e->n == ECHO_CLONES ||
	    chan_pair(&a->to_close, &fd, &refuses) < 0) {
		free(clone);
		a->reply.error = EMFILE;
		return;
	}
	echo_start(clone, fd);
	clone->owns = true;
	e->clones[e->n++] = clone;
	a->fds[0] = a->to_close;
	a->nfds = 1;
}

static void answer(struct echo *e, const struct op_request *q, struct answer *a)
{
	switch (q->op) {
	case OP_hello:
		answer_hello(a);
		return;
	case OP_clone:
		answer_clone(e, a);
		return;
	case OP_open:
		a->fds[0] = e->null;
		a->nfds = 1;
		return;
	case OP_readlink:
		a->reply.blob = q->object;
		a->reply.blob_len = strlen(q->object);
		return;
	default:
		return;
	}
}

static bool serve(struct echo *e, struct wire_in *in, uint8_t *buf, size_t size)
{
	struct wire_out o = wire_out(buf, size);
	struct answer a = {.to_close = -1};
	struct op_request q;
	int r;

	if (op_get_request(in, &q) < 0)
		return false;
	a.reply.op = q.op;
	a.reply.id = q.id;
	answer(e, &q, &a);
	a.reply.nfds = (uint16_t)a.nfds;
	op_put_reply(&o, &a.reply);
	r = chan_send(e->fd, o.buf, o.len, a.fds, a.nfds, 0);
	close_fd(&a.to_close);
	return r == 0;
}

static void *run(void *arg)
{
	struct echo *e = arg;
	uint8_t in[8192], out[8192];
	ssize_t n;

	while ((n = recv(e->fd, in, sizeof(in), 0)) > 0) {
		struct wire_in i = wire_in(in, (size_t)n);

		while (i.off < i.len)
			if (!serve(e, &i, out, sizeof(out)))
				return NULL;
	}
	return NULL;
}

void echo_start(struct echo *e, int fd)
{
	*e = (struct echo){.fd = fd};
	e->null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cr_assert_geq(e->null, 0);
	cr_assert_eq(pthread_create(&e->thread, NULL, run, e), 0);
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
