/* SPDX-License-Identifier: ISC */
/*
 * The supervisor: parses the policy, starts the helper and (under run) the
 * worker, and another of either where that is wanted; it lives as long as the
 * worker does, and keeps what is to outlast a helper.  It reads only files of
 * root's, serves no request, and answers nobody but root.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/change.h"
#include "supervisor/clock.h"
#include "supervisor/confine.h"
#include "supervisor/descriptors.h"
#include "supervisor/generation.h"
#include "supervisor/loop.h"
#include "supervisor/options.h"
#include "supervisor/prepare.h"
#include "supervisor/startline.h"
#include "supervisor/worker.h"
#include "wire.h"

/* Keeps of what was inherited only what has a name. */
static int sanitize(struct supervisor *s)
{
	const int embedded[] = {s->options.channel, s->options.status,
				s->options.policy_fd};

	if (s->options.embedded) {
		(void)setsid();
		for (size_t i = 0; i < 3; i++)
			if (embedded[i] >= 0 &&
			    fcntl(embedded[i], F_SETFD, FD_CLOEXEC) < 0)
				return -errno;
		return descriptors_close(3, embedded, 3);
	}
	s->passed = descriptors_listen();
	for (unsigned i = 0; i < s->passed; i++)
		if (fcntl(3 + (int)i, F_SETFD, FD_CLOEXEC) < 0)
			return -errno;
	return descriptors_close(3 + s->passed, NULL, 0);
}

/* Nobody is worse off for not being asked. */
static void open_console(struct supervisor *s)
{
	struct failure f = FAILURE_INIT;

	if (console_open(s, &f) < 0 && !s->options.quiet &&
	    !s->options.embedded && s->privileged)
		fprintf(stderr, "wicket: %s\n", f.text);
}

/*
 * With everybody started, what is left to do for root is to start others of
 * them, to signal processes of other users, and where there is a service
 * manager to speak in the daemon's name.
 */
static int confine(const struct supervisor *s, struct failure *f)
{
	const char *step;
	int r = confine_supervisor(s, &step);

	return r < 0 ? fail(f, r, "cannot %s: %s", step, strerror(-r)) : 0;
}

/*
 * What need not wait for the helper's report.  Embedded, everybody is started
 * with it; under run the worker is still to be, without our filter.
 */
static int meanwhile(struct supervisor *s, struct failure *f)
{
	open_console(s);
	if (s->options.embedded)
		return confine(s, f);
	if (!s->options.quiet)
		(void)edition_warnings(&s->options, s->edition);
	return 0;
}

/*
 * The first helper gets what there is: one channel, which it finds when it has
 * locked itself in.  It goes out before we give our capabilities away: what
 * others of our user have on its way counts against those who have none.
 */
static int give_channel(struct supervisor *s, struct failure *f)
{
	int r = channels_give(&s->channels, &s->channels.v[0],
			      s->helper.control, 0, 0);

	return r < 0 ? fail(f, r, "cannot give the helper its channel: %s",
			    strerror(-r))
		     : 0;
}

static int start_helper(struct supervisor *s, struct failure *f)
{
	int r = generation_begin(s, s->edition, &s->helper, f);

	s->change.begun = clock_ms();
	if (r < 0)
		return r;
	r = give_channel(s, f);
	if (r == 0)
		r = meanwhile(s, f);
	if (r == 0)
		return generation_await(&s->helper, f);
	generation_stop(&s->helper);
	return r;
}

/* Up to the worker's start. */
static int start(struct supervisor *s, struct failure *f)
{
	int r;

	s->privileged = geteuid() == 0;
	s->started = clock_ms();
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return fail(f, -errno, "cannot become undumpable");
	if ((r = descriptors_raise(&s->files)) < 0)
		return fail(f, r, "cannot raise the limit of descriptors: %s",
			    strerror(-r));
	if ((r = sanitize(s)) < 0)
		return fail(f, r, "cannot close what was inherited: %s",
			    strerror(-r));
	if ((r = loop_signals(s)) < 0)
		return fail(f, r, "cannot block signals: %s", strerror(-r));
	if ((r = prepare(s, f)) < 0)
		return r;
	return start_helper(s, f);
}

/*
 * Ends as the worker did, so that a shell or a service manager sees the same:
 * by the same signal, without a core of our own.
 */
static int mirror(int status)
{
	struct rlimit none = {0};
	sigset_t set;
	int sig;

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	sig = WTERMSIG(status);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, sig);
	(void)kill(getpid(), sig);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	/* PID 1 survives that. */
	return 128 + sig;
}

static int run(struct supervisor *s, struct failure *f)
{
	int r = start(s, f);

	if (r < 0)
		return r;
	if (!s->options.quiet)
		startline_print(s, stderr);
	restart_begun(&s->restart, clock_ms());
	s->worker = worker_start(s, f);
	if (s->worker < 0)
		return s->worker;
	close_fd(&s->worker_channel);
	/* Where this fails we end, and the worker with us. */
	if ((r = confine(s, f)) >= 0 && (r = loop(s)) < 0)
		r = fail(f, r, "cannot wait: %s", strerror(-r));
	return r;
}

static int run_main(struct supervisor *s)
{
	struct failure f = FAILURE_INIT;
	int r = run(s, &f);
	int status = s->status;

	change_end(s);
	supervisor_release(s);
	if (r >= 0)
		return mirror(status);
	fprintf(stderr, "wicket: %s\n", f.text);
	return EXIT_OWN;
}

/* u32 errno and the text, in one write: a pipe keeps them together. */
static void tell_failure(int fd, int r, const struct failure *f)
{
	uint8_t buf[sizeof(uint32_t) + sizeof(f->text)];
	struct wire_out o = wire_out(buf, sizeof(buf));

	wire_put_u32(&o, (uint32_t)-r);
	wire_put_bytes(&o, f->text, strlen(f->text));
	if (write(fd, o.buf, o.len) < 0)
		fprintf(stderr, "wicket: %s\n", f->text);
}

static int embed_main(struct supervisor *s)
{
	_cleanup_fd_ int told = s->options.status;
	struct failure f = FAILURE_INIT;
	int r = start(s, &f);

	if (r < 0) {
		tell_failure(told, r, &f);
		change_end(s);
		supervisor_release(s);
		return EXIT_OWN;
	}
	/* Its end without a word is success. */
	close_fd(&told);
	r = loop(s);
	change_end(s);
	supervisor_release(s);
	return r < 0 ? EXIT_OWN : 0;
}

int main(int argc, char **argv)
{
	struct supervisor s = {
		.audit = -1,
		.helper_program = -1,
		.worker_channel = -1,
		.notify = NOTIFY_INIT,
		.console = CONSOLE_INIT,
		.from = POLICYFROM_INIT,
		.helper = {.control = -1},
		.change = {.next = {.control = -1}},
	};
	struct failure f = FAILURE_INIT;

	if (descriptors_standard() < 0)
		return EXIT_OWN;
	if (options_parse(argc, argv, &s.options, &f) < 0) {
		fprintf(stderr, "wicket: %s\n", f.text);
		return EXIT_OWN;
	}
	return s.options.embedded ? embed_main(&s) : run_main(&s);
}
