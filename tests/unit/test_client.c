/* SPDX-License-Identifier: ISC */
/* client.c: one client's messages, turn by turn. */
#include "helper/client.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "chan.h"
#include "support/site.h"

/* A worker's end, and the client at the other. */
struct pair {
	int worker;
	struct client *c;
	uint8_t message[BOUND_MESSAGE];
	struct wire_out out; /* of requests into message */
	uint32_t id;	     /* of the last one */
	/* The last message of replies, and how many there were. */
	uint8_t bytes[BOUND_MESSAGE];
	struct wire_in replies;
	int fds[BOUND_FDS];
	size_t nfds;
	size_t taken;
	unsigned messages;
};

static void pair_open(struct pair *p)
{
	bool refuses;
	int helper;

	*p = (struct pair){.id = 0};
	CHILD_CHECK(chan_pair(&p->worker, &helper, &refuses) == 0);
	CHILD_CHECK(client_new(helper, 7, &p->c) == 0);
	p->out = wire_out(p->message, sizeof(p->message));
}

static void pair_close(struct pair *p)
{
	close_fd(&p->worker);
	p->c = client_free(p->c);
}

static void add(struct pair *p, enum op op, const char *object)
{
	struct op_request r = {.op = (uint16_t)op,
			       .id = ++p->id,
			       .object = object,
			       .target = "",
			       .number = OP_PROTOCOL};

	op_put_request(&p->out, &r);
	CHILD_CHECK(!p->out.failed);
}

static void send_all(struct pair *p)
{
	CHILD_CHECK(chan_send(p->worker, p->message, p->out.len, NULL, 0, 0) ==
		    0);
	p->out = wire_out(p->message, sizeof(p->message));
}

/* The next message of replies: 1, 0 where none has come. */
static int next_message(struct pair *p)
{
	ssize_t n;

	if (!wire_done(&p->replies))
		return 1;
	CHILD_CHECK(p->taken == p->nfds);
	p->nfds = BOUND_FDS;
	p->taken = 0;
	n = chan_recv(p->worker, p->bytes, sizeof(p->bytes), p->fds, &p->nfds,
		      MSG_DONTWAIT, NULL);
	p->replies = wire_in(p->bytes, n > 0 ? (size_t)n : 0);
	if (n <= 0)
		p->nfds = 0;
	CHILD_CHECK(n > 0 || n == -EAGAIN);
	p->messages += n > 0;
	return n > 0;
}

/* The next reply: 1, 0 where none has come.  Its descriptor is closed. */
static int reply(struct pair *p, struct op_reply *ret, bool *ret_fd)
{
	if (!next_message(p))
		return 0;
	CHILD_CHECK(op_get_reply(&p->replies, ret) == 0);
	*ret_fd = ret->nfds == 1;
	if (*ret_fd)
		close_fd(&p->fds[p->taken++]);
	return 1;
}

static void expect(struct pair *p, uint32_t id, uint32_t error, bool with_fd)
{
	struct op_reply r;
	bool has_fd;

	CHILD_CHECK(reply(p, &r, &has_fd) == 1);
	CHILD_CHECK(r.id == id && r.error == error && has_fd == with_fd);
}

static void expect_nothing(struct pair *p)
{
	struct op_reply r;
	bool has_fd;

	CHILD_CHECK(reply(p, &r, &has_fd) == 0);
}

SITE_TEST(client, answers_a_message_by_a_message, "read @/**\n")
{
	char path[BOUND_PATH + 16];
	struct pair p;

	site_file(s, "a", "text", 0600, s->worker);
	snprintf(path, sizeof(path), "%s/a", s->scratch.dir);
	pair_open(&p);
	add(&p, OP_hello, "");
	add(&p, OP_open, path);
	add(&p, OP_open, "/etc/shadow");
	add(&p, OP_stat, path);
	send_all(&p);
	client_turn(p.c, &s->h);
	CHILD_CHECK(p.c->state == CLIENT_IDLE);
	expect(&p, 1, 0, false);
	expect(&p, 2, 0, true);
	expect(&p, 3, EACCES, false);
	expect(&p, 4, 0, false);
	expect_nothing(&p);
	CHILD_CHECK(p.messages == 1);
	pair_close(&p);
}

