/* SPDX-License-Identifier: ISC */
/*
 * What single cases show is in the tables of tests/policies; here is what
 * holds for all policies.
 */
#include "policy/match.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "path.h"
#include "policy/pattern.h"

TestSuite(match, .timeout = 10);

#define NRULES 8

/* A policy in one piece, which nobody needs to free. */
struct made {
	struct policy policy;
	struct policy_rule rules[NRULES];
	char patterns[NRULES][64];
};

/* Numbers that look random and are the same in every run. */
static uint32_t roll(uint32_t *state, uint32_t sides)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % sides;
}

static void random_pattern(uint32_t *state, char *buf, size_t size)
{
	static const char *const words[] = {"a", "b", "*", "**", "a*"};
	uint32_t n = roll(state, 5);
	size_t len = 0;

	for (uint32_t i = 0; i < n; i++)
		len += (size_t)snprintf(buf + len, size - len, "/%s",
					words[roll(state, 5)]);
	if (len == 0)
		(void)snprintf(buf, size, "/");
}

static void random_policy(uint32_t *state, struct made *m)
{
	*m = (struct made){.policy.rules = m->rules};
	m->policy.nrules = 1 + roll(state, NRULES);
	for (size_t i = 0; i < m->policy.nrules; i++) {
		struct policy_rule *r = &m->rules[i];

		random_pattern(state, m->patterns[i], sizeof(m->patterns[i]));
		r->verb = (enum policy_verb)roll(state, POLICY_DENY + 1);
		r->line = (unsigned)i + 1;
		r->path.pattern = m->patterns[i];
		r->path.create = roll(state, 2);
		r->path.types = POLICY_FILE;
	}
}

/* The nth path over a, b and ab: "/", "/a", ... */
static void nth_path(unsigned n, char *buf, size_t size)
{
	static const char *const names[] = {"a", "b", "ab"};
	size_t len = 0;

	for (; n > 0; n = (n - 1) / 3)
		len += (size_t)snprintf(buf + len, size - len, "/%s",
					names[(n - 1) % 3]);
	if (len == 0)
		(void)snprintf(buf, size, "/");
}

/* All paths of up to four components: 1 + 3 + 9 + 27 + 81. */
#define NPATHS 121
/* And those of up to two. */
#define NDIRS 13

Test(match, calls_a_tree_uniform_only_where_every_path_has_the_same_rights)
{
	uint32_t state = 1;
	unsigned uniform = 0;

	for (int round = 0; round < 3000; round++) {
		struct made m;

		random_policy(&state, &m);
		for (unsigned d = 0; d < NDIRS; d++) {
			char dir[64], path[64];
			unsigned rights = ~0u;

			nth_path(d, dir, sizeof(dir));
			if (!policy_uniform(&m.policy, dir, &rights))
				continue;
			uniform += rights != 0;
			for (unsigned n = 0; n < NPATHS; n++) {
				nth_path(n, path, sizeof(path));
				if (!path_within(path, dir))
					continue;
				cr_assert_eq(
					policy_judge(&m.policy, path).rights,
					rights, "round %d: %s of %s", round,
					path, dir);
			}
		}
	}
	cr_assert_gt(uniform, 100, "too few cases to mean anything");
}

Test(match, finds_every_directory_whose_names_can_change)
{
	uint32_t state = 2;

	for (int round = 0; round < 3000; round++) {
		struct made m;
		char dir[64], path[64];

		random_policy(&state, &m);
		for (unsigned n = 1; n < NPATHS; n++) {
			unsigned rights;

			nth_path(n, path, sizeof(path));
			memcpy(dir, path, sizeof(dir));
			*strrchr(dir, '/') = '\0';
			rights = policy_judge(&m.policy, path).rights;
			if (rights & (RIGHT_REMOVE | RIGHT_CREATE))
				cr_assert(policy_may_change(&m.policy,
							    *dir ? dir : "/"),
					  "round %d: %s", round, path);
		}
	}
}

