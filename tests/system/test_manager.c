/* SPDX-License-Identifier: ISC */
/*
 * As the service manager sees a daemon, and as PID 1 of a container.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "own.h"
#include "support/capture.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/puppet.h"

static struct puppet p;
static int manager = -1;

static void make(void)
{
	puppet_make(&p);
	scratch_write(&p.s, "a", "text of a\n", 0644);
	scratch_write(&p.s, "b", "text of b\n", 0644);
	puppet_policy(&p, "read @/a\n");
}

TestSuite(manager, .init = make, .timeout = 60);

/* ---- the manager's side -------------------------------------------------- */

/* Listens at "/path" or "@name", and says so in NOTIFY_SOCKET. */
static void manage_at(const char *address)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t len = strlen(address);
	int on = 1;

	cr_assert_lt(len, sizeof(un.sun_path));
	memcpy(un.sun_path, address, len);
	if (address[0] == '@')
		un.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_geq(manager, 0);
	cr_assert_eq(
		bind(manager, (struct sockaddr *)&un,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
		0);
	cr_assert_eq(
		setsockopt(manager, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)),
		0);
	cr_assert_eq(setenv("NOTIFY_SOCKET", address, 1), 0);
}

static void manage(void)
{
	manage_at(scratch_path(&p.s, "notify"));
}

struct message {
	char text[1024];
	pid_t from;
};

/* The next message, which must come. */
static struct message next(void)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct message got = {0};
	struct iovec iov = {.iov_base = got.text,
			    .iov_len = sizeof(got.text) - 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	struct pollfd in = {.fd = manager, .events = POLLIN};
	struct ucred who;

	cr_assert_eq(poll(&in, 1, 20000), 1, "no message came");
	cr_assert_gt(recvmsg(manager, &m, 0), 0);
	memcpy(&who, CMSG_DATA(&control.header), sizeof(who));
	got.from = who.pid;
	return got;
}

static void expect(const char *text)
{
	struct message got = next();

	cr_assert_str_eq(got.text, text);
	cr_assert_eq(got.from, p.pid, "%s: from %d, the main process is %d",
		     text, got.from, p.pid);
}

static void expect_none(void)
{
	struct pollfd in = {.fd = manager, .events = POLLIN};

	cr_assert_eq(poll(&in, 1, 0), 0, "%s", next().text);
}

