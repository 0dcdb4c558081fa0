/* SPDX-License-Identifier: ISC */
#include "helper/client.h"

#include <assert.h>
#include <sys/socket.h>

#include "chan.h"
#include "helper/audit.h"
#include "helper/dispatch.h"
#include "helper/peer.h"

enum {
	/* Header, errno, number and the blob's length of the longest reply. */
	REPLY_FRAME = OP_HEADER + 4 + 8 + 4,
};

int client_new(int fd, struct client **ret)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c) {
		close_fd(&fd);
		return -ENOMEM;
	}
	c->fd = fd;
	c->in = wire_in(c->message, 0);
	c->out = wire_out(c->reply, sizeof(c->reply));
	c->out_fd = -1;
	peer_watch(fd);
	*ret = c;
	return 0;
}

struct client *client_free(struct client *c)
{
	if (!c)
		return NULL;
	close_fd(&c->fd);
	close_fd(&c->out_fd);
	free(c);
	return NULL;
}

/* ---- out ----------------------------------------------------------------- */

/* Where the reply stands after an attempt to send it. */
static enum client_state after_send(int r)
{
	switch (r) {
	case 0:
		return CLIENT_WORKING;
	case -EAGAIN:
		return CLIENT_FULL;
	case -ETOOMANYREFS:
	case -ENOBUFS:
	case -ENOMEM:
		return CLIENT_CROWDED;
	default:
		return CLIENT_GONE;
	}
}

/* Sends the reply that is kept, if there is one. */
static void flush(struct client *c)
{
	int r;

	if (c->out.len == 0)
		return;
	r = chan_send(c->fd, c->reply, c->out.len, &c->out_fd, c->out_fd >= 0,
		      MSG_DONTWAIT);
	c->state = after_send(r);
	if (c->state != CLIENT_WORKING)
		return;
	/* Safe because: the client has its own by now, or it is in flight. */
	close_fd(&c->out_fd);
	c->out = wire_out(c->reply, sizeof(c->reply));
}

static void answer(struct client *c, struct helper *h,
		   const struct op_request *request)
{
	uint8_t blob[BOUND_MESSAGE - REPLY_FRAME];
	struct job j = {
		.request = request,
		.worker = c->pid,
		.blob = blob,
		.blob_size = sizeof(blob),
		.fd = -1,
	};
	int r = dispatch(h, &j);
	struct op_reply reply = {
		.op = request->op,
		.id = request->id,
		.error = r < 0 ? (uint32_t)-r : 0,
		.number = j.number,
		.blob = blob,
		.blob_len = j.blob_len,
		.nfds = j.fd >= 0,
	};

	op_put_reply(&c->out, &reply);
	assert(!c->out.failed);
	c->out_fd = take_fd(&j.fd);
	flush(c);
}

/* ---- in ------------------------------------------------------------------ */

/* The client broke the protocol: it is told to nobody but the audit. */
static void end_session(struct client *c, struct helper *h, int error)
{
	audit_closed(h, c->pid, error);
	c->state = CLIENT_GONE;
}

static void receive(struct client *c, struct helper *h)
{
	ssize_t n;

	if (!c->known) {
		c->pid = peer_pid(c->fd);
		c->known = true;
	}
	n = chan_recv(c->fd, c->message, sizeof(c->message), NULL, NULL,
		      MSG_DONTWAIT, NULL);
	if (n == -EAGAIN)
		return;
	if (n == -EPROTO) {
		end_session(c, h, EPROTO);
		return;
	}
	c->state = n > 0 ? CLIENT_WORKING : CLIENT_GONE;
	c->in = wire_in(c->message, n > 0 ? (size_t)n : 0);
}

static void answer_some(struct client *c, struct helper *h)
{
	for (int i = 0; i < BOUND_TURN && c->state == CLIENT_WORKING; i++) {
		struct op_request request;
		int r;

		if (wire_done(&c->in)) {
			c->state = CLIENT_IDLE;
			return;
		}
		r = op_get_request(&c->in, &request);
		if (r < 0 && r != -ENOSYS) {
			end_session(c, h, -r);
			return;
		}
		answer(c, h, &request);
	}
	if (c->state == CLIENT_WORKING && wire_done(&c->in))
		c->state = CLIENT_IDLE;
}

void client_turn(struct client *c, struct helper *h)
{
	flush(c);
	if (c->state == CLIENT_IDLE)
		receive(c, h);
	answer_some(c, h);
}
