/* SPDX-License-Identifier: ISC */
#include "support/capture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/support.h"

static size_t fds;

static void make(void)
{
	fds = fds_count();
}

static void drop(void)
{
	cr_assert_eq(fds_count(), fds);
}

TestSuite(capture, .timeout = 20, .init = make, .fini = drop);

#define SH(script) ARGV("sh", "-c", script)

Test(capture, tells_both_outputs_apart)
{
	struct capture c;

	cr_assert_eq(capture_run(&c, SH("echo out; echo err >&2; exit 3")), 3);
	cr_assert_str_eq(c.out, "out\n");
	cr_assert_str_eq(c.err, "err\n");
	capture_free(&c);
}

Test(capture, tells_how_it_ended_as_a_shell_does)
{
	struct capture c;

	cr_assert_eq(capture_run(&c, SH("kill -9 $$")), 128 + SIGKILL);
	cr_assert(WIFSIGNALED(c.status));
	capture_free(&c);
	cr_assert_eq(capture_run(&c, ARGV("no-such-program")), 127);
	capture_free(&c);
}

Test(capture, takes_more_than_a_pipe_holds)
{
	struct capture c;

	cr_assert_eq(capture_run(&c, SH("head -c 300000 /dev/zero | tr '\\0' "
					"x; head -c 300000 /dev/zero >&2")),
		     0);
	cr_assert_eq(strlen(c.out), 300000);
	capture_free(&c);
}

Test(capture, gives_nothing_to_read_and_nothing_open)
{
	int inherited = fcntl(1, F_DUPFD, 20);
	struct capture c;

	cr_assert_geq(inherited, 20);
	/* 10 and above can be the shell's own. */
	cr_assert_eq(capture_run(&c, SH("cat; for i in 3 4 5 6 7 8 9 20; do"
					" ! test -e /proc/self/fd/$i || "
					"echo $i; done")),
		     0);
	cr_assert_str_empty(c.out, "%s", c.out);
	capture_free(&c);
	close(inherited);
}

Test(capture, blocks_no_signal_and_does_not_ignore_sigpipe)
{
	sigset_t all;
	struct capture c;

	sigfillset(&all);
	cr_assert_eq(sigprocmask(SIG_SETMASK, &all, NULL), 0);
	cr_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	cr_assert_eq(
		capture_run(&c, ARGV("grep", "^SigBlk", "/proc/self/status")),
		0);
	cr_assert_str_eq(c.out, "SigBlk:\t0000000000000000\n");
	capture_free(&c);
	cr_assert_eq(capture_run(&c, SH("kill -PIPE $$")), 128 + SIGPIPE);
	capture_free(&c);
}

Test(capture, reads_what_came_so_far)
{
	struct capture c;

	capture_start(&c, SH("echo err >&2; echo ready; exec sleep 1000"));
	capture_until(&c, "ready");
	capture_so_far(&c);
	cr_assert_str_eq(c.out, "ready\n");
	cr_assert_str_eq(c.err, "err\n");
	cr_assert_not(capture_ended(&c));
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	cr_assert_eq(capture_finish(&c), 128 + SIGTERM);
	capture_free(&c);
}

Test(capture, sees_its_end_without_taking_it)
{
	struct capture c;

	capture_start(&c, SH("exit 4"));
	while (!capture_ended(&c))
		(void)usleep(1000);
	cr_assert(capture_ended(&c));
	cr_assert_eq(capture_finish(&c), 4);
	capture_free(&c);
}

/* It may have closed its output, or still have it. */
Test(capture, kills_what_takes_longer_than_its_patience)
{
	static const char *const scripts[] = {
		"echo said; exec sleep 1000",
		"echo said; exec sleep 1000 >&- 2>&-",
	};

	for (size_t i = 0; i < 2; i++) {
		struct capture c;

		capture_start(&c, SH(scripts[i]));
		capture_until(&c, "said");
		c.patience_ms = 100;
		cr_assert_eq(capture_finish(&c), -ETIMEDOUT, "%s", scripts[i]);
		cr_assert_eq(c.status, SIGKILL);
		cr_assert_str_eq(c.out, "said\n");
		capture_free(&c);
	}
}
