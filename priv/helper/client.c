/* SPDX-License-Identifier: ISC */
#include "helper/client.h"

#include <assert.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "chan.h"
#include "helper/audit.h"
#include "helper/dispatch.h"
#include "peer.h"
#include "helper/tell.h"

enum {
	/* Header, errno, number and the blob's length of the longest reply. */
	REPLY_FRAME = OP_HEADER + 4 + 8 + 4,
};

/*
 * The message is len bytes; nothing is kept of an older one.  Its replies
 * begin behind it: of short ones both are in one page of memory.
 */
static void set_message(struct client *c, size_t len)
{
	c->in = wire_in(c->message, len);
	c->reply = c->message + len;
	c->out = wire_out(c->reply, BOUND_MESSAGE);
}

int client_new(int fd, uint64_t id, struct client **ret)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c) {
		close_fd(&fd);
		return -ENOMEM;
	}
	c->fd = fd;
	c->count.id = id;
	set_message(c, 0);
	peer_watch(fd);
	*ret = c;
	return 0;
}

/* What was opened one after the other is closed in one go. */
static void close_sent(struct client *c)
{
	size_t n = c->nfds;
	unsigned first = n > 0 ? (unsigned)c->fds[0] : 0;
	unsigned last = n > 0 ? (unsigned)c->fds[n - 1] : 0;
	bool in_a_row = n > 2 && last - first == n - 1;

	for (size_t i = 1; in_a_row && i < n; i++)
		in_a_row = c->fds[i] == c->fds[i - 1] + 1;
	c->nfds = 0;
	if (!in_a_row || syscall(SYS_close_range, first, last, 0) < 0)
		close_fds(c->fds, n);
}

struct client *client_free(struct client *c)
{
	if (!c)
		return NULL;
	close_fd(&c->fd);
	close_sent(c);
	limits_clear(&c->limits);
	free(c);
	return NULL;
}

/* ---- out ----------------------------------------------------------------- */

/* Where the replies stand after an attempt to send them. */
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

/* Sends the replies that are kept, if there are any. */
static void flush(struct client *c)
{
	int r;

	if (c->out.len == 0)
		return;
	op_set_cpu(c->reply, c->out.len, spin_cpu());
	r = chan_send(c->fd, c->reply, c->out.len, c->fds, c->nfds,
		      MSG_DONTWAIT);
	c->state = after_send(r);
	if (c->state != CLIENT_WORKING)
		return;
	/* Safe because: the client has its own by now, or it is in flight. */
	close_sent(c);
	c->out = wire_out(c->reply, BOUND_MESSAGE);
}

static size_t room(const struct client *c)
{
	return c->out.size - c->out.len;
}

/* Puts one reply to the others, with its descriptor. */
static void put_reply(struct client *c, struct helper *h, struct job *j, int r)
{
	const struct op_reply reply = {
		.op = j->request->op,
		.id = j->request->id,
		.error = r < 0 ? (uint32_t)-r : 0,
		.number = j->number,
		.blob = j->blob,
		.blob_len = j->blob_len,
		.nfds = j->fd >= 0,
	};

	op_put_reply(&c->out, &reply);
	assert(!c->out.failed);
	if (j->fd < 0)
		return;
	c->fds[c->nfds++] = take_fd(&j->fd);
	c->flying++;
	h->flying++;
}

/* ---- quotas -------------------------------------------------------------- */

/* Messages that the client did not read are still the sender's: none is. */
static void count_taken(struct client *c, struct helper *h)
{
	int queued;

	if (c->nfds > 0 || ioctl(c->fd, TIOCOUTQ, &queued) < 0 || queued > 0)
		return;
	h->flying -= c->flying < h->flying ? c->flying : h->flying;
	c->flying = 0;
}

/*
 * Beside its own limit each may have half of what is left, so that however
 * many take nothing, some is left for the next.
 */
static bool has_enough(const struct client *c, const struct helper *h,
		       uint64_t most)
{
	size_t left = h->flying_max > h->flying ? h->flying_max - h->flying : 0;

	return (most > 0 && c->flying >= most) ||
	       (h->flying_max > 0 && c->flying > left / 2);
}

