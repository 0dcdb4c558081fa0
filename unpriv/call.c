/* SPDX-License-Identifier: ISC */
#include "call.h"

#include <string.h>
#include <sys/socket.h>

#include "chan.h"

/*
 * What is true of the channel from now on.  The helper is trusted to be
 * there, not to be right: after nonsense nothing that follows means anything.
 */
static int give_up(struct wicket *w, int error)
{
	w->broken = error;
	(void)shutdown(w->channel, SHUT_RDWR);
	return -error;
}

static int send_request(struct wicket *w, const struct op_request *q)
{
	struct wire_out o = wire_out(w->message, sizeof(w->message));
	int r;

	op_put_request(&o, q);
	if (o.failed)
		return -EMSGSIZE;
	r = chan_send(w->channel, o.buf, o.len, NULL, 0, 0);
	switch (-r) {
	case 0:
		w->asked = q->id;
		return 0;
	case EAGAIN: /* SO_SNDTIMEO: the helper does not read */
		return -ETIMEDOUT;
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
	case ECONNREFUSED:
		return give_up(w, EPIPE);
	default:
		return r;
	}
}

/*
 * Takes the next message.  The helper answers in order, so that it must be
 * the answer to the oldest question that has none: either one that was given
 * up after a time-out, or the last.  Returns 0 with the reply and what
 * descriptors it needs, or -errno; *ret_late tells that the message, good or
 * lost, was not the answer to the last question.
 */
static int recv_reply(struct wicket *w, struct op_reply *ret, int *ret_fd,
		      bool *ret_late)
{
	_cleanup_fd_ int fd = -1;
	size_t nfds = 1;
	struct wire_in i;
	ssize_t n = chan_recv(w->channel, w->message, sizeof(w->message), &fd,
			      &nfds, 0, NULL);

	*ret_late = false;
	if (n == -EAGAIN)
		return -ETIMEDOUT;
	if (n == 0 || n == -ECONNRESET || n == -ENOTCONN)
		return give_up(w, EPIPE);
	if (n == -EMFILE) {
		*ret_late = ++w->answered != w->asked;
		return -EMFILE;
	}
	if (n == -EPROTO)
		return give_up(w, EPROTO);
	if (n < 0)
		return (int)n;
	i = wire_in(w->message, (size_t)n);
	if (op_get_reply(&i, ret) < 0 || !wire_done(&i) ||
	    ret->id != w->answered + 1 || ret->nfds != nfds ||
	    ret->error > ERRNO_MAX)
		return give_up(w, EPROTO);
	w->answered++;
	*ret_late = ret->id != w->asked;
	*ret_fd = take_fd(&fd);
	return 0;
}

/* The answer to the last question; late answers to others are dropped. */
static int await_reply(struct wicket *w, const struct op_request *q,
		       struct op_reply *ret, int *ret_fd)
{
	bool late;
	int r;

	do {
		close_fd(ret_fd);
		r = recv_reply(w, ret, ret_fd, &late);
	} while (late);
	if (r < 0)
		return r;
	if (ret->op != q->op || (ret->error == 0 && ret->nfds != op_fds(q->op)))
		return give_up(w, EPROTO);
	return -(int)ret->error;
}

/* The lock is held. */
static int round_trip(struct wicket *w, struct op_request *q, call_taker *take,
		      void *arg, int *ret_fd)
{
	_cleanup_fd_ int fd = -1;
	struct op_reply reply = {0};
	int r;

	if (w->broken)
		return -w->broken;
	q->id = w->asked + 1;
	r = send_request(w, q);
	if (r < 0)
		return r;
	r = await_reply(w, q, &reply, &fd);
	if (r < 0)
		return r;
	r = take ? take(arg, &reply) : 0;
	if (r == -EPROTO)
		return give_up(w, EPROTO);
	if (r >= 0 && ret_fd)
		*ret_fd = take_fd(&fd);
	return r;
}

/* A helper closes the channel of a worker that sends longer strings. */
static int check_string(const char *s)
{
	if (!s)
		return -EFAULT;
	return strnlen(s, BOUND_PATH) < BOUND_PATH ? 0 : -ENAMETOOLONG;
}

int call(struct wicket *w, struct op_request *q, call_taker *take, void *arg,
	 int *ret_fd)
{
	int cancel;
	int r = handle_usable(w);

	if (r >= 0)
		r = check_string(q->object);
	if (r >= 0 && q->target)
		r = check_string(q->target);
	if (r < 0)
		return r;
	/* A thread cancelled in here would leave its answer to the next. */
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	(void)pthread_mutex_lock(&w->lock);
	r = round_trip(w, q, take, arg, ret_fd);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_setcancelstate(cancel, NULL);
	return r;
}

int call_fd(struct wicket *w, struct op_request *request)
{
	int fd = -1;
	int r = call(w, request, NULL, NULL, &fd);

	return r < 0 ? r : fd;
}

int call_plain(struct wicket *w, struct op_request *request)
{
	return call(w, request, NULL, NULL, NULL);
}