static void expect_same(const struct policy_rule *a,
			const struct policy_rule *b, const char *path)
{
	cr_assert_eq(!a, !b, "%s", path);
	if (a && b) {
		cr_assert_str_eq(a->path.pattern, b->path.pattern);
		cr_assert_eq(a->path.create, b->path.create, "%s", path);
	}
}

static void expect_same_grant(const struct policy_grant *a,
			      const struct policy_grant *b, const char *path)
{
	cr_assert_eq(a->rights, b->rights, "%s", path);
	for (unsigned v = 0; v < POLICY_VERB_MAX; v++)
		expect_same(a->rule[v], b->rule[v], path);
	expect_same(a->create, b->create, path);
	expect_same(a->deny, b->deny, path);
}

static void shuffle(uint32_t *state, struct made *m)
{
	for (uint32_t i = (uint32_t)m->policy.nrules; i > 1; i--) {
		uint32_t j = roll(state, i);
		struct policy_rule r = m->rules[j];

		m->rules[j] = m->rules[i - 1];
		m->rules[i - 1] = r;
	}
	for (size_t i = 0; i < m->policy.nrules; i++)
		m->rules[i].line = (unsigned)i + 1;
}

Test(match, gives_the_same_verdict_whatever_the_order_of_rules)
{
	uint32_t state = 3;

	for (int round = 0; round < 1000; round++) {
		struct policy_grant before[NPATHS];
		struct made m;
		struct policy_rule old[NRULES];
		char path[64];

		random_policy(&state, &m);
		memcpy(old, m.rules, sizeof(old));
		for (unsigned n = 0; n < NPATHS; n++) {
			struct policy p = m.policy;

			p.rules = old;
			nth_path(n, path, sizeof(path));
			before[n] = policy_judge(&p, path);
		}
		shuffle(&state, &m);
		for (unsigned n = 0; n < NPATHS; n++) {
			struct policy_grant g;

			nth_path(n, path, sizeof(path));
			g = policy_judge(&m.policy, path);
			expect_same_grant(&before[n], &g, path);
		}
	}
}

/* Whether this pattern covers the path, or one that it lies beneath. */
static bool covers_from_above(const char *pattern, const char *path)
{
	char above[64];
	bool covers = pattern_covers(pattern, "/");

	for (size_t len = 1; path[len - 1] != '\0'; len++) {
		if (path[len] != '/' && path[len] != '\0')
			continue;
		memcpy(above, path, len);
		above[len] = '\0';
		covers |= pattern_covers(pattern, above);
	}
	return covers;
}

/* Said in another way than policy_judge() does it. */
static bool denied(const struct made *m, const char *path)
{
	for (size_t i = 0; i < m->policy.nrules; i++)
		if (m->rules[i].verb == POLICY_DENY &&
		    covers_from_above(m->patterns[i], path))
			return true;
	return false;
}

Test(match, deny_beats_every_allow_in_any_order_and_with_any_globs)
{
	uint32_t state = 4;
	unsigned beaten = 0;

	for (int round = 0; round < 3000; round++) {
		struct made m;
		char path[64];

		random_policy(&state, &m);
		m.rules[0].verb = POLICY_DENY;
		m.rules[m.policy.nrules - 1].verb = POLICY_DENY;
		for (unsigned n = 0; n < NPATHS; n++) {
			struct policy_grant g;
			struct policy allows = m.policy;

			nth_path(n, path, sizeof(path));
			g = policy_judge(&m.policy, path);
			cr_assert_eq(g.deny != NULL, denied(&m, path),
				     "round %d: %s", round, path);
			if (!g.deny)
				continue;
			cr_assert_eq(g.rights, 0, "round %d: %s", round, path);
			cr_assert_null(g.create);
			/* The same lines between the first and the last. */
			allows.rules++;
			allows.nrules -= allows.nrules > 1 ? 2 : 1;
			beaten += policy_judge(&allows, path).rights != 0;
		}
	}
	cr_assert_gt(beaten, 100, "too few cases to mean anything");
}

