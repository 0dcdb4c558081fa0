/* SPDX-License-Identifier: ISC */
/*
 * `wicket run --policy-from COMMAND`: what the command is, what it may do, and
 * what is made of what it prints.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own.h"
#include "support/capture.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/scratch.h"

static struct scratch s;
static char command[BOUND_PATH];
static char name[32];
static bool root;

/* The lines that name who the two are, for a script's printf. */
#define WHO "worker 61000\\nhelper 61001\\n"

static void write_command(const char *script)
{
	char text[5 * BOUND_PATH];

	snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", script);
	scratch_write(&s, "print", text, 0755);
}

static void make(void)
{
	root = geteuid() == 0;
	setenv("PATH", "/usr/bin:/bin", 1);
	scratch_make(&s);
	/* Where an ordinary user's `wicket reload` finds it. */
	scratch_mkdir(&s, "run", 0700);
	setenv("XDG_RUNTIME_DIR", scratch_path(&s, "run"), 1);
	snprintf(command, sizeof(command), "%s", scratch_path(&s, "print"));
	snprintf(name, sizeof(name), "from-%d", getpid());
}

static void drop(void)
{
	scratch_remove(&s);
}

TestSuite(policy_from, .init = make, .fini = drop, .timeout = 60);

/* wicket run ... --policy-from COMMAND NAME -- WORDS */
#define RUN_FROM(from, ...)                                                    \
	ARGV("run", "--quiet", "--audit", "none", "--policy-from", from, name, \
	     "--", __VA_ARGS__)
#define RUN(...) RUN_FROM(command, __VA_ARGS__)

/* As in test_wicket_run.c: ready, and waits for a signal. */
#define WAIT "cat <&$WICKET_FD >/dev/null 2>&1 & echo ready; wait $!"

/* The command is refused with this text, which begins with its name. */
static void fails_from(const char *from, const char *text)
{
	struct capture c;

	cr_expect_eq(capture_wicket(&c, RUN_FROM(from, "echo", "started")), 125,
		     "%s", c.err);
	cr_expect(strstr(c.err, text), "%s, expected %s", c.err, text);
	cr_expect_str_empty(c.out, "the program was started");
	capture_free(&c);
}

static void fails(const char *script, const char *text)
{
	char wanted[2 * BOUND_PATH];

	write_command(script);
	snprintf(wanted, sizeof(wanted), "wicket: output of %s:%s\n", command,
		 text);
	fails_from(command, wanted);
}

static const char *cat(void)
{
	return paths_built("examples/cat");
}

/* The example where every user can execute it. */
static void install_cat(void)
{
	struct capture c;

	cr_assert_eq(
		capture_run(&c, ARGV("cp", cat(), scratch_path(&s, "cat"))), 0,
		"%s", c.err);
	capture_free(&c);
	cr_assert_eq(chmod(scratch_path(&s, "cat"), 0755), 0);
	/* A confined program cannot be searched for leaks at its end. */
	cr_assert_eq(setenv("LSAN_OPTIONS", "detect_leaks=0", 1), 0);
}

/* ---- what it prints is the policy ---------------------------------------- */

Test(policy_from, output_is_the_policy)
{
	char script[3 * BOUND_PATH];
	struct capture c;

	install_cat();
	scratch_write(&s, "secret", "granted\n", 0600);
	snprintf(script, sizeof(script), "printf '" WHO "read %s\\n'",
		 scratch_path(&s, "secret"));
	write_command(script);
	cr_assert_eq(capture_wicket(&c, RUN(scratch_path(&s, "cat"),
					    scratch_path(&s, "secret"))),
		     0, "%s", c.err);
	cr_assert_str_eq(c.out, "granted\n");
	capture_free(&c);
	cr_assert_eq(
		capture_wicket(&c, RUN(scratch_path(&s, "cat"), "/etc/passwd")),
		1, "%s", c.err);
	cr_assert(strstr(c.err, "Permission denied"), "%s", c.err);
	capture_free(&c);
}

