/* SPDX-License-Identifier: ISC */
/* client.c and clients.c: what waits, and what the next helper goes on with. */
#include "helper/client.h"

#include <string.h>
#include <sys/socket.h>

#include "chan.h"
#include "helper/clients.h"
#include "support/site.h"
#include "wicket/fdpass.h"

/* A worker, a supervisor, and the client of the helper between them. */
struct stage {
	int worker;
	int supervisor;
	int channel; /* the helper's end, as the supervisor has it */
	struct client *c;
	uint8_t message[BOUND_MESSAGE];
	struct wire_out out;
	uint32_t id;
	/* The last message of replies. */
	uint8_t bytes[BOUND_MESSAGE];
	struct wire_in replies;
	int fds[BOUND_FDS];
	size_t nfds;
	size_t taken;
};

static struct stage stage;

static void next_helper(struct stage *g)
{
	g->c = client_free(g->c);
	CHILD_CHECK(client_new(dup(g->channel), 7, &g->c) == 0);
}

static void open_stage(struct stage *g, struct site *s)
{
	bool refuses;
	int sv[2];

	CHILD_CHECK(chan_pair(&g->worker, &g->channel, &refuses) == 0);
	CHILD_CHECK(wicket_socketpair(SOCK_SEQPACKET, sv) == 0);
	s->h.control = sv[0];
	g->supervisor = sv[1];
	g->out = wire_out(g->message, sizeof(g->message));
	next_helper(g);
}

static void close_stage(struct stage *g, struct site *s)
{
	g->c = client_free(g->c);
	close_fd(&g->worker);
	close_fd(&g->channel);
	close_fd(&g->supervisor);
	close_fd(&s->h.control);
}

static void add(struct stage *g, enum op op, const char *object)
{
	struct op_request r = {.op = (uint16_t)op,
			       .id = ++g->id,
			       .object = object,
			       .target = ""};

	op_put_request(&g->out, &r);
	CHILD_CHECK(!g->out.failed);
}

static void send_all(struct stage *g)
{
	CHILD_CHECK(chan_send(g->worker, g->message, g->out.len, NULL, 0, 0) ==
		    0);
	g->out = wire_out(g->message, sizeof(g->message));
}

/* The next reply, whose descriptor is closed: false where there is none. */
static bool reply(struct stage *g, struct op_reply *ret)
{
	ssize_t n;

	if (wire_done(&g->replies)) {
		CHILD_CHECK(g->taken == g->nfds);
		g->nfds = BOUND_FDS;
		g->taken = 0;
		n = chan_recv(g->worker, g->bytes, sizeof(g->bytes), g->fds,
			      &g->nfds, MSG_DONTWAIT, NULL);
		g->replies = wire_in(g->bytes, n > 0 ? (size_t)n : 0);
		if (n <= 0)
			g->nfds = 0;
		if (n == -EAGAIN)
			return false;
		CHILD_CHECK(n > 0);
	}
	CHILD_CHECK(op_get_reply(&g->replies, ret) == 0);
	if (ret->nfds)
		close_fd(&g->fds[g->taken++]);
	return true;
}

static void expect(struct stage *g, uint32_t id, uint32_t error)
{
	struct op_reply r;

	CHILD_CHECK(reply(g, &r));
	CHILD_CHECK(r.id == id && r.error == error);
}

static void expect_silence(struct stage *g)
{
	struct op_reply r;

	CHILD_CHECK(!reply(g, &r));
}

/* What the supervisor was told; the caller clears it. */
static struct control_message told(struct stage *g, enum control_kind kind)
{
	struct control_message m = CONTROL_MESSAGE_INIT;

	CHILD_CHECK(control_recv(g->supervisor, &m) == 1);
	CHILD_CHECK(m.c.kind == kind && m.c.id == 7);
	return m;
}

static void expect_untold(struct stage *g)
{
	struct control_message m = CONTROL_MESSAGE_INIT;

	CHILD_CHECK(control_recv(g->supervisor, &m) == -EAGAIN);
}

static void expect_wish(struct stage *g, unsigned why)
{
	struct control_message m = told(g, CONTROL_RENEW);

	CHILD_CHECK(m.c.flags == why);
	control_clear(&m);
}

/* One helper gives back, and the next goes on with it. */
static void change_helper(struct stage *g, struct site *s, unsigned met)
{
	struct control_message m;

	CHILD_CHECK(client_leave(g->c, &s->h) == 0);
	m = told(g, CONTROL_LEFT);
	m.c.flags &= met;
	next_helper(g);
	g->c->state = CLIENT_EXPECTING;
	CHILD_CHECK(client_take_left(g->c, &m) == 0);
	CHILD_CHECK(m.nfds == 0 || m.fds[0] == -1);
	control_clear(&m);
}