SITE_TEST(client, answers_a_few_frames_in_a_turn, "read @/**\n")
{
	struct pair p;

	pair_open(&p);
	for (int i = 0; i < 2 * BOUND_TURN + 1; i++)
		add(&p, OP_open, "/etc/shadow");
	send_all(&p);
	for (uint32_t turn = 0; turn < 3; turn++) {
		size_t before = p.c->in.off;

		client_turn(p.c, &s->h);
		CHILD_CHECK(p.c->in.off > before);
		CHILD_CHECK(p.c->state ==
			    (turn < 2 ? CLIENT_WORKING : CLIENT_IDLE));
		/* They go out together. */
		if (turn < 2)
			expect_nothing(&p);
	}
	for (uint32_t id = 1; id <= 2 * BOUND_TURN + 1; id++)
		expect(&p, id, EACCES, false);
	CHILD_CHECK(p.messages == 1);
	pair_close(&p);
}

SITE_TEST(client, fills_a_message_with_descriptors_and_begins_another,
	  "read @/**\n")
{
	enum {
		OPENS = BOUND_FDS + 10
	};
	char path[BOUND_PATH + 16];
	size_t before;
	struct pair p;

	site_file(s, "a", "text", 0600, s->worker);
	snprintf(path, sizeof(path), "%s/a", s->scratch.dir);
	pair_open(&p);
	before = fds_count();
	for (int i = 0; i < OPENS; i++)
		add(&p, OP_open, path);
	send_all(&p);
	do {
		client_turn(p.c, &s->h);
	} while (p.c->state == CLIENT_WORKING);
	for (uint32_t id = 1; id <= OPENS; id++)
		expect(&p, id, 0, true);
	CHILD_CHECK(p.messages == 2);
	CHILD_CHECK(fds_count() == before);
	pair_close(&p);
}

SITE_TEST(client, reads_one_message_in_a_turn, "read @/**\n")
{
	struct pair p;

	pair_open(&p);
	for (int i = 0; i < 2; i++) {
		add(&p, OP_open, "/etc/shadow");
		send_all(&p);
	}
	client_turn(p.c, &s->h);
	expect(&p, 1, EACCES, false);
	expect_nothing(&p);
	client_turn(p.c, &s->h);
	expect(&p, 2, EACCES, false);
	client_turn(p.c, &s->h);
	CHILD_CHECK(p.c->state == CLIENT_IDLE);
	pair_close(&p);
}

SITE_TEST(client, lives_on_after_an_unknown_operation, "read @/**\n")
{
	struct pair p;
	struct op_reply none = {.op = 77, .id = 9, .error = 1};

	pair_open(&p);
	add(&p, OP_open, "/etc/shadow");
	/* A reply's frame with its flag taken away is an unknown request's. */
	op_put_reply(&p.out, &none);
	p.message[p.out.len - 4 - OP_HEADER + 2] = 0;
	add(&p, OP_open, "/etc/shadow");
	send_all(&p);
	client_turn(p.c, &s->h);
	expect(&p, 1, EACCES, false);
	expect(&p, 9, ENOSYS, false);
	expect(&p, 2, EACCES, false);
	CHILD_CHECK(p.c->state == CLIENT_IDLE);
	pair_close(&p);
}

static void expect_closed(struct site *s, struct pair *p)
{
	_cleanup_free_ char *text = NULL;

	client_turn(p->c, &s->h);
	CHILD_CHECK(p->c->state == CLIENT_GONE);
	text = site_audit(s);
	CHILD_CHECK(strstr(text, "op=session verdict=closed rule=- "
				 "errno=EPROTO\n") != NULL);
}