static bool has_quota(struct client *c, uint64_t rate)
{
	struct timespec now;

	if (rate == 0)
		return true;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return quota_take(&c->quota, rate,
			  (uint64_t)now.tv_sec * 1000000000u +
				  (uint64_t)now.tv_nsec);
}

/* What was answered goes out, and the rest is asked for again later. */
static void pause_client(struct client *c)
{
	flush(c);
	if (c->state == CLIENT_WORKING)
		c->state = CLIENT_CROWDED;
}

/* Whether its next frame may be answered now. */
static bool admit(struct client *c, struct helper *h)
{
	const struct policy_limits l = limits_least(&c->limits,
						    &h->policy->limits);

	if (has_enough(c, h, l.fds)) {
		flush(c);
		if (c->state != CLIENT_WORKING)
			return false;
		count_taken(c, h);
	}
	if (!has_enough(c, h, l.fds) && has_quota(c, l.requests))
		return true;
	pause_client(c);
	return false;
}

bool client_ended(struct client *c, struct helper *h)
{
	close_sent(c);
	set_message(c, 0);
	c->state = CLIENT_ENDED;
	count_taken(c, h);
	return c->flying == 0;
}

/* ---- a frame ------------------------------------------------------------- */

/* The client broke the protocol: it is told to nobody but the audit. */
static void end_session(struct client *c, struct helper *h, int error)
{
	audit_closed(h, (pid_t)c->count.pid, error);
	c->state = CLIENT_GONE;
}

/* What was answered goes out, and the frame stays where it is. */
static void hold(struct client *c, struct helper *h, unsigned why)
{
	flush(c);
	if (c->state != CLIENT_WORKING)
		return;
	c->waits = why;
	c->state = tell_renew(h, c->count.id, why) < 0 ? CLIENT_GONE
						       : CLIENT_WAITING;
}

static void count(struct client *c, const struct job *j)
{
	c->count.requests++;
	c->count.denied += j->refused;
	c->count.fds += j->fd >= 0;
}

static void answer(struct client *c, struct helper *h,
		   const struct op_request *request,
		   const struct wire_in *before)
{
	struct job j = {
		.request = request,
		.channel = c->count.id,
		.limits = &c->limits,
		.worker = (pid_t)c->count.pid,
		.again = c->again,
		.word = c->word,
		.blob = h->blob,
		.blob_size = room(c) - REPLY_FRAME,
		.missing = h->missing,
		.fd = -1,
	};
	int r = dispatch(h, &j);

	if (j.waits) {
		c->in = *before;
		hold(c, h, j.waits);
		return;
	}
	c->again = 0;
	c->word = 0;
	c->spent += 1 + j.looks / BOUND_LOOKS;
	count(c, &j);
	put_reply(c, h, &j, r);
}

static void answer_next(struct client *c, struct helper *h)
{
	const struct wire_in before = c->in;
	struct op_request request;
	int r = op_get_request(&c->in, &request);

	if (r == 0 || r == -ENOSYS) {
		answer(c, h, &request, &before);
		return;
	}
	flush(c);
	end_session(c, h, -r);
}

/* ---- a turn -------------------------------------------------------------- */

static ssize_t receive_message(struct client *c, int flags)
{
	return chan_recv(c->fd, c->message, BOUND_MESSAGE, NULL, NULL, flags,
			 NULL);
}

/*
 * Where nobody else is waited for, looks a while where the worker runs
 * meanwhile, and then waits.
 */
static ssize_t receive_alone(struct client *c)
{
	ssize_t n = -EAGAIN;

	if (spin_begin(c->spin, spin_cpu())) {
		for (int i = 0; n == -EAGAIN && i < SPIN_TRIES; i++)
			n = receive_message(c, MSG_DONTWAIT);
		spin_end(c->spin, n != -EAGAIN);
	}
	return n == -EAGAIN ? receive_message(c, 0) : n;
}

