/* SPDX-License-Identifier: ISC */
/*
 * `wicket run` from outside: what a shell, a service manager and the program
 * see of it.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own.h"
#include "support/capture.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/scratch.h"

static struct scratch s;
static char policy[BOUND_PATH];
static bool root;

static void write_policy(const char *text)
{
	scratch_write(&s, "p.policy", text, 0644);
	snprintf(policy, sizeof(policy), "%s", scratch_path(&s, "p.policy"));
}

static void make(void)
{
	root = geteuid() == 0;
	/* Where the worker may look, and finds nothing of its own. */
	setenv("PATH", "/usr/bin:/bin", 1);
	scratch_make(&s);
	write_policy("worker 61000:61000,61003\nhelper 61001\n"
		     "read /etc/passwd\nlisten tcp *:80\n");
}

static void drop(void)
{
	scratch_remove(&s);
}

TestSuite(wicket_run, .init = make, .fini = drop, .timeout = 20);

/* wicket run --quiet --audit none POLICY -- WORDS */
#define RUN(...) \
	ARGV("run", "--quiet", "--audit", "none", policy, "--", __VA_ARGS__)
#define SHELL(script) RUN("/bin/sh", "-c", script)

/*
 * Says that it is ready and waits for a signal.  What it waits for ends with
 * the helper, and not by a signal that could come too early.
 */
#define WAIT "cat <&$WICKET_FD >/dev/null 2>&1 & echo ready; wait $!"

/* The child of a supervisor that is its helper. */
static pid_t helper_of(pid_t supervisor)
{
	return program_child(supervisor, "helper");
}

/* Blocks until the process has ended; it need not be ours. */
static void await_end(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	cr_assert_eq(poll(&p, 1, -1), 1);
	close(pidfd);
}

static int pidfd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	cr_assert_geq(fd, 0);
	return fd;
}

/* ---- the exit status ----------------------------------------------------- */

Test(wicket_run, exits_as_the_program_does)
{
	struct capture c;

	cr_assert_eq(capture_wicket(&c, SHELL("exit 0")), 0, "%s", c.err);
	cr_assert_str_eq(c.err, "");
	capture_free(&c);
	cr_assert_eq(capture_wicket(&c, SHELL("exit 42")), 42);
	cr_assert(WIFEXITED(c.status));
	capture_free(&c);
}

Test(wicket_run, dies_by_the_programs_signal)
{
	static const int signals[] = {SIGTERM, SIGKILL, SIGSEGV, SIGPIPE};
	char script[32];
	struct capture c;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		snprintf(script, sizeof(script), "kill -%d $$", signals[i]);
		(void)capture_wicket(&c, SHELL(script));
		cr_expect(WIFSIGNALED(c.status) &&
				  WTERMSIG(c.status) == signals[i],
			  "signal %d: status %x", signals[i],
			  (unsigned)c.status);
		cr_expect_not(WCOREDUMP(c.status));
		capture_free(&c);
	}
}

Test(wicket_run, is_127_for_a_missing_program)
{
	struct capture c;

	cr_assert_eq(capture_wicket(&c, RUN("no-such-program")), 127);
	cr_assert(strstr(c.err, "wicket: cannot run no-such-program: "), "%s",
		  c.err);
	capture_free(&c);
}

Test(wicket_run, is_126_for_what_cannot_be_executed)
{
	struct capture c;

	cr_assert_eq(capture_wicket(&c, RUN("/etc/passwd")), 126);
	cr_assert(strstr(c.err, "wicket: cannot run /etc/passwd: "), "%s",
		  c.err);
	capture_free(&c);
	cr_assert_eq(capture_wicket(&c, RUN("/tmp")), 126);
	capture_free(&c);
}

/* What only root may execute is not for the worker. */
Test(wicket_run, looks_for_the_program_as_the_worker)
{
	struct capture c;

	if (!root) {
		cr_assert_eq(capture_wicket(&c, RUN("/root/true")),
			     access("/root", X_OK) == 0 ? 127 : 126);
		capture_free(&c);
		return;
	}
	scratch_mkdir(&s, "private", 0700);
	scratch_write(&s, "private/true", "#!/bin/sh\n", 0755);
	setenv("PATH", scratch_path(&s, "private"), 1);
	cr_assert_eq(capture_wicket(&c, RUN("true")), 126);
	cr_assert(strstr(c.err, "Permission denied"), "%s", c.err);
	capture_free(&c);
}

