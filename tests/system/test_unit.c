/* SPDX-License-Identifier: ISC */
/*
 * What `wicket unit` prints, as systemd itself judges it, and as it runs:
 * systemd-analyze needs no systemd that runs.
 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "own.h"
#include "support/capture.h"
#include "support/paths.h"
#include "support/scratch.h"

static struct scratch s;
static char policy[2 * BOUND_PATH];
static bool root;

static void write_policy(const char *rules)
{
	_cleanup_free_ char *text = NULL;

	cr_assert_gt(asprintf(&text, "worker 61000\nhelper 61001\n%s", rules),
		     0);
	scratch_write(&s, "exampled.policy", text, 0644);
}

static void make(void)
{
	char path[4 * BOUND_PATH];

	root = geteuid() == 0;
	scratch_make(&s);
	scratch_mkdir(&s, "etc", 0755);
	scratch_mkdir(&s, "lib", 0755);
	write_policy("listen tcp *:80\nread /srv/exampled/**\n");
	snprintf(policy, sizeof(policy), "%s",
		 scratch_path(&s, "exampled.policy"));
	/* Before the machine's own, of which targets are needed. */
	snprintf(path, sizeof(path), "%s/etc:%s/lib:", s.dir, s.dir);
	cr_assert_eq(setenv("SYSTEMD_UNIT_PATH", path, 1), 0);
}

static void drop(void)
{
	scratch_remove(&s);
}

TestSuite(unit, .init = make, .fini = drop, .timeout = 30);

#define UNIT(...) ARGV("unit", "--policy", policy, __VA_ARGS__)

/* What it prints, written to a file below the scratch directory. */
static void keep(const char *const *words, const char *file)
{
	struct capture c;

	cr_assert_eq(capture_wicket(&c, words), 0, "%s", c.err);
	cr_expect_str_empty(c.err);
	scratch_write(&s, file, c.out, 0644);
	capture_free(&c);
}

/* systemd exits with 0 for much that it only warns of. */
static void verify(const char *service)
{
	struct capture c;

	cr_expect_eq(capture_run(&c, ARGV("systemd-analyze", "verify",
					  "--man=no", service)),
		     0, "%s%s", c.out, c.err);
	cr_expect_str_empty(c.out, "%s", c.out);
	cr_expect_str_empty(c.err, "%s", c.err);
	capture_free(&c);
}

static const char packaged[] =
	"[Unit]\nDescription=an example\n[Service]\nType=simple\nUser=daemon\n"
	"ProtectHome=yes\nExecStartPre=/bin/true\nKillSignal=SIGQUIT\n"
	"ExecStart=-/bin/echo \\\n  --root \"/srv/a b\" $OPTIONS 100%% \\\n"
	"# that was it\n  'it;s'\n"
	"ExecReload=/bin/true\nRestart=always\n";

#define DROPIN "etc/exampled.service.d/wicket.conf"

Test(unit, its_dropin_is_as_systemd_wants_it)
{
	scratch_write(&s, "lib/exampled.service", packaged, 0644);
	keep(UNIT("exampled"), DROPIN);
	verify("exampled.service");
}

/* Else the claims here would hold whatever is printed. */
Test(unit, a_dropin_with_a_mistake_is_not)
{
	struct capture c;

	scratch_write(&s, "lib/exampled.service", packaged, 0644);
	scratch_write(&s, DROPIN, "[Service]\nNotifyAcess=main\n", 0644);
	(void)capture_run(&c, ARGV("systemd-analyze", "verify", "--man=no",
				   "exampled.service"));
	cr_assert(strstr(c.err, "Unknown key 'NotifyAcess'") ||
			  strstr(c.err, "Unknown key name 'NotifyAcess'"),
		  "%s", c.err);
	capture_free(&c);
}

Test(unit, its_whole_unit_is_as_systemd_wants_it)
{
	keep(UNIT("--full", "exampled", "--", "/bin/echo", "a b", "$HOME 100%",
		  ";", "\"\\'", "", "\n"),
	     "etc/exampled.service");
	verify("exampled.service");
}

