/* SPDX-License-Identifier: ISC */
#include "support/played.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "answer.h"
#include "chan.h"
#include "support/fds.h"
#include "wicket/fdpass.h"

void played_open(struct played *p, int timeout_ms)
{
	bool refuses;
	int worker;

	p->before = fds_count();
	cr_assert_eq(chan_pair(&worker, &p->helper, &refuses), 0);
	cr_assert_eq(handle_new(worker, timeout_ms, &p->w), 0);
}

void played_close(struct played *p)
{
	close_fd(&p->helper);
	wicket_close(p->w);
	cr_assert_eq(fds_count(), p->before);
}

static int spare_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	cr_assert_geq(fd, 0);
	return fd;
}

static void send_frames(int helper, const struct wire_out *o, size_t n)
{
	int fds[WICKET_FDS_MAX];

	cr_assert_not(o->failed);
	for (size_t i = 0; i < n; i++)
		fds[i] = spare_fd();
	cr_assert_eq(chan_send(helper, o->buf, o->len, fds, n, 0), 0);
	close_fds(fds, n);
}

void played_reply(const struct played *p, const struct op_reply *reply,
		  size_t n)
{
	uint8_t buf[8192];
	struct wire_out o = wire_out(buf, sizeof(buf));

	op_put_reply(&o, reply);
	send_frames(p->helper, &o, n);
}

void played_replies(const struct played *p, const struct op_reply *replies,
		    size_t n)
{
	uint8_t buf[8192];
	struct wire_out o = wire_out(buf, sizeof(buf));
	size_t nfds = 0;

	for (size_t i = 0; i < n; i++) {
		op_put_reply(&o, &replies[i]);
		nfds += replies[i].nfds;
	}
	send_frames(p->helper, &o, nfds);
}

void played_put_hello(struct wire_out *o, uint32_t id)
{
	const struct answer_hello h = {
		.protocol = OP_PROTOCOL, .name = "played", .promises = "stdio"};
	uint8_t blob[1024];
	struct wire_out b = wire_out(blob, sizeof(blob));

	answer_put_hello(&b, &h);
	op_put_reply(o, &(struct op_reply){.op = OP_hello,
					   .id = id,
					   .blob = blob,
					   .blob_len = b.len});
}

void played_hello(const struct played *p, uint32_t id)
{
	uint8_t buf[2048];
	struct wire_out o = wire_out(buf, sizeof(buf));

	played_put_hello(&o, id);
	send_frames(p->helper, &o, 0);
}

void played_fd(const struct played *p, uint32_t id)
{
	played_reply(p, &(struct op_reply){.op = OP_open, .id = id, .nfds = 1},
		     1);
}

void played_done(const struct played *p, unsigned op, uint32_t id)
{
	played_reply(p, &(struct op_reply){.op = (uint16_t)op, .id = id}, 0);
}

struct op_request played_request(int helper, uint8_t *buf, size_t size)
{
	ssize_t n = recv(helper, buf, size, MSG_DONTWAIT);
	struct op_request q;
	struct wire_in i;

	cr_assert_gt(n, 0);
	i = wire_in(buf, (size_t)n);
	cr_assert_eq(op_get_request(&i, &q), 0);
	return q;
}

void played_asked(int helper, unsigned op, uint32_t id)
{
	uint8_t buf[8192];
	struct op_request q = played_request(helper, buf, sizeof(buf));

	cr_assert_eq(q.op, op, "asked %s, expected %s", op_name(q.op),
		     op_name(op));
	cr_assert_eq(q.id, id, "asked as %u, expected %u", q.id, id);
}

bool played_was_asked(int helper)
{
	struct pollfd p = {.fd = helper, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}
