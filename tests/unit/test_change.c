/* SPDX-License-Identifier: ISC */
/*
 * change.c: from one helper to the next, whatever becomes of either.  The
 * helpers are played by this program: see play().
 */
#include "supervisor/change.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chan.h"
#include "start.h"
#include "supervisor/clock.h"
#include "supervisor/generation.h"
#include "support/support.h"

/* ---- the helper that is played ------------------------------------------- */

/*
 * What one does is a letter of its script, which stands for its generation:
 *
 *	g	serves, and gives back what it has in good order
 *	c	serves, and ends at STOP without giving anything back
 *	l	serves, and ends at STOP when it has given back one client's
 *	u	serves, and gives back unasked
 *	h	serves, and hangs up
 *	f	talks without end
 *	r	reports that it cannot start
 *	d	ends without a report
 *
 * By its channels each tells what it was told of them: "C" and "L", and the
 * flags as a digit.
 */
struct part {
	char letter;
	int channels[4];
	uint64_t ids[4];
	size_t n;
};

static void say(int fd, char what, unsigned flags)
{
	char text[3] = {what, (char)('0' + flags), '\0'};

	CHILD_CHECK(send(fd, text, 2, MSG_NOSIGNAL) == 2);
}

static void leave(uint64_t id)
{
	const struct control left = {.kind = CONTROL_LEFT,
				     .id = id,
				     .flags = CONTROL_RELOAD,
				     .frames = "x",
				     .frames_len = 1};

	CHILD_CHECK(control_send(HELPER_CONTROL, &left, NULL, 0) == 0);
}

/* Of a client that is not. */
static void talk(void)
{
	const struct control renew = {.kind = CONTROL_RENEW, .id = 99};

	if (control_send(HELPER_CONTROL, &renew, NULL, 0) < 0)
		_exit(5);
}

static _Noreturn void stop(const struct part *p)
{
	size_t most = p->letter == 'g' ? p->n : p->letter == 'l' ? 1 : 0;

	for (size_t i = 0; i < most && i < p->n; i++)
		leave(p->ids[i]);
	_exit(p->letter == 'g' ? 0 : 3);
}

static void follow(struct part *p, struct control_message *m)
{
	switch (m->c.kind) {
	case CONTROL_CHANNEL:
		CHILD_CHECK(p->n < 4 && m->nfds == 1);
		p->channels[p->n] = take_fd(&m->fds[0]);
		p->ids[p->n] = m->c.id;
		say(p->channels[p->n++], 'C', m->c.flags);
		if (p->letter == 'u')
			leave(m->c.id);
		while (p->letter == 'f')
			talk();
		if (p->letter == 'h')
			(void)close(HELPER_CONTROL);
		break;
	case CONTROL_LEFT:
		say(p->channels[p->n - 1], 'L', m->c.flags);
		break;
	case CONTROL_KEEP:
		for (size_t i = 0; i < p->n; i++)
			if (p->ids[i] == m->c.id)
				say(p->channels[i], 'K', 0);
		break;
	case CONTROL_STOP:
		stop(p);
	default:
		break;
	}
}

static _Noreturn void serve(struct part *p)
{
	struct control_message m = CONTROL_MESSAGE_INIT;
	struct pollfd control = {.fd = HELPER_CONTROL, .events = POLLIN};
	int r;

	for (;;) {
		(void)poll(&control, 1, -1);
		/* Hung up, it does not go away by itself. */
		while (control.revents & POLLNVAL)
			(void)pause();
		r = control_recv(HELPER_CONTROL, &m);
		if (r == -EAGAIN)
			continue;
		if (r <= 0)
			_exit(0);
		follow(p, &m);
		control_clear(&m);
	}
}

static void report(uint32_t error)
{
	struct report report = {.error = error, .text = "as it was told to"};
	uint8_t buf[sizeof(report) + 16];
	struct wire_out o = wire_out(buf, sizeof(buf));

	CHILD_CHECK(report_encode(&report, &o) == 0);
	CHILD_CHECK(chan_send(HELPER_CONTROL, buf, o.len, NULL, 0, 0) == 0);
}

