/* SPDX-License-Identifier: ISC */
#include "policy/policy.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "policy/parse.h"

TestSuite(parse, .timeout = 10);

#define _cleanup_policy_ __attribute__((cleanup(policy_freep)))

static struct policy_note err;

static int add(struct policy *p, const char *text)
{
	return policy_parse(p, "t", text, strlen(text), "one", &err);
}

static struct policy *parse(const char *text)
{
	struct policy *p;

	cr_assert_eq(policy_new("test", &p), 0);
	cr_assert_eq(add(p, text), 0, "%u:%u: %s", err.line, err.column,
		     err.text);
	return p;
}

static void expect_refused(const char *text)
{
	_cleanup_policy_ struct policy *p = NULL;

	cr_assert_eq(policy_new("test", &p), 0);
	cr_assert_eq(add(p, text), -EINVAL, "%s", text);
}

static void expect_wrong(const char *text, unsigned line, unsigned column,
			 const char *why)
{
	expect_refused(text);
	cr_expect_str_eq(err.text, why, "got: %s", err.text);
	cr_expect_eq(err.line, line, "line %u", err.line);
	cr_expect_eq(err.column, column, "column %u", err.column);
}

static const struct policy_path *path_of(const struct policy *p, size_t i)
{
	cr_assert_lt(i, p->nrules);
	return &p->rules[i].path;
}

Test(parse, finds_nothing_in_an_empty_policy)
{
	_cleanup_policy_ struct policy *p = parse("");

	cr_assert_str_eq(p->name, "test");
	cr_assert_eq(p->nrules, 0);
	cr_assert_null(p->worker.user);
	cr_assert_null(p->helper.user);
	cr_assert_not(p->promised);
	cr_assert_eq(p->nsources, 1);
	cr_assert_str_eq(p->sources[0], "t");
}

Test(parse, makes_a_rule_of_each_object)
{
	_cleanup_policy_ struct policy *p = parse(
		"read /a /b\n\nlist   /c # /d\n");

	cr_assert_eq(p->nrules, 3);
	for (size_t i = 0; i < 3; i++) {
		static const unsigned lines[] = {1, 1, 3};
		static const unsigned columns[] = {6, 9, 8};
		static const char *const patterns[] = {"/a", "/b", "/c"};

		cr_expect_eq(p->rules[i].line, lines[i]);
		cr_expect_eq(p->rules[i].column, columns[i]);
		cr_expect_eq(p->rules[i].source, 0);
		cr_expect_str_eq(p->rules[i].path.pattern, patterns[i]);
		cr_expect_eq(p->rules[i].path.types, POLICY_FILE);
		cr_expect_not(p->rules[i].path.create);
		cr_expect_null(p->rules[i].path.resolved);
		cr_expect_eq(p->rules[i].path.trusted, 0);
	}
	cr_assert_eq(p->rules[0].verb, POLICY_READ);
	cr_assert_eq(p->rules[2].verb, POLICY_LIST);
}

Test(parse, knows_every_verb_by_its_name)
{
	for (int v = 0; v < POLICY_VERB_MAX; v++) {
		const char *name = policy_verb_name((enum policy_verb)v);

		cr_assert_not_null(name);
		cr_assert_eq(policy_verb_of(name), v);
	}
	cr_assert_null(policy_verb_name(POLICY_VERB_MAX));
	cr_assert_eq(policy_verb_of("worker"), -EINVAL);
	cr_assert_eq(policy_verb_of(""), -EINVAL);
}

Test(parse, reads_worker_and_helper)
{
	_cleanup_policy_ struct policy *p = parse(
		"helper _wicket-%i\n  worker www-data:web,4,adm\n");

	cr_assert_str_eq(p->helper.user, "_wicket-one");
	cr_assert_null(p->helper.groups);
	cr_assert_str_eq(p->worker.user, "www-data");
	cr_assert_str_eq(p->worker.groups, "web,4,adm");
	cr_assert_eq(p->worker.line, 2);
	cr_assert_eq(p->worker.column, 10);
	cr_assert_not(p->worker.known);
}