SITE_TEST(client, is_closed_after_a_malformed_frame, "read @/**\n")
{
	struct pair p;

	pair_open(&p);
	add(&p, OP_open, "/etc/shadow");
	wire_put_u16(&p.out, OP_open);
	send_all(&p);
	expect_closed(s, &p);
	/* What was well-formed before it has its answer. */
	expect(&p, 1, EACCES, false);
	pair_close(&p);
}

SITE_TEST(client, is_closed_after_an_empty_message, "read @/**\n")
{
	struct pair p;

	pair_open(&p);
	CHILD_CHECK(send(p.worker, "", 0, 0) == 0);
	expect_closed(s, &p);
	pair_close(&p);
}

SITE_TEST(client, is_closed_after_an_oversized_message, "read @/**\n")
{
	static const char big[BOUND_MESSAGE + 1];
	struct pair p;

	pair_open(&p);
	CHILD_CHECK(send(p.worker, big, sizeof(big), 0) == sizeof(big));
	expect_closed(s, &p);
	pair_close(&p);
}

SITE_TEST(client, is_closed_after_every_truncated_request, "read @/**\n")
{
	struct pair p;
	size_t whole;

	pair_open(&p);
	add(&p, OP_open, "/a");
	whole = p.out.len;
	pair_close(&p);
	for (size_t len = 1; len < whole; len++) {
		pair_open(&p);
		add(&p, OP_open, "/a");
		p.out.len = len;
		send_all(&p);
		client_turn(p.c, &s->h);
		CHILD_CHECK(p.c->state == CLIENT_GONE);
		expect_nothing(&p);
		pair_close(&p);
	}
}

SITE_TEST(client, never_keeps_a_descriptor_that_is_pushed, "read @/**\n")
{
	size_t before;
	struct pair p;
	int r;

	pair_open(&p);
	before = fds_count();
	add(&p, OP_hello, "");
	r = chan_send(p.worker, p.message, p.out.len, (int[]){0}, 1, 0);
	/* Where the kernel refuses it, the sender is told. */
	CHILD_CHECK(r == 0 || r == -EPERM);
	client_turn(p.c, &s->h);
	CHILD_CHECK(p.c->state == (r == 0 ? CLIENT_GONE : CLIENT_IDLE));
	CHILD_CHECK(fds_count() == before);
	pair_close(&p);
}

SITE_TEST(client, is_not_read_while_its_queue_is_full, "read @/**\n")
{
	enum {
		REQUESTS = 2000
	};
	struct op_reply r;
	char path[BOUND_PATH + 16];
	struct pair p;
	uint32_t got = 0;
	uint32_t sent = 0;
	bool has_fd;

	site_file(s, "a", "text", 0600, s->worker);
	snprintf(path, sizeof(path), "%s/a", s->scratch.dir);
	pair_open(&p);
	/* Nothing is taken until the helper sends no more. */
	while (p.c->state != CLIENT_FULL && sent < REQUESTS) {
		add(&p, OP_open, path);
		send_all(&p);
		sent++;
		client_turn(p.c, &s->h);
	}
	CHILD_CHECK(p.c->state == CLIENT_FULL);
	add(&p, OP_hello, "");
	send_all(&p);
	sent++;
	/* More turns change nothing, and never wait. */
	for (int i = 0; i < 10; i++)
		client_turn(p.c, &s->h);
	CHILD_CHECK(p.c->state == CLIENT_FULL);
	while (got < sent) {
		while (reply(&p, &r, &has_fd) == 1) {
			CHILD_CHECK(r.id == ++got && r.error == 0);
			CHILD_CHECK(has_fd == (r.op == OP_open));
		}
		client_turn(p.c, &s->h);
	}
	CHILD_CHECK(p.c->state == CLIENT_IDLE);
	pair_close(&p);
}

