/* SPDX-License-Identifier: ISC */
/*
 * wicket_start() against a supervisor that is a shell script of the test's,
 * and against a channel that the test left in WICKET_FD.
 */
#include "wicket/wicket.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "answer.h"
#include "chan.h"
#include "handle.h"
#include "support/fds.h"
#include "support/played.h"
#include "support/scratch.h"

static void must_fail(const struct wicket_options *o, int error)
{
	struct wicket *w = NULL;
	size_t before = fds_count();

	errno = 0;
	cr_assert_eq(wicket_start(o, &w), -1);
	cr_assert_eq(errno, error, "errno %d, expected %d", errno, error);
	cr_assert_null(w);
	cr_assert_eq(fds_count(), before);
}

/* ---- options --------------------------------------------------------- */

Test(wicket_start, refuses_options_that_make_no_sense, .timeout = 10)
{
	struct wicket_options o = WICKET_OPTIONS_INIT;

	must_fail(&o, EINVAL); /* no policy */
	must_fail(NULL, EINVAL);
	o.policy = "x";
	o.policy_text = "y";
	must_fail(&o, EINVAL);
	o.policy_text = NULL;
	o.flags = 1u << 31;
	must_fail(&o, EINVAL);
	o.flags = WICKET_CLOSE_FDS;
	o.nkeep = 1;
	must_fail(&o, EINVAL);
	o.nkeep = 0;
	o.size--;
	must_fail(&o, EINVAL);
}

Test(wicket_start, the_initializer_zeroes_all_but_the_size, .timeout = 10)
{
	struct wicket_options o = WICKET_OPTIONS_INIT;
	static const struct wicket_options zero;

	cr_assert_eq(o.size, sizeof(o));
	o.size = 0;
	cr_assert_arr_eq((char *)&o, (const char *)&zero, sizeof(o));
}

/* ---- a supervisor of our own ----------------------------------------- */

/* The text of the last event. */
static char told[512];

static void tell(void *arg, const char *text)
{
	cr_assert_eq(arg, told);
	(void)snprintf(told, sizeof(told), "%s", text);
}

struct fake {
	struct scratch scratch;
	struct wicket_options options;
};

/* A supervisor that does what the shell's line says. */
static void fake_make(struct fake *f, const char *line)
{
	const struct wicket_options o = WICKET_OPTIONS_INIT;
	char script[1024];

	scratch_make(&f->scratch);
	(void)snprintf(script, sizeof(script), "#!/bin/sh\n%s\n", line);
	scratch_write(&f->scratch, "supervisor", script, 0755);
	f->options = o;
	f->options.policy = "httpd";
	f->options.libexecdir = f->scratch.dir;
	f->options.event = tell;
	f->options.arg = told;
	f->options.timeout_ms = 5000;
}

static void assert_file(struct fake *f, const char *name, const char *expected)
{
	char *text = scratch_read(scratch_path(&f->scratch, name));

	cr_assert_not_null(text);
	cr_assert_str_eq(text, expected);
	free(text);
}

Test(wicket_start, gives_the_supervisors_errno_and_its_line, .timeout = 10)
{
	struct fake f;

	fake_make(&f, "printf '\\026\\0\\0\\0x.policy:1:2: found this\\n' >&4");
	must_fail(&f.options, EINVAL);
	cr_assert_str_eq(told, "x.policy:1:2: found this");
	scratch_remove(&f.scratch);
}

Test(wicket_start, refuses_a_status_that_is_none, .timeout = 10)
{
	struct fake f;

	fake_make(&f, "printf '\\026\\0' >&4");
	must_fail(&f.options, EPROTO);
	scratch_remove(&f.scratch);
	fake_make(&f, "printf '\\0\\0\\0\\0text' >&4");
	must_fail(&f.options, EPROTO);
	scratch_remove(&f.scratch);
	cr_assert_str_eq(told, "");
}

Test(wicket_start, says_epipe_when_the_supervisor_just_ends, .timeout = 10)
{
	struct fake f;

	fake_make(&f, "exit 3");
	must_fail(&f.options, EPIPE);
	scratch_remove(&f.scratch);
}

Test(wicket_start, does_not_wait_for_ever, .timeout = 10)
{
	struct fake f;

	/* It ends when the test has closed its end of the channel. */
	fake_make(&f, "read line <&3");
	f.options.timeout_ms = 50;
	must_fail(&f.options, ETIMEDOUT);
	scratch_remove(&f.scratch);
}