static void work(struct stage *g, struct site *s)
{
	do {
		client_turn(g->c, &s->h);
	} while (g->c->state == CLIENT_WORKING);
}

/* ---- waiting ------------------------------------------------------------- */

/* Refused, then what waits, then refused. */
static void ask_in_between(struct stage *g)
{
	add(g, OP_open, "/etc/shadow");
	add(g, OP_reload, "");
	add(g, OP_open, "/etc/shadow");
	send_all(g);
}

SITE_TEST(client_left, answers_what_came_before_and_then_waits, "read @/**\n")
{
	struct stage *g = &stage;

	open_stage(g, s);
	ask_in_between(g);
	work(g, s);
	CHILD_CHECK(g->c->state == CLIENT_WAITING);
	expect(g, 1, EACCES);
	expect_silence(g);
	expect_wish(g, CONTROL_RELOAD);
	expect_untold(g);
	/* What waits is not counted before it is decided. */
	CHILD_CHECK(g->c->count.requests == 1);
	client_resume(g->c, -EINVAL);
	work(g, s);
	expect(g, 2, EINVAL);
	expect(g, 3, EACCES);
	CHILD_CHECK(g->c->count.requests == 3);
	expect_untold(g);
	/* The word was for that request alone. */
	add(g, OP_reload, "");
	send_all(g);
	work(g, s);
	CHILD_CHECK(g->c->state == CLIENT_WAITING);
	expect_wish(g, CONTROL_RELOAD);
	close_stage(g, s);
}

SITE_TEST(client_left, is_not_resumed_unless_it_waits, "read @/**\n")
{
	struct stage *g = &stage;

	open_stage(g, s);
	client_resume(g->c, -EINVAL);
	CHILD_CHECK(g->c->state == CLIENT_IDLE);
	add(g, OP_reload, "");
	send_all(g);
	work(g, s);
	CHILD_CHECK(g->c->state == CLIENT_WAITING);
	close_stage(g, s);
}

SITE_TEST(client_left, is_gone_where_its_wish_cannot_be_told, "read @/**\n")
{
	struct stage *g = &stage;

	open_stage(g, s);
	close_fd(&g->supervisor);
	ask_in_between(g);
	work(g, s);
	CHILD_CHECK(g->c->state == CLIENT_GONE);
	close_stage(g, s);
}

/* ---- from one helper to the next ----------------------------------------- */

SITE_TEST(client_left, has_its_answer_by_the_next_helper, "read @/**\n")
{
	struct stage *g = &stage;

	open_stage(g, s);
	ask_in_between(g);
	work(g, s);
	expect(g, 1, EACCES);
	expect_wish(g, CONTROL_RELOAD);
	change_helper(g, s, CONTROL_RELOAD);
	work(g, s);
	expect(g, 2, 0);
	expect(g, 3, EACCES);
	expect_silence(g);
	expect_untold(g);
	close_stage(g, s);
}

SITE_TEST(client_left, asks_anew_where_the_next_helper_is_not_for_it,
	  "read @/**\n")
{
	struct stage *g = &stage;

	open_stage(g, s);
	ask_in_between(g);
	work(g, s);
	expect(g, 1, EACCES);
	expect_wish(g, CONTROL_RELOAD);
	change_helper(g, s, CONTROL_LOCK);
	work(g, s);
	CHILD_CHECK(g->c->state == CLIENT_WAITING);
	expect_wish(g, CONTROL_RELOAD);
	expect_silence(g);
	close_stage(g, s);
}

/* Told that its reload failed, it has not said so when it must stop. */
SITE_TEST(client_left, never_takes_a_failure_for_a_success, "read @/**\n")
{
	struct stage *g = &stage;

	open_stage(g, s);
	ask_in_between(g);
	work(g, s);
	expect(g, 1, EACCES);
	expect_wish(g, CONTROL_RELOAD);
	client_resume(g->c, -EINVAL);
	change_helper(g, s, 0);
	work(g, s);
	expect_silence(g);
	expect_wish(g, CONTROL_RELOAD);
	close_stage(g, s);
}

