/* SPDX-License-Identifier: ISC */
/*
 * The supervisor: parses the policy, starts the helper and (under run) the
 * worker, and lives as long as they do.  It reads only files of root's, talks
 * to nobody, and serves no request.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "identity.h"
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

/* Up to the worker's start. */
static int start(struct supervisor *s, struct failure *f)
{
	int r;

	s->privileged = geteuid() == 0;
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return fail(f, -errno, "cannot become undumpable");
	if ((r = sanitize(s)) < 0)
		return fail(f, r, "cannot close what was inherited: %s",
			    strerror(-r));
	if ((r = loop_signals(s)) < 0)
		return fail(f, r, "cannot block signals: %s", strerror(-r));
	if ((r = prepare(s, f)) < 0)
		return r;
	return generation_start(s, &s->helper, f);
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

/*
 * With everybody started, all that is left to do for root is to signal
 * processes of other users, and where there is a service manager to speak in
 * the daemon's name.
 */
static int confine(const struct supervisor *s, struct failure *f)
{
	uint64_t keep = UINT64_C(1) << CAP_KILL;
	const char *step;
	int r;

	if (s->options.embedded && s->notify.relay >= 0)
		keep |= UINT64_C(1) << CAP_SYS_ADMIN;
	r = identity_bound(keep, &step);
	return r < 0 ? fail(f, r, "cannot %s: %s", step, strerror(-r)) : 0;
}

static int run(struct supervisor *s, struct failure *f)
{
	int r = start(s, f);

	if (r < 0)
		return r;
	if (!s->options.quiet)
		startline_print(s, stderr);
	s->worker = worker_start(s, f);
	if (s->worker < 0) {
		generation_stop(&s->helper);
		return s->worker;
	}
	close_fd(&s->worker_channel);
	/* Where this fails we end, and the worker with us. */
	if ((r = confine(s, f)) >= 0 && (r = loop(s)) < 0)
		r = fail(f, r, "cannot wait: %s", strerror(-r));
	generation_stop(&s->helper);
	return r;
}

static int run_main(struct supervisor *s)
{
	struct failure f = FAILURE_INIT;
	int r = run(s, &f);
	int status = s->status;

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

	if (r >= 0)
		r = confine(s, &f);
	if (r < 0) {
		tell_failure(told, r, &f);
		generation_stop(&s->helper);
		supervisor_release(s);
		return EXIT_OWN;
	}
	/* Its end without a word is success. */
	close_fd(&told);
	r = loop(s);
	generation_stop(&s->helper);
	supervisor_release(s);
	return r < 0 ? EXIT_OWN : 0;
}

int main(int argc, char **argv)
{
	struct supervisor s = {
		.policy_fd = -1,
		.rules_fd = -1,
		.program_fd = -1,
		.audit = -1,
		.helper_program = -1,
		.channel = -1,
		.worker_channel = -1,
		.notify = NOTIFY_INIT,
		.helper = {.control = -1},
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