/* ---- its own failures: 125 ----------------------------------------------- */

static void fails(const char *const *words, const char *text)
{
	struct capture c;

	cr_expect_eq(capture_wicket(&c, words), 125, "%s", c.err);
	cr_expect(strncmp(c.err, "wicket: ", 8) == 0, "%s", c.err);
	cr_expect(strstr(c.err, text), "%s, expected %s", c.err, text);
	cr_expect_str_empty(c.out, "the program was started");
	capture_free(&c);
}

Test(wicket_run, names_the_place_in_a_wrong_policy)
{
	char place[BOUND_PATH + 16];

	write_policy("worker 61000\nhelper 61001\nread etc/passwd\n");
	snprintf(place, sizeof(place), "wicket: %s:3:6: ", policy);
	fails(SHELL("echo started"), place);
	write_policy("worker 61000\nread /srv/\n");
	fails(SHELL("echo started"), "/srv/**");
}

Test(wicket_run, refuses_a_policy_that_others_can_change)
{
	cr_assert_eq(chmod(policy, 0666), 0);
	fails(SHELL("echo started"), policy);
	cr_assert_eq(chmod(policy, 0664), 0);
	fails(SHELL("echo started"), policy);
	cr_assert_eq(chmod(policy, 0644), 0);
	cr_assert_eq(chmod(scratch_path(&s, ""), 0777), 0);
	fails(SHELL("echo started"), scratch_path(&s, ""));
}

Test(wicket_run, names_a_missing_user)
{
	struct capture c;

	write_policy("worker no-such-user\nhelper 61001\n");
	if (root) {
		fails(SHELL("echo started"), "no-such-user");
		return;
	}
	/* Nobody becomes it, so nobody looks for it. */
	cr_assert_eq(capture_wicket(&c, SHELL("exit 3")), 3, "%s", c.err);
	capture_free(&c);
}

Test(wicket_run, names_a_missing_policy)
{
	fails(ARGV("run", "--audit", "none", "no-such-policy", "--", "echo",
		   "started"),
	      "no-such-policy");
	fails(ARGV("run", "--audit", "none", "/no/such", "--", "echo",
		   "started"),
	      "/no/such");
}

Test(wicket_run, names_a_wrong_option)
{
	fails(ARGV("run", "--no-such", policy, "--", "echo", "started"),
	      "--no-such");
	fails(ARGV("run"), "expected a policy");
	fails(ARGV("run", policy), "expected a program");
	fails(ARGV("run", "--audit"), "expected an argument");
}

Test(wicket_run, names_an_audit_file_that_cannot_be_written)
{
	fails(ARGV("run", "--audit", "/no/such/file", policy, "--", "echo",
		   "started"),
	      "audit file /no/such/file: ");
}

/* Installs wicket elsewhere, with the program HELPER as its helper. */
static void run_with_helper(const char *helper, const char *text)
{
	char script[4 * BOUND_PATH];
	struct capture c;
	const char *build = paths_built(".");

	snprintf(script, sizeof(script),
		 "install -D %s/bin/wicket \"$0/bin/wicket\" && "
		 "install -D %s/libexec/wicket/supervisor "
		 "\"$0/libexec/wicket/supervisor\" && %s && "
		 "exec \"$0/bin/wicket\" run --audit none \"$1\" -- "
		 "echo started",
		 build, build, helper);
	cr_expect_eq(capture_run(&c, ARGV("/bin/sh", "-c", script,
					  scratch_path(&s, "there"), policy)),
		     125, "%s", c.err);
	cr_expect(strstr(c.err, "wicket: cannot start the helper: "), "%s",
		  c.err);
	cr_expect(strstr(c.err, text), "%s, expected %s", c.err, text);
	cr_expect_str_empty(c.out);
	capture_free(&c);
}

Test(wicket_run, says_that_there_is_no_helper)
{
	run_with_helper("true", "No such file");
}

Test(wicket_run, says_that_the_helper_cannot_be_executed)
{
	run_with_helper("echo > \"$0/libexec/wicket/helper\"",
			"execute it: Permission denied");
}

Test(wicket_run, says_that_the_helper_ended_too_early)
{
	run_with_helper("cp /bin/true \"$0/libexec/wicket/helper\"",
			"ended before it was ready");
}