SITE_TEST(client_left, gives_nothing_back_when_it_has_nothing, "read @/**\n")
{
	struct stage *g = &stage;

	open_stage(g, s);
	/* What is not read yet stays where it is. */
	add(g, OP_open, "/etc/shadow");
	send_all(g);
	CHILD_CHECK(client_leave(g->c, &s->h) == 0);
	expect_untold(g);
	next_helper(g);
	work(g, s);
	expect(g, 1, EACCES);
	close_stage(g, s);
}

SITE_TEST(client_left, has_half_a_batch_answered_by_each, "read @/**\n")
{
	char path[BOUND_PATH + 16];
	struct stage *g = &stage;
	size_t before;

	site_file(s, "a", "text", 0600, s->worker);
	snprintf(path, sizeof(path), "%s/a", s->scratch.dir);
	open_stage(g, s);
	before = fds_count();
	for (int i = 0; i < 4 * BOUND_TURN; i++)
		add(g, OP_open, i % 2 ? path : "/etc/shadow");
	send_all(g);
	/* A turn each: none has sent anything until the last. */
	for (int i = 0; i < 3; i++) {
		client_turn(g->c, &s->h);
		CHILD_CHECK(g->c->state == CLIENT_WORKING);
		change_helper(g, s, 0);
		expect_silence(g);
	}
	work(g, s);
	CHILD_CHECK(g->c->state == CLIENT_IDLE);
	for (uint32_t id = 1; id <= 4 * BOUND_TURN; id++)
		expect(g, id, id % 2 ? EACCES : 0);
	expect_silence(g);
	CHILD_CHECK(fds_count() == before);
	close_stage(g, s);
}

SITE_TEST(client_left, keeps_descriptors_that_found_the_queue_full,
	  "read @/**\n")
{
	char path[BOUND_PATH + 16];
	struct stage *g = &stage;
	uint32_t got = 0;
	struct op_reply r;

	site_file(s, "a", "text", 0600, s->worker);
	snprintf(path, sizeof(path), "%s/a", s->scratch.dir);
	open_stage(g, s);
	while (g->c->state == CLIENT_IDLE) {
		for (int i = 0; i < 3; i++)
			add(g, OP_open, path);
		send_all(g);
		work(g, s);
	}
	CHILD_CHECK(g->c->state == CLIENT_FULL && g->c->nfds == 3);
	change_helper(g, s, 0);
	CHILD_CHECK(g->c->nfds == 3);
	work(g, s);
	CHILD_CHECK(g->c->state == CLIENT_FULL);
	change_helper(g, s, 0);
	while (got < g->id) {
		while (reply(g, &r)) {
			CHILD_CHECK(r.id == ++got && r.error == 0);
			CHILD_CHECK(r.nfds == 1);
		}
		work(g, s);
	}
	close_stage(g, s);
}

SITE_TEST(client_left, says_first_that_the_helper_is_new, "read @/**\n")
{
	struct stage *g = &stage;
	struct op_reply r;

	open_stage(g, s);
	add(g, OP_open, "/etc/shadow");
	send_all(g);
	client_greet(g->c, &s->h);
	work(g, s);
	CHILD_CHECK(reply(g, &r));
	CHILD_CHECK(r.op == OP_hello && r.id == 0 && r.error == 0);
	client_turn(g->c, &s->h);
	expect(g, 1, EACCES);
	close_stage(g, s);
}

SITE_TEST(client_left, takes_over_only_what_it_expects_and_has_room_for,
	  "read @/**\n")
{
	static uint8_t bytes[BOUND_MESSAGE + 1];
	struct control_message m = CONTROL_MESSAGE_INIT;
	struct stage *g = &stage;

	open_stage(g, s);
	m.c.frames = bytes;
	m.c.frames_len = 1;
	m.c.reply = bytes;
	CHILD_CHECK(client_take_left(g->c, &m) == -EPROTO);
	CHILD_CHECK(g->c->state == CLIENT_IDLE);
	g->c->state = CLIENT_EXPECTING;
	m.c.reply_len = sizeof(bytes);
	CHILD_CHECK(client_take_left(g->c, &m) == -EPROTO);
	m.c.reply_len = 0;
	m.c.frames_len = sizeof(bytes);
	CHILD_CHECK(client_take_left(g->c, &m) == -EPROTO);
	m.c.frames_len = 1;
	CHILD_CHECK(client_take_left(g->c, &m) == 0);
	/* Only once. */
	CHILD_CHECK(client_take_left(g->c, &m) == -EPROTO);
	close_stage(g, s);
}

