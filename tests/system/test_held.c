/* SPDX-License-Identifier: ISC */
/*
 * What `wicket check` printed is what the running helper is held to.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

#include "landlock.h"
#include "own.h"
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

/* A set as /proc shows it in words, which are not our own: libcap's. */
static void in_words(const char *hex, char *buf, size_t size)
{
	unsigned long long set = strtoull(hex, NULL, 16);
	size_t len = 0;

	snprintf(buf, size, "%s", set ? "" : "none");
	for (int cap = 0; cap < 64; cap++) {
		char *name;

		if (!(set >> cap & 1))
			continue;
		name = cap_to_name(cap);
		cr_assert(name && strncmp(name, "cap_", 4) == 0);
		len += (size_t)snprintf(buf + len, size - len, "%s%s",
					len ? "," : "", name + 4);
		cap_free(name);
	}
}

/* "name":["a","b"], in what check prints as JSON. */
static void expect_json(const char *name, const char *caps)
{
	bool none = strcmp(caps, "none") == 0;
	char words[1024], wanted[2048];
	char *rest = words;
	const char *word;
	size_t len;
	struct capture c;

	snprintf(words, sizeof(words), "%s", caps);
	len = (size_t)snprintf(wanted, sizeof(wanted), "\"%s\":[", name);
	while (!none && (word = strsep(&rest, ",")))
		len += (size_t)snprintf(wanted + len, sizeof(wanted) - len,
					"\"%s\"%s", word, rest ? "," : "");
	snprintf(wanted + len, sizeof(wanted) - len, "]");
	cr_assert_eq(capture_wicket(&c, ARGV("check", "--json", policy)), 0);
	cr_expect(strstr(c.out, wanted), "%s: %s", wanted, c.out);
	capture_free(&c);
}

static void expect_status(pid_t helper, const char *caps)
{
	static const char *const sets[] = {"CapPrm", "CapEff"};
	static const char *const empty[] = {"CapInh", "CapBnd", "CapAmb"};
	char got[1024], value[64];

	for (size_t i = 0; i < 2; i++) {
		status_of(helper, sets[i], value);
		in_words(value, got, sizeof(got));
		cr_expect_str_eq(got, caps, "%s: %s", sets[i], got);
	}
	for (size_t i = 0; i < 3 && geteuid() == 0; i++) {
		status_of(helper, empty[i], value);
		in_words(value, got, sizeof(got));
		cr_expect_str_eq(got, "none", "%s: %s", empty[i], got);
	}
	status_of(helper, "Seccomp", value);
	cr_expect_str_eq(value, "2");
}

/* What check prints, as text and as JSON, and the kernel says of the helper. */
static void compare(const char *rules, const char *caps)
{
	bool root = geteuid() == 0;
	char printed[1024];
	struct capture c;
	pid_t helper;

	write_policy(rules);
	planned(printed, sizeof(printed));
	/* Without privilege every owner= is the caller, whom no chown needs. */
	if (root || !strstr(caps, "chown"))
		cr_expect_str_eq(printed, caps, "%s%s", rules, printed);
	expect_json("capabilities", printed);
	expect_json("capabilities_now", root ? caps : "none");
	capture_start_wicket(&c, RUN(policy, "--", "/bin/sh", "-c", WAIT));
	capture_until(&c, "ready");
	helper = program_child(c.pid, "helper");
	cr_assert_gt(helper, 0);
	expect_status(helper, root ? caps : "none");
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	cr_assert_eq(capture_finish(&c), 128 + SIGTERM);
	capture_free(&c);
}

static const struct {
	const char *rules;
	const char *caps;
} ten[] = {
	{"", "none"},
	{"connect tcp *:80\nlisten unix @x\nlimit fds=9\n", "none"},
	{"read /etc/passwd\ndeny /srv\n", "dac_read_search"},
	{"write /srv/x\n", "dac_override"},
	{"append /srv/x/y create=0640 owner=61005\n", "chown,dac_override"},
	{"listen tcp *:80 backlog=9 reuseport=2\n", "net_bind_service"},
	{"stat /srv/x\nbind tcp [::]:443\nraw icmp icmp6\n",
	 "dac_read_search,net_bind_service,net_raw"},
	{"listen tcp *:8080 transparent=on freebind=on\n"
	 "connect tcp 10.0.0.1:80 mark=7\n",
	 "net_admin"},
	{"listen unix /srv/x.sock mode=0600 owner=%worker:61005\n"
	 "bind udp *:5353 device=lo\n",
	 "dac_override,net_raw"},
	/* Every verb and every option. */
	{"read /srv/** type=any\nlist /srv/**\nstat /srv/**\n"
	 "write /srv/** create=0600 owner=61005:61006\n"
	 "append /srv/log/** create=0600 owner=61005:61006\n"
	 "remove /srv/**\ndeny /srv/key\n"
	 "listen tcp [::]:80 backlog=9 reuseport=2 v6only=off mark=1 "
	 "device=lo transparent=on freebind=on\n"
	 "listen unix /srv/x.sock mode=0600 owner=61005\n"
	 "bind udp *:53 rcvbuf=1M\nconnect tcp *:1-9\nraw icmp icmp6\n"
	 "packet lo proto=0x88cc priority=7\nlimit requests=9 channels=9\n",
	 "chown,dac_override,net_bind_service,net_admin,net_raw"},
};

Test(held, to_the_capabilities_that_check_printed)
{
	for (size_t i = 0; i < sizeof(ten) / sizeof(ten[0]); i++)
		compare(ten[i].rules, ten[i].caps);
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