/* ---- the program's surroundings ------------------------------------------ */

Test(wicket_run, program_has_no_privilege)
{
	struct capture c;

	cr_assert_eq(capture_wicket(&c, RUN("grep", "-E",
					    "^(Cap|NoNewPrivs|Uid|Gid|Groups)",
					    "/proc/self/status")),
		     0, "%s", c.err);
	cr_assert(strstr(c.out, "CapInh:\t0000000000000000\n"), "%s", c.out);
	cr_assert(strstr(c.out, "CapPrm:\t0000000000000000\n"), "%s", c.out);
	cr_assert(strstr(c.out, "CapEff:\t0000000000000000\n"), "%s", c.out);
	cr_assert(strstr(c.out, "CapAmb:\t0000000000000000\n"), "%s", c.out);
	cr_assert(strstr(c.out, "NoNewPrivs:\t1\n"), "%s", c.out);
	if (root) {
		cr_assert(strstr(c.out, "CapBnd:\t0000000000000000\n"), "%s",
			  c.out);
		cr_assert(strstr(c.out, "Uid:\t61000\t61000\t61000\t61000\n"),
			  "%s", c.out);
		cr_assert(strstr(c.out, "Gid:\t61000\t61000\t61000\t61000\n"),
			  "%s", c.out);
		cr_assert(strstr(c.out, "Groups:\t61003 \n"), "%s", c.out);
	}
	capture_free(&c);
}

Test(wicket_run, environment_gets_only_the_channel)
{
	struct capture c;
	int fd = -1;
	char expected[64];

	clearenv();
	setenv("A", "1", 1);
	setenv("PATH", "/usr/bin:/bin", 1);
	cr_assert_eq(capture_wicket(&c, RUN("env")), 0, "%s", c.err);
	sscanf(strstr(c.out, "WICKET_FD=") ?: "", "WICKET_FD=%d", &fd);
	cr_assert_gt(fd, 2, "%s", c.out);
	snprintf(expected, sizeof(expected), "WICKET_FD=%d\n", fd);
	cr_assert_eq(strlen(c.out),
		     strlen("A=1\nPATH=/usr/bin:/bin\n") + strlen(expected),
		     "%s", c.out);
	cr_assert(strstr(c.out, "A=1\n") && strstr(c.out, "PATH="));
	capture_free(&c);
}

Test(wicket_run, no_descriptor_leaks_to_the_program)
{
	struct capture c;
	int fd = -1;
	int number = -1;

	/* Inherited by everybody, were it not for somebody who closes. */
	cr_assert_eq(fcntl(0, F_DUPFD, 50), 50);
	cr_assert_eq(fcntl(0, F_DUPFD, 700), 700);
	cr_assert_eq(capture_wicket(&c, SHELL("test -S /dev/fd/$WICKET_FD && "
					      "ls /proc/$$/fd && "
					      "echo $WICKET_FD")),
		     0, "%s", c.err);
	cr_assert_eq(sscanf(c.out, "0\n1\n2\n%d\n%d\n", &fd, &number), 2, "%s",
		     c.out);
	cr_assert_eq(fd, number, "%s", c.out);
	capture_free(&c);
}

Test(wicket_run, passes_what_the_service_manager_passed)
{
	char script[3 * BOUND_PATH];
	struct capture c;

	snprintf(script, sizeof(script),
		 "LISTEN_PID=$$ LISTEN_FDS=1 WATCHDOG_PID=$$ exec "
		 "%s/bin/wicket run --quiet --audit none %s -- /bin/sh -c "
		 "'echo $LISTEN_FDS; test $$ = $LISTEN_PID && "
		 "test $$ = $WATCHDOG_PID && readlink /proc/$$/fd/3' "
		 "3</dev/zero 4</dev/zero",
		 paths_built("."), policy);
	cr_assert_eq(capture_run(&c, ARGV("/bin/sh", "-c", script)), 0, "%s",
		     c.err);
	cr_assert_str_eq(c.out, "1\n/dev/zero\n");
	capture_free(&c);
}