Test(policy_from, words_are_the_commands_arguments)
{
	char from[2 * BOUND_PATH];
	struct capture c;

	write_command("printf '%s|' \"$@\" >&2; printf '" WHO "'");
	snprintf(from, sizeof(from), "%s  -p $HOME  *", command);
	cr_assert_eq(capture_wicket(&c, RUN_FROM(from, "true")), 0, "%s",
		     c.err);
	cr_assert_str_eq(c.err, "-p|$HOME|*|");
	capture_free(&c);
}

Test(policy_from, error_names_the_place_in_the_output)
{
	fails("printf '" WHO "read etc/passwd\\n'",
	      "3:6: found 'etc/passwd', expected a path that begins with /");
}

/* ---- whose it is --------------------------------------------------------- */

Test(policy_from, refuses_a_command_that_others_can_change)
{
	write_command("printf '" WHO "'");
	cr_assert_eq(chmod(command, 0775), 0);
	fails_from(command, "expected a file that only");
	cr_assert_eq(chmod(command, 0757), 0);
	fails_from(command, "expected a file that only");
	cr_assert_eq(chmod(command, 0755), 0);
	cr_assert_eq(chmod(scratch_path(&s, ""), 0777), 0);
	fails_from(command, "found the directory");
	cr_assert_eq(chmod(scratch_path(&s, ""), 0755), 0);
	if (root) {
		scratch_chown(&s, "print", 61000, 61000);
		fails_from(command, "found uid 61000");
	}
}

Test(policy_from, refuses_what_is_no_program)
{
	fails_from("/no/such", "wicket: /no/such: '/no' does not exist");
	fails_from("/etc", "wicket: /etc: found no regular file, expected a "
			   "program");
	fails_from("print", "expected the absolute path of a program");
	fails_from("/bin/sh -c \"echo\"", "no quotes");
	write_command("printf '" WHO "'");
	cr_assert_eq(chmod(command, 0644), 0);
	fails_from(command, ": cannot execute it: Permission denied");
}

Test(policy_from, refuses_a_path_for_the_policy)
{
	struct capture c;

	write_command("printf '" WHO "'");
	cr_assert_eq(capture_wicket(&c, ARGV("run", "--policy-from", command,
					     "/etc/p.policy", "--", "true")),
		     125, "%s", c.err);
	cr_assert(strstr(c.err, "'/etc/p.policy': with --policy-from expected "
				"a name"),
		  "%s", c.err);
	capture_free(&c);
}

/* ---- how it ends --------------------------------------------------------- */

Test(policy_from, refuses_the_output_of_one_that_failed)
{
	fails("printf '" WHO "'; exit 3", " it ended with status 3");
	fails("printf '" WHO "'; kill -9 $$", " it was killed by SIGKILL");
	fails("exit 0", " it printed nothing");
	fails("printf '" WHO "read /etc/passwd'",
	      " it does not end with a newline: it may be cut short");
}

Test(policy_from, refuses_an_output_without_an_end)
{
	fails("exec yes", " it printed more than 4194304 bytes");
}

/* What it would print yet may be a denial. */
Test(policy_from, refuses_an_output_that_another_holds_open)
{
	fails("printf '" WHO "'; sleep 1000 &",
	      " it ended and left a process behind that could print more");
}

static bool is_gone(void *arg)
{
	return kill(*(pid_t *)arg, 0) < 0 && errno == ESRCH;
}

/* A number that the command wrote to stderr. */
static pid_t number_of(const char *text)
{
	int pid = 0;

	cr_assert_eq(sscanf(text, "%d", &pid), 1, "%s", text);
	return pid;
}

Test(policy_from, kills_what_a_command_leaves_behind)
{
	struct capture c;
	pid_t left;

	/* Once its output is another: else it would hold ours open. */
	write_command("sleep 1000 >/dev/null & echo $! >&2; "
		      "until readlink /proc/$!/fd/1 | grep -q null; do :; done;"
		      "printf '" WHO "'");
	cr_assert_eq(capture_wicket(&c, RUN("true")), 0, "%s", c.err);
	left = number_of(c.err);
	cr_assert(program_poll(is_gone, &left));
	capture_free(&c);
}

