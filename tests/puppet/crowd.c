/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bounds.h"
#include "chan.h"
#include "op.h"
#include "own.h"
#include "puppet/puppet.h"
#include "spin.h"

/* ---- effects, one after the other ---------------------------------------- */

static struct {
	unsigned requests;
	unsigned unknown; /* EOWNERDEAD */
	unsigned doubled; /* an effect that was there already */
	unsigned again;	  /* a repeatable one that was not answered */
	unsigned wrong;
} storm;

static void count(bool right, bool there)
{
	storm.requests++;
	if (right)
		return;
	storm.doubled += there;
	storm.unknown += !there && errno == EOWNERDEAD;
	storm.wrong += !there && errno != EOWNERDEAD;
}

/*
 * Makes a name that never was and takes it away: made twice it is there the
 * second time, taken away twice it is not.
 */
static void make_and_remove(const char *path)
{
	int fd = wicket_open(w, path, O_WRONLY | O_CREAT | O_EXCL, 0);
	bool sure = fd >= 0;

	count(sure, !sure && errno == EEXIST);
	close_fd(&fd);
	if (wicket_unlink(w, path) == 0 || (!sure && errno == ENOENT))
		count(true, false);
	else
		count(false, errno == ENOENT);
}

static void look_at(const char *directory)
{
	struct stat st;

	storm.requests++;
	storm.again += wicket_stat(w, directory, &st) < 0;
}

/* storm DIRECTORY: has effects in it until the next order comes. */
void order_storm(char *arg)
{
	struct pollfd in = {.fd = 0, .events = POLLIN};
	char path[BOUND_PATH];

	for (unsigned n = 0; poll(&in, 1, 0) == 0; n++) {
		(void)snprintf(path, sizeof(path), "%s/%u", arg, n);
		make_and_remove(path);
		look_at(arg);
	}
}

/* calm: what came of the storm. */
void order_calm(char *arg)
{
	(void)arg;
	say("ok unknown %u doubled %u again %u wrong %u of %u", storm.unknown,
	    storm.doubled, storm.again, storm.wrong, storm.requests);
}

/* ---- many channels ------------------------------------------------------- */

static struct wicket *clones[BOUND_CLIENTS];
static size_t nclones;

/* clones N: so many more of them. */
void order_clones(char *arg)
{
	long wanted = strtol(arg, NULL, 10);

	while (wanted-- > 0) {
		if (nclones == BOUND_CLIENTS ||
		    wicket_clone(w, &clones[nclones]) < 0)
			break;
		nclones++;
	}
	say("ok %zu", nclones);
}

/* all PATH: how many clones may open it. */
void order_all(char *arg)
{
	size_t good = 0;

	for (size_t i = 0; i < nclones; i++) {
		_cleanup_fd_ int fd = wicket_open(clones[i], arg, O_RDONLY, 0);

		good += fd >= 0;
	}
	say("ok %zu of %zu", good, nclones);
}

static void never(void *arg, int result, int error)
{
	(void)arg;
	(void)result;
	(void)error;
	_exit(3);
}

/* abandon PATH: asks on every clone, and closes it without a look. */
void order_abandon(char *arg)
{
	size_t asked = 0;

	while (nclones > 0) {
		struct wicket *c = clones[--nclones];

		asked += wicket_submit_open(c, arg, O_RDONLY, 0, never, NULL) >
			 0;
		wicket_close(c);
	}
	say("ok %zu", asked);
}

/* half PATH: closes its side of each clone's channel, and asks. */
void order_half(char *arg)
{
	size_t broken = 0;

	while (nclones > 0) {
		struct wicket *c = clones[--nclones];
		_cleanup_fd_ int fd = -1;

		if (shutdown(wicket_fd(c), SHUT_WR) == 0)
			fd = wicket_open(c, arg, O_RDONLY, 0);
		broken += fd < 0 && errno == EPIPE;
		wicket_close(c);
	}
	say("ok %zu", broken);
}

/* deaf PATH: asks on every clone as long as there is room, and reads nothing.
 */
void order_deaf(char *arg)
{
	const struct op_request ask = {
		.op = OP_open, .id = 77, .object = arg, .flags = O_RDONLY};
	uint8_t buf[2 * BOUND_PATH];
	unsigned long sent = 0;

	for (size_t i = 0; i < nclones; i++) {
		struct wire_out o = wire_out(buf, sizeof(buf));

		op_put_request(&o, &ask);
		while (!o.failed && chan_send(wicket_fd(clones[i]), buf, o.len,
					      NULL, 0, MSG_DONTWAIT) == 0)
			sent++;
	}
	say("ok %s", sent > nclones ? "full" : "empty");
}

/* Where the puppet does not run, and not the same twice. */
static uint16_t lie(void)
{
	static uint16_t last;

	do
		last = last % 8 + 1;
	while (last == spin_cpu());
	return last;
}

static bool ask_from_elsewhere(int channel, const char *path)
{
	const struct op_request ask = {.op = OP_open, .id = 1, .object = path};
	uint8_t buf[2 * BOUND_PATH];
	struct wire_out o = wire_out(buf, sizeof(buf));

	op_put_request(&o, &ask);
	op_set_cpu(buf, o.len, lie());
	return !o.failed && chan_send(channel, buf, o.len, NULL, 0, 0) == 0;
}

static bool take_descriptor(int channel)
{
	uint8_t buf[BOUND_PATH];
	_cleanup_fd_ int fd = -1;
	size_t n = 1;

	return chan_recv(channel, buf, sizeof(buf), &fd, &n, 0, NULL) > 0 &&
	       n == 1;
}

/* lie PATH: asks twice at once on the first clone, each time from elsewhere. */
void order_lie(char *arg)
{
	int channel = wicket_fd(clones[0]);
	int got = 0;

	if (ask_from_elsewhere(channel, arg) &&
	    ask_from_elsewhere(channel, arg))
		while (got < 2 && take_descriptor(channel))
			got++;
	say("ok %d", got);
}