Test(wicket_run, passes_nothing_that_was_meant_for_another)
{
	char script[3 * BOUND_PATH];
	struct capture c;

	snprintf(script, sizeof(script),
		 "LISTEN_PID=1 LISTEN_FDS=1 exec %s/bin/wicket run --quiet "
		 "--audit none %s -- /bin/sh -c 'echo $LISTEN_PID; "
		 "ls -l /proc/$$/fd' 3</dev/zero",
		 paths_built("."), policy);
	cr_assert_eq(capture_run(&c, ARGV("/bin/sh", "-c", script)), 0, "%s",
		     c.err);
	cr_assert(strncmp(c.out, "1\n", 2) == 0, "%s", c.out);
	cr_assert_not(strstr(c.out, "/dev/zero"), "%s", c.out);
	capture_free(&c);
}

Test(wicket_run, works_without_standard_descriptors)
{
	char script[3 * BOUND_PATH];
	struct capture c;

	snprintf(script, sizeof(script),
		 "exec %s/bin/wicket run --quiet --audit none %s -- /bin/sh -c "
		 "'for f in 0 2; do readlink /proc/$$/fd/$f; done' <&- 2>&-",
		 paths_built("."), policy);
	cr_assert_eq(capture_run(&c, ARGV("/bin/sh", "-c", script)), 0, "%s",
		     c.err);
	cr_assert_str_eq(c.out, "/dev/null\n/dev/null\n");
	capture_free(&c);
}

Test(wicket_run, program_finds_the_signals_as_they_were)
{
	char script[3 * BOUND_PATH];
	struct capture c;
	unsigned long long ignored = 0;

	/* As nohup(1) does. */
	snprintf(script, sizeof(script),
		 "trap '' HUP CHLD; exec %s/bin/wicket run --quiet --audit "
		 "none %s -- grep ^Sig /proc/self/status",
		 paths_built("."), policy);
	cr_assert_eq(capture_run(&c, ARGV("/bin/sh", "-c", script)), 0, "%s",
		     c.err);
	cr_assert(strstr(c.out, "SigBlk:\t0000000000000000\n"), "%s", c.out);
	sscanf(strstr(c.out, "SigIgn:"), "SigIgn: %llx", &ignored);
	cr_assert_eq(ignored & (1ULL << (SIGHUP - 1)), 1ULL << (SIGHUP - 1));
	cr_assert_eq(ignored & (1ULL << (SIGPIPE - 1)), 0);
	capture_free(&c);
}

/* ---- while it runs ------------------------------------------------------- */

Test(wicket_run, forwards_signals)
{
	static const int signals[] = {SIGHUP,  SIGINT,	SIGTERM, SIGQUIT,
				      SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH};
	char script[256];
	struct capture c;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		snprintf(script, sizeof(script), "trap 'exit 7' %d; " WAIT,
			 signals[i]);
		capture_start_wicket(&c, SHELL(script));
		capture_until(&c, "ready");
		cr_assert_eq(kill(c.pid, signals[i]), 0);
		cr_expect_eq(capture_finish(&c), 7, "signal %d: %s", signals[i],
			     c.err);
		capture_free(&c);
	}
}

/* Where a signal reaches the whole group, the helper serves until the end. */
Test(wicket_run, helper_outlasts_the_signals_that_end_a_program)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGTERM, SIGQUIT};
	struct capture c;
	pid_t helper;

	capture_start_wicket(&c, SHELL("echo ready; read x <&$WICKET_FD; "
				       "echo end"));
	capture_until(&c, "ready");
	helper = helper_of(c.pid);
	cr_assert_gt(helper, 0);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		cr_assert_eq(kill(helper, signals[i]), 0);
	cr_assert_eq(getpgid(helper), helper);
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	cr_assert_eq(capture_finish(&c), 128 + SIGTERM);
	cr_assert_str_eq(c.err, "");
	capture_free(&c);
}

/* The new one's hello is what the program reads: the old one said nothing. */
Test(wicket_run, starts_another_helper_where_one_was_killed)
{
	struct capture c;

	capture_start_wicket(&c, SHELL("echo ready; dd bs=4096 count=1 "
				       "<&$WICKET_FD >/dev/null; exit 5"));
	capture_until(&c, "ready");
	cr_assert_eq(kill(helper_of(c.pid), SIGKILL), 0);
	cr_assert_eq(capture_finish(&c), 5, "%s", c.err);
	cr_assert(strstr(c.err, "the helper (pid "), "%s", c.err);
	cr_assert(strstr(c.err, "was killed by SIGKILL; another takes its "
				"place"),
		  "%s", c.err);
	capture_free(&c);
}