Test(match, each_union_of_rights_is_exactly_that_union)
{
	static const enum policy_verb verbs[] = {
		POLICY_READ,   POLICY_WRITE, POLICY_APPEND,
		POLICY_REMOVE, POLICY_LIST,  POLICY_STAT,
	};
	static const unsigned rights[] = {
		RIGHT_READ | RIGHT_STAT,   RIGHT_WRITE | RIGHT_STAT,
		RIGHT_APPEND | RIGHT_STAT, RIGHT_REMOVE | RIGHT_STAT,
		RIGHT_LIST | RIGHT_STAT,   RIGHT_STAT,
	};

	for (unsigned set = 0; set < 1u << 6; set++) {
		struct policy_rule rules[6];
		struct policy p = {.rules = rules};
		unsigned expected = 0;

		for (unsigned v = 0; v < 6; v++) {
			if (!(set & 1u << v))
				continue;
			expected |= rights[v];
			rules[p.nrules++] = (struct policy_rule){
				.verb = verbs[v],
				.path = {.pattern = (char *)"/a",
					 .types = POLICY_FILE},
			};
		}
		cr_assert_eq(policy_judge(&p, "/a").rights, expected);
		cr_assert_eq(policy_judge(&p, "/ab").rights, 0);
		cr_assert_eq(policy_judge(&p, "/").rights, 0);
	}
}

Test(match, grants_nothing_without_rules)
{
	struct policy p = {0};
	struct policy_grant g = policy_judge(&p, "/");
	struct net_addr a;
	unsigned rights = 1;

	cr_assert_eq(g.rights, 0);
	cr_assert_null(g.deny);
	cr_assert_eq(net_addr_parse("tcp *:80", &a), 0);
	cr_assert_null(policy_judge_net(&p, POLICY_LISTEN, &a));
	cr_assert_null(policy_judge_name(&p, POLICY_RAW, "icmp", 0));
	cr_assert_not(policy_may_change(&p, "/"));
	cr_assert(policy_uniform(&p, "/", &rights));
	cr_assert_eq(rights, 0);
}

/* One rule whose links were followed at load. */
static struct policy linked(struct policy_rule *r, enum policy_verb verb)
{
	*r = (struct policy_rule){
		.verb = verb,
		.path = {.pattern = (char *)"/srv/www/**",
			 .resolved = (char *)"/data/**",
			 .types = POLICY_FILE},
	};
	return (struct policy){.rules = r, .nrules = 1};
}

Test(match, covers_by_the_pattern_and_by_where_its_links_lead)
{
	struct policy_rule r;
	struct policy p = linked(&r, POLICY_READ);

	cr_assert(policy_judge(&p, "/srv/www/a").rights & RIGHT_READ);
	cr_assert(policy_judge(&p, "/data/a").rights & RIGHT_READ);
	cr_assert_eq(policy_judge(&p, "/srv/a").rights, 0);
	p = linked(&r, POLICY_DENY);
	cr_assert_not_null(policy_judge(&p, "/srv/www/a/b").deny);
	cr_assert_not_null(policy_judge(&p, "/data/a/b").deny);
	p = linked(&r, POLICY_REMOVE);
	cr_assert(policy_may_change(&p, "/srv/www"));
	cr_assert(policy_may_change(&p, "/data"));
	cr_assert_not(policy_may_change(&p, "/srv"));
	cr_assert_not(policy_may_change(&p, "/"));
}

Test(match, finds_no_tree_uniform_that_a_followed_link_leads_into)
{
	struct policy_rule r;
	struct policy p = linked(&r, POLICY_DENY);
	unsigned rights;

	cr_assert_not(policy_uniform(&p, "/srv", &rights));
	cr_assert_not(policy_uniform(&p, "/", &rights));
	p = linked(&r, POLICY_READ);
	cr_assert_not(policy_uniform(&p, "/", &rights));
	cr_assert(policy_uniform(&p, "/data", &rights));
	cr_assert_eq(rights, RIGHT_READ | RIGHT_STAT);
}