Test(policy_from, kills_a_command_that_hangs_and_its_children)
{
	struct capture c;
	pid_t left;

	write_command("sleep 1000 & echo $! >&2; wait");
	cr_assert_eq(capture_wicket(&c, RUN("echo", "started")), 125);
	cr_assert(strstr(c.err, ": it did not end within 10 seconds\n"), "%s",
		  c.err);
	cr_assert_str_empty(c.out);
	left = number_of(c.err);
	cr_assert(program_poll(is_gone, &left));
	capture_free(&c);
}

/* setsid(1) leads no group, and need not fork. */
Test(policy_from, command_cannot_leave_its_group)
{
	struct capture c;

	write_command("(setsid true); printf '" WHO "'");
	cr_assert_eq(capture_wicket(&c, RUN("true")), 0, "%s", c.err);
	cr_assert(strstr(c.err, "Operation not permitted"), "%s", c.err);
	capture_free(&c);
}

/* ---- what it has --------------------------------------------------------- */

static void has(const struct capture *c, const char *line)
{
	cr_expect(strstr(c->err, line), "%s: expected %s", c->err, line);
}

Test(policy_from, command_has_no_privilege)
{
	struct capture c;

	write_command("cat /proc/self/status >&2; printf '" WHO "'");
	cr_assert_eq(capture_wicket(&c, RUN("true")), 0, "%s", c.err);
	has(&c, "CapInh:\t0000000000000000\n");
	has(&c, "CapPrm:\t0000000000000000\n");
	has(&c, "CapEff:\t0000000000000000\n");
	has(&c, "CapAmb:\t0000000000000000\n");
	has(&c, "NoNewPrivs:\t1\n");
	has(&c, "SigBlk:\t0000000000000000\n");
	if (root) {
		has(&c, "CapBnd:\t0000000000000000\n");
		has(&c, "Uid:\t65534\t65534\t65534\t65534\n");
		has(&c, "Gid:\t65534\t65534\t65534\t65534\n");
		has(&c, "Groups:\t \n");
	}
	capture_free(&c);
}

Test(policy_from, command_has_no_environment_and_stands_at_the_root)
{
	struct capture c;

	write_command("tr '\\0' '\\n' </proc/$$/environ >&2; "
		      "readlink /proc/$$/cwd >&2; printf '" WHO "'");
	setenv("SECRET", "1", 1);
	cr_assert_eq(capture_wicket(&c, RUN("true")), 0, "%s", c.err);
	cr_assert_str_eq(c.err, "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n/\n");
	capture_free(&c);
}

/* A program's; a script has its own file in addition. */
Test(policy_from, command_has_no_descriptor_but_the_standard_ones)
{
	char from[2 * BOUND_PATH];
	struct capture c;

	cr_assert_eq(fcntl(0, F_DUPFD, 50), 50);
	write_command("readlink /proc/self/fd/0 >&2; ls /proc/self/fd >&2; "
		      "printf '" WHO "'");
	snprintf(from, sizeof(from), "/bin/sh %s", command);
	cr_assert_eq(capture_wicket(&c, RUN_FROM(from, "true")), 0, "%s",
		     c.err);
	/* ls has the directory. */
	cr_assert_str_eq(c.err, "/dev/null\n0\n1\n2\n3\n");
	capture_free(&c);
	close(50);
}

/* Else it could be signalled and traced by those whom the policy is about. */
Test(policy_from, command_is_neither_worker_nor_helper)
{
	struct capture c;

	if (!root) {
		/* All are the caller. */
		write_command("printf 'worker 65534\\nhelper 61001\\n'");
		cr_assert_eq(capture_wicket(&c, RUN("true")), 0, "%s", c.err);
		capture_free(&c);
		return;
	}
	fails("printf 'worker 65534\\nhelper 61001\\n'",
	      "1:8: found uid 65534, as which --policy-from runs, for the "
	      "worker, expected another user");
	fails("printf 'worker 61000\\nhelper 65534\\n'",
	      "2:8: found uid 65534, as which --policy-from runs, for the "
	      "helper, expected another user");
}