/* A message that is none is a line of the audit, which has no room for it. */
Test(wicket_run, helper_outlasts_a_limit_on_the_audits_size)
{
	const struct rlimit limit = {65536, 65536};
	char audit[BOUND_PATH];
	struct capture c;

	scratch_write(&s, "audit", "", 0640);
	snprintf(audit, sizeof(audit), "%s", scratch_path(&s, "audit"));
	cr_assert_eq(truncate(audit, 65536), 0);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	(void)capture_wicket(&c, ARGV("run", "--quiet", "--audit", audit,
				      policy, "--", "/bin/sh", "-c",
				      "echo x >&$WICKET_FD; " WAIT));
	cr_expect_str_eq(c.out, "ready\n");
	cr_expect_str_eq(c.err, "");
	capture_free(&c);
}

Test(wicket_run, helper_ends_with_the_program)
{
	struct capture c;
	int helper;

	capture_start_wicket(&c, SHELL("trap 'exit 3' TERM; " WAIT));
	capture_until(&c, "ready");
	helper = pidfd(helper_of(c.pid));
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	cr_assert_eq(capture_finish(&c), 3);
	await_end(helper);
	capture_free(&c);
}

/* SIGKILL, the oom killer: nobody is left to be served or watched. */
Test(wicket_run, neither_outlives_a_killed_supervisor)
{
	struct capture c;
	int program;
	int helper;
	int pid = 0;

	capture_start_wicket(&c, SHELL("echo $$.; exec sleep 1000"));
	capture_until(&c, ".");
	sscanf(c.out, "%d", &pid);
	program = pidfd(pid);
	helper = pidfd(helper_of(c.pid));
	cr_assert_eq(kill(c.pid, SIGKILL), 0);
	await_end(program);
	await_end(helper);
	(void)capture_finish(&c);
	capture_free(&c);
}

/*
 * unshare(1) in front: the supervisor is PID 1 of its own namespace.  Only
 * root can have one where root is root still; elsewhere nobody known owns /,
 * and then no policy can be trusted.
 */
static bool can_be_init(void)
{
	/* Whose owner is unknown seems to be nobody's: as nobody, one's own. */
	return root || geteuid() == 65534;
}

static void run_as_init(struct capture *c, const char *script, int status)
{
	char wicket[2 * BOUND_PATH];
	int exited;

	snprintf(wicket, sizeof(wicket), "%s", paths_built("bin/wicket"));
	exited = capture_run(c, ARGV("/usr/bin/unshare",
				     root ? "--pid" : "--map-current-user",
				     "--pid", "--fork", wicket, "run",
				     "--quiet", "--audit", "none", policy, "--",
				     "/bin/sh", "-c", script));
	cr_expect_eq(exited, can_be_init() ? status : 125, "%s", c->err);
	if (!can_be_init())
		cr_expect(strstr(c->err, "'/'"), "%s", c->err);
}

Test(wicket_run, buries_the_children_of_others_as_init)
{
	struct capture c;

	/* The inner shell's child is init's when that shell has ended. */
	run_as_init(&c,
		    "pid=$(sh -c 'sleep 0 >&2 & echo $!'); "
		    "while kill -0 $pid 2>&-; do :; done; echo buried",
		    0);
	cr_assert_str_eq(c.out, can_be_init() ? "buried\n" : "");
	capture_free(&c);
}

Test(wicket_run, tells_a_signal_by_its_status_as_init)
{
	struct capture c;

	run_as_init(&c, "kill -KILL $$", 128 + SIGKILL);
	cr_assert(WIFEXITED(c.status));
	capture_free(&c);
}

/* ---- the helper ---------------------------------------------------------- */

/* /proc/PID/NAME of the helper, as a string; NULs are newlines. */
static void helper_file(pid_t supervisor, const char *name, char *buf,
			size_t size)
{
	char path[64];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", helper_of(supervisor),
		 name);
	f = fopen(path, "re");
	cr_assert_not_null(f, "%s", path);
	n = fread(buf, 1, size - 1, f);
	fclose(f);
	buf[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (buf[i] == '\0')
			buf[i] = '\n';
}

static void begin(struct capture *c)
{
	capture_start_wicket(c, SHELL("echo ready; read x <&$WICKET_FD"));
	capture_until(c, "ready");
}

