/* SPDX-License-Identifier: ISC */
/*
 * What `wicket check` printed is what the running helper is held to.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "landlock.h"
#include "own.h"
#include "plan.h"
#include "support/capture.h"
#include "support/program.h"
#include "support/scratch.h"

static struct scratch s;
static char policy[BOUND_PATH];

static void write_policy(const char *rules)
{
	char text[4096];

	snprintf(text, sizeof(text), "worker 61000\nhelper 61001\n%s", rules);
	scratch_write(&s, "p.policy", text, 0644);
	snprintf(policy, sizeof(policy), "%s", scratch_path(&s, "p.policy"));
}

static void make(void)
{
	setenv("PATH", "/usr/bin:/bin", 1);
	scratch_make(&s);
	write_policy("");
}

static void drop(void)
{
	scratch_remove(&s);
}

TestSuite(held, .init = make, .fini = drop, .timeout = 60);

/* Says that it is there, and ends by a signal. */
#define WAIT "echo ready; read x <&$WICKET_FD"

#define RUN(...) ARGV("run", "--audit", "none", __VA_ARGS__)

/* "Name:\tVALUE\n" of /proc/PID/status, or ends the test. */
static void status_of(pid_t pid, const char *name, char value[static 64])
{
	char path[64];
	_cleanup_free_ char *text = NULL;
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	text = scratch_read(path);
	cr_assert_not_null(text);
	at = strstr(text, name);
	cr_assert_not_null(at);
	cr_assert_eq(sscanf(at + strlen(name), ":%63s", value), 1);
}

static void planned(char *line, size_t size)
{
	static const char label[] = "\n# capabilities  ";
	struct capture c;
	const char *at;

	cr_assert_eq(capture_wicket(&c, ARGV("check", policy)), 0, "%s", c.err);
	at = strstr(c.out, label);
	cr_assert_not_null(at, "%s", c.out);
	at += strlen(label);
	snprintf(line, size, "%.*s", (int)strcspn(at, "\n"), at);
	capture_free(&c);
}

static void compare(const char *rules)
{
	static const char *const sets[] = {"CapPrm", "CapEff"};
	static const char *const empty[] = {"CapInh", "CapBnd", "CapAmb"};
	char wanted[1024], got[1024], value[64];
	struct capture c;
	pid_t helper;

	write_policy(rules);
	planned(wanted, sizeof(wanted));
	capture_start_wicket(&c, RUN(policy, "--", "/bin/sh", "-c", WAIT));
	capture_until(&c, "ready");
	helper = program_child(c.pid, "helper");
	cr_assert_gt(helper, 0);
	for (size_t i = 0; i < 2; i++) {
		status_of(helper, sets[i], value);
		cr_assert_eq(plan_caps_print(strtoull(value, NULL, 16), got,
					     sizeof(got)),
			     0);
		cr_expect_str_eq(got, geteuid() == 0 ? wanted : "none", "%s%s",
				 rules, got);
	}
	for (size_t i = 0; i < 3 && geteuid() == 0; i++) {
		status_of(helper, empty[i], value);
		cr_expect_eq(strtoull(value, NULL, 16), 0, "%s", empty[i]);
	}
	status_of(helper, "Seccomp", value);
	cr_expect_str_eq(value, "2");
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	cr_assert_eq(capture_finish(&c), 128 + SIGTERM);
	capture_free(&c);
}

Test(held, to_the_capabilities_that_check_printed)
{
	static const char *const rules[] = {
		"",
		"connect tcp *:80\n",
		"read /etc/passwd\n",
		"write /srv/x\n",
		"append /srv/x/y create=0640 owner=61005\n",
		"listen tcp *:80\n",
		"read /srv/x\nlisten tcp *:80\nraw icmp\n",
		"listen tcp *:8080 transparent=on\n",
		"listen unix /srv/x.sock mode=0600\n",
		"read /srv/**\nlist /srv/**\nwrite /srv/** create=0600 "
		"owner=61005\nremove /srv/**\nlisten tcp *:80 mark=1\n"
		"bind udp *:53\nconnect tcp *:1-9\nraw icmp\n"
		"packet lo proto=0x88cc priority=7\n",
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		compare(rules[i]);
}

/* ---- --require ------------------------------------------------------------
 */

static void requires(const char *what, bool there, const char *says)
{
	struct capture c;
	int r = capture_wicket(&c, RUN("--require", what, policy, "--",
				       "/bin/sh", "-c", "exit 7"));

	cr_expect_eq(r, there ? 7 : 125, "%s: %d, %s", what, r, c.err);
	if (!there)
		cr_expect(strstr(c.err, says), "%s: %s", what, c.err);
	capture_free(&c);
}

Test(held, to_what_is_required)
{
	int version = landlock_version();
	char word[32];

	for (int v = 1; v <= LANDLOCK_KNOWN; v++) {
		snprintf(word, sizeof(word), "landlock=%d", v);
		requires(word, v <= version, "this kernel has ");
	}
	requires("uids", geteuid() == 0, "the same user");
	requires("landlock=8", false, "expected landlock=1 to landlock=7");
}

/* ---- what is everybody's --------------------------------------------------
 */

Test(held, to_directories_of_its_own)
{
	struct capture c;

	write_policy("append /var/log/x.log create=0640\n");
	cr_assert_eq(capture_wicket(&c, ARGV("check", policy)), 2);
	cr_assert(strstr(c.err, "p.policy:3:8: found names to be made or "
				"removed in '/var/log'"),
		  "%s", c.err);
	cr_assert(strstr(c.err, "'/var/log/p/x.log'"), "%s", c.err);
	capture_free(&c);
	cr_assert_eq(capture_wicket(&c, RUN(policy, "--", "true")), 125);
	cr_assert(strstr(c.err, "'/var/log/p/x.log'"), "%s", c.err);
	capture_free(&c);
}

Test(held, and_not_where_the_lock_is_wider)
{
	struct capture c;

	write_policy("read /etc/*.conf\n");
	cr_assert_eq(capture_wicket(&c, ARGV("check", policy)), 0);
	cr_assert(strstr(c.out, "\n# Landlock is wider here: /etc and beneath: "
				"read_file\n"),
		  "%s", c.out);
	capture_free(&c);
	cr_assert_eq(capture_wicket(&c, ARGV("check", "--json", policy)), 0);
	cr_assert(strstr(c.out, "{\"path\":\"/etc\",\"file\":[],\"beneath\":["
				"\"read_file\"],\"wider\":[\"read_file\"],"
				"\"denied\":false}"),
		  "%s", c.out);
	capture_free(&c);
}
