/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "support/capture.h"
#include "support/paths.h"
#include "support/scratch.h"

static struct scratch s;
static char policy[BOUND_PATH];

static void make(void)
{
	scratch_make(&s);
	scratch_write(&s, "p.policy",
		      "worker 61000\n"
		      "helper 61001\n"
		      "read /usr/share/**\n"
		      "deny /usr/share/**/.git\n"
		      "write /var/tmp/** create=0640\n"
		      "remove /var/tmp/**\n"
		      "listen tcp *:80\n",
		      0644);
	snprintf(policy, sizeof(policy), "%s", scratch_path(&s, "p.policy"));
}

static void drop(void)
{
	scratch_remove(&s);
}

TestSuite(explain, .init = make, .fini = drop, .timeout = 20);

#define EXPLAIN(...) ARGV("explain", policy, __VA_ARGS__)

static void says(const char *const *words, int status, const char *line,
		 const char *text)
{
	char place[BOUND_PATH + 64];
	struct capture c;

	cr_expect_eq(capture_wicket(&c, words), status, "%s", c.err);
	if (line) {
		snprintf(place, sizeof(place), "  %s:%s\n", policy, line);
		cr_expect(strstr(c.out, place), "expected %s in:\n%s", place,
			  c.out);
	}
	cr_expect(strstr(c.out, text), "expected %s in:\n%s", text, c.out);
	cr_expect_str_empty(c.err);
	capture_free(&c);
}

Test(explain, allowed_is_0_and_names_the_line)
{
	says(EXPLAIN("read", "/usr/share/doc/x"), 0, "3: read /usr/share/**",
	     "allowed: read /usr/share/doc/x\n");
	says(EXPLAIN("listen", "tcp", "*:80"), 0, "7: listen tcp *:80",
	     "allowed: listen tcp *:80\n");
	says(EXPLAIN("rename", "/var/tmp/a", "/var/tmp/b"), 0,
	     "6: remove /var/tmp/**", "5: write /var/tmp/** create=0640\n");
}

Test(explain, denied_is_1_and_names_the_line_that_denies)
{
	says(EXPLAIN("read", "/usr/share/a/.git/config"), 1,
	     "4: deny /usr/share/**/.git",
	     "denied: read /usr/share/a/.git/config\n");
}

Test(explain, denied_is_1_and_prints_the_line_that_would_allow)
{
	says(EXPLAIN("read", "/etc/shadow"), 1, NULL, "\n  read /etc/shadow\n");
	says(EXPLAIN("listen", "tcp 127.0.0.1:81"), 1, NULL,
	     "\n  listen tcp 127.0.0.1:81\n");
	says(EXPLAIN("read", "/usr/share/../../etc/shadow"), 1, NULL, "..");
}

/* What it says is missing is what is missing. */
Test(explain, the_line_that_it_prints_does_allow_it)
{
	static const char *const asked[][3] = {
		{"read", "/etc/shadow", NULL},
		{"create", "/srv/a b", NULL},
		{"append", "/srv/\"q\\*#%i", NULL},
		{"remove", "/srv/x", NULL},
		{"stat", "/srv/y", NULL},
		{"list", "/srv/*", NULL},
		{"connect", "udp", "[::1]:53"},
		{"raw", "icmp", NULL},
		{"packet", "eth0", "0x88cc"},
		{"bind", "unix:dgram", "/run/x y"},
	};

	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		const char *const *a = asked[i];
		_cleanup_free_ char *text = scratch_read(policy);
		char longer[4096];
		struct capture c;
		char *hint;

		cr_expect_eq(capture_wicket(&c, EXPLAIN(a[0], a[1], a[2])), 1,
			     "%s %s: %s", a[0], a[1], c.err);
		hint = strstr(c.out, "would:\n  ");
		if (!hint) {
			/* No line can name this alone. */
			cr_expect_str_eq(a[0], "bind", "%s", c.out);
			capture_free(&c);
			continue;
		}
		snprintf(longer, sizeof(longer), "%s%s", text, hint + 9);
		scratch_write(&s, "q.policy", longer, 0644);
		capture_free(&c);
		cr_expect_eq(
			capture_wicket(&c, ARGV("explain",
						scratch_path(&s, "q.policy"),
						a[0], a[1], a[2])),
			0, "%s%s\n%s", c.out, c.err, longer);
		capture_free(&c);
	}
}

Test(explain, json_says_the_same)
{
	static const char program[] =
		"import json, subprocess, sys\n"
		"def ask(status, *words):\n"
		"    r = subprocess.run([sys.argv[1], 'explain', '--json', "
		"sys.argv[2], *words], capture_output=True)\n"
		"    assert r.returncode == status, r\n"
		"    return json.loads(r.stdout)\n"
		"d = ask(0, 'read', '/usr/share/x')\n"
		"assert d['allowed'] is True and d['verb'] == 'read', d\n"
		"assert d['object'] == ['/usr/share/x'], d\n"
		"assert [r['line'] for r in d['rules']] == [3], d\n"
		"assert d['hint'] is None and d['why'] is None, d\n"
		"d = ask(1, 'read', '/etc/shadow')\n"
		"assert d['allowed'] is False and d['rules'] == [], d\n"
		"assert d['hint'] == 'read /etc/shadow', d\n"
		"d = ask(1, 'read', '/usr/share/.git')\n"
		"assert [r['line'] for r in d['rules']] == [4], d\n"
		"d = ask(1, 'read', b'/srv/\\xff')\n"
		"assert d['object'] == ['/srv/\\udcff'], d\n"
		"d = ask(1, 'read', '..')\n"
		"assert d['why'] and d['hint'] is None, d\n";
	char command[2 * BOUND_PATH];
	struct capture c;

	snprintf(command, sizeof(command), "%s", paths_built("bin/wicket"));
	setenv("PYTHONUTF8", "1", 1);
	cr_expect_eq(capture_run(&c, ARGV("/usr/bin/env", "python3", "-c",
					  program, command, policy)),
		     0, "%s", c.err);
	capture_free(&c);
}

static void wrong(const char *const *words, const char *text)
{
	struct capture c;

	cr_expect_eq(capture_wicket(&c, words), 2, "%s", c.out);
	cr_expect(strstr(c.err, text), "expected %s in: %s", text, c.err);
	cr_expect_str_empty(c.out);
	capture_free(&c);
}

Test(explain, is_2_for_wrong_usage)
{
	wrong(ARGV("explain", policy), "expected a policy, a verb and");
	wrong(EXPLAIN("read"), "expected a policy, a verb and");
	wrong(EXPLAIN("chmod", "/x"), "chmod: expected read, write");
	wrong(EXPLAIN("read", "/x", "/y"), "expected one path");
	wrong(EXPLAIN("listen", "tcp", "nowhere"), "expected an address");
	wrong(ARGV("explain", "--nope", policy, "read", "/x"),
	      "no such option");
	wrong(ARGV("explain", "/no/such", "read", "/x"), "/no/such");
}