static void receive(struct client *c, struct helper *h)
{
	ssize_t n;

	if (!c->known) {
		c->count.pid = (uint32_t)peer_pid(c->fd);
		c->known = true;
	}
	n = c->alone ? receive_alone(c) : receive_message(c, MSG_DONTWAIT);
	if (n == -EAGAIN)
		return;
	if (n == -EPROTO) {
		end_session(c, h, EPROTO);
		return;
	}
	c->state = n > 0 ? CLIENT_WORKING : CLIENT_GONE;
	set_message(c, n > 0 ? (size_t)n : 0);
	if (c->spin)
		c->spin->peer = op_cpu(c->message, c->in.len);
}

/*
 * The replies to one message go out together, as many as have room.  What cost
 * more than a turn has is paid for by turns to come.
 */
static void answer_some(struct client *c, struct helper *h)
{
	c->spent = c->spent > BOUND_TURN ? c->spent - BOUND_TURN : 0;
	while (c->spent < BOUND_TURN && c->state == CLIENT_WORKING &&
	       !wire_done(&c->in)) {
		if (room(c) < BOUND_REPLY_ROOM || c->nfds == BOUND_FDS)
			flush(c);
		if (c->state == CLIENT_WORKING && admit(c, h))
			answer_next(c, h);
	}
	if (c->state != CLIENT_WORKING || !wire_done(&c->in))
		return;
	flush(c);
	if (c->state == CLIENT_WORKING)
		c->state = CLIENT_IDLE;
}

void client_turn(struct client *c, struct helper *h)
{
	switch (c->state) {
	case CLIENT_FULL:
	case CLIENT_CROWDED:
		c->state = CLIENT_WORKING;
		flush(c);
		break;
	case CLIENT_WAITING:
		/* It asked to be woken by nothing but its own end. */
		c->state = CLIENT_GONE;
		break;
	case CLIENT_IDLE:
		receive(c, h);
		break;
	default:
		break;
	}
	answer_some(c, h);
}

/* ---- from one helper to the next ----------------------------------------- */

void client_greet(struct client *c, struct helper *h)
{
	const struct op_request hello = {
		.op = OP_hello,
		.number = OP_PROTOCOL,
	};
	struct job j = {
		.request = &hello,
		.blob = h->blob,
		.blob_size = room(c) - REPLY_FRAME,
		.missing = h->missing,
		.fd = -1,
	};

	put_reply(c, h, &j, do_hello(h, &j));
	c->state = CLIENT_WORKING;
}

int client_take_left(struct client *c, struct control_message *m)
{
	const struct control *from = &m->c;

	if (c->state != CLIENT_EXPECTING || from->reply_len > room(c) ||
	    from->frames_len > BOUND_MESSAGE || m->nfds > BOUND_FDS - c->nfds)
		return -EPROTO;
	memcpy(c->message, from->frames, from->frames_len);
	set_message(c, from->frames_len);
	wire_put_bytes(&c->out, from->reply, from->reply_len);
	for (size_t i = 0; i < m->nfds; i++)
		c->fds[c->nfds++] = take_fd(&m->fds[i]);
	c->flying += m->nfds;
	c->again = from->flags & (CONTROL_LOCK | CONTROL_RELOAD);
	/* For the audit of what is left: who sends more is looked at anew. */
	c->count.pid = (uint32_t)from->number;
	c->state = CLIENT_WORKING;
	return 0;
}

int client_leave(const struct client *c, const struct helper *h)
{
	const struct control left = {
		.kind = CONTROL_LEFT,
		.id = c->count.id,
		.number = c->count.pid,
		.flags = c->state == CLIENT_WAITING ? c->waits : c->again,
		.reply = c->reply,
		.reply_len = c->out.len,
		.frames = c->in.buf + c->in.off,
		.frames_len = c->in.len - c->in.off,
	};

	if (left.reply_len + left.frames_len == 0)
		return 0;
	return tell(h, &left, c->fds, c->nfds);
}

void client_resume(struct client *c, int word)
{
	if (c->state != CLIENT_WAITING)
		return;
	c->again = c->waits;
	c->word = word;
	c->state = CLIENT_WORKING;
}