SITE_TEST(client, closes_what_was_never_fetched, "read @/**\n")
{
	char path[BOUND_PATH + 16];
	size_t before = fds_count();
	struct pair p;

	site_file(s, "a", "text", 0600, s->worker);
	snprintf(path, sizeof(path), "%s/a", s->scratch.dir);
	pair_open(&p);
	while (p.c->state != CLIENT_FULL) {
		add(&p, OP_open, path);
		send_all(&p);
		client_turn(p.c, &s->h);
	}
	CHILD_CHECK(p.c->nfds == 1);
	pair_close(&p);
	CHILD_CHECK(fds_count() == before);
}

SITE_TEST(client, is_gone_when_the_worker_is, "read @/**\n")
{
	struct pair p;

	pair_open(&p);
	close_fd(&p.worker);
	client_turn(p.c, &s->h);
	CHILD_CHECK(p.c->state == CLIENT_GONE);
	pair_close(&p);
}

SITE_TEST(client, is_gone_when_nobody_takes_the_reply, "read @/**\n")
{
	struct pair p;

	pair_open(&p);
	add(&p, OP_open, "/etc/shadow");
	send_all(&p);
	close_fd(&p.worker);
	for (int i = 0; i < 3 && p.c->state != CLIENT_GONE; i++)
		client_turn(p.c, &s->h);
	CHILD_CHECK(p.c->state == CLIENT_GONE);
	pair_close(&p);
}

SITE_TEST(client, is_known_by_the_pid_of_the_sender, "read @/**\n")
{
	struct pair p;
	pid_t pid;

	pair_open(&p);
	pid = fork();
	CHILD_CHECK(pid >= 0);
	if (pid == 0) {
		add(&p, OP_hello, "");
		send_all(&p);
		_exit(0);
	}
	CHILD_CHECK(waitpid(pid, NULL, 0) == pid);
	client_turn(p.c, &s->h);
	CHILD_CHECK(p.c->count.pid == (uint32_t)pid);
	pair_close(&p);
}

/* ---- several ------------------------------------------------------------- */

static void ask_and_expect(struct site *s, struct pair *p)
{
	add(p, OP_open, "/etc/shadow");
	send_all(p);
	client_turn(p->c, &s->h);
	CHILD_CHECK(p->c->state == CLIENT_IDLE);
	expect(p, p->id, EACCES, false);
}

SITE_TEST(client, another_is_answered_while_one_breaks_the_protocol,
	  "read @/**\n")
{
	struct pair good;
	struct pair bad;

	pair_open(&good);
	pair_open(&bad);
	add(&good, OP_open, "/etc/shadow");
	send_all(&good);
	CHILD_CHECK(send(bad.worker, "nonsense", 8, 0) == 8);
	expect_closed(s, &bad);
	client_turn(good.c, &s->h);
	expect(&good, 1, EACCES, false);
	pair_close(&bad);
	ask_and_expect(s, &good);
	pair_close(&good);
}

SITE_TEST(client, thousands_come_and_go_and_those_between_are_answered,
	  "read @/**\n")
{
	enum {
		PLACES = 16,
		ROUNDS = 3000
	};
	static struct pair pairs[PLACES];
	size_t before = fds_count();

	for (int i = 0; i < PLACES; i++)
		pair_open(&pairs[i]);
	for (unsigned i = 0; i < ROUNDS; i++) {
		/* 7 and 16 have no common divisor: every place has its hole. */
		struct pair *gone = &pairs[i * 7 % PLACES];

		pair_close(gone);
		ask_and_expect(s, &pairs[(i * 7 + 1) % PLACES]);
		ask_and_expect(s, &pairs[(i * 7 + PLACES - 1) % PLACES]);
		pair_open(gone);
		ask_and_expect(s, gone);
	}
	for (int i = 0; i < PLACES; i++)
		pair_close(&pairs[i]);
	CHILD_CHECK(fds_count() == before);
}

/* ---- quotas -------------------------------------------------------------- */