/* ---- reload -------------------------------------------------------------- */

/* The hash of the policy that is in force. */
static void hash_now(char *ret, size_t size)
{
	struct capture c;
	const char *at;

	cr_assert_eq(capture_wicket(&c, ARGV("status", "--json", name)), 0,
		     "%s", c.err);
	at = strstr(c.out, "hash");
	cr_assert_not_null(at, "%s", c.out);
	snprintf(ret, size, "%.*s", (int)strcspn(at, ",}\n"), at);
	capture_free(&c);
}

static void reload(int status, const char *out, const char *err)
{
	struct capture c;

	cr_assert_eq(capture_wicket(&c, ARGV("reload", name)), status, "%s%s",
		     c.out, c.err);
	cr_assert(strstr(c.out, out), "%s", c.out);
	cr_assert(strstr(c.err, err), "%s, expected %s", c.err, err);
	capture_free(&c);
}

static void start_waiting(struct capture *c)
{
	capture_start_wicket(
		c, RUN("/bin/sh", "-c", "trap 'echo told' USR1; " WAIT));
	capture_until(c, "ready");
}

static void stop(struct capture *c)
{
	cr_assert_eq(kill(c->pid, SIGTERM), 0);
	cr_assert_eq(capture_finish(c), 128 + SIGTERM, "%s", c->err);
	capture_free(c);
}

Test(policy_from, reload_runs_the_command_again)
{
	char before[64], after[64];
	struct capture c;

	write_command("printf '" WHO "'");
	start_waiting(&c);
	hash_now(before, sizeof(before));
	write_command("printf '" WHO "read /etc/passwd\\n'");
	reload(0, "reloaded, helper 2", "");
	hash_now(after, sizeof(after));
	cr_assert_str_neq(before, after);
	stop(&c);
}

Test(policy_from, policy_before_stays_where_the_command_fails)
{
	static const struct {
		const char *script;
		const char *text;
	} cases[] = {
		{"exit 3", ": it ended with status 3"},
		{"kill -6 $$", ": it was killed by SIGABRT"},
		{"exit 0", ": it printed nothing"},
		{"exec yes", ": it printed more than"},
		{"printf '" WHO "#'", ": it does not end with a newline"},
		{"printf '" WHO "'; sleep 1000 &", ": it ended and left"},
		{"printf '" WHO "reed /x\\n'", ":3:1: found 'reed'"},
	};
	char before[64], after[64];
	struct capture c;

	write_command("printf '" WHO "'");
	start_waiting(&c);
	hash_now(before, sizeof(before));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_command(cases[i].script);
		reload(1, "", cases[i].text);
	}
	cr_assert_eq(chmod(command, 0777), 0);
	reload(1, "", "expected a file that only");
	hash_now(after, sizeof(after));
	cr_assert_str_eq(before, after);
	write_command("printf '" WHO "read /etc/passwd\\n'");
	reload(0, "reloaded", "");
	stop(&c);
}

static bool exists(void *arg)
{
	return access(arg, F_OK) == 0;
}

struct successor {
	pid_t supervisor;
	pid_t before;
};

static bool has_successor(void *arg)
{
	const struct successor *w = arg;
	pid_t now = program_child(w->supervisor, "helper");

	return now > 0 && now != w->before;
}

/* A command that hangs until the test ends, at a reload. */
static void hang(struct capture *c)
{
	char script[2 * BOUND_PATH];
	char running[BOUND_PATH];

	write_command("printf '" WHO "'");
	start_waiting(c);
	scratch_mkdir(&s, "all", 0777);
	snprintf(running, sizeof(running), "%s",
		 scratch_path(&s, "all/running"));
	snprintf(script, sizeof(script), "echo $$ >%s; exec sleep 1000",
		 running);
	write_command(script);
	cr_assert_eq(kill(c->pid, SIGHUP), 0);
	cr_assert(program_poll(exists, running));
}

