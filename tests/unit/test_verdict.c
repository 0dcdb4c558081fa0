/* SPDX-License-Identifier: ISC */
#include "command/verdict.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static const char text[] = "worker 61000\n"			 /* 1 */
			   "read /srv/www/**\n"			 /* 2 */
			   "write /var/lib/x/** create=0640\n"	 /* 3 */
			   "append /var/log/x.log create=0640\n" /* 4 */
			   "remove /var/lib/x/**\n"		 /* 5 */
			   "list /srv/www/**\n"			 /* 6 */
			   "stat /srv\n"			 /* 7 */
			   "deny /srv/www/**/.git\n"		 /* 8 */
			   "listen tcp *:80\n"			 /* 9 */
			   "connect tcp 10.0.0.0/8:5432\n"	 /* 10 */
			   "bind udp 127.0.0.1:514\n"		 /* 11 */
			   "raw icmp\n"				 /* 12 */
			   "packet eth0 proto=0x88cc\n"		 /* 13 */
			   "remove /tmp/x\n"			 /* 14 */
			   "read /var/lib/x/**\n";		 /* 15 */

static struct policy *policy;

static void parse(void)
{
	struct policy_note err = POLICY_NOTE_INIT;

	cr_assert_eq(policy_new("p", &policy), 0);
	cr_assert_eq(policy_parse(policy, "p", text, strlen(text), NULL, &err),
		     0, "%u: %s", err.line, err.text);
}

static void drop(void)
{
	policy = policy_free(policy);
}

TestSuite(verdict, .init = parse, .fini = drop, .timeout = 10);

/* words divided by one blank; an object of two words is one of two. */
static int ask(const char *line, struct verdict *v, const char **expected)
{
	static char copy[512];
	const char *words[8];
	char *rest = copy;
	size_t n = 0;
	char *word;

	snprintf(copy, sizeof(copy), "%s", line);
	while ((word = strsep(&rest, " ")))
		words[n++] = word;
	return verdict_of(policy, words, n, v, expected);
}

static void allowed(const char *line, unsigned by)
{
	const char *expected = "";
	struct verdict v;

	cr_expect_eq(ask(line, &v, &expected), 0, "%s: %s", line, expected);
	cr_expect(v.allowed, "%s", line);
	cr_expect(v.rule && v.rule->line == by, "%s: by line %u", line,
		  v.rule ? v.rule->line : 0);
	cr_expect_str_empty(v.hint);
	cr_expect_str_empty(v.why);
}

/* by 0: no rule. */
static void denied(const char *line, unsigned by, const char *hint,
		   const char *why)
{
	const char *expected = "";
	struct verdict v;

	cr_expect_eq(ask(line, &v, &expected), 0, "%s: %s", line, expected);
	cr_expect_not(v.allowed, "%s", line);
	cr_expect_eq(v.rule ? v.rule->line : 0, by, "%s", line);
	cr_expect_str_eq(v.hint, hint, "%s: %s", line, v.hint);
	cr_expect(strstr(v.why, why), "%s: %s", line, v.why);
}

static void wrong(const char *line, const char *what)
{
	struct verdict v;
	const char *expected = "";

	cr_expect_eq(ask(line, &v, &expected), -EINVAL, "%s", line);
	cr_expect(strstr(expected, what), "%s: %s", line, expected);
}

Test(verdict, names_the_line_that_allows_a_path)
{
	allowed("read /srv/www/index.html", 2);
	allowed("read /srv//www/./index.html", 2);
	allowed("write /var/lib/x/a", 3);
	allowed("create /var/lib/x/a", 3);
	allowed("append /var/log/x.log", 4);
	allowed("create /var/log/x.log", 4);
	allowed("remove /var/lib/x/a", 5);
	allowed("list /srv/www/a", 6);
	allowed("stat /srv", 7);
}

Test(verdict, stat_is_implied_by_what_reads_or_lists)
{
	allowed("stat /var/log/x.log", 4);
	allowed("stat /srv/www/a", 2);
}

Test(verdict, names_the_line_that_denies)
{
	denied("read /srv/www/a/.git", 8, "", "");
	denied("read /srv/www/a/.git/config", 8, "", "");
	denied("list /srv/www/.git", 8, "", "");
	denied("connect unix /srv/www/.git/x", 8, "", "");
	denied("connect unix /srv/www/x", 0, "connect unix /srv/www/x", "");
}