Test(wicket_start, says_enoent_without_a_supervisor, .timeout = 10)
{
	struct fake f;

	fake_make(&f, "exit 0");
	f.options.libexecdir = "/nonexistent";
	must_fail(&f.options, ENOENT);
	cr_assert_str_eq(told, "cannot execute '/nonexistent/supervisor': "
			       "options.libexecdir or the environment's "
			       "WICKET_LIBEXECDIR must be the directory of "
			       "wicket's supervisor");
	scratch_remove(&f.scratch);
}

Test(wicket_start, says_why_the_supervisor_cannot_be_executed, .timeout = 10)
{
	struct fake f;

	fake_make(&f, "exit 0");
	scratch_write(&f.scratch, "supervisor", "#!/nonexistent\n", 0755);
	must_fail(&f.options, ENOENT);
	cr_assert_not_null(strstr(told, f.scratch.dir));
	cr_assert_not_null(strstr(told, "/supervisor': options.libexecdir or "
					"the environment's "));
	scratch_remove(&f.scratch);
}

Test(wicket_start, says_that_descriptors_ran_out_on_the_way, .timeout = 10)
{
	/* Room for what the caller makes, not for the copies to be moved. */
	const struct rlimit limit = {17, 17};
	struct fake f;

	fake_make(&f, "exit 0");
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	must_fail(&f.options, EMFILE);
	cr_assert_str_eq(told, "cannot duplicate a descriptor");
	scratch_remove(&f.scratch);
}

Test(wicket_start, looks_where_the_environment_says, .timeout = 10)
{
	struct fake f;

	fake_make(&f, "printf '\\1\\0\\0\\0here' >&4");
	f.options.libexecdir = NULL;
	cr_assert_eq(setenv("WICKET_LIBEXECDIR", f.scratch.dir, 1), 0);
	must_fail(&f.options, EPERM);
	cr_assert_str_eq(told, "here");
	scratch_remove(&f.scratch);
}

Test(wicket_start, tells_the_supervisor_what_the_options_say, .timeout = 10)
{
	struct fake f;

	fake_make(&f, "shift 5; echo \"$@\" >${0%/*}/args");
	f.options.audit = "none";
	f.options.instance = "a";
	f.options.syslog = "/run/log";
	f.options.flags = WICKET_AUDIT_GRANTS;
	must_fail(&f.options, EPIPE);
	{
		char *args = scratch_read(scratch_path(&f.scratch, "args"));

		cr_assert_not_null(args);
		cr_assert_not_null(strstr(args, "--audit none --instance a "
						"--syslog /run/log "
						"--audit-grants"));
		cr_assert_not_null(strstr(args, " -- httpd\n"));
		free(args);
	}
	scratch_remove(&f.scratch);
}

Test(wicket_start, hands_the_policys_text_over_sealed, .timeout = 10)
{
	struct fake f;

	fake_make(&f, "cat <&5 >${0%/*}/text; "
		      "echo x 2>/dev/null >>/proc/self/fd/5 "
		      "&& echo open >${0%/*}/sealed "
		      "|| echo sealed >${0%/*}/sealed");
	f.options.policy = NULL;
	f.options.policy_text = "read /etc/motd\n";
	must_fail(&f.options, EPIPE);
	assert_file(&f, "text", "read /etc/motd\n");
	assert_file(&f, "sealed", "sealed\n");
	scratch_remove(&f.scratch);
}

Test(wicket_start, refuses_a_text_that_is_too_long, .timeout = 10)
{
	struct fake f;
	char *text = malloc(BOUND_POLICY_BYTES + 2);

	cr_assert_not_null(text);
	memset(text, '#', BOUND_POLICY_BYTES + 1);
	text[BOUND_POLICY_BYTES + 1] = '\0';
	fake_make(&f, "exit 0");
	f.options.policy = NULL;
	f.options.policy_text = text;
	must_fail(&f.options, E2BIG);
	free(text);
	scratch_remove(&f.scratch);
}

/* A descriptor without close-on-exec is the caller's carelessness. */
Test(wicket_start, the_supervisor_gets_no_other_descriptor, .timeout = 10)
{
	struct fake f;
	int careless = open("/dev/null", O_RDONLY);

	cr_assert_geq(fcntl(careless, F_DUPFD, 50), 50);
	fake_make(&f, "cd ${0%/*}; for n in 0 1 2 3 4 5 6 7 8 9 20 50; do "
		      "[ -e /proc/$$/fd/$n ] && echo $n; done >out; "
		      "exit 0");
	must_fail(&f.options, EPIPE);
	{
		char *out = scratch_read(scratch_path(&f.scratch, "out"));

		cr_assert_not_null(out);
		cr_assert_not_null(strstr(out, "3\n4\n"));
		cr_assert_null(strstr(out, "5"));
		cr_assert_null(strstr(out, "20"));
		free(out);
	}
	scratch_remove(&f.scratch);
	close_fd(&careless);
}