__attribute__((constructor)) static void play(int argc, char **argv)
{
	static uint8_t buf[sizeof(struct start) + 64];
	int fds[START_FD_MAX];
	size_t nfds = START_FD_MAX;
	static struct start start;
	static struct part part;
	struct wire_in i;
	ssize_t n;

	if (argc != 1 || strcmp(argv[0], "wicket-helper") != 0)
		return;
	n = chan_recv(HELPER_CONTROL, buf, sizeof(buf), fds, &nfds, 0, NULL);
	CHILD_CHECK(n > 0);
	i = wire_in(buf, (size_t)n);
	CHILD_CHECK(start_decode(&i, &start) == 0);
	part.letter = start.syslog[start.generation - 1];
	if (part.letter == 'd')
		_exit(4);
	report(part.letter == 'r' ? EPERM : 0);
	if (part.letter == 'r')
		_exit(1);
	serve(&part);
}

/* ---- the supervisor ------------------------------------------------------ */

static struct supervisor sv;
static struct scratch s;
static size_t fds;
static int workers[2];
static char path[BOUND_PATH];

static void set_up(void)
{
	struct failure f = FAILURE_INIT;

	fds = fds_count();
	scratch_make(&s);
	scratch_write(&s, "p.policy", "worker 61000\nhelper 61001\n", 0644);
	(void)snprintf(path, sizeof(path), "%s", scratch_path(&s, "p.policy"));
	sv = (struct supervisor){
		.options = {.policy = path, .policy_fd = -1, .quiet = true},
		.privileged = geteuid() == 0,
		.audit = open("/dev/null", O_WRONLY | O_CLOEXEC),
		.helper_program = -1,
		.worker_channel = -1,
		.notify = NOTIFY_INIT,
		.console = CONSOLE_INIT,
		.helper = {.control = -1},
		.change = {.next = {.control = -1}},
	};
	sv.helper_program = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	cr_assert_eq(edition_load(&sv.options, &sv.from, &sv.edition, &f), 0,
		     "%s", f.text);
	for (int i = 0; i < 2; i++) {
		struct channel *made;
		bool refuses;
		int helper;

		cr_assert_eq(chan_pair(&workers[i], &helper, &refuses), 0);
		cr_assert_eq(channels_add(&sv.channels, helper, 0, &made), 0);
	}
}

static void tear_down(void)
{
	change_end(&sv);
	edition_free(sv.edition);
	channels_free(&sv.channels);
	close_fd(&sv.audit);
	close_fd(&sv.helper_program);
	close_fds(workers, 2);
	scratch_remove(&s);
	cr_assert_eq(fds_count(), fds);
}

TestSuite(change, .timeout = 30, .init = set_up, .fini = tear_down);

/* The first helper has its channels. */
static void start(const char *script)
{
	struct failure f = FAILURE_INIT;

	sv.options.syslog = script;
	cr_assert_eq(generation_begin(&sv, sv.edition, &sv.helper, &f), 0, "%s",
		     f.text);
	cr_assert_eq(generation_await(&sv.helper, &f), 0, "%s", f.text);
	for (size_t i = 0; i < 2; i++) {
		int r = channels_give(&sv.channels, &sv.channels.v[i],
				      sv.helper.control, 0, 0);

		/* One may have hung up already. */
		cr_assert(r == 0 || (script[0] == 'h' && r == -EPIPE));
	}
}

/* As the loop does. */
static void round_of(void)
{
	struct pollfd p[] = {
		{.fd = sv.helper.control, .events = POLLIN},
		{.fd = sv.change.ready ? -1 : sv.change.next.control,
		 .events = POLLIN},
	};
	int status;
	pid_t pid;

	(void)poll(p, 2, 5);
	change_hear(&sv);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		cr_assert(change_reaped(&sv, pid, status));
	change_step(&sv);
}

static void until_serves(unsigned generation)
{
	while (sv.helper.pid == 0 || sv.helper.number != generation)
		round_of();
}

