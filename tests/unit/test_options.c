/* SPDX-License-Identifier: ISC */
#include "supervisor/options.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>

/* Parses words that one blank divides. */
static int parse(const char *line, struct options *ret, struct failure *f)
{
	static char text[512];
	static char *argv[32];
	char *rest = text;
	int argc = 0;

	snprintf(text, sizeof(text), "%s", line);
	while ((argv[argc] = strsep(&rest, " ")))
		argc++;
	optind = 0; /* glibc: begin again */
	return options_parse(argc, argv, ret, f);
}

static void refused(const char *line, const char *text)
{
	struct options o = {.instance = "untouched"};
	struct failure f = FAILURE_INIT;

	cr_expect_eq(parse(line, &o, &f), -EINVAL, "%s", line);
	cr_expect(strstr(f.text, text), "%s: %s", line, f.text);
	cr_expect_str_eq(o.instance, "untouched");
}

Test(options, run_takes_a_policy_and_a_program, .timeout = 10)
{
	struct failure f = FAILURE_INIT;
	struct options o;

	cr_assert_eq(parse("supervisor run httpd -- cat -n", &o, &f), 0, "%s",
		     f.text);
	cr_assert_not(o.embedded);
	cr_assert_str_eq(o.policy, "httpd");
	cr_assert_str_eq(o.program[0], "cat");
	cr_assert_str_eq(o.program[1], "-n");
	cr_assert_null(o.program[2]);
	cr_assert_null(o.audit);
	cr_assert_str_eq(o.syslog, "/dev/log");
}

Test(options, run_needs_no_dashes_before_the_program, .timeout = 10)
{
	struct failure f = FAILURE_INIT;
	struct options o;

	cr_assert_eq(parse("supervisor run httpd cat -- -n", &o, &f), 0);
	cr_assert_str_eq(o.program[0], "cat");
	cr_assert_str_eq(o.program[1], "--");
}

Test(options, run_takes_its_options_before_the_policy, .timeout = 10)
{
	struct failure f = FAILURE_INIT;
	struct options o;

	cr_assert_eq(parse("supervisor run --quiet --audit /a --audit-grants "
			   "--instance=i --syslog /s httpd -- cat --quiet",
			   &o, &f),
		     0);
	cr_assert(o.quiet && o.audit_grants);
	cr_assert_str_eq(o.audit, "/a");
	cr_assert_str_eq(o.instance, "i");
	cr_assert_str_eq(o.syslog, "/s");
	refused("supervisor run httpd --quiet -- cat",
		"options come before it");
}

Test(options, run_says_what_is_missing, .timeout = 10)
{
	refused("supervisor run", "expected a policy");
	refused("supervisor run httpd", "expected a program");
	refused("supervisor run httpd --", "expected a program");
	refused("supervisor run --audit", "--audit: expected an argument");
	refused("supervisor run --nope httpd -- cat", "--nope: no such option");
	/* What only wicket_start() may say. */
	refused("supervisor run --channel 3 httpd -- cat", "no such option");
}

Test(options, refuses_a_syslog_path_that_no_address_holds, .timeout = 10)
{
	char line[300];

	snprintf(line, sizeof(line), "supervisor run --syslog /%0120d p -- c",
		 0);
	refused(line, "too long");
}

Test(options, embed_takes_a_policy_or_its_text, .timeout = 10)
{
	struct failure f = FAILURE_INIT;
	struct options o;

	cr_assert_eq(
		parse("supervisor embed --channel 4 --status 5 httpd", &o, &f),
		0);
	cr_assert(o.embedded);
	cr_assert_eq(o.channel, 4);
	cr_assert_eq(o.status, 5);
	cr_assert_str_eq(o.policy, "httpd");
	cr_assert_eq(parse("supervisor embed --channel 4 --status 5 "
			   "--passrights --policy-fd 6 --name httpd",
			   &o, &f),
		     0);
	cr_assert(o.passrights);
	cr_assert_eq(o.policy_fd, 6);
	cr_assert_null(o.policy);
}

Test(options, embed_refuses_half_a_policy_and_two, .timeout = 10)
{
	refused("supervisor embed --channel 4 --status 5", "one policy");
	refused("supervisor embed --channel 4 --status 5 a b", "one policy");
	refused("supervisor embed --channel 4 --status 5 --name a",
		"one policy");
	refused("supervisor embed --channel 4 --status 5 --policy-fd 6",
		"one policy");
	refused("supervisor embed --channel 4 --status 5 --policy-fd 6 "
		"--name a b",
		"one policy");
	refused("supervisor embed --status 5 a", "--channel and --status");
}

Test(options, embed_refuses_what_is_no_descriptor, .timeout = 10)
{
	refused("supervisor embed --channel 2 --status 5 a", "descriptor");
	refused("supervisor embed --channel -4 --status 5 a", "descriptor");
	refused("supervisor embed --channel x --status 5 a", "descriptor");
	refused("supervisor embed --channel 4x --status 5 a", "descriptor");
	refused("supervisor embed --channel 99999999999 --status 5 a",
		"descriptor");
}

Test(options, is_not_started_by_hand, .timeout = 10)
{
	refused("supervisor", "not by hand");
	refused("supervisor --help", "not by hand");
}

Test(options, takes_what_is_required)
{
	struct failure f = FAILURE_INIT;
	struct options o;

	cr_assert_eq(parse("supervisor run --require landlock=6,uids "
			   "--require passrights httpd cat",
			   &o, &f),
		     0, "%s", f.text);
	cr_assert_eq(o.require.landlock, 6);
	cr_assert(o.require.passrights);
	cr_assert(o.require.uids);
	cr_assert_eq(parse("supervisor run httpd cat", &o, &f), 0);
	cr_assert_eq(o.require.landlock, 0);
	cr_assert_not(o.require.passrights);
}

Test(options, refuses_to_require_what_it_does_not_know)
{
	static const char *const wrong[] = {
		"",	      "landlock",    "landlock=",  "landlock=0",
		"landlock=8", "landlock=10", "landlock=x", "uid",
		"uids,",      ",uids",	     "uids uids",  "passrights=1",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct failure f = FAILURE_INIT;
		struct require q = {0};

		cr_assert_eq(require_parse(wrong[i], &q, &f), -EINVAL, "%s",
			     wrong[i]);
		cr_assert(strstr(f.text, "expected landlock=1 to landlock=7"),
			  "%s", f.text);
	}
}

Test(options, run_takes_a_command_for_the_policy, .timeout = 10)
{
	struct failure f = FAILURE_INIT;
	struct options o;

	cr_assert_eq(parse("supervisor run --policy-from /sbin/httpd httpd cat",
			   &o, &f),
		     0, "%s", f.text);
	cr_assert_str_eq(o.policy_from, "/sbin/httpd");
	cr_assert_str_eq(o.policy, "httpd");
	cr_assert_eq(parse("supervisor run httpd cat", &o, &f), 0);
	cr_assert_null(o.policy_from);
	refused("supervisor run --policy-from /sbin/httpd ./httpd cat",
		"'./httpd': with --policy-from expected a name");
	refused("supervisor run --policy-from", "expected an argument");
	refused("supervisor embed --channel 3 --status 4 --policy-from /p p",
		"no such option");
}