SITE_TEST(client, is_answered_so_many_requests_a_second,
	  "read @/**\nlimit requests=3\n")
{
	struct pair p;

	pair_open(&p);
	for (int i = 0; i < 4; i++)
		add(&p, OP_hello, "");
	send_all(&p);
	/* As long as the fourth waits, for a third of a second. */
	client_turn(p.c, &s->h);
	for (uint32_t id = 1; id <= 3; id++)
		expect(&p, id, 0, false);
	CHILD_CHECK(p.c->state == CLIENT_CROWDED);
	/* No error: it is answered when it is its time. */
	p.c->quota.free_at = 0;
	client_turn(p.c, &s->h);
	expect(&p, 4, 0, false);
	CHILD_CHECK(p.c->state == CLIENT_IDLE);
	pair_close(&p);
}

static void ask_for_files(struct pair *p, struct site *s, int n)
{
	char path[BOUND_PATH + 16];

	snprintf(path, sizeof(path), "%s/a", s->scratch.dir);
	for (int i = 0; i < n; i++)
		add(p, OP_open, path);
	send_all(p);
}

SITE_TEST(client, has_no_more_in_flight_than_its_limit,
	  "read @/**\nlimit fds=2\n")
{
	struct pair p;

	site_file(s, "a", "text", 0600, s->worker);
	pair_open(&p);
	ask_for_files(&p, s, 5);
	for (uint32_t id = 1; id <= 5; id += 2) {
		for (int i = 0; i < 10; i++)
			client_turn(p.c, &s->h);
		expect(&p, id, 0, true);
		if (id == 5)
			break;
		expect(&p, id + 1, 0, true);
		expect_nothing(&p);
	}
	CHILD_CHECK(p.c->state == CLIENT_IDLE);
	pair_close(&p);
}

SITE_TEST(client, that_takes_nothing_leaves_half_to_others, "read @/**\n")
{
	struct pair p, other;

	s->h.flying_max = 40;
	site_file(s, "a", "text", 0600, s->worker);
	pair_open(&p);
	pair_open(&other);
	ask_for_files(&p, s, 60);
	for (int i = 0; i < 100; i++)
		client_turn(p.c, &s->h);
	CHILD_CHECK(p.c->state == CLIENT_CROWDED);
	CHILD_CHECK(s->h.flying <= 21);
	ask_for_files(&other, s, 5);
	for (int i = 0; i < 10; i++)
		client_turn(other.c, &s->h);
	for (uint32_t id = 1; id <= 5; id++)
		expect(&other, id, 0, true);
	/* And goes on counting when its session has ended. */
	CHILD_CHECK(!client_ended(p.c, &s->h));
	close_fds(p.fds + p.taken, p.nfds - p.taken);
	close_fd(&p.worker);
	CHILD_CHECK(client_ended(p.c, &s->h));
	CHILD_CHECK(s->h.flying == 5);
	pair_close(&p);
	pair_close(&other);
}

SITE_TEST(client, pays_for_links_by_turns_to_come, "read @/**\n")
{
	char path[BOUND_PATH + 16];
	unsigned turns = 0;
	struct pair p;

	site_file(s, "0", "text", 0600, s->worker);
	for (int i = 1; i <= BOUND_LINKS; i++) {
		char name[16], target[16];

		snprintf(name, sizeof(name), "%d", i);
		snprintf(target, sizeof(target), "%d", i - 1);
		site_link(s, target, name);
	}
	pair_open(&p);
	snprintf(path, sizeof(path), "%s/%d", s->scratch.dir, BOUND_LINKS);
	add(&p, OP_open, path);
	add(&p, OP_hello, "");
	send_all(&p);
	do {
		client_turn(p.c, &s->h);
		turns++;
	} while (p.c->state == CLIENT_WORKING);
	expect(&p, 1, 0, true);
	expect(&p, 2, 0, false);
	/* Each of forty looks at two directories or more, and the link. */
	CHILD_CHECK(turns >= 1 + 40 * 3 / BOUND_LOOKS / BOUND_TURN);
	pair_close(&p);
}