Test(parse, names_the_file_of_the_first_worker)
{
	_cleanup_policy_ struct policy *p = parse("\nworker a\n");
	const char *second = "worker b\n";

	cr_assert_eq(policy_parse(p, "u", second, strlen(second), NULL, &err),
		     -EINVAL);
	cr_assert_str_eq(err.source, "u");
	cr_assert_str_eq(err.text, "found a second worker line, expected one: "
				   "the first is t:2");
}

Test(parse, takes_at_most_as_many_groups_as_there_are_places)
{
	char text[1024] = "worker a:g0";
	size_t len = strlen(text);

	for (int i = 1; i <= BOUND_GROUPS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, ",g%d",
					i);
	policy_free(parse(text));
	(void)snprintf(text + len, sizeof(text) - len, ",more");
	expect_refused(text);
}

Test(parse, adds_promises_up)
{
	_cleanup_policy_ struct policy *p = parse(
		"promise accept\npromise threads +ftruncate accept\n");
	char text[BOUND_PROMISE_TEXT];

	cr_assert(p->promised);
	cr_assert_eq(promise_print(&p->promises, text, sizeof(text)), 0);
	cr_assert_str_eq(text, "stdio accept threads +ftruncate");
}

Test(parse, reads_limits_with_suffixes)
{
	_cleanup_policy_ struct policy *p = parse(
		"limit requests=20K fds=4M\nlimit channels=1G\n");

	cr_assert_eq(p->limits.requests, 20 * 1024);
	cr_assert_eq(p->limits.fds, 4 << 20);
	cr_assert_eq(p->limits.channels, 1 << 30);
	cr_assert_eq(p->limits.line, 2);
	expect_wrong("limit fds=4G\n", 1, 11,
		     "found '4G', expected a number from 1 to 4294967295");
}

/* ---- paths -------------------------------------------------------------- */

static void expect_pattern(const char *line, const char *pattern)
{
	_cleanup_policy_ struct policy *p = parse(line);

	cr_expect_str_eq(path_of(p, 0)->pattern, pattern);
}

Test(parse, cleans_paths_as_the_kernel_reads_them)
{
	expect_pattern("read //srv///www/./a/././b", "/srv/www/a/b");
	expect_pattern("read /", "/");
	expect_pattern("read //./", "/");
	expect_pattern("read /.x/..y/...", "/.x/..y/...");
}

Test(parse, keeps_wildcards_and_their_escapes)
{
	expect_pattern("read /srv/**/*.html", "/srv/**/*.html");
	expect_pattern("read /**", "/**");
	expect_pattern("read \"/a\\*b/\\\\c/\\\"d/*\"", "/a\\*b/\\\\c/\"d/*");
	expect_pattern("read \"/a\\**/x\"", "/a\\**/x");
	expect_pattern("read \"/\\*\\*\"", "/\\*\\*");
}

Test(parse, replaces_the_instance_and_the_percent_sign)
{
	expect_pattern("read /srv/%i/x%i.pid", "/srv/one/xone.pid");
	expect_pattern("read \"/srv/%i y\"", "/srv/one y");
	expect_pattern("read /100%%/%%i/5%/%20", "/100%/%i/5%/%20");
}

static void expect_instance(const char *instance, bool good)
{
	_cleanup_policy_ struct policy *p = NULL;
	const char *text = "read /srv/%i/x\n";

	cr_assert_eq(policy_new("test", &p), 0);
	cr_expect_eq(policy_parse(p, "t", text, strlen(text), instance, &err),
		     good ? 0 : -EINVAL, "%s", instance);
}

Test(parse, refuses_an_instance_that_leads_elsewhere)
{
	expect_instance("web-1.example:80@x_y", true);
	expect_instance("...", true);
	expect_instance("..", false);
	expect_instance(".", false);
	expect_instance("", false);
	expect_instance("a/b", false);
	expect_instance("**", false);
	expect_instance("a b", false);
	expect_instance("%i", false);
	expect_instance("a\nread", false);
}

