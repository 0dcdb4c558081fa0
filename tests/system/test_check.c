/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own.h"
#include "support/capture.h"
#include "support/paths.h"
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
	scratch_make(&s);
	write_policy("worker  61000:61000,61003\n"
		     "helper 61001  # a comment\n"
		     "promise accept\n"
		     "listen tcp *:80\n"
		     "read  /etc//passwd\n");
}

static void drop(void)
{
	scratch_remove(&s);
}

TestSuite(check, .init = make, .fini = drop, .timeout = 20);

static const char *find(const struct capture *c, const char *text)
{
	const char *at = strstr(c->out, text);

	cr_expect(at, "expected %s in:\n%s", text, c->out);
	return at;
}

/* Behind the capabilities of root's helper, at once. */
static void says_what_you_get(const struct capture *c)
{
	find(c, "\n# capabilities  dac_read_search,net_bind_service\n"
		"# not root      started by you, the helper has no capability, "
		"and all ids are yours\n");
}

Test(check, prints_the_rules_and_the_plan)
{
	struct capture c;

	cr_assert_eq(capture_wicket(&c, ARGV("check", policy)), 0, "%s", c.err);
	cr_expect_str_eq(c.err, "");
	find(&c, "read /etc/passwd\n");
	find(&c, "listen tcp *:80\n");
	find(&c, "\n# promises      stdio accept\n");
	find(&c, "\n# capabilities  dac_read_search,net_bind_service\n");
	if (root) {
		find(&c, "\n# worker        uid 61000, gid 61000, groups "
			 "61003\n");
		find(&c, "\n# helper        uid 61001, gid 61001, groups "
			 "none\n");
		cr_expect_not(strstr(c.out, "# not root"));
	} else {
		says_what_you_get(&c);
	}
	capture_free(&c);
}

Test(check, prints_a_policy_that_means_the_same)
{
	struct capture first, second;

	cr_assert_eq(capture_wicket(&first, ARGV("check", policy)), 0);
	write_policy(first.out);
	cr_assert_eq(capture_wicket(&second, ARGV("check", policy)), 0, "%s",
		     second.err);
	cr_assert_str_eq(first.out, second.out);
	capture_free(&first);
	capture_free(&second);
}

Test(check, shows_where_a_link_leads)
{
	char text[4 * BOUND_PATH];
	struct capture c;

	scratch_write(&s, "real/file", "", 0644);
	scratch_link(&s, "link", "real");
	snprintf(text, sizeof(text),
		 "worker 61000\nhelper 61001\nread %s/file\n"
		 "listen unix %s/socket\n",
		 scratch_path(&s, "link"), scratch_path(&s, "link"));
	write_policy(text);
	cr_assert_eq(capture_wicket(&c, ARGV("check", policy)), 0, "%s", c.err);
	snprintf(text, sizeof(text), "%s:3: %s/link/file -> %s/real/file\n",
		 policy, s.dir, s.dir);
	find(&c, text);
	snprintf(text, sizeof(text), "%s:4: %s/link/socket -> %s/real/socket\n",
		 policy, s.dir, s.dir);
	find(&c, text);
	/* What is read is what was written. */
	snprintf(text, sizeof(text), "listen unix %s/link/socket\n", s.dir);
	find(&c, text);
	capture_free(&c);
}

Test(check, strict_is_1_where_there_are_warnings)
{
	char text[BOUND_PATH + 64];
	struct capture c;

	write_policy("worker 61000\nhelper 61001\nread /no/such/file\n");
	cr_assert_eq(capture_wicket(&c, ARGV("check", policy)), 0);
	snprintf(text, sizeof(text), "wicket: warning: %s:3:", policy);
	cr_assert(strstr(c.err, text), "%s", c.err);
	capture_free(&c);
	cr_assert_eq(capture_wicket(&c, ARGV("check", "--strict", policy)), 1);
	capture_free(&c);
	write_policy("worker 61000\nhelper 61001\nread /etc/passwd\n");
	cr_assert_eq(capture_wicket(&c, ARGV("check", "--strict", policy)), 0,
		     "%s", c.err);
	capture_free(&c);
}

Test(check, is_2_for_a_wrong_policy_and_says_where)
{
	char text[BOUND_PATH + 64];
	struct capture c;

	write_policy("worker 61000\nhelper 61001\nread x\n");
	cr_assert_eq(capture_wicket(&c, ARGV("check", policy)), 2);
	cr_assert_str_eq(c.out, "");
	snprintf(text, sizeof(text), "wicket: %s:3:6: ", policy);
	cr_assert(strncmp(c.err, text, strlen(text)) == 0, "%s", c.err);
	capture_free(&c);
}

Test(check, is_2_for_wrong_usage)
{
	struct capture c;

	cr_assert_eq(capture_wicket(&c, ARGV("check")), 2);
	capture_free(&c);
	cr_assert_eq(capture_wicket(&c, ARGV("check", policy, policy)), 2);
	capture_free(&c);
	cr_assert_eq(capture_wicket(&c, ARGV("check", "--nope", policy)), 2);
	cr_assert(strstr(c.err, "--nope: no such option"), "%s", c.err);
	capture_free(&c);
	cr_assert_eq(capture_wicket(&c, ARGV("check", "--instance")), 2);
	cr_assert(strstr(c.err, "expected an argument"), "%s", c.err);
	capture_free(&c);
	cr_assert_eq(capture_wicket(&c, ARGV("check", "/no/such")), 2);
	capture_free(&c);
}