static void end(struct capture *c)
{
	cr_assert_eq(kill(c->pid, SIGTERM), 0);
	(void)capture_finish(c);
	capture_free(c);
}

/* Ours is raised for the helpers; what the program may have is not our say. */
Test(wicket_run, program_finds_its_limit_of_descriptors_as_it_was)
{
	const struct rlimit limit = {300, 4000};
	char status[8192];
	struct capture c;

	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	capture_start_wicket(&c, SHELL("ulimit -Sn; ulimit -Hn; " WAIT));
	capture_until(&c, "ready");
	cr_expect(strstr(c.out, "300\n4000\n"), "%s", c.out);
	helper_file(c.pid, "limits", status, sizeof(status));
	cr_expect(strstr(status, "Max open files            4000 "), "%s",
		  status);
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	(void)capture_finish(&c);
	capture_free(&c);
}

Test(wicket_run, helper_is_as_the_plan_says)
{
	char status[8192];
	struct capture c;

	begin(&c);
	helper_file(c.pid, "status", status, sizeof(status));
	cr_expect(strstr(status, "NoNewPrivs:\t1\n"), "%s", status);
	cr_expect(strstr(status, "CapInh:\t0000000000000000\n"), "%s", status);
	cr_expect(strstr(status, "CapAmb:\t0000000000000000\n"), "%s", status);
	if (root) {
		/* The uids are real, effective and saved; then the worker's. */
		cr_expect(strstr(status, "Uid:\t61001\t61001\t61001\t61000\n"),
			  "%s", status);
		cr_expect(strstr(status, "Gid:\t61001\t61001\t61001\t61000\n"),
			  "%s", status);
		/* dac_read_search is 2, net_bind_service 10. */
		cr_expect(strstr(status, "CapPrm:\t0000000000000404\n"), "%s",
			  status);
		cr_expect(strstr(status, "CapBnd:\t0000000000000000\n"), "%s",
			  status);
	} else {
		cr_expect(strstr(status, "CapPrm:\t0000000000000000\n"), "%s",
			  status);
	}
	end(&c);
}

/* The supervisor gives up after the program has begun: soon. */
static bool supervisor_is_bounded(void *arg)
{
	const struct capture *c = arg;
	char path[64];
	_cleanup_free_ char *status = NULL;

	snprintf(path, sizeof(path), "/proc/%d/status", c->pid);
	status = scratch_read(path);
	/* kill 5, setgid 6, setuid 7, setpcap 8; what a plan can ask for. */
	return status && strstr(status, "NoNewPrivs:\t1\n") &&
	       strstr(status, "Seccomp:\t2\n") &&
	       strstr(status, root ? "CapPrm:\t00000000000035e7\n"
				   : "CapPrm:\t0000000000000000\n") &&
	       (!root || strstr(status, "CapBnd:\t00000000000035e7\n"));
}

Test(wicket_run, supervisor_keeps_only_what_starts_and_signals_others)
{
	struct capture c;

	begin(&c);
	cr_assert(program_poll(supervisor_is_bounded, &c));
	end(&c);
}

Test(wicket_run, helper_has_no_environment_and_no_arguments)
{
	char text[4096];
	struct capture c;

	begin(&c);
	/* It hides from its own user: only root can look. */
	if (root) {
		helper_file(c.pid, "environ", text, sizeof(text));
		cr_expect_str_eq(text, "");
	}
	helper_file(c.pid, "cmdline", text, sizeof(text));
	cr_expect_str_eq(text, "wicket-helper\n");
	end(&c);
}

/* A file that a line of /proc/PID/maps shows to be shared, and others have. */
static bool is_shared(const char *line, const char *others)
{
	char mode[8], device[16], inode[32], file[64];

	cr_assert_eq(sscanf(line, "%*s %7s %*s %15s %31s", mode, device, inode),
		     3, "%s", line);
	snprintf(file, sizeof(file), "%s %s ", device, inode);
	return strchr(mode, 's') && strstr(others, file);
}