static void until_over(void)
{
	while (sv.change.next.pid > 0 || sv.change.wants)
		round_of();
}

/* All that a worker's channel was told of, in order. */
static void expect(int i, const char *what)
{
	char text[16] = "";

	for (size_t at = 0; at < strlen(what); at += 2) {
		struct pollfd p = {.fd = workers[i], .events = POLLIN};

		cr_assert_eq(poll(&p, 1, 10000), 1, "%s", text);
		cr_assert_eq(recv(workers[i], text + at, 2, 0), 2);
	}
	cr_assert_str_eq(text, what);
	cr_assert_eq(recv(workers[i], text, 1, MSG_DONTWAIT), -1);
}

/* C8: with MORE; L0: nothing of what it waits for has come. */
Test(change, goes_on_with_what_the_old_helper_gave_back)
{
	start("gg");
	change_want(&sv, WANT_SIGNAL);
	until_serves(2);
	expect(0, "C0C8L0");
	expect(1, "C0C8L0");
}

Test(change, tells_everybody_when_the_old_helper_gave_nothing_back)
{
	start("cg");
	change_want(&sv, WANT_SIGNAL);
	until_serves(2);
	expect(0, "C0C1");
	expect(1, "C0C1");
}

Test(change, tells_those_whose_part_the_old_helper_did_not_give_back)
{
	start("lg");
	change_want(&sv, WANT_SIGNAL);
	until_serves(2);
	expect(0, "C0C8L0");
	expect(1, "C0C1");
}

Test(change, follows_a_killed_helper_by_another)
{
	start("gg");
	expect(0, "C0");
	expect(1, "C0");
	cr_assert_eq(kill(sv.helper.pid, SIGKILL), 0);
	until_serves(2);
	expect(0, "C1");
	expect(1, "C1");
}

Test(change, ends_a_helper_that_gives_back_unasked)
{
	start("ug");
	until_serves(2);
	expect(0, "C0C1");
}

Test(change, ends_a_helper_that_hangs_up_and_lives_on)
{
	start("hg");
	until_serves(2);
	expect(0, "C0C1");
}

Test(change, has_time_for_others_while_a_helper_talks_without_end)
{
	int waiting = 0;
	char c;

	start("fg");
	/* More than it is heard of at a time, and then it is silent. */
	while (waiting < 10000)
		cr_assert_eq(ioctl(sv.helper.control, FIONREAD, &waiting), 0);
	cr_assert_eq(kill(sv.helper.pid, SIGSTOP), 0);
	cr_assert_eq(waitpid(sv.helper.pid, NULL, WUNTRACED), sv.helper.pid);
	change_hear(&sv);
	cr_assert_geq(recv(sv.helper.control, &c, 1, MSG_PEEK | MSG_DONTWAIT),
		      1);
	cr_assert_eq(sv.change.wants, 0u);
	cr_assert_eq(kill(sv.helper.pid, SIGKILL), 0);
	until_serves(2);
}

/* It may be waiting for us at the same time. */
Test(change, does_not_wait_for_ever_for_a_helper_to_listen)
{
	const struct control count = {.kind = CONTROL_COUNT};
	const struct timeval soon = {.tv_usec = 1000};
	struct timeval most = {0};
	socklen_t len = sizeof(most);
	int r = 0;

	start("gg");
	cr_assert_eq(getsockopt(sv.helper.control, SOL_SOCKET, SO_SNDTIMEO,
				&most, &len),
		     0);
	cr_assert_eq(most.tv_sec, GENERATION_STOP_MS / 1000);
	expect(0, "C0");
	expect(1, "C0");
	/* Not so long here. */
	cr_assert_eq(setsockopt(sv.helper.control, SOL_SOCKET, SO_SNDTIMEO,
				&soon, sizeof(soon)),
		     0);
	cr_assert_eq(kill(sv.helper.pid, SIGSTOP), 0);
	while (r == 0)
		r = control_send(sv.helper.control, &count, NULL, 0);
	cr_assert_eq(r, -EAGAIN);
	/* Who cannot be told to stop is ended. */
	change_want(&sv, WANT_SIGNAL);
	until_serves(2);
	expect(0, "C1");
}