/* ---- JSON ---------------------------------------------------------------- */

/* Runs the program on the JSON of `check --json`, which is in d. */
static void json(int status, const char *program)
{
	char script[4096];
	char command[2 * BOUND_PATH];
	struct capture c;

	snprintf(script, sizeof(script),
		 "import json, os, subprocess, sys\n"
		 "r = subprocess.run([sys.argv[1], 'check', '--json', "
		 "sys.argv[2]], capture_output=True)\n"
		 "assert r.returncode == %d, r\n"
		 "subprocess.run([sys.executable, '-m', 'json.tool'], "
		 "input=r.stdout, check=True)\n"
		 "d = json.loads(r.stdout)\n"
		 "assert sorted(d) == ['errors', 'plan', 'policy', "
		 "'privileged', 'rules', 'warnings', 'worker'], d\n"
		 "%s\n",
		 status, program);
	setenv("PYTHONUTF8", "1", 1);
	snprintf(command, sizeof(command), "%s", paths_built("bin/wicket"));
	cr_expect_eq(capture_run(&c, ARGV("/usr/bin/env", "python3", "-c",
					  script, command, policy)),
		     0, "%s%s", c.out, c.err);
	capture_free(&c);
}

Test(check, json_has_what_the_text_has)
{
	json(0, "assert d['policy'] == 'p' and d['errors'] == [], d\n"
		"assert d['warnings'] == [], d\n"
		"r = d['rules']\n"
		"assert {'read /etc/passwd', 'listen tcp *:80'} == "
		"{x['text'] for x in r}, r\n"
		"assert {4, 5} == {x['line'] for x in r}, r\n"
		"assert all(x['source'] == sys.argv[2] for x in r), r\n"
		"assert d['plan']['helper']['capabilities'] == "
		"['dac_read_search', 'net_bind_service'], d\n"
		"assert d['plan']['helper']['capabilities_now'] == "
		"(d['plan']['helper']['capabilities'] if os.geteuid() == 0 "
		"else []), d\n"
		"assert d['worker']['promises'] == ['stdio', 'accept'], d\n"
		"if os.geteuid() == 0:\n"
		"    assert d['worker']['uid'] == 61000, d\n"
		"    assert d['worker']['groups'] == [61003], d\n"
		"    assert d['plan']['helper']['uid'] == 61001, d\n"
		"assert d['privileged'] == (os.geteuid() == 0)\n");
}

Test(check, json_has_the_warnings)
{
	write_policy("worker 61000\nhelper 61001\nread /no/such/file\n");
	json(0, "w, = d['warnings']\n"
		"assert w['line'] == 3 and w['source'] == sys.argv[2], d\n"
		"assert w['text'], d\n");
}

Test(check, json_has_the_error)
{
	write_policy("worker 61000\nhelper 61001\nread x\n");
	json(2, "e, = d['errors']\n"
		"assert e['line'] == 3 and e['column'] == 6, d\n"
		"assert e['source'] == sys.argv[2] and e['text'], d\n"
		"assert d['rules'] == [] and d['plan'] is None, d\n");
}

Test(check, json_keeps_every_byte_of_a_path)
{
	write_policy("worker 61000\nhelper 61001\n"
		     "read \"/srv/\xff\xc3\xa4 \\\"\\\\\xe2\x82\"\n");
	json(0, "t, = [os.fsencode(r['text']) for r in d['rules']]\n"
		"assert b'/srv/\\xff\\xc3\\xa4 ' in t, t\n"
		"assert b'\\xe2\\x82' in t, t\n");
}

Test(check, says_that_its_output_could_not_be_written)
{
	char script[2 * BOUND_PATH];
	struct capture c;

	snprintf(script, sizeof(script), "%s check %s >/dev/full",
		 paths_built("bin/wicket"), policy);
	cr_assert_eq(capture_run(&c, ARGV("/bin/sh", "-c", script)), 2);
	cr_assert(strstr(c.err, "cannot write"), "%s", c.err);
	capture_free(&c);
}

/*
 * Root's own answer is tested above; this is what anybody else gets, by a copy
 * where anybody may come.
 */
Test(check, as_an_ordinary_user_says_what_root_would_have)
{
	char script[4 * BOUND_PATH];
	struct capture c;

	snprintf(script, sizeof(script),
		 "cp %s %s && cd %s && as= && if [ $(id -u) = 0 ]; then"
		 " as='setpriv --reuid=61002 --regid=61002 --clear-groups';"
		 " fi && $as ./wicket check --json ./p.policy |"
		 " grep -o '\"privileged\":false' &&"
		 " $as ./wicket check ./p.policy",
		 paths_built("bin/wicket"), s.dir, s.dir);
	cr_assert_eq(capture_run(&c, ARGV("/bin/sh", "-c", script)), 0, "%s",
		     c.err);
	says_what_you_get(&c);
	capture_free(&c);
}