/* The socket that DIR/x is, where DIR is a link to /run at load. */
static const char *leads(const struct policy *p, const char *path)
{
	static struct policy_socket s;

	policy_judge_socket(p, POLICY_CONNECT, NET_UNIX, path, &s);
	cr_assert(!s.rule || !s.deny);
	return s.rule ? s.path : s.deny ? "denied" : "";
}

static struct policy_rule socket_rule(const char *pattern, const char *resolved)
{
	struct policy_rule r = {
		.verb = POLICY_CONNECT,
		.net = {.range = {.kind = NET_UNIX, .family = AF_UNIX},
			.resolved = (char *)resolved},
	};

	(void)snprintf(r.net.range.path, sizeof(r.net.range.path), "%s",
		       pattern);
	return r;
}

Test(match, tells_where_the_path_of_a_socket_led)
{
	struct policy_rule rules[] = {
		socket_rule("/var/run/x", "/run/x"),
		socket_rule("/var/db\\*/**", "/run/d\\\\b/**"),
		socket_rule("/all/*", "/*"),
		socket_rule("/plain/*", NULL),
	};
	struct policy p = {.rules = rules, .nrules = 4};

	cr_expect_str_eq(leads(&p, "/var/run/x"), "/run/x");
	cr_expect_str_eq(leads(&p, "/run/x"), "/run/x");
	cr_expect_str_eq(leads(&p, "/var/db*/a/b"), "/run/d\\b/a/b");
	cr_expect_str_eq(leads(&p, "/run/d\\b/a/b"), "/run/d\\b/a/b");
	cr_expect_str_eq(leads(&p, "/all/s"), "/s");
	cr_expect_str_eq(leads(&p, "/s"), "/s");
	cr_expect_str_eq(leads(&p, "/plain/s"), "/plain/s");
	cr_expect_str_eq(leads(&p, "/var/run/y"), "");
	cr_expect_str_eq(leads(&p, "/var/run"), "");
	cr_expect_str_eq(leads(&p, "/var/dbx/a"), "");
}

Test(match, denies_a_socket_by_the_path_asked_for_and_by_where_it_led)
{
	struct policy_rule rules[] = {
		socket_rule("/var/run/**", "/run/**"),
		{.verb = POLICY_DENY, .path = {.pattern = (char *)"/run/a"}},
		{.verb = POLICY_DENY,
		 .path = {.pattern = (char *)"/var/run/b"}},
	};
	struct policy p = {.rules = rules, .nrules = 3};
	struct net_addr a;

	cr_expect_str_eq(leads(&p, "/var/run/a"), "denied");
	cr_expect_str_eq(leads(&p, "/var/run/a/x"), "denied");
	cr_expect_str_eq(leads(&p, "/run/a"), "denied");
	cr_expect_str_eq(leads(&p, "/var/run/b"), "denied");
	cr_expect_str_eq(leads(&p, "/var/run/c"), "/run/c");
	cr_assert_eq(net_addr_parse("unix /var/run/a", &a), 0);
	cr_assert_null(policy_judge_net(&p, POLICY_CONNECT, &a));
	cr_assert_eq(net_addr_parse("unix /var/run/c", &a), 0);
	cr_assert_eq(policy_judge_net(&p, POLICY_CONNECT, &a), &rules[0]);
}

Test(match, allows_no_socket_that_leads_to_a_path_too_long)
{
	char resolved[BOUND_PATH] = "";
	struct policy_rule rule = socket_rule("/var/**", resolved);
	struct policy p = {.rules = &rule, .nrules = 1};

	for (size_t i = 0; i + 4 < sizeof(resolved); i += 2)
		memcpy(resolved + i, "/x", 2);
	(void)snprintf(resolved + BOUND_PATH - 4, 4, "/**");
	cr_assert_eq(strlen(leads(&p, "/var/y")), BOUND_PATH - 2);
	cr_assert_str_eq(leads(&p, "/var/yyy"), "");
}

