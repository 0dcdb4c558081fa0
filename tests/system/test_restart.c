/* SPDX-License-Identifier: ISC */
/*
 * A worker that ends, and is started again or not.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own.h"
#include "support/capture.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/puppet.h"
#include "support/sock.h"

static struct puppet p;

static void make(void)
{
	puppet_make(&p);
	scratch_write(&p.s, "a", "text of a\n", 0644);
	puppet_policy(&p, "read @/a\n");
}

TestSuite(restart, .init = make, .timeout = 60);

#define WHEN(when) ARGV("--restart", when)

/* What the worker did; then it is there again. */
static void comes_again(void)
{
	puppet_await(&p);
	PUPPET(&p, "ok text of a", "open @/a");
}

static void kill_worker(int sig)
{
	pid_t worker = puppet_worker(&p);

	cr_assert_gt(worker, 0);
	cr_assert_eq(kill(worker, sig), 0);
}

/* ---- when ---------------------------------------------------------------- */

Test(restart, is_not_made_unless_asked_for)
{
	puppet_run(&p, NULL, NULL);
	puppet_tell(&p, "exit 3");
	cr_assert_eq(puppet_wait(&p), 3);
}

Test(restart, no_means_no)
{
	puppet_run(&p, WHEN("no"), NULL);
	kill_worker(SIGKILL);
	cr_assert_eq(puppet_wait(&p), 128 + SIGKILL);
}

Test(restart, on_failure_follows_a_status_and_a_signal)
{
	pid_t first;

	puppet_run(&p, WHEN("on-failure"), NULL);
	first = puppet_worker(&p);
	puppet_tell(&p, "exit 3");
	comes_again();
	cr_assert_neq(puppet_worker(&p), first);
	kill_worker(SIGKILL);
	comes_again();
	cr_assert_eq(puppet_fact(&p, "worker_restarts"), 2);
	cr_assert_eq(puppet_fact(&p, "helpers_started"), 1);
	puppet_tell(&p, "exit 0");
	cr_assert_eq(puppet_wait(&p), 0);
}

Test(restart, on_failure_follows_no_sigterm)
{
	puppet_run(&p, WHEN("on-failure"), NULL);
	kill_worker(SIGTERM);
	cr_assert_eq(puppet_wait(&p), 128 + SIGTERM);
}

Test(restart, always_follows_every_end)
{
	puppet_run(&p, WHEN("always"), NULL);
	puppet_tell(&p, "exit 0");
	comes_again();
	kill_worker(SIGTERM);
	comes_again();
	kill_worker(SIGKILL);
	comes_again();
	cr_assert_eq(puppet_fact(&p, "worker_restarts"), 3);
	cr_assert_eq(kill(p.pid, SIGTERM), 0);
	cr_assert_eq(puppet_wait(&p), 128 + SIGTERM);
}

/* The status is that of the last one. */
Test(restart, of_a_later_failure_is_mirrored_at_the_end)
{
	puppet_run(&p, WHEN("on-failure"), NULL);
	puppet_tell(&p, "exit 3");
	comes_again();
	cr_assert_eq(kill(p.pid, SIGTERM), 0);
	cr_assert_eq(puppet_wait(&p), 128 + SIGTERM);
}

/* Whoever handles SIGTERM and then fails was asked to end all the same. */
Test(restart, does_not_follow_sigterm_to_the_supervisor)
{
	struct capture c;

	capture_start_wicket(
		&c, ARGV("run", "--quiet", "--audit", "none", "--restart",
			 "always", p.policy, "--", "/bin/sh", "-c",
			 "trap 'exit 7' TERM; cat <&$WICKET_FD >/dev/null 2>&1 "
			 "& echo ready; wait $!"));
	capture_until(&c, "ready");
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	cr_assert_eq(capture_finish(&c), 7, "%s", c.err);
	cr_assert_str_eq(c.out, "ready\n");
	capture_free(&c);
	scratch_remove(&p.s);
}

