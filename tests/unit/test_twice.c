/* SPDX-License-Identifier: ISC */
/*
 * What is wrong is in tests/policies/wrong (*-twice*): here is what is not,
 * and what is said of several files.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "policy/resolve.h"

TestSuite(twice, .timeout = 10);

static void add(struct policy *p, const char *source, const char *text)
{
	struct policy_note err = POLICY_NOTE_INIT;

	cr_assert_eq(policy_parse(p, source, text, strlen(text), NULL, &err), 0,
		     "%s: %u:%u: %s", text, err.line, err.column, err.text);
}

static void is_right(const char *text)
{
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy *p;

	cr_assert_eq(policy_new("test", &p), 0);
	add(p, "test.policy", text);
	cr_expect_eq(resolve_twice(p, &err), 0, "%s: %s", text, err.text);
	policy_free(p);
}

Test(twice, an_empty_policy_says_nothing_twice)
{
	is_right("");
	is_right("worker www-data\n");
}

/* check warns of it; it changes nothing. */
Test(twice, a_path_may_be_granted_again_in_the_same_way)
{
	is_right("read /a\nread /a\n");
	is_right("read /a //a\n");
	is_right("write /a/** create=0640\nwrite /a/** create=0640\n");
	is_right("deny /a\ndeny /a\n");
	is_right("connect tcp *:80\nconnect tcp *:80\n");
	is_right("raw icmp\nraw icmp\n");
}

Test(twice, rules_about_something_else_may_differ)
{
	is_right("write /a create=0640\nappend /a create=0600\nread /a\n");
	is_right("write /a create=0640\nwrite /a/** create=0600\n");
	is_right("write /a* create=0640\nwrite \"/a\\*\" create=0600\n");
	is_right("listen tcp *:80 backlog=5\nlisten tcp *:81\n");
	is_right("listen tcp *:80 backlog=5\nlisten tcp *:80-81\n");
	is_right("listen tcp *:80 backlog=5\nlisten tcp 127.0.0.1:80\n");
	is_right("listen tcp *:80 backlog=5\nlisten tcp [::]:80\n");
	is_right("listen tcp *:80 backlog=5\nbind tcp *:80\n");
	is_right("listen tcp [fe80::1%1]:80\n"
		 "listen tcp [fe80::1%2]:80 backlog=5\n");
	is_right("connect tcp 10.0.0.0/8:80\n"
		 "connect tcp 10.0.0.0/9:80 mark=1\n");
	is_right("connect tcp *:53\nconnect udp *:53 mark=1\n");
	is_right("listen unix /a mode=0600\nlisten unix @a\n"
		 "listen unix:dgram /a mode=0660\n");
	is_right("packet eth0 proto=1 priority=1\n"
		 "packet eth0 proto=2 priority=2\n"
		 "packet eth1 proto=1\n");
}

static void is_wrong(const struct policy *p, const char *source, unsigned line,
		     const char *first)
{
	struct policy_note err = POLICY_NOTE_INIT;
	size_t len;

	cr_expect_eq(resolve_twice(p, &err), -EINVAL);
	cr_expect_str_eq(err.source, source);
	cr_expect_eq(err.line, line);
	len = strlen(err.text);
	cr_expect(len > strlen(first) &&
			  strcmp(err.text + len - strlen(first), first) == 0,
		  "%s, not %s", err.text, first);
}

/* A file that is added must not change what another says. */
Test(twice, names_the_first_line_in_another_file)
{
	struct policy *p;

	cr_assert_eq(policy_new("test", &p), 0);
	add(p, "a", "listen tcp *:80\nlisten tcp *:443\n");
	add(p, "b", "\nlisten tcp *:443 backlog=5\n");
	is_wrong(p, "b", 2, "the first is a:2");
	policy_free(p);
}

Test(twice, names_the_earliest_of_several)
{
	struct policy *p;

	cr_assert_eq(policy_new("test", &p), 0);
	add(p, "a",
	    "write /z\nwrite /a\nlisten tcp *:1\n"
	    "write /z create=0600\nlisten tcp *:1\nwrite /a create=0600\n");
	is_wrong(p, "a", 4, "the first is a:1");
	policy_free(p);
}

/* The one in between says no other. */
Test(twice, names_the_first_of_three)
{
	struct policy *p;

	cr_assert_eq(policy_new("test", &p), 0);
	add(p, "a", "read /a\nread /a\nread /a type=any\n");
	is_wrong(p, "a", 3, "the first is a:1");
	policy_free(p);
}

/* Whatever the order, it is wrong, and the later line is. */
Test(twice, the_order_of_the_lines_does_not_matter)
{
	struct policy *p;

	cr_assert_eq(policy_new("test", &p), 0);
	add(p, "a", "read /a type=any\nread /a\n");
	is_wrong(p, "a", 2, "the first is a:1");
	p = policy_free(p);
	cr_assert_eq(policy_new("test", &p), 0);
	add(p, "a", "read /a\nread /a type=any\n");
	is_wrong(p, "a", 2, "the first is a:1");
	policy_free(p);
}

Test(twice, does_not_compare_each_with_each)
{
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy *p;

	cr_assert_eq(policy_new("test", &p), 0);
	for (unsigned i = 0; i < BOUND_POLICY_RULES; i++) {
		struct policy_rule *r;

		cr_assert_eq(policy_rule_add(p, &r), 0);
		r->verb = POLICY_READ;
		cr_assert_geq(asprintf(&r->path.pattern, "/a/%u", i % 65535),
			      0);
		r->path.types = POLICY_FILE;
	}
	cr_expect_eq(resolve_twice(p, &err), 0);
	policy_free(p);
}