Test(change, keeps_the_helper_when_the_next_cannot_start)
{
	pid_t before;

	start("grdg");
	before = sv.helper.pid;
	for (int i = 0; i < 2; i++) {
		change_want(&sv, WANT_SIGNAL);
		until_over();
		cr_assert_eq(sv.helper.pid, before);
	}
	change_want(&sv, WANT_SIGNAL);
	until_serves(4);
	expect(0, "C0C8L0");
}

Test(change, keeps_the_helper_and_the_edition_when_the_policy_is_wrong)
{
	const struct edition *before = sv.edition;

	start("gg");
	cr_assert_eq(channels_ask(&sv.channels, 4, CONTROL_RELOAD), 0);
	scratch_write(&s, "p.policy", "nonsense\n", 0644);
	change_want(&sv, WANT_SIGNAL);
	until_over();
	cr_assert_eq(sv.edition, before);
	cr_assert_eq(sv.generations, 1u);
	/* Who waited is told, and nobody else. */
	expect(1, "C0K0");
	expect(0, "C0");
}

/* Without privilege there is only one, whatever the policy says. */
Test(change, refuses_a_policy_with_another_worker)
{
	bool root = geteuid() == 0;
	uid_t before = sv.edition->policy->worker.uid;

	start("gg");
	scratch_write(&s, "p.policy", "worker 61009\nhelper 61001\n", 0644);
	change_want(&sv, WANT_SIGNAL);
	until_over();
	cr_assert_eq(sv.edition->policy->worker.uid, before);
	cr_assert_eq(sv.generations, root ? 1u : 2u);
}

/* Between its report and its turn: nothing of it has come into force. */
Test(change, outlives_the_next_helpers_death_at_the_last_moment)
{
	const struct edition *before = sv.edition;
	int status;
	pid_t next;

	start("ggg");
	cr_assert_eq(channels_ask(&sv.channels, 2, CONTROL_RELOAD), 0);
	change_want(&sv, WANT_SIGNAL);
	while (!sv.change.ready) {
		cr_assert_eq(sv.helper.number, 1u);
		change_step(&sv);
		change_hear(&sv);
	}
	/* Before the old one's end is noticed. */
	next = sv.change.next.pid;
	cr_assert_eq(kill(next, SIGKILL), 0);
	cr_assert_eq(waitpid(next, &status, 0), next);
	cr_assert(change_reaped(&sv, next, status));
	cr_assert_eq(sv.edition, before);
	until_serves(3);
	cr_assert_eq(sv.edition, before);
	/* The reload that it asked for has not been: it asks anew. */
	expect(0, "C0C8L0");
}

Test(change, does_once_what_is_wanted_twice_before_it_is_begun)
{
	start("ggg");
	change_want(&sv, WANT_SIGNAL);
	change_want(&sv, WANT_SIGNAL);
	change_want(&sv, WANT_CONSOLE);
	until_serves(2);
	until_over();
	cr_assert_eq(sv.generations, 2u);
}

Test(change, does_again_what_is_wanted_while_it_is_under_way)
{
	start("ggg");
	change_want(&sv, WANT_SIGNAL);
	while (sv.change.next.pid == 0)
		change_step(&sv);
	change_want(&sv, WANT_SIGNAL);
	until_serves(3);
	expect(0, "C0C8L0C8L0");
}

Test(change, serves_who_asked_before_it_and_not_who_asked_since)
{
	start("gg");
	cr_assert_eq(channels_ask(&sv.channels, 2, CONTROL_RELOAD), 0);
	change_want(&sv, WANT_RELOAD);
	change_want(&sv, WANT_SIGNAL);
	while (sv.change.next.pid == 0)
		change_step(&sv);
	cr_assert_eq(channels_ask(&sv.channels, 4, CONTROL_RELOAD), 0);
	until_serves(2);
	expect(0, "C0C8L4");
	expect(1, "C0C8L0");
}