Test(parse, bounds_components_by_the_bytes_they_stand_for)
{
	/* 255 stars, each of two bytes here. */
	char stars[2 * BOUND_COMPONENT + 1] = "";
	char text[sizeof(stars) + 16];

	for (size_t i = 0; i < sizeof(stars) - 1; i += 2)
		memcpy(stars + i, "\\*", 3);
	(void)snprintf(text, sizeof(text), "read \"/%s\"", stars);
	policy_free(parse(text));
	(void)snprintf(text, sizeof(text), "read \"/%sx\"", stars);
	expect_refused(text);
}

Test(parse, reads_the_options_of_paths)
{
	_cleanup_policy_ struct policy *p = parse(
		"append /a /b create=640 owner=%worker:adm type=file,fifo\n"
		"read /c type=any owner=root\n"
		"write /d create=0000 type=dir,char,dir\n");

	for (size_t i = 0; i < 2; i++) {
		cr_expect(path_of(p, i)->create);
		cr_expect_eq(path_of(p, i)->mode, 0640);
		cr_expect(path_of(p, i)->owner.set);
		cr_expect_str_eq(path_of(p, i)->owner.text, "%worker:adm");
		cr_expect_eq(path_of(p, i)->types, POLICY_FILE | POLICY_FIFO);
	}
	cr_expect_eq(path_of(p, 2)->types, POLICY_ANY);
	cr_expect_str_eq(path_of(p, 2)->owner.text, "root");
	cr_expect_not(path_of(p, 2)->create);
	cr_expect(path_of(p, 3)->create);
	cr_expect_eq(path_of(p, 3)->mode, 0);
	cr_expect_eq(path_of(p, 3)->types, POLICY_DIR | POLICY_CHAR);
}

/* ---- sockets ------------------------------------------------------------ */

Test(parse, gives_each_option_to_the_addresses_it_fits)
{
	_cleanup_policy_ struct policy *p = parse(
		"listen tcp *:80 [::]:443 backlog=511 reuseport=4 "
		"v6only=off freebind=on transparent=on device=eth0 "
		"mark=0x10 rcvbuf=1M\n");

	cr_assert_eq(p->nrules, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct policy_net *n = &p->rules[i].net;

		cr_expect_eq(p->rules[i].verb, POLICY_LISTEN);
		cr_expect_eq(n->range.kind, NET_TCP);
		cr_expect_eq(n->backlog, 511);
		cr_expect_eq(n->reuseport, 4);
		cr_expect_eq(n->dual, i == 1);
		cr_expect(n->freebind && n->transparent && n->mark_set);
		cr_expect_str_eq(n->device, "eth0");
		cr_expect_eq(n->mark, 16);
		cr_expect_eq(n->rcvbuf, 1 << 20);
	}
	cr_expect_eq(p->rules[0].net.range.family, AF_INET);
	cr_expect_eq(p->rules[1].net.range.family, AF_INET6);
}

Test(parse, switches_off_what_is_off)
{
	_cleanup_policy_ struct policy *p = parse(
		"bind udp [::1]:53 v6only=on freebind=off transparent=off\n"
		"connect tcp *:5432 mark=0\n");

	cr_assert_not(p->rules[0].net.dual);
	cr_assert_not(p->rules[0].net.freebind);
	cr_assert_not(p->rules[0].net.transparent);
	cr_assert(p->rules[1].net.mark_set);
	cr_assert_eq(p->rules[1].net.mark, 0);
}

Test(parse, reads_unix_sockets)
{
	_cleanup_policy_ struct policy *p = parse(
		"listen unix //run/./x.sock mode=660 owner=%worker:4\n"
		"connect unix:seqpacket \"@a b\" /run/*/s=1\n");

	cr_assert_eq(p->nrules, 3);
	cr_assert_str_eq(p->rules[0].net.range.path, "/run/x.sock");
	cr_assert(p->rules[0].net.mode_set);
	cr_assert_eq(p->rules[0].net.mode, 0660);
	cr_assert_str_eq(p->rules[0].net.owner.text, "%worker:4");
	cr_assert_str_eq(p->rules[1].net.range.path, "@a b");
	cr_assert_eq(p->rules[1].net.range.kind, NET_UNIX_SEQPACKET);
	cr_assert_str_eq(p->rules[2].net.range.path, "/run/*/s=1");
}