Test(wicket_run, helper_shares_no_memory_with_the_program)
{
	char maps[65536] = "";
	char path[64];
	char *line, *rest;
	_cleanup_free_ char *others = NULL;
	struct capture c;
	int pid = 0;

	capture_start_wicket(&c, SHELL("echo $$; read x <&$WICKET_FD"));
	capture_until(&c, "\n");
	sscanf(c.out, "%d", &pid);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	others = scratch_read(path);
	cr_assert(others && strstr(others, "sh\n"), "%s", others);
	/* It hides from its own user: only root can look. */
	if (root) {
		helper_file(c.pid, "maps", maps, sizeof(maps));
		cr_assert(strstr(maps, "helper\n"), "%s", maps);
	}
	for (line = strtok_r(maps, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		cr_expect_not(is_shared(line, others), "%s", line);
	end(&c);
}

/* The program's directory is closed to the helper's user: it starts still. */
Test(wicket_run, helper_starts_from_where_its_user_cannot_walk)
{
	char script[4 * BOUND_PATH];
	const char *build = paths_built(".");
	struct capture c;

	snprintf(script, sizeof(script),
		 "umask 077; install -D -m 755 %s/bin/wicket \"$0/bin/wicket\" "
		 "&& install -D -m 755 -t \"$0/libexec/wicket\" "
		 "%s/libexec/wicket/supervisor %s/libexec/wicket/helper && "
		 "chmod 700 \"$0\" && exec \"$0/bin/wicket\" run --quiet "
		 "--audit none \"$1\" -- /bin/sh -c 'exit 9'",
		 build, build, build);
	cr_expect_eq(capture_run(&c, ARGV("/bin/sh", "-c", script,
					  scratch_path(&s, "there"), policy)),
		     9, "%s", c.err);
	capture_free(&c);
}

/* ---- what it says -------------------------------------------------------- */

Test(wicket_run, start_line_says_what_is_in_force)
{
	struct capture c;
	const char *line;

	cr_assert_eq(capture_wicket(&c, ARGV("run", "--audit", "none", policy,
					     "--", "true")),
		     0, "%s", c.err);
	line = strstr(c.err, "wicket: p: worker ");
	cr_assert_not_null(line, "%s", c.err);
	if (root) {
		cr_assert(strstr(line, "worker 61000 61000:61000,61003, helper "
				       "61001 61001:61001, capabilities "
				       "dac_read_search,net_bind_service, "
				       "passrights o"),
			  "%s", c.err);
	} else {
		cr_assert(strstr(line, "(same-uid), capabilities none, "
				       "passrights o"),
			  "%s", c.err);
	}
	cr_assert(strstr(line, ", landlock "), "%s", c.err);
	cr_assert_str_eq(strchr(line, '\n'), "\n");
	capture_free(&c);
}

Test(wicket_run, warnings_come_before_the_start_line)
{
	char text[BOUND_PATH + 64];
	struct capture c;
	const char *warning;

	write_policy("worker 61000\nhelper 61001\nread /no/such/file\n");
	cr_assert_eq(capture_wicket(&c, ARGV("run", "--audit", "none", policy,
					     "--", "true")),
		     0, "%s", c.err);
	snprintf(text, sizeof(text), "wicket: warning: %s:3:", policy);
	warning = strstr(c.err, text);
	cr_assert_not_null(warning, "%s", c.err);
	cr_assert(strstr(warning, "\nwicket: p: worker "), "%s", c.err);
	capture_free(&c);
	cr_assert_eq(capture_wicket(&c, RUN("true")), 0);
	cr_assert_str_eq(c.err, "");
	capture_free(&c);
}

Test(wicket_run, audit_goes_to_the_file_named)
{
	char audit[BOUND_PATH];
	struct capture c;
	struct stat st;

	snprintf(audit, sizeof(audit), "%s", scratch_path(&s, "audit"));
	cr_assert_eq(capture_wicket(&c, ARGV("run", "--quiet", "--audit", audit,
					     policy, "--", "true")),
		     0, "%s", c.err);
	cr_assert_eq(stat(audit, &st), 0);
	cr_assert_eq(st.st_uid, geteuid());
	capture_free(&c);
}

Test(wicket_run, instance_is_put_in_the_policy)
{
	struct capture c;

	write_policy("worker 61000\nhelper 61001\nread /etc/%i\n");
	fails(SHELL("echo started"), "%i");
	cr_assert_eq(capture_wicket(&c, ARGV("run", "--quiet", "--audit",
					     "none", "--instance", "passwd",
					     policy, "--", "true")),
		     0, "%s", c.err);
	capture_free(&c);
}
