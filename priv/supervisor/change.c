/* SPDX-License-Identifier: ISC */
#include "supervisor/change.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "supervisor/clock.h"
#include "supervisor/generation.h"
#include "supervisor/reload.h"

enum {
	/* A worker can have one new helper in this time, not more. */
	RENEW_MS = 1000,

	/* After a helper that lived for less, the next one waits a while: */
	SHORT_MS = 1000,
	FIRST_WAIT_MS = 10,
	/* doubled each time, up to this for one that served, */
	WAIT_MS = 320,
	/* and this for one that could not even be started. */
	FAILED_WAIT_MS = 5120,

	/* Messages of a helper that are taken before it is others' turn. */
	HEAR_MOST = 64,
};

/* ---- wanting ------------------------------------------------------------- */

void change_want(struct supervisor *s, enum want want)
{
	if (s->options.policy_from && want & WANT_BY_SOMEBODY)
		s->change.asks |= want;
	else
		s->change.wants |= want;
}

/* When what is wanted may be begun, where the last such was begun then. */
static int64_t renew_at(unsigned wants, int64_t begun)
{
	return wants & (WANT_SIGNAL | WANT_CONSOLE) ? 0 : begun + RENEW_MS;
}

/* ---- asking for the policy ----------------------------------------------- */

/*
 * Before another helper is begun for them, --policy-from is run: beside the
 * helper that serves, which is replaced meanwhile where it ends.  Who asks
 * while it runs may know of what it has not seen, and has it run once more,
 * when it is known what came of the first.
 */
static bool may_ask(const struct supervisor *s)
{
	const struct change *c = &s->change;
	bool busy = s->from.pid > 0 || s->from.done ||
		    c->serves & WANT_BY_SOMEBODY;

	return c->asks && !busy;
}

static int64_t ask_at(const struct supervisor *s)
{
	return renew_at(s->change.asks, s->from.begun);
}

static void ask_step(struct supervisor *s)
{
	struct change *c = &s->change;

	policyfrom_step(&s->from);
	if (may_ask(s) && clock_ms() >= ask_at(s)) {
		c->asked = c->asks;
		c->asks = 0;
		notify_reloading(&s->notify);
		channels_begin(&s->channels, WANT_RELOAD);
		console_begun(&s->console);
		policyfrom_begin(&s->from, s);
	}
	if (s->from.done) {
		c->wants |= c->asked;
		c->asked = 0;
	}
}

/* ---- the next helper ----------------------------------------------------- */

static int64_t wait_ms(unsigned failures, int64_t most)
{
	int64_t ms = FIRST_WAIT_MS;

	while (failures-- > 1 && ms < most)
		ms *= 2;
	return ms < most ? ms : most;
}

/* What those who wait get by it: a policy read anew has new locks as well. */
static unsigned met_by(unsigned serves)
{
	return serves & WANT_BY_SOMEBODY ? WANT_LOCK | WANT_RELOAD
					 : serves & WANT_LOCK;
}

/*
 * There will be no other helper for what was wanted.  Where one serves, it goes
 * on, and nobody has to wait for the next.
 */
static void give_up(struct supervisor *s, int error, const struct failure *f)
{
	struct change *c = &s->change;

	c->edition = edition_free(c->edition);
	c->ready = false;
	/* What was wrong is said before anybody is told that it was. */
	reload_failed(s, c->serves, error, f);
	channels_keep(&s->channels, s->helper.control, error,
		      met_by(c->serves));
	c->serves = 0;
	if (s->helper.pid > 0 && !c->stopping)
		return;
	c->failures++;
	c->due = clock_ms() + wait_ms(c->failures, FAILED_WAIT_MS);
}

/*
 * An edition to be put in force, where one is wanted.  A helper that has ended
 * is followed by one of the edition that was in force, whatever becomes of the
 * next.
 */
static int make_edition(struct supervisor *s, struct failure *f)
{
	struct change *c = &s->change;

	c->serves = c->wants;
	c->wants = 0;
	if (!c->serves)
		return 0;
	/* Those whom --policy-from was run for asked before that began. */
	if (s->options.policy_from) {
		channels_begin(&s->channels, WANT_LOCK);
	} else {
		channels_begin(&s->channels, met_by(c->serves));
		console_begun(&s->console);
	}
	return reload_edition(s, c->serves, &c->edition, f);
}

static void begin(struct supervisor *s)
{
	struct change *c = &s->change;
	struct failure f = FAILURE_INIT;
	int r;

	c->begun = clock_ms();
	r = make_edition(s, &f);
	if (r >= 0)
		r = generation_begin(s, c->edition ? c->edition : s->edition,
				     &c->next, &f);
	if (r < 0)
		give_up(s, r, &f);
}