static pid_t hanging(void)
{
	_cleanup_free_ char *text = NULL;

	text = scratch_read(scratch_path(&s, "all/running"));
	return number_of(text);
}

Test(policy_from, signals_are_forwarded_while_the_command_runs)
{
	struct capture c;
	pid_t pid;

	hang(&c);
	cr_assert_eq(kill(c.pid, SIGUSR1), 0);
	capture_until(&c, "told");
	pid = hanging();
	cr_assert_eq(kill(pid, 0), 0);
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	(void)capture_finish(&c);
	cr_assert(program_poll(is_gone, &pid));
	capture_free(&c);
}

Test(policy_from, helper_is_replaced_while_the_command_runs)
{
	struct successor w;
	struct capture c;
	pid_t pid;

	hang(&c);
	w = (struct successor){
		.supervisor = c.pid,
		.before = program_child(c.pid, "helper"),
	};
	cr_assert_gt(w.before, 0);
	cr_assert_eq(kill(w.before, SIGKILL), 0);
	cr_assert(program_poll(has_successor, &w));
	pid = hanging();
	cr_assert_eq(kill(pid, 0), 0);
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	(void)capture_finish(&c);
	capture_free(&c);
}

/* By a file that comes to be, for which the helper has no lock yet. */
Test(policy_from, renewal_of_the_locks_does_not_run_the_command)
{
	char script[4 * BOUND_PATH];
	_cleanup_free_ char *runs = NULL;
	struct capture c;

	install_cat();
	scratch_mkdir(&s, "all", 0777);
	scratch_mkdir(&s, "www", 0755);
	snprintf(script, sizeof(script),
		 "echo run >>%s; printf '" WHO "read %s\\n'",
		 scratch_path(&s, "all/runs"), scratch_path(&s, "www/late"));
	write_command(script);
	snprintf(script, sizeof(script),
		 "echo ready; until %s %s 2>/dev/null; do sleep 0.1; done",
		 scratch_path(&s, "cat"), scratch_path(&s, "www/late"));
	capture_start_wicket(&c, RUN("/bin/sh", "-c", script));
	capture_until(&c, "ready");
	scratch_write(&s, "www/late", "came\n", 0644);
	cr_assert_eq(capture_finish(&c), 0, "%s", c.err);
	cr_assert(strstr(c.out, "came\n"), "%s", c.out);
	runs = scratch_read(scratch_path(&s, "all/runs"));
	cr_assert_str_eq(runs, "run\n");
	capture_free(&c);
}

static void answered(struct capture *c, int status)
{
	cr_expect_eq(capture_finish(c), status, "%s%s", c->out, c->err);
	capture_free(c);
}

/* The answer to one who asked while the command ran is that of its own run. */
Test(policy_from, who_asks_while_it_runs_has_it_run_again)
{
	struct capture c, first, second;
	char script[2 * BOUND_PATH];
	char running[BOUND_PATH];
	char hash[64];

	write_command("printf '" WHO "'");
	start_waiting(&c);
	scratch_mkdir(&s, "all", 0777);
	snprintf(running, sizeof(running), "%s",
		 scratch_path(&s, "all/running"));
	snprintf(script, sizeof(script),
		 "echo $$ >%s; until test -e %s; do sleep 0.1; done; "
		 "printf '" WHO "'; exit",
		 running, scratch_path(&s, "go"));
	write_command(script);
	capture_start_wicket(&first, ARGV("reload", name));
	cr_assert(program_poll(exists, running));
	cr_assert_eq(rename(command, scratch_path(&s, "old")), 0);
	write_command("exit 3");
	capture_start_wicket(&second, ARGV("reload", name));
	/* By the time of another answer it has been heard, too. */
	hash_now(hash, sizeof(hash));
	scratch_write(&s, "go", "", 0644);
	answered(&first, 0);
	answered(&second, 1);
	stop(&c);
}