Test(unit, its_notes_are_as_systemd_wants_them)
{
	write_policy("read /home/**\nappend /srv/*.log create=0640\n"
		     "listen unix /tmp/exampled/socket\n");
	scratch_write(&s, "lib/exampled.service",
		      "[Service]\nType=forking\nPIDFile=/run/e.pid\nUser=x\n"
		      "DynamicUser=yes\nPrivateUsers=yes\nSecureBits=noroot\n"
		      "AmbientCapabilities=CAP_KILL\nGroup=x\n"
		      "SupplementaryGroups=y\nStateDirectory=e\n"
		      "ProtectSystem=strict\nProtectHome=yes\n"
		      "KillSignal=SIGRTMIN+3\nExecStart=+/bin/echo\n",
		      0644);
	keep(UNIT("exampled"), DROPIN);
	verify("exampled.service");
}

/* What the drop-in itself starts must not be wrapped once more. */
Test(unit, prints_the_same_when_it_is_in_place)
{
	_cleanup_free_ char *first = NULL, *second = NULL;

	scratch_write(&s, "lib/exampled.service", packaged, 0644);
	keep(UNIT("exampled"), DROPIN);
	first = scratch_read(scratch_path(&s, DROPIN));
	keep(UNIT("exampled"), DROPIN);
	second = scratch_read(scratch_path(&s, DROPIN));
	cr_assert_str_eq(first, second);
}

/* The shell has emptied the file when the unit is printed into it. */
Test(unit, can_be_printed_into_its_own_place)
{
	char script[4 * BOUND_PATH];
	struct capture c;

	snprintf(script, sizeof(script),
		 "for i in 1 2; do %s unit --policy %s --full exampled -- "
		 "/bin/echo >%s/etc/exampled.service || exit; done",
		 paths_built("bin/wicket"), policy, s.dir);
	cr_assert_eq(capture_run(&c, ARGV("/bin/sh", "-c", script)), 0, "%s",
		     c.err);
	capture_free(&c);
	verify("exampled.service");
}

/* ---- what is printed does ------------------------------------------------ */

/* "CAP_KILL CAP_SETUID" of the last such line as setpriv wants them. */
static void read_caps(char *caps, size_t size)
{
	_cleanup_free_ char *text = scratch_read(
		scratch_path(&s, "etc/exampled.service"));
	const char *at = strstr(text, "\nCapabilityBoundingSet=");
	size_t len = 0;

	cr_assert_not_null(at);
	at = strchr(at, '=') + 1;
	len += (size_t)snprintf(caps, size, "-all");
	for (; *at != '\n'; at += strspn(at, " ")) {
		size_t word = strcspn(at, " \n");

		cr_assert(len + word + 2 < size);
		len += (size_t)snprintf(caps + len, size - len, ",+%.*s",
					(int)word - 4, at + 4);
		at += word;
	}
	for (; *caps; caps++)
		*caps = (char)tolower((unsigned char)*caps);
}

/* Runs an example that reads by its helper, bounded. */
static int run_bounded(const char *caps)
{
	char wicket[2 * BOUND_PATH];
	struct capture c;
	int r;

	snprintf(wicket, sizeof(wicket), "%s", paths_built("bin/wicket"));
	r = capture_run(&c,
			ARGV("setpriv", "--no-new-privs", "--bounding-set",
			     caps, wicket, "run", "--quiet", "--audit", "none",
			     policy, "--", paths_built("examples/cat"),
			     scratch_path(&s, "secret")));
	if (r == 0)
		cr_expect_str_eq(c.out, "for the helper\n", "%s", c.out);
	else
		cr_expect(strncmp(c.err, "wicket: ", 8) == 0, "%s", c.err);
	capture_free(&c);
	return r;
}