/* ---- how often ----------------------------------------------------------- */

static bool has_begun_thrice(void *arg)
{
	_cleanup_free_ char *text = scratch_read(
		scratch_path(&p.s, "out/begun"));
	size_t n = 0;

	(void)arg;
	for (const char *c = text ? text : ""; *c; c++)
		n += *c == '\n';
	return n >= 3;
}

/*
 * The third one comes 100 ms and 200 ms after two that failed at once: less
 * the machine cannot make of it, however it is loaded.
 */
Test(restart, of_one_that_fails_at_once_waits_longer_each_time)
{
	_cleanup_free_ char *text = NULL;
	unsigned long long at[3] = {0};
	char script[BOUND_PATH];
	struct capture c;

	scratch_mkdir(&p.s, "out", 0777);
	snprintf(script, sizeof(script),
		 "date +%%s%%3N >>%.300s/out/begun; exit 1", p.s.dir);
	capture_start_wicket(&c, ARGV("run", "--quiet", "--audit", "none",
				      "--restart", "on-failure", p.policy, "--",
				      "/bin/sh", "-c", script));
	cr_assert(program_poll(has_begun_thrice, NULL));
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	(void)capture_finish(&c);
	text = scratch_read(scratch_path(&p.s, "out/begun"));
	cr_assert_eq(sscanf(text, "%llu %llu %llu", &at[0], &at[1], &at[2]), 3,
		     "%s", text);
	cr_assert_geq(at[2] - at[0], 250, "%s", text);
	capture_free(&c);
	scratch_remove(&p.s);
}

/* While none runs and the next is waited for, a signal ends it all. */
Test(restart, is_given_up_for_a_sigterm_between_two)
{
	struct capture c;

	scratch_mkdir(&p.s, "out", 0777);
	capture_start_wicket(&c, ARGV("run", "--quiet", "--audit", "none",
				      "--restart", "always", p.policy, "--",
				      "/bin/sh", "-c", "echo begun; exit 5"));
	capture_until(&c, "begun\nbegun\nbegun\n");
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	(void)capture_finish(&c);
	cr_assert(WIFEXITED(c.status) || WTERMSIG(c.status) == SIGTERM);
	capture_free(&c);
	scratch_remove(&p.s);
}

/* ---- what lasts ---------------------------------------------------------- */

enum {
	WAITING = 1000,
};

static void connect_all(unsigned port, int *fds)
{
	const struct rlimit many = {4 * WAITING, 4 * WAITING};

	if (p.root)
		cr_assert_eq(setrlimit(RLIMIT_NOFILE, &many), 0);
	for (size_t i = 0; i < WAITING; i++) {
		fds[i] = sock_connect(puppet_text("tcp 127.0.0.1:%u", port), 0);
		cr_assert_geq(fds[i], 0, "connection %zu: %s", i,
			      strerror(-fds[i]));
	}
}

/* How many got the one byte that they must, before their end. */
static size_t count_served(int *fds)
{
	size_t served = 0;
	char text[2];

	for (size_t i = 0; i < WAITING; i++) {
		struct pollfd in = {.fd = fds[i], .events = POLLIN};

		served += poll(&in, 1, 10000) == 1 &&
			  recv(fds[i], text, 2, MSG_WAITALL) == 1 &&
			  text[0] == 'y';
		close_fd(&fds[i]);
	}
	return served;
}

Test(restart, serves_a_thousand_who_wait_in_the_backlog)
{
	static int fds[WAITING];
	unsigned port = puppet_port();
	char listens[64], first[64];

	snprintf(listens, sizeof(listens), "listen 0 tcp 127.0.0.1:%u", port);
	puppet_policy(&p, puppet_text("read @/a\nlisten tcp 127.0.0.1:%u "
				      "backlog=1500\n",
				      port));
	puppet_run(&p, WHEN("on-failure"), NULL);
	snprintf(first, sizeof(first), "%.60s", puppet_ask(&p, listens));
	cr_assert(strncmp(first, "ok ", 3) == 0, "%s", first);
	connect_all(port, fds);
	kill_worker(SIGKILL);
	comes_again();
	PUPPET(&p, first, listens);
	PUPPET(&p, "ok 1000", "accept 1000");
	cr_assert_eq(count_served(fds), WAITING);
	cr_assert_eq(puppet_end(&p), 0);
}