Test(match, keeps_the_types_of_each_right_apart)
{
	struct policy_rule rules[] = {
		{.verb = POLICY_READ,
		 .path = {.pattern = (char *)"/dev/x", .types = POLICY_CHAR}},
		{.verb = POLICY_WRITE,
		 .path = {.pattern = (char *)"/dev/**", .types = POLICY_FILE}},
		{.verb = POLICY_READ,
		 .path = {.pattern = (char *)"/dev/*", .types = POLICY_FIFO}},
	};
	struct policy p = {.rules = rules, .nrules = 3};
	struct policy_grant g = policy_judge(&p, "/dev/x");

	cr_assert_eq(policy_types(&g, RIGHT_READ), POLICY_CHAR | POLICY_FIFO);
	cr_assert_eq(policy_types(&g, RIGHT_WRITE), POLICY_FILE);
	cr_assert_eq(policy_types(&g, RIGHT_READ | RIGHT_WRITE), 0);
	cr_assert_eq(policy_types(&g, RIGHT_APPEND), 0);
	cr_assert_eq(policy_types(&g, RIGHT_STAT), 0);
	g = policy_judge(&p, "/dev");
	cr_assert_eq(policy_types(&g, RIGHT_READ), 0);
}

enum {
	WORKER = 33,
	ALICE = 1000,
	BOB = 1001
};

/* Judges /from and /to by two rules, and looks for a gain from there to here.
 */
static bool gains(const struct policy_rule *from, const struct policy_rule *to)
{
	struct policy_rule rules[] = {*from, *to};
	struct policy p = {.rules = rules, .nrules = 2, .worker.uid = WORKER};
	struct policy_grant g, h;

	rules[0].path.pattern = (char *)"/from";
	rules[1].path.pattern = (char *)"/to";
	g = policy_judge(&p, "/from");
	h = policy_judge(&p, "/to");
	return policy_gains(&p, &g, &h);
}

Test(match, sees_what_a_rename_would_gain)
{
	struct policy_rule read = {.verb = POLICY_READ,
				   .path.types = POLICY_FILE};
	struct policy_rule write = {.verb = POLICY_WRITE,
				    .path.types = POLICY_FILE};
	struct policy_rule stat = {.verb = POLICY_STAT};
	struct policy_rule any = read, alice = read, bob = read, worker = read;

	any.path.types = POLICY_ANY;
	alice.path.owner = (struct policy_owner){.set = true, .uid = ALICE};
	bob.path.owner = (struct policy_owner){.set = true, .uid = BOB};
	worker.path.owner = (struct policy_owner){.set = true, .uid = WORKER};

	cr_assert_not(gains(&read, &read));
	cr_assert_not(gains(&read, &stat));
	cr_assert(gains(&stat, &read));
	cr_assert(gains(&read, &write));
	cr_assert(gains(&read, &any));
	cr_assert_not(gains(&any, &read));
	cr_assert(gains(&read, &alice));
	cr_assert(gains(&bob, &alice));
	cr_assert_not(gains(&alice, &alice));
	cr_assert_not(gains(&alice, &read));
	cr_assert_not(gains(&read, &worker));
}

static void expect_hint(unsigned rights, const char *path, const char *hint)
{
	char buf[256];

	cr_assert_eq(policy_hint(rights, path, buf, sizeof(buf)), strlen(hint));
	cr_assert_str_eq(buf, hint);
}

Test(match, names_the_missing_line)
{
	expect_hint(RIGHT_READ, "/etc/shadow", "read /etc/shadow");
	expect_hint(RIGHT_LIST | RIGHT_STAT, "/", "list /");
	expect_hint(RIGHT_STAT, "/x", "stat /x");
	expect_hint(RIGHT_REMOVE, "/x", "remove /x");
	expect_hint(RIGHT_READ | RIGHT_WRITE, "/x", "read /x and write /x");
	expect_hint(RIGHT_CREATE, "/x", "write /x create=0640");
	expect_hint(RIGHT_APPEND | RIGHT_CREATE, "/x", "append /x create=0640");
}