Test(verdict, names_the_line_that_is_missing)
{
	denied("read /etc/shadow", 0, "read /etc/shadow", "");
	denied("read /srv/wwwx", 0, "read /srv/wwwx", "");
	denied("write /srv/www/a", 0, "write /srv/www/a", "");
	denied("write /var/log/x.log", 0, "write /var/log/x.log", "");
	denied("remove /var/log/x.log", 0, "remove /var/log/x.log", "");
	/* The tree's own root is not of what lies in it. */
	denied("remove /var/lib/x", 0, "remove /var/lib/x", "");
}

Test(verdict, says_why_no_line_could_allow_a_path)
{
	denied("read /srv/www/../../etc/shadow", 0, "", "..");
	denied("read srv/www", 0, "", "absolute");
	denied("read ", 0, "", "empty");
}

Test(verdict, rename_needs_both_names)
{
	const char *expected = "";
	struct verdict v;

	allowed("rename /var/lib/x/a /var/lib/x/b", 5);
	cr_assert_eq(ask("rename /var/lib/x/a /var/lib/x/b", &v, &expected), 0);
	cr_assert_eq(v.target->line, 3);
	denied("rename /srv/www/a /var/lib/x/a", 0, "remove /srv/www/a", "");
	denied("rename /srv/www/.git /var/lib/x/a", 8, "", "");
	denied("rename /tmp/x /var/lib/x/a", 0, "", "EXDEV");
	cr_assert_eq(ask("rename /var/lib/x/a /srv/www/a", &v, &expected), 0);
	cr_assert_not(v.allowed);
	cr_assert(strstr(v.hint, "create="), "%s", v.hint);
	cr_assert_null(v.target);
}

Test(verdict, judges_addresses_in_one_word_or_two)
{
	const char *const one[] = {"listen", "tcp *:80"};
	const char *expected = "";
	struct verdict v;

	allowed("listen tcp *:80", 9);
	allowed("listen tcp 0.0.0.0:80", 9);
	allowed("connect tcp 10.1.2.3:5432", 10);
	allowed("bind udp 127.0.0.1:514", 11);
	cr_assert_eq(verdict_of(policy, one, 2, &v, &expected), 0);
	cr_assert(v.allowed);
	denied("listen tcp *:81", 0, "listen tcp *:81", "");
	denied("listen tcp 0.0.0.0:81", 0, "listen tcp *:81", "");
	denied("listen tcp [::]:81", 0, "listen tcp [::]:81", "");
	denied("bind udp *:53", 0, "bind udp *:53", "");
	/* Here a star would be any address. */
	denied("connect tcp *:81", 0, "connect tcp 0.0.0.0:81", "");
	denied("listen tcp 127.0.0.1:80", 0, "listen tcp 127.0.0.1:80", "");
	/* No line can say so. */
	denied("listen udp *:80", 0, "", "bind");
	denied("connect tcp 11.0.0.1:5432", 0, "connect tcp 11.0.0.1:5432", "");
}

Test(verdict, judges_names_and_protocols)
{
	allowed("raw icmp", 12);
	allowed("packet eth0 0x88cc", 13);
	allowed("packet eth0 proto=35020", 13);
	denied("raw icmp6", 0, "raw icmp6", "");
	denied("packet eth1 0x88cc", 0, "packet eth1 proto=0x88cc", "");
	denied("raw a*", 0, "", "");
	denied("packet eth* 3", 0, "", "");
	denied("connect unix /run/*", 0, "", "");
	denied("packet eth0 3", 0, "packet eth0 proto=0x0003", "");
}

Test(verdict, says_what_was_expected)
{
	wrong("chmod /etc/shadow", "read, write");
	wrong("deny /etc/shadow", "read, write");
	wrong("read /a /b", "one path");
	wrong("rename /a", "two paths");
	wrong("listen tcp *:x", "address");
	wrong("listen tcp *:80 more", "address");
	wrong("listen", "address");
	wrong("packet eth0", "protocol");
	wrong("packet eth0 0", "protocol");
	wrong("packet eth0 65536", "protocol");
	wrong("packet eth0 -1", "protocol");
	wrong("raw a b", "one name");
}