Test(wicket_start, the_supervisor_gets_no_environment_but_what_it_reads,
     .timeout = 10)
{
	struct fake f;

	fake_make(&f, "tr '\\0' '\\n' </proc/$$/environ >${0%/*}/env");
	cr_assert_eq(clearenv(), 0);
	cr_assert_eq(setenv("NOTIFY_SOCKET", "@manager", 1), 0);
	cr_assert_eq(setenv("LD_LIBRARY_PATH", "/tmp", 1), 0);
	must_fail(&f.options, EPIPE);
	assert_file(&f, "env", "NOTIFY_SOCKET=@manager\n");
	scratch_remove(&f.scratch);
}

/* ---- the caller's children and signals ------------------------------- */

static volatile sig_atomic_t children_seen;

static void count_child(int sig)
{
	(void)sig;
	children_seen++;
}

static void start_with(void (*handler)(int))
{
	struct sigaction act = {.sa_handler = handler}, now;
	sigset_t before, after;
	struct fake f;

	fake_make(&f, "exit 3");
	cr_assert_eq(sigaction(SIGCHLD, &act, NULL), 0);
	cr_assert_eq(sigprocmask(SIG_SETMASK, NULL, &before), 0);
	must_fail(&f.options, EPIPE);
	cr_assert_eq(sigaction(SIGCHLD, NULL, &now), 0);
	cr_assert_eq(now.sa_handler, handler);
	cr_assert_eq(sigprocmask(SIG_SETMASK, NULL, &after), 0);
	for (int s = 1; s < NSIG; s++)
		cr_assert_eq(sigismember(&before, s), sigismember(&after, s));
	errno = 0;
	cr_assert_eq(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	cr_assert_eq(errno, ECHILD);
	scratch_remove(&f.scratch);
}

Test(wicket_start, leaves_no_child_and_sends_no_sigchld, .timeout = 10)
{
	start_with(count_child);
	cr_assert_eq(children_seen, 0);
}

Test(wicket_start, works_where_sigchld_is_ignored, .timeout = 10)
{
	start_with(SIG_IGN);
}

Test(wicket_start, the_supervisor_has_every_signal_as_it_was_born,
     .timeout = 10)
{
	struct fake f;
	sigset_t all;
	unsigned long blocked;
	unsigned long ignored;
	char *text;

	fake_make(&f, "exec grep -E '^Sig(Blk|Ign)' /proc/self/status "
		      ">${0%/*}/sig");
	(void)sigfillset(&all);
	cr_assert_eq(sigprocmask(SIG_SETMASK, &all, NULL), 0);
	(void)signal(SIGTERM, SIG_IGN);
	must_fail(&f.options, EPIPE);
	text = scratch_read(scratch_path(&f.scratch, "sig"));
	cr_assert_eq(
		sscanf(text, "SigBlk: %lx SigIgn: %lx", &blocked, &ignored), 2);
	cr_assert_eq(blocked, 0);
	/* 32 and 33 are libc's own: nobody can set what was inherited. */
	cr_assert_eq(ignored & ~(3ul << 31), 0);
	free(text);
	scratch_remove(&f.scratch);
}

/* ---- the channel that `wicket run` leaves ---------------------------- */

/* Queues the answer to hello for whoever asks first. */
static void queue_hello(int helper, uint32_t protocol, const char *promises)
{
	struct answer_hello h = {
		.protocol = protocol,
		.dropped = true,
		.uid = 7,
		.gid = 8,
		.ngroups = 1,
		.groups = {9},
		.name = "x",
		.promises = promises,
	};
	uint8_t blob[512];
	struct wire_out o = wire_out(blob, sizeof(blob));
	struct played p = {.helper = helper};

	answer_put_hello(&o, &h);
	played_reply(&p,
		     &(struct op_reply){.op = OP_hello,
					.id = 1,
					.blob = blob,
					.blob_len = o.len},
		     0);
}

/* Leaves one end in WICKET_FD, open for all as after an exec. */
static void leave_channel(int *ret_worker, int *ret_helper)
{
	bool refuses;
	char text[16];

	cr_assert_eq(chan_pair(ret_worker, ret_helper, &refuses), 0);
	cr_assert_eq(fcntl(*ret_worker, F_SETFD, 0), 0);
	(void)snprintf(text, sizeof(text), "%d", *ret_worker);
	cr_assert_eq(setenv("WICKET_FD", text, 1), 0);
}

Test(wicket_start, takes_the_channel_that_it_was_left, .timeout = 10)
{
	int worker, helper;
	struct wicket *w;

	leave_channel(&worker, &helper);
	queue_hello(helper, OP_PROTOCOL, "stdio accept");
	cr_assert_eq(wicket_start(NULL, &w), 0);
	cr_assert_eq(wicket_fd(w), worker);
	cr_assert(fds_cloexec(worker));
	cr_assert_null(getenv("WICKET_FD"));
	cr_assert(w->dropped);
	cr_assert_eq(w->uid, 7u);
	cr_assert_eq(w->gid, 8u);
	cr_assert_eq(w->ngroups, 1u);
	cr_assert_eq(w->groups[0], 9u);
	cr_assert_eq(w->promises.words,
		     (unsigned)(PROMISE_STDIO | PROMISE_ACCEPT));
	wicket_close(w);
	close_fd(&helper);
}

Test(wicket_start, refuses_another_protocol, .timeout = 10)
{
	struct wicket *w = NULL;
	int worker, helper;

	leave_channel(&worker, &helper);
	queue_hello(helper, OP_PROTOCOL + 1, "stdio");
	cr_assert_eq(wicket_start(NULL, &w), -1);
	cr_assert_eq(errno, EPROTONOSUPPORT);
	close_fd(&helper);
}

Test(wicket_start, refuses_promises_that_it_does_not_know, .timeout = 10)
{
	struct wicket *w = NULL;
	int worker, helper;

	leave_channel(&worker, &helper);
	queue_hello(helper, OP_PROTOCOL, "stdio teleport");
	cr_assert_eq(wicket_start(NULL, &w), -1);
	cr_assert_eq(errno, EPROTO);
	close_fd(&helper);
}

/* What is there and wrong is not passed over for a policy of the caller's. */
Test(wicket_start, refuses_a_descriptor_that_is_no_channel, .timeout = 10)
{
	static const char *const wrong[] = {"",	  "x",	"3x",
					    "-1", "99", "99999999999999999999"};
	struct wicket_options o = WICKET_OPTIONS_INIT;
	char text[16];
	int sv[2];
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);

	o.policy = "httpd";
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cr_assert_eq(setenv("WICKET_FD", wrong[i], 1), 0);
		must_fail(&o, EBADF);
	}
	(void)snprintf(text, sizeof(text), "%d", file);
	cr_assert_eq(setenv("WICKET_FD", text, 1), 0);
	must_fail(&o, EBADF);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	(void)snprintf(text, sizeof(text), "%d", sv[0]);
	cr_assert_eq(setenv("WICKET_FD", text, 1), 0);
	must_fail(&o, EBADF);
	close_fds(sv, 2);
	close_fd(&file);
}

Test(wicket_start, closes_all_but_what_is_kept, .timeout = 10)
{
	struct wicket_options o = WICKET_OPTIONS_INIT;
	int keep[3], worker, helper;
	struct wicket *w;
	pid_t child;
	int status;

	leave_channel(&worker, &helper);
	queue_hello(helper, OP_PROTOCOL, "stdio");
	child = fork();
	if (child == 0) {
		bool right;

		keep[0] = fcntl(0, F_DUPFD, 100);
		keep[1] = fcntl(0, F_DUPFD, 60);
		keep[2] = keep[0];
		(void)fcntl(0, F_DUPFD, 80);
		o.flags = WICKET_CLOSE_FDS;
		o.keep_fds = keep;
		o.nkeep = 3;
		if (wicket_start(&o, &w) < 0)
			_exit(2);
		right = fcntl(60, F_GETFD) >= 0 && fcntl(100, F_GETFD) >= 0 &&
			fcntl(80, F_GETFD) < 0 && fcntl(helper, F_GETFD) < 0 &&
			fcntl(wicket_fd(w), F_GETFD) >= 0 &&
			fcntl(2, F_GETFD) >= 0;
		_exit(right ? 0 : 1);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
	close_fd(&worker);
	close_fd(&helper);
}