/* And where the helper was killed too, before the next worker asks. */
Test(restart, of_both_leaves_the_backlog)
{
	unsigned port = puppet_port();
	const char *listens = puppet_text("listen 0 tcp 127.0.0.1:%u", port);
	_cleanup_fd_ int fd = -1;
	char first[64];

	puppet_policy(&p,
		      puppet_text("read @/a\nlisten tcp 127.0.0.1:%u\n", port));
	puppet_run(&p, WHEN("on-failure"), NULL);
	snprintf(first, sizeof(first), "%.60s", puppet_ask(&p, listens));
	fd = sock_connect(puppet_text("tcp 127.0.0.1:%u", port), 0);
	cr_assert_geq(fd, 0);
	kill_worker(SIGKILL);
	puppet_kill_helper(&p);
	comes_again();
	PUPPET(&p, first, listens);
	PUPPET(&p, "ok 1", "accept 1");
	cr_assert_eq(puppet_end(&p), 0);
}

/* What was passed by the manager, and a channel that nobody had before. */
Test(restart, passes_descriptors_again_and_a_fresh_channel)
{
	char script[4 * BOUND_PATH];
	struct capture c;

	snprintf(script, sizeof(script),
		 "LISTEN_PID=$$ LISTEN_FDS=1 exec %s/bin/wicket run --quiet "
		 "--audit none --restart on-failure %s -- /bin/sh -c "
		 "'test $$ = $LISTEN_PID && echo $LISTEN_FDS "
		 "$(readlink /proc/$$/fd/3 /proc/$$/fd/$WICKET_FD); exit 1' "
		 "3</dev/zero 4</dev/zero",
		 paths_built("."), p.policy);
	capture_start(&c, ARGV("/bin/sh", "-c", script));
	capture_until(&c, "]\n1 /dev/zero socket:[");
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	(void)capture_finish(&c);
	cr_assert(strncmp(c.out, "1 /dev/zero socket:[", 20) == 0, "%s", c.out);
	/* Two lines, and two channels. */
	cr_assert_neq(strtoul(c.out + 20, NULL, 10),
		      strtoul(strstr(c.out, "\n") + 21, NULL, 10), "%s", c.out);
	capture_free(&c);
	scratch_remove(&p.s);
}

/* Files that each process holds open. */
static size_t count_files(pid_t pid)
{
	char script[64];
	struct capture c;
	size_t n;

	snprintf(script, sizeof(script), "ls /proc/%d/fd | wc -l", pid);
	cr_assert_eq(capture_run(&c, ARGV("/bin/sh", "-c", script)), 0);
	n = strtoul(c.out, NULL, 10);
	capture_free(&c);
	return n;
}

struct counts {
	size_t supervisor;
	size_t helper;
};

static bool has_come_back(void *arg)
{
	const struct counts *before = arg;

	return count_files(p.pid) == before->supervisor &&
	       count_files(puppet_helper(&p)) == before->helper;
}

Test(restart, leaves_no_descriptor_behind)
{
	struct counts before;

	puppet_run(&p, WHEN("always"), NULL);
	PUPPET(&p, "ok text of a", "open @/a");
	before.supervisor = count_files(p.pid);
	before.helper = count_files(puppet_helper(&p));
	for (unsigned i = 0; i < 4; i++) {
		puppet_tell(&p, "exit 0");
		comes_again();
	}
	cr_assert(program_poll(has_come_back, &before));
	cr_assert_eq(kill(p.pid, SIGTERM), 0);
	cr_assert_eq(puppet_wait(&p), 128 + SIGTERM);
}