Test(match, quotes_the_path_of_a_missing_line)
{
	expect_hint(RIGHT_READ, "/a b", "read \"/a b\"");
	expect_hint(RIGHT_READ, "/a#\"\\*", "read \"/a#\\\"\\\\\\*\"");
	expect_hint(RIGHT_READ, "/50%i", "read /50%%i");
	expect_hint(RIGHT_READ, "/\xc3\xa9\xff", "read /\xc3\xa9\xff");
}

Test(match, names_no_line_where_there_can_be_none)
{
	expect_hint(RIGHT_READ, "/a\nb", "");
	expect_hint(RIGHT_READ, "/a\x7f", "");
	expect_hint(0, "/a", "");
}

Test(match, names_a_whole_line_or_none)
{
	char buf[17] = "";

	cr_assert_eq(policy_hint(RIGHT_READ, "/123456789", buf, 16), 15);
	for (size_t size = 0; size < 16; size++) {
		buf[0] = 'x';
		buf[size] = 'y';
		cr_assert_eq(policy_hint(RIGHT_READ, "/123456789", buf, size),
			     0);
		cr_assert_eq(buf[0], size ? '\0' : 'y');
		cr_assert_eq(buf[size], 'y');
	}
}

static void expect_hint_net(enum policy_verb verb, const char *address,
			    const char *hint)
{
	char buf[256];
	struct net_addr a;

	cr_assert_eq(net_addr_parse(address, &a), 0, "%s", address);
	cr_assert_eq(policy_hint_net(verb, &a, buf, sizeof(buf)), strlen(hint));
	cr_assert_str_eq(buf, hint);
}

Test(match, names_the_line_that_an_address_misses)
{
	char buf[256];

	expect_hint_net(POLICY_LISTEN, "tcp *:80", "listen tcp *:80");
	expect_hint_net(POLICY_BIND, "udp [::1]:53", "bind udp [::1]:53");
	expect_hint_net(POLICY_CONNECT, "tcp [::ffff:10.0.0.1]:1",
			"connect tcp 10.0.0.1:1");
	expect_hint_net(POLICY_LISTEN, "udp *:53", "");
	expect_hint_net(POLICY_CONNECT, "unix @x", "connect unix @x");
	expect_hint_net(POLICY_LISTEN, "unix /run/x", "listen unix /run/x");
	cr_assert_eq(policy_hint_name(POLICY_RAW, "icmp", 7, buf, 256), 8);
	cr_assert_str_eq(buf, "raw icmp");
	policy_hint_name(POLICY_PACKET, "eth0", 0x806, buf, sizeof(buf));
	cr_assert_str_eq(buf, "packet eth0 proto=0x0806");
	policy_hint_socket(POLICY_CONNECT, NET_UNIX_DGRAM, "/run/x", buf, 256);
	cr_assert_str_eq(buf, "connect unix:dgram /run/x");
}

/* By such a line more would be granted, or something else. */
Test(match, names_no_line_with_a_name_that_means_more_than_itself)
{
	static const char *const names[] = {"/*",  "/a\\", "/a\"", "/a b",
					    "/%i", "/#a",  "/a\t", "/a\nb"};
	char path[NET_PATH + 1];
	char buf[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "unix %s", names[i]);
		expect_hint_net(POLICY_CONNECT, path, "");
		cr_assert_eq(policy_hint_socket(POLICY_CONNECT, NET_UNIX,
						names[i], buf, 256),
			     0);
		cr_assert_eq(
			policy_hint_name(POLICY_RAW, names[i], 0, buf, 256), 0);
		cr_assert_str_eq(buf, "");
	}
	memset(path, '/', sizeof(path));
	path[NET_PATH] = '\0';
	cr_assert_eq(
		policy_hint_socket(POLICY_CONNECT, NET_UNIX, path, buf, 256),
		0);
	path[NET_PATH - 1] = '\0';
	cr_assert_gt(
		policy_hint_socket(POLICY_CONNECT, NET_UNIX, path, buf, 256),
		0);
}