static unsigned long long now_us(void)
{
	struct timespec t;

	cr_assert_eq(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return (unsigned long long)t.tv_sec * 1000000 +
	       (unsigned long long)t.tv_nsec / 1000;
}

/* systemd takes as the beginning what lies behind its own order. */
static void expect_reloading(unsigned long long since)
{
	struct message got = next();
	unsigned long long at = 0;

	cr_assert_eq(sscanf(got.text, "RELOADING=1\nMONOTONIC_USEC=%llu", &at),
		     1, "%s", got.text);
	cr_assert_geq(at, since);
	cr_assert_leq(at, now_us());
	cr_assert_eq(got.from, p.pid);
}

/* ---- what the worker says ------------------------------------------------ */

static void pass(void)
{
	expect_none();
	PUPPET(&p, "ok", "notify STATUS=starting");
	expect("STATUS=starting");
	PUPPET(&p, "ok", "notify READY=1");
	expect("READY=1");
	PUPPET(&p, "ok", "notify WATCHDOG=1");
	expect("WATCHDOG=1");
	PUPPET(&p, "EINVAL", "notify MAINPID=1");
	expect_none();
	cr_assert_eq(puppet_end(&p), 0);
}

Test(manager, hears_the_worker_as_from_the_main_process)
{
	manage();
	puppet_run(&p, NULL, NULL);
	pass();
}

Test(manager, hears_it_at_an_abstract_name)
{
	manage_at(puppet_text("@wicket-manager-%d", getpid()));
	puppet_run(&p, NULL, NULL);
	pass();
}

/* The main process is the daemon then, and root's supervisor speaks for it. */
Test(manager, hears_an_embedding_worker_as_itself)
{
	manage();
	puppet_embed(&p, ARGV("--policy", p.policy));
	if (p.root) {
		pass();
		return;
	}
	PUPPET(&p, "ok", "notify READY=1");
	cr_assert_str_eq(next().text, "READY=1");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(manager, hears_the_worker_after_its_helper_was_killed)
{
	manage();
	puppet_run(&p, NULL, NULL);
	PUPPET(&p, "ok", "notify READY=1");
	expect("READY=1");
	puppet_kill_helper(&p);
	PUPPET(&p, "ok text of a", "open @/a");
	PUPPET(&p, "ok", "notify WATCHDOG=1");
	expect("WATCHDOG=1");
	expect_none();
	cr_assert_eq(puppet_end(&p), 0);
}

/* ---- what the supervisor says -------------------------------------------- */

static void become_ready(void)
{
	manage();
	puppet_run(&p, NULL, ARGV("--hup", "ignore"));
	PUPPET(&p, "ok", "notify READY=1");
	expect("READY=1");
}

static void reload(int status)
{
	unsigned long long since = now_us();
	struct capture c;

	cr_assert_eq(capture_wicket(&c, ARGV("reload", p.name)), status, "%s",
		     c.err);
	capture_free(&c);
	expect_reloading(since);
	expect("READY=1");
	expect_none();
}

Test(manager, hears_of_a_reload_and_of_its_end)
{
	become_ready();
	puppet_policy(&p, "read @/b\n");
	reload(0);
	PUPPET(&p, "ok text of b", "open @/b");
	cr_assert_eq(puppet_end(&p), 0);
}

Test(manager, hears_of_a_reload_by_sighup_as_type_notify_reload_wants)
{
	unsigned long long since;

	become_ready();
	puppet_policy(&p, "read @/b\n");
	since = now_us();
	cr_assert_eq(kill(p.pid, SIGHUP), 0);
	expect_reloading(since);
	expect("READY=1");
	PUPPET(&p, "ok text of b", "open @/b");
	expect_none();
	cr_assert_eq(puppet_end(&p), 0);
}

Test(manager, hears_ready_after_a_reload_that_failed_too)
{
	become_ready();
	puppet_policy(&p, "read b\n");
	reload(1);
	PUPPET(&p, "ok text of a", "open @/a");
	cr_assert_eq(puppet_end(&p), 0);
}

/* A daemon that is not ready is not made so by a reload. */
Test(manager, hears_nothing_of_a_reload_before_the_worker_is_ready)
{
	struct capture c;

	manage();
	puppet_run(&p, NULL, ARGV("--hup", "ignore"));
	cr_assert_eq(capture_wicket(&c, ARGV("reload", p.name)), 0, "%s",
		     c.err);
	capture_free(&c);
	puppet_policy(&p, "read b\n");
	cr_assert_eq(capture_wicket(&c, ARGV("reload", p.name)), 1);
	capture_free(&c);
	expect_none();
	PUPPET(&p, "ok", "notify READY=1");
	expect("READY=1");
	cr_assert_eq(puppet_end(&p), 0);
}

/* Renewed by itself, it is no reload to anybody. */
Test(manager, hears_nothing_of_a_helper_that_renews_itself)
{
	become_ready();
	scratch_write(&p.s, "a.new", "new\n", 0644);
	cr_assert_eq(
		rename(scratch_path(&p.s, "a.new"), scratch_path(&p.s, "a")),
		0);
	PUPPET(&p, "ok new", "open @/a");
	expect_none();
	cr_assert_eq(puppet_end(&p), 0);
}

Test(manager, hears_that_it_stops)
{
	become_ready();
	cr_assert_eq(kill(p.pid, SIGTERM), 0);
	expect("STOPPING=1");
	cr_assert_eq(puppet_wait(&p), 128 + SIGTERM);
	expect_none();
}

/* The next worker says it itself. */
Test(manager, hears_ready_from_each_worker)
{
	manage();
	puppet_run(&p, ARGV("--restart", "on-failure"), NULL);
	PUPPET(&p, "ok", "notify READY=1");
	expect("READY=1");
	puppet_tell(&p, "exit 1");
	puppet_await(&p);
	expect_none();
	PUPPET(&p, "ok", "notify READY=1");
	expect("READY=1");
	cr_assert_eq(puppet_end(&p), 0);
}

/* ---- what it passes ------------------------------------------------------ */

/* The manager names the main process, which the worker stands for. */
Test(manager, passes_a_descriptor_and_a_watchdog_on)
{
	char script[4 * BOUND_PATH];
	struct capture c;

	snprintf(script, sizeof(script),
		 "export LISTEN_PID=$$ LISTEN_FDS=1 WATCHDOG_PID=$$ "
		 "WATCHDOG_USEC=3000000; exec 3</etc/passwd; "
		 "exec %s/bin/wicket run --quiet --audit none %s -- /bin/sh -c "
		 "'test $$ = $LISTEN_PID && test $$ = $WATCHDOG_PID && "
		 "echo $LISTEN_FDS $WATCHDOG_USEC $(readlink /proc/$$/fd/3)'",
		 paths_built("."), p.policy);
	cr_assert_eq(capture_run(&c, ARGV("/bin/bash", "-c", script)), 0, "%s",
		     c.err);
	cr_assert_str_eq(c.out, "1 3000000 /etc/passwd\n");
	capture_free(&c);
	scratch_remove(&p.s);
}

/* ---- PID 1 --------------------------------------------------------------- */

/*
 * Only root can be PID 1 where root's files are root's still: elsewhere nobody
 * known owns /, and no policy can be trusted, which is said.
 */
static bool can_be_init(void)
{
	/* Whose owner is unknown seems to be nobody's: as nobody, one's own. */
	return p.root || geteuid() == 65534;
}

/* Runs a shell's script under the supervisor, which is PID 1. */
static void start_init(struct capture *c, const char *when, const char *script)
{
	char wicket[BOUND_PATH];

	snprintf(wicket, sizeof(wicket), "%s", paths_built("bin/wicket"));
	capture_start(c, ARGV("/usr/bin/unshare",
			      p.root ? "--pid" : "--map-current-user", "--pid",
			      "--fork", "--kill-child", wicket, "run",
			      "--quiet", "--audit", "none", "--restart", when,
			      p.policy, "--", "/bin/sh", "-c", script));
}

/* It ends so, where it can be; the text on its stdout is its own then. */
static bool ends_as_init(struct capture *c, int status)
{
	int ended = capture_finish(c);

	cr_assert_eq(ended, can_be_init() ? status : 125, "%d: %s", ended,
		     c->err);
	if (!can_be_init())
		cr_assert(strstr(c->err, "'/'"), "%s", c->err);
	return can_be_init();
}

/* A child of the inner shell is init's when that has ended. */
#define ORPHAN                                      \
	"pid=$(sh -c 'sleep 0.01 >&2 & echo $!'); " \
	"while kill -0 $pid 2>&-; do :; done; echo buried; "

Test(manager, as_init_buries_orphans_of_each_worker)
{
	struct capture c;

	scratch_mkdir(&p.s, "out", 0777);
	start_init(&c, "on-failure",
		   puppet_text(ORPHAN "test -e %.300s/out/one && exit 0; "
				      ">%.300s/out/one; exit 9",
			       p.s.dir, p.s.dir));
	if (ends_as_init(&c, 0))
		cr_assert_str_eq(c.out, "buried\nburied\n");
	capture_free(&c);
	scratch_remove(&p.s);
}

Test(manager, as_init_forwards_signals)
{
	struct capture c;
	pid_t init;

	start_init(&c, "always",
		   "trap 'echo usr1' USR1; trap 'exit 7' TERM; echo ready; "
		   "while :; do sleep 0.05; done");
	if (can_be_init()) {
		capture_until(&c, "ready");
		init = program_child(c.pid, "supervisor");
		cr_assert_gt(init, 0);
		cr_assert_eq(kill(init, SIGUSR1), 0);
		capture_until(&c, "usr1");
		cr_assert_eq(kill(init, SIGTERM), 0);
	}
	(void)ends_as_init(&c, 7);
	capture_free(&c);
	scratch_remove(&p.s);
}

Test(manager, as_init_tells_the_last_workers_signal_by_a_status)
{
	struct capture c;

	start_init(&c, "no", "kill -SEGV $$");
	if (ends_as_init(&c, 128 + SIGSEGV))
		cr_assert(WIFEXITED(c.status));
	capture_free(&c);
	scratch_remove(&p.s);
}