static void abandon(struct supervisor *s, int error, const struct failure *f)
{
	generation_stop(&s->change.next);
	give_up(s, error, f);
}

/* The helper that serves has no more to do; the names go while it can. */
static void stop_old(struct supervisor *s)
{
	static const struct control stop = {.kind = CONTROL_STOP};
	struct change *c = &s->change;

	c->stopping = true;
	c->kill_at = clock_ms() + GENERATION_STOP_MS;
	if (c->edition)
		listeners_retire(&s->listeners, c->edition->policy,
				 s->helper.control);
	/* Where it does not get there, it has ended, and SIGCHLD says so. */
	if (control_send(s->helper.control, &stop, NULL, 0) < 0)
		(void)kill(s->helper.pid, SIGKILL);
}

static void hear_next(struct supervisor *s)
{
	struct change *c = &s->change;
	struct failure f = FAILURE_INIT;
	int r = generation_report(&c->next, &f);

	if (r < 0) {
		abandon(s, r, &f);
		return;
	}
	c->ready = r > 0;
	if (c->ready && s->helper.pid > 0)
		stop_old(s);
}

/* ---- taking over --------------------------------------------------------- */

static void give_all(struct supervisor *s, unsigned serves)
{
	struct change *c = &s->change;
	unsigned flags = c->crashed ? CONTROL_HELLO : 0;
	int r = listeners_give(&s->listeners, s->edition->policy,
			       s->helper.control);

	for (size_t i = 0; r == 0 && i < s->channels.n; i++)
		r = channels_give(&s->channels, &s->channels.v[i],
				  s->helper.control, flags, met_by(serves));
	/* Who has not got all of them must not serve. */
	if (r < 0)
		(void)kill(s->helper.pid, SIGKILL);
}

static void take_over(struct supervisor *s)
{
	struct change *c = &s->change;
	unsigned serves = c->serves;

	if (c->edition) {
		s->edition = edition_free(s->edition);
		s->edition = take_ptr(&c->edition);
	}
	s->helper = c->next;
	c->next = (struct generation){.control = -1};
	c->ready = false;
	c->stopping = false;
	c->serves = 0;
	give_all(s, serves);
	c->crashed = false;
	/* What was printed for it is still to be taken. */
	c->wants &= ~(WANT_LOCK | (s->from.done ? 0 : WANT_RELOAD));
	reload_done(s, serves);
}

/* Else the next one gets it with the others. */
void change_add_channel(struct supervisor *s, struct channel *c)
{
	if (s->helper.pid > 0 && !s->change.stopping &&
	    channels_give(&s->channels, c, s->helper.control, 0, 0) < 0)
		(void)kill(s->helper.pid, SIGKILL);
}

/* ---- the helper that serves ---------------------------------------------- */

/* What is no channel would never end as one does. */
static bool is_channel(int fd)
{
	int domain, type;
	socklen_t len = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	       domain == AF_UNIX && type == SOCK_SEQPACKET;
}

static int take_channel(struct supervisor *s, struct control_message *m)
{
	struct channel *made;

	if (m->nfds != 1 || !is_channel(m->fds[0]))
		return -EPROTO;
	return channels_add(&s->channels, take_fd(&m->fds[0]), m->c.id, &made);
}

/* Who is gone wants nothing. */
static int take_renew(struct supervisor *s, const struct control *c)
{
	unsigned why = c->flags & (CONTROL_LOCK | CONTROL_RELOAD);
	int r = channels_ask(&s->channels, c->id, why);

	for (unsigned one = WANT_LOCK; r == 0 && one <= WANT_RELOAD; one <<= 1)
		if (why & one)
			change_want(s, (enum want)one);
	return r;
}

static int follow(struct supervisor *s, struct control_message *m)
{
	switch (m->c.kind) {
	case CONTROL_LISTENER:
		return listeners_keep(&s->listeners, m);
	case CONTROL_UNLISTEN:
		listeners_forget(&s->listeners, &m->c);
		return 0;
	case CONTROL_CHANNEL:
		return take_channel(s, m);
	case CONTROL_LIMIT:
		return channels_limit(&s->channels, &m->c);
	case CONTROL_LEFT:
		return s->change.stopping ? channels_left(&s->channels, m)
					  : -EPROTO;
	case CONTROL_RENEW:
		return take_renew(s, &m->c);
	case CONTROL_COUNTS:
		console_counts(s, m->c.reply, m->c.reply_len);
		return 0;
	default:
		return -EPROTO;
	}
}

/*
 * At most so many messages that it has said: 0, or -errno where there will be
 * no more, or what it says makes no sense, or what it made cannot be kept.
 */