Test(match, names_the_rule_behind_a_right)
{
	static const struct policy_rule rules[4];
	struct policy_grant g = {
		.rule = {[POLICY_READ] = &rules[0],
			 [POLICY_APPEND] = &rules[1],
			 [POLICY_REMOVE] = &rules[2],
			 [POLICY_LIST] = &rules[3]},
		.create = &rules[1],
	};

	cr_assert_eq(policy_grant_rule(&g, RIGHT_READ), &rules[0]);
	cr_assert_eq(policy_grant_rule(&g, RIGHT_APPEND), &rules[1]);
	cr_assert_eq(policy_grant_rule(&g, RIGHT_CREATE), &rules[1]);
	cr_assert_eq(policy_grant_rule(&g, RIGHT_REMOVE), &rules[2]);
	cr_assert_eq(policy_grant_rule(&g, RIGHT_LIST), &rules[3]);
	cr_assert_eq(policy_grant_rule(&g, RIGHT_STAT), &rules[0]);
	cr_assert_null(policy_grant_rule(&g, RIGHT_WRITE));
	/* Who makes a file asks for more than who reads it. */
	cr_assert_eq(policy_grant_rule(&g, RIGHT_READ | RIGHT_CREATE),
		     &rules[1]);
	g.rule[POLICY_READ] = g.rule[POLICY_LIST] = NULL;
	cr_assert_eq(policy_grant_rule(&g, RIGHT_STAT), &rules[1]);
}

/* ---- what a call asks for ------------------------------------------------ */

Test(match, knows_what_open_asks_for)
{
	const unsigned both = RIGHT_WRITE | RIGHT_APPEND;
	const struct {
		int flags;
		unsigned have;
		unsigned need;
	} cases[] = {
		{O_RDONLY, 0, RIGHT_READ},
		{O_RDONLY | O_TRUNC, both, RIGHT_READ | RIGHT_WRITE},
		{O_RDONLY | O_APPEND, both, RIGHT_READ},
		{O_RDWR, RIGHT_APPEND, RIGHT_READ | RIGHT_WRITE},
		{O_RDWR | O_APPEND, RIGHT_APPEND, RIGHT_READ | RIGHT_WRITE},
		{O_WRONLY, 0, RIGHT_WRITE},
		{O_WRONLY, RIGHT_WRITE, RIGHT_WRITE},
		{O_WRONLY, RIGHT_APPEND, RIGHT_APPEND},
		{O_WRONLY, both, RIGHT_WRITE},
		{O_WRONLY | O_APPEND, 0, RIGHT_APPEND},
		{O_WRONLY | O_APPEND, RIGHT_WRITE, RIGHT_WRITE},
		{O_WRONLY | O_TRUNC, RIGHT_APPEND, RIGHT_WRITE},
		{O_WRONLY | O_TRUNC | O_APPEND, 0, RIGHT_WRITE},
		{O_WRONLY | O_CREAT, RIGHT_APPEND, RIGHT_APPEND},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(policy_open_rights(cases[i].flags, cases[i].have),
			     cases[i].need, "%#o", (unsigned)cases[i].flags);
}

Test(match, knows_the_types_that_a_rule_can_have)
{
	cr_assert_eq(policy_type_of(S_IFREG | 07777), POLICY_FILE);
	cr_assert_eq(policy_type_of(S_IFDIR), POLICY_DIR);
	cr_assert_eq(policy_type_of(S_IFIFO), POLICY_FIFO);
	cr_assert_eq(policy_type_of(S_IFCHR), POLICY_CHAR);
	cr_assert_eq(policy_type_of(S_IFBLK), 0);
	cr_assert_eq(policy_type_of(S_IFSOCK), 0);
	cr_assert_eq(policy_type_of(S_IFLNK), 0);
	cr_assert_eq(policy_type_of(0), 0);
}