Test(unit, its_capabilities_are_enough_and_none_is_too_much)
{
	static const char *const names[] = {"chown",   "dac_override",
					    "setuid",  "setgid",
					    "setpcap", "net_bind_service"};
	char rules[3 * BOUND_PATH], caps[512];

	scratch_write(&s, "secret", "for the helper\n", 0600);
	scratch_mkdir(&s, "log", 0700);
	snprintf(rules, sizeof(rules),
		 "read %s/secret\nappend %s/log/* create=0640 owner=61003\n"
		 "listen tcp 127.0.0.1:81\n",
		 s.dir, s.dir);
	write_policy(rules);
	keep(UNIT("--full", "exampled", "--", "/bin/echo"),
	     "etc/exampled.service");
	read_caps(caps, sizeof(caps));
	/* LeakSanitizer stops its process from another: not once confined. */
	cr_assert_eq(setenv("LSAN_OPTIONS", "detect_leaks=0", 1), 0);
	/* Who is not root has no bounding set to take from. */
	if (!root)
		return;
	cr_assert_eq(run_bounded(caps), 0, "%s", caps);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char fewer[sizeof(caps) + 32];

		snprintf(fewer, sizeof(fewer), "%s,-%s", caps, names[i]);
		cr_expect_eq(run_bounded(fewer), 125, "%s", fewer);
	}
}

/* ---- errors -------------------------------------------------------------- */

static void fails(const char *const *words, const char *text)
{
	struct capture c;

	cr_expect_eq(capture_wicket(&c, words), 2, "%s", c.err);
	cr_expect_str_empty(c.out);
	cr_expect(strncmp(c.err, "wicket: ", 8) == 0, "%s", c.err);
	cr_expect(strstr(c.err, text), "%s, expected %s", c.err, text);
	capture_free(&c);
}

Test(unit, says_what_is_wrong_with_what_it_is_told)
{
	fails(ARGV("unit"), "expected the name of a service");
	fails(ARGV("unit", "a/b"), "'a/b': expected the name of a service");
	fails(ARGV("unit", "a@b"), "'a@b': expected the name of a service");
	fails(ARGV("unit", ""), "'': expected the name of a service");
	fails(ARGV("unit", "x", "--"), "expected a program behind '--'");
	fails(ARGV("unit", "--nope", "x"), "--nope: no such option");
	fails(ARGV("unit", "--policy"), "expected an argument");
	fails(ARGV("unit", "--policy", "/no/such", "x"),
	      "--policy /no/such: No such file");
}

Test(unit, says_where_it_looked_for_a_unit)
{
	char text[4 * BOUND_PATH];

	snprintf(text, sizeof(text),
		 "found no exampled.service in %s/etc:%s/lib:/etc/systemd/"
		 "system:",
		 s.dir, s.dir);
	fails(UNIT("exampled"), text);
}

Test(unit, says_where_a_unit_is_wrong)
{
	char text[4 * BOUND_PATH];

	scratch_write(&s, "lib/exampled.service",
		      "[Service]\nExecStart=/bin/x \\\n ; /bin/y \"\n", 0644);
	/* A comment on the second line: what is left is right. */
	keep(UNIT("exampled"), DROPIN);
	scratch_write(&s, "lib/exampled.service",
		      "[Service]\nExecStart=/bin/x \\\n \"\n", 0644);
	snprintf(text, sizeof(text),
		 "%s/lib/exampled.service:2: ExecStart: found a quote", s.dir);
	fails(UNIT("exampled"), text);
}

Test(unit, says_where_a_policy_is_wrong)
{
	char text[4 * BOUND_PATH];

	write_policy("read x\n");
	snprintf(text, sizeof(text), "%s:3:6: ", policy);
	fails(UNIT("exampled", "/bin/echo"), text);
}

/* ---- the example --------------------------------------------------------- */

/* It finds wicket where it is installed; here that is nowhere yet. */
Test(unit, the_example_is_as_systemd_wants_it)
{
	_cleanup_free_ char *text = scratch_read(
		paths_source("docs/examples/wicket@.service"));
	char start[2 * BOUND_PATH];
	_cleanup_free_ char *made = NULL;
	size_t len;
	FILE *to = open_memstream(&made, &len);

	cr_assert_not_null(text);
	snprintf(start, sizeof(start), "=%s ", paths_built("bin/wicket"));
	for (const char *at = text; *at; at++) {
		if (strncmp(at, "=wicket ", 8) == 0) {
			fputs(start, to);
			at += 7;
		} else {
			fputc(*at, to);
		}
	}
	cr_assert_eq(fclose(to), 0);
	scratch_write(&s, "etc/wicket@.service", made, 0644);
	verify("wicket@exampled.service");
}