Test(parse, reads_a_scope_beside_variables)
{
	_cleanup_policy_ struct policy *p = parse(
		"connect tcp [fe80::1%2]:80\n");

	cr_assert_eq(p->rules[0].net.range.scope, 2);
}

Test(parse, reads_raw_and_packet)
{
	_cleanup_policy_ struct policy *p = parse(
		"raw icmp icmp6\n"
		"packet eth0 \"a=b\" proto=0x88cc priority=7\n");

	cr_assert_eq(p->nrules, 4);
	cr_assert_str_eq(p->rules[1].net.name, "icmp6");
	cr_assert_str_eq(p->rules[3].net.name, "a=b");
	cr_assert_eq(p->rules[3].net.protocol, 0x88cc);
	cr_assert(p->rules[3].net.priority_set);
	cr_assert_eq(p->rules[3].net.priority, 7);
}

/* ---- bounds ------------------------------------------------------------- */

Test(parse, refuses_one_rule_too_many)
{
	_cleanup_policy_ struct policy *p = NULL;
	char line[BOUND_POLICY_LINE] = "stat";
	int r = 0;

	for (size_t at = 4; at + 3 < sizeof(line); at += 3)
		memcpy(line + at, " /x", 4);
	cr_assert_eq(policy_new("test", &p), 0);
	for (int i = 0; i < 16 && r == 0; i++)
		r = add(p, line);
	cr_assert_eq(r, -EINVAL);
	cr_assert_str_eq(err.text, "found more rules, expected at most 65536");
	cr_assert_eq(p->nrules, BOUND_POLICY_RULES);
}

Test(parse, refuses_one_source_too_many)
{
	_cleanup_policy_ struct policy *p = NULL;

	cr_assert_eq(policy_new("test", &p), 0);
	for (int i = 0; i < BOUND_POLICY_SOURCES; i++)
		cr_assert_eq(add(p, ""), 0);
	cr_assert_eq(add(p, ""), -E2BIG);
	cr_assert_str_eq(err.text,
			 "found too many files, expected at most 256");
}

Test(parse, points_at_the_wrong_part_of_an_address)
{
	expect_wrong("connect tcp 10.0.0.0/8:5432 10.0.0.0/8:x", 1, 40,
		     "found 'x', expected a port, 1 to 65535");
	/* Where the text is not as it was written, at the whole. */
	expect_wrong("connect tcp 10.0.0.0/8:5432 \"10.0.0.0/8:%i\"", 1, 29,
		     "found '10.0.0.0/8:%i', expected a port, 1 to 65535");
}

Test(parse, survives_every_cut_of_a_policy)
{
	static const char text[] =
		"worker www-data:a,b\nhelper h\npromise stdio +x\n"
		"read \"/a \\\" \\* \\\\\" type=any\nwrite /b create=0640\n"
		"listen tcp *:80 [::]:443 backlog=1K v6only=off\n"
		"packet eth0 proto=0x88cc\nlimit fds=4K # x\n";

	for (size_t len = 0; len < sizeof(text); len++) {
		_cleanup_policy_ struct policy *p = NULL;
		/* A block of its own size, for the address sanitizer. */
		_cleanup_free_ char *cut = malloc(len + 1);
		int r;

		cr_assert_eq(policy_new("test", &p), 0);
		memcpy(cut, text, len);
		r = policy_parse(p, "t", cut, len, NULL, &err);
		cr_assert(r == 0 || r == -EINVAL);
	}
}

/* ---- suggestions -------------------------------------------------------- */

static const char *nearest(const char *typed)
{
	static const char *const words[] = {"read", "remove", "write", "raw"};

	return parse_nearest(typed, words, 4);
}

Test(parse, suggests_only_what_is_near)
{
	cr_assert_str_eq(nearest("raed"), "read");
	cr_assert_str_eq(nearest("reead"), "read");
	cr_assert_str_eq(nearest("rwa"), "raw");
	cr_assert_str_eq(nearest("wirte"), "write");
	cr_assert_str_eq(nearest("reomve"), "remove");
	cr_assert_null(nearest("grant"));
	cr_assert_null(nearest(""));
	cr_assert_null(nearest("x"));
	cr_assert_null(nearest("readreadreadreadreadreadreadread"));
}
