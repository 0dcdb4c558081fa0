/* SPDX-License-Identifier: ISC */
#include "bench/peers/flood.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/peers/peers.h"
#include "op.h"
#include "spin.h"
#include "wicket/fdpass.h"

/* What one that dies has asked for before. */
#define LAST_WORDS 16

/* What a liar asks for at once, how long it is silent then, and about what. */
#define LIES	   16
#define SILENCE_NS 50000
#define PLACES	   64

struct flooder {
	struct crowd_round *round;
	struct crowd_seat seat;
	unsigned batch;	 /* files in a message */
	uint16_t lie;	 /* where it says it runs; 0: it says nothing */
	uint32_t id;	 /* the last that was asked for */
	uint64_t opened; /* descriptors that came */
	size_t len;
	uint8_t message[BARE_BATCH];
};

/* ---- asking -------------------------------------------------------------- */

static size_t put_frames(struct flooder *f)
{
	struct wire_out o = wire_out(f->message, sizeof(f->message));

	for (unsigned i = 0; i < f->batch; i++) {
		const struct op_request q = {
			.op = OP_open,
			.id = ++f->id,
			.object = f->round->e->path,
		};

		op_put_request(&o, &q);
	}
	op_set_cpu(f->message, o.len, f->lie);
	return o.failed ? 0 : o.len;
}

/* Where it does not run, and not the same twice. */
static void lie_anew(struct flooder *f)
{
	do
		f->lie = (uint16_t)(f->lie % PLACES + 1);
	while (f->lie == spin_cpu());
}

/* A message as the seat's server reads it. */
static void put_message(struct flooder *f)
{
	int len = f->seat.w ? (int)put_frames(f)
			    : bare_put_paths(f->round->e->path, f->batch,
					     (char *)f->message,
					     sizeof(f->message));

	if (len <= 0)
		errx(1, "flood: no room for a message");
	f->len = (size_t)len;
}

/* As many messages as there is room for, `most` at most. */
static void ask(struct flooder *f, unsigned most)
{
	for (unsigned i = 0; i < most && !atomic_load(&f->round->over); i++) {
		/* One that was not sent is sent the next time. */
		if (f->len == 0)
			put_message(f);
		if (send(f->seat.sock, f->message, f->len,
			 MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
			if (errno != EAGAIN && errno != ENOBUFS)
				err(1, "flood: send");
			return;
		}
		f->len = 0;
	}
}

/* All that are there. */
static void take_answers(struct flooder *f)
{
	union {
		char room[CMSG_SPACE(WICKET_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	static char text[BOUND_MESSAGE];
	struct iovec iov = {text, sizeof(text)};

	for (;;) {
		struct msghdr mh = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.room,
			.msg_controllen = sizeof(control.room),
		};
		int fds[WICKET_FDS_MAX];
		size_t n;

		if (recvmsg(f->seat.sock, &mh,
			    MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0)
			return;
		if (mh.msg_controllen == 0)
			continue;
		n = (control.align.cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(&control.align), n * sizeof(int));
		bare_close(fds, (int)n);
		f->opened += n;
	}
}

/* ---- the ways ------------------------------------------------------------ */

static void be_eager(struct flooder *f)
{
	struct pollfd p = {.fd = f->seat.sock, .events = POLLIN | POLLOUT};

	while (!atomic_load(&f->round->over)) {
		ask(f, ~0U);
		take_answers(f);
		(void)poll(&p, 1, 10);
	}
	if (f->opened == 0)
		errx(1, "flood: nothing was answered");
}

static void be_batch(struct flooder *f)
{
	f->batch = WICKET_FDS_MAX;
	be_eager(f);
}

static void be_deaf(struct flooder *f)
{
	struct pollfd p = {.fd = f->seat.sock, .events = POLLOUT};

	while (!atomic_load(&f->round->over)) {
		ask(f, ~0U);
		(void)poll(&p, 1, 10);
	}
}

/* For the server it is all the same whether a channel's process ends too. */
static void be_dying(struct flooder *f)
{
	struct wicket *parent = f->seat.w;
	unsigned lives = 0;

	while (!atomic_load(&f->round->over)) {
		struct wicket *w;

		if (wicket_clone(parent, &w) < 0)
			continue; /* those before are not buried yet */
		f->seat.sock = wicket_fd(w);
		ask(f, LAST_WORDS);
		wicket_close(w);
		lives++;
	}
	if (lives == 0)
		errx(1, "flood: there was no clone");
}

/*
 * Who comes at once is found at the first look, so that the next is worth it:
 * that one is in vain.
 */
static void be_liar(struct flooder *f)
{
	const struct timespec silence = {.tv_nsec = SILENCE_NS};

	while (!atomic_load(&f->round->over)) {
		for (unsigned i = 0; i < LIES; i++) {
			lie_anew(f);
			ask(f, 1);
		}
		take_answers(f);
		(void)nanosleep(&silence, NULL);
	}
	if (f->opened == 0)
		errx(1, "flood: nothing was answered");
}

void flood_run(struct crowd_round *round, const struct crowd_seat *seat)
{
	static void (*const ways[CROWD_FLOOD_MAX])(struct flooder * f) = {
		[CROWD_EAGER] = be_eager, [CROWD_BATCH] = be_batch,
		[CROWD_DEAF] = be_deaf,	  [CROWD_DYING] = be_dying,
		[CROWD_LIAR] = be_liar,
	};
	static struct flooder f;
	const struct crowd *crowd = round->e->arg;
	const int room = 1 << 20; /* as much as the system lets it have */

	f = (struct flooder){.round = round, .seat = *seat, .batch = 1};
	(void)setsockopt(seat->sock, SOL_SOCKET, SO_SNDBUF, &room,
			 sizeof(room));
	(void)pthread_barrier_wait(&round->ready);
	ways[crowd->flood](&f);
}
