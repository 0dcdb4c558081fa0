/* SPDX-License-Identifier: ISC */
#include "support/played.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "chan.h"
#include "support/fds.h"

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

void played_reply(const struct played *p, const struct op_reply *reply,
		  size_t n)
{
	uint8_t buf[8192];
	struct wire_out o = wire_out(buf, sizeof(buf));
	int fds[4];

	op_put_reply(&o, reply);
	cr_assert_not(o.failed);
	for (size_t i = 0; i < n; i++)
		fds[i] = spare_fd();
	cr_assert_eq(chan_send(p->helper, buf, o.len, fds, n, 0), 0);
	close_fds(fds, n);
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

bool played_was_asked(int helper)
{
	struct pollfd p = {.fd = helper, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}