static int hear_helper(struct supervisor *s, size_t most)
{
	struct control_message m = CONTROL_MESSAGE_INIT;
	int r = 1;

	for (size_t i = 0; r > 0 && i < most; i++) {
		r = control_recv(s->helper.control, &m);
		if (r <= 0)
			return r == -EAGAIN ? 0 : r < 0 ? r : -EPIPE;
		r = follow(s, &m);
		control_clear(&m);
		r = r < 0 && r != -ENOENT ? r : 1;
	}
	return r < 0 ? r : 0;
}

/* There are signals to take and others to answer, however much it says. */
void change_hear(struct supervisor *s)
{
	if (s->helper.pid > 0 && hear_helper(s, HEAR_MOST) < 0)
		(void)kill(s->helper.pid, SIGKILL);
	if (s->change.next.pid > 0 && !s->change.ready)
		hear_next(s);
}

/* ---- ends ---------------------------------------------------------------- */

static void say_ended(const struct supervisor *s, int status)
{
	const char *name = s->edition->policy->name;

	if (WIFSIGNALED(status))
		fprintf(stderr,
			"wicket: %s: the helper (pid %d) was killed by SIG%s; "
			"another takes its place\n",
			name, s->helper.pid,
			sigabbrev_np(WTERMSIG(status))
				? sigabbrev_np(WTERMSIG(status))
				: "RT");
	else
		fprintf(stderr,
			"wicket: %s: the helper (pid %d) ended with status %d; "
			"another takes its place\n",
			name, s->helper.pid, WEXITSTATUS(status));
}

static void helper_ended(struct supervisor *s, int status)
{
	struct change *c = &s->change;
	bool in_order = c->stopping && WIFEXITED(status) &&
			WEXITSTATUS(status) == 0;
	int64_t now = clock_ms();
	int heard;

	if (!in_order)
		say_ended(s, status);
	/* It is reaped: the number may be another's by now. */
	s->helper.pid = 0;
	heard = hear_helper(s, SIZE_MAX);
	close_fd(&s->helper.control);
	in_order = in_order && heard == -EPIPE;
	c->stopping = false;
	if (in_order)
		return;
	c->crashed = true;
	c->failures = now - c->begun < SHORT_MS ? c->failures + 1 : 0;
	c->due = c->failures ? now + wait_ms(c->failures, WAIT_MS) : now;
}

static void next_ended(struct supervisor *s)
{
	struct failure f = FAILURE_INIT;
	int r = s->change.ready ? -EPIPE
				: generation_report(&s->change.next, &f);

	s->change.next.pid = 0;
	close_fd(&s->change.next.control);
	if (r >= 0 || !f.text[0])
		r = fail(&f, -EPIPE,
			 "the next helper ended before it could serve");
	give_up(s, r, &f);
}

bool change_reaped(struct supervisor *s, pid_t pid, int status)
{
	if (pid == s->helper.pid)
		helper_ended(s, status);
	else if (pid == s->change.next.pid)
		next_ended(s);
	else
		return false;
	return true;
}

/* ---- time ---------------------------------------------------------------- */

static bool may_begin(const struct supervisor *s, int64_t now)
{
	const struct change *c = &s->change;

	if (c->next.pid > 0)
		return false;
	if (s->helper.pid == 0)
		return now >= c->due;
	return c->wants && now >= renew_at(c->wants, c->begun);
}

static void hurry(struct supervisor *s, int64_t now)
{
	struct change *c = &s->change;
	struct failure f = FAILURE_INIT;

	if (c->stopping && now >= c->kill_at)
		(void)kill(s->helper.pid, SIGKILL);
	if (c->next.pid > 0 && !c->ready &&
	    now >= c->begun + GENERATION_READY_MS) {
		/* Who has hung so long is not waited for once more. */
		(void)kill(c->next.pid, SIGKILL);
		abandon(s,
			fail(&f, -ETIMEDOUT,
			     "the next helper does not "
			     "report"),
			&f);
	}
}

void change_step(struct supervisor *s)
{
	int64_t now;

	ask_step(s);
	now = clock_ms();
	hurry(s, now);
	if (s->change.ready && s->helper.pid == 0)
		take_over(s);
	if (may_begin(s, now))
		begin(s);
}

int change_timeout(const struct supervisor *s)
{
	const struct change *c = &s->change;
	int64_t at = INT64_MAX;

	if (c->stopping)
		at = c->kill_at;
	else if (c->next.pid > 0 && !c->ready)
		at = c->begun + GENERATION_READY_MS;
	else if (s->helper.pid == 0)
		at = c->due;
	else if (c->wants)
		at = renew_at(c->wants, c->begun);
	if (may_ask(s) && ask_at(s) < at)
		at = ask_at(s);
	return clock_until(at);
}

void change_end(struct supervisor *s)
{
	generation_stop(&s->change.next);
	generation_stop(&s->helper);
	s->change.edition = edition_free(s->change.edition);
}