/* Frames and replies lie behind each other, and neither is in the other. */
SITE_TEST(client_left, gives_back_the_longest_as_it_took_it, "read @/**\n")
{
	static uint8_t frames[BOUND_MESSAGE], reply[BOUND_MESSAGE];
	struct control_message m = CONTROL_MESSAGE_INIT;
	struct control_message back = CONTROL_MESSAGE_INIT;
	struct stage *g = &stage;

	memset(frames, 'f', sizeof(frames));
	memset(reply, 'r', sizeof(reply));
	m.c.frames = frames;
	m.c.frames_len = sizeof(frames);
	m.c.reply = reply;
	m.c.reply_len = sizeof(reply);
	open_stage(g, s);
	g->c->state = CLIENT_EXPECTING;
	CHILD_CHECK(client_take_left(g->c, &m) == 0);
	CHILD_CHECK(client_leave(g->c, &s->h) == 0);
	CHILD_CHECK(control_recv(g->supervisor, &back) == 1);
	CHILD_CHECK(back.c.frames_len == sizeof(frames) &&
		    memcmp(back.c.frames, frames, sizeof(frames)) == 0);
	CHILD_CHECK(back.c.reply_len == sizeof(reply) &&
		    memcmp(back.c.reply, reply, sizeof(reply)) == 0);
	control_clear(&back);
	close_stage(g, s);
}

/* ---- among others -------------------------------------------------------- */

static void poke(struct stage *g)
{
	const struct control count = {.kind = CONTROL_COUNT};

	CHILD_CHECK(control_send(g->supervisor, &count, NULL, 0) == 0);
}

static void take_poke(struct site *s)
{
	struct control_message m = CONTROL_MESSAGE_INIT;

	CHILD_CHECK(control_recv(s->h.control, &m) == 1);
	control_clear(&m);
}

SITE_TEST(client_left, waits_asleep_and_goes_with_its_worker, "read @/**\n")
{
	struct stage *g = &stage;
	struct clients *t;
	struct client *c;

	open_stage(g, s);
	CHILD_CHECK(clients_new(s->h.control, &t) == 0);
	CHILD_CHECK(clients_add(t, dup(g->channel), 7, &c) == 0);
	add(g, OP_reload, "");
	send_all(g);
	CHILD_CHECK(clients_wait(t) == 0);
	CHILD_CHECK(clients_turns(t, &s->h) == 0);
	CHILD_CHECK(c->state == CLIENT_WAITING);
	expect_wish(g, CONTROL_RELOAD);
	/* More requests do not wake it: only the supervisor does. */
	add(g, OP_open, "/etc/shadow");
	send_all(g);
	poke(g);
	for (int i = 0; i < 10; i++)
		CHILD_CHECK(clients_wait(t) == 1);
	take_poke(s);
	close_fd(&g->worker);
	CHILD_CHECK(clients_wait(t) == 0);
	CHILD_CHECK(clients_turns(t, &s->h) == 0);
	CHILD_CHECK(clients_count(t) == 0);
	/* Nothing is left that could wake it. */
	poke(g);
	CHILD_CHECK(clients_wait(t) == 1);
	clients_free(t);
	close_stage(g, s);
}

SITE_TEST(client_left, has_no_turn_before_what_was_left_is_there, "read @/**\n")
{
	struct control_message m;
	struct stage *g = &stage;
	struct clients *t;
	struct client *c;

	open_stage(g, s);
	add(g, OP_reload, "");
	send_all(g);
	work(g, s);
	expect_wish(g, CONTROL_RELOAD);
	CHILD_CHECK(client_leave(g->c, &s->h) == 0);
	m = told(g, CONTROL_LEFT);
	CHILD_CHECK(clients_new(s->h.control, &t) == 0);
	CHILD_CHECK(clients_add(t, dup(g->channel), 7, &c) == 0);
	c->state = CLIENT_EXPECTING;
	/* A newer request is there already. */
	add(g, OP_open, "/etc/shadow");
	send_all(g);
	for (int i = 0; i < 3; i++) {
		CHILD_CHECK(clients_wait(t) == 0);
		CHILD_CHECK(clients_turns(t, &s->h) == 0);
	}
	expect_silence(g);
	CHILD_CHECK(client_take_left(c, &m) == 0);
	for (int i = 0; i < 3; i++) {
		poke(g);
		CHILD_CHECK(clients_wait(t) >= 0);
		CHILD_CHECK(clients_turns(t, &s->h) == 0);
	}
	expect(g, 1, 0);
	expect(g, 2, EACCES);
	control_clear(&m);
	clients_free(t);
	close_stage(g, s);
}
