/* SPDX-License-Identifier: ISC */
#include "policy/pack.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "policy/match.h"
#include "wire.h"

TestSuite(pack, .timeout = 10);

#define _cleanup_policy_ __attribute__((cleanup(policy_freep)))

static const char everything[] =
	"worker www-data:www-data,adm\n"
	"helper _wicket-httpd\n"
	"promise stdio accept threads +ftruncate +fsync\n"
	"read /srv/www/** type=any\n"
	"append /var/log/*.log create=0640 owner=%worker:adm\n"
	"remove /run/x/**\n"
	"deny /srv/www/**/.git\n"
	"listen tcp *:80 [::]:443 backlog=511 reuseport=4 v6only=off\n"
	"listen unix /run/x.sock mode=0660 owner=%worker:www-data\n"
	"bind udp 127.0.0.1:514 rcvbuf=1M mark=7 device=eth0\n"
	"connect tcp 10.0.0.0/8:5432 [fe80::1%2]:8000-8010\n"
	"connect unix:dgram @abstract\n"
	"raw icmp\n"
	"packet eth0 proto=0x88cc priority=7\n"
	"limit requests=20000 fds=4096 channels=64\n";

static struct policy *parse(const char *text)
{
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy *p = NULL;

	cr_assert_eq(policy_new("httpd", &p), 0);
	cr_assert_eq(
		policy_parse(p, "httpd.policy", text, strlen(text), NULL, &err),
		0, "%u:%u: %s", err.line, err.column, err.text);
	return p;
}

/* The policy above, with what policy_resolve() would have found. */
static struct policy *resolved(void)
{
	struct policy *p = parse(everything);
	struct policy_path *www = &p->rules[0].path;

	p->worker.known = p->helper.known = true;
	p->worker.uid = 33;
	p->worker.gid = 34;
	p->worker.ngroups = 2;
	p->worker.groups_id[0] = 4;
	p->worker.groups_id[1] = 0xfffffffe;
	p->helper.uid = 61001;
	www->resolved = strdup("/data/www/**");
	www->trusted = strlen("/data/www");
	p->rules[1].path.owner.gid = 4;
	p->rules[6].net.resolved = strdup("/data/run/x.sock");
	return p;
}

static size_t pack(const struct policy *p, void **ret)
{
	size_t len;

	cr_assert_eq(policy_pack(p, ret, &len), 0);
	return len;
}

static struct policy *unpack(const void *bytes, size_t len)
{
	struct policy *p = NULL;

	cr_assert_eq(policy_unpack(bytes, len, &p), 0);
	return p;
}

static void refuses(const void *bytes, size_t len)
{
	struct policy *p = NULL;

	cr_assert_eq(policy_unpack(bytes, len, &p), -EPROTO);
	cr_assert_null(p);
}

Test(pack, brings_everything_over)
{
	_cleanup_policy_ struct policy *before = resolved();
	_cleanup_policy_ struct policy *after = NULL;
	_cleanup_free_ void *first = NULL;
	_cleanup_free_ void *second = NULL;
	size_t len = pack(before, &first);

	after = unpack(first, len);
	cr_assert_eq(pack(after, &second), len);
	cr_assert_eq(memcmp(first, second, len), 0);
	cr_assert_str_eq(after->name, "httpd");
	cr_assert_str_eq(after->sources[0], "httpd.policy");
	cr_assert_str_eq(after->worker.user, "www-data");
	cr_assert_str_eq(after->worker.groups, "www-data,adm");
	cr_assert_eq(after->worker.uid, 33);
	cr_assert_eq(after->worker.groups_id[1], 0xfffffffe);
	cr_assert_eq(after->helper.uid, 61001);
	cr_assert_eq(after->promises.words, before->promises.words);
	cr_assert_str_eq(after->promises.extra[1], "fsync");
	cr_assert_eq(after->limits.fds, 4096);
}

Test(pack, brings_path_rules_over)
{
	_cleanup_policy_ struct policy *before = resolved();
	_cleanup_policy_ struct policy *after = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t len = pack(before, &bytes);
	const struct policy_rule *r;

	after = unpack(bytes, len);
	cr_assert_eq(after->nrules, before->nrules);
	r = &after->rules[0];
	cr_assert_eq(r->verb, POLICY_READ);
	cr_assert_eq(r->line, 4);
	cr_assert_eq(r->path.types, POLICY_ANY);
	cr_assert_str_eq(r->path.resolved, "/data/www/**");
	cr_assert_eq(r->path.trusted, 9);
	r = &after->rules[1];
	cr_assert_null(r->path.resolved);
	cr_assert(r->path.create);
	cr_assert_eq(r->path.mode, 0640);
	cr_assert_str_eq(r->path.owner.text, "%worker:adm");
	cr_assert_eq(r->path.owner.gid, 4);
	cr_assert(policy_judge(after, "/data/www/x").rights & RIGHT_READ);
	cr_assert_not_null(policy_judge(after, "/srv/www/a/.git/x").deny);
}

Test(pack, brings_address_rules_over)
{
	_cleanup_policy_ struct policy *before = resolved();
	_cleanup_policy_ struct policy *after = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t len = pack(before, &bytes);
	const struct policy_rule *r;
	struct net_addr a;

	after = unpack(bytes, len);
	for (size_t i = 4; i < after->nrules; i++) {
		const struct net_range *was = &before->rules[i].net.range;
		const struct net_range *is = &after->rules[i].net.range;

		cr_assert_eq(is->kind, was->kind);
		cr_assert_eq(is->family, was->family);
		cr_assert_eq(memcmp(is->addr, was->addr, 16), 0);
		cr_assert_eq(is->prefix, was->prefix);
		cr_assert_str_eq(is->path, was->path);
		cr_assert_eq(!after->rules[i].net.resolved, i != 6);
	}
	cr_assert_str_eq(after->rules[6].net.resolved, "/data/run/x.sock");
	cr_assert_eq(net_addr_parse("unix /data/run/x.sock", &a), 0);
	cr_assert_eq(policy_judge_net(after, POLICY_LISTEN, &a),
		     &after->rules[6]);
	cr_assert_eq(net_addr_parse("tcp [::]:443", &a), 0);
	r = policy_judge_net(after, POLICY_LISTEN, &a);
	cr_assert_not_null(r);
	cr_assert(r->net.backlog == 511 && r->net.reuseport == 4);
	cr_assert(r->net.dual);
	cr_assert_eq(net_addr_parse("udp 127.0.0.1:514", &a), 0);
	r = policy_judge_net(after, POLICY_BIND, &a);
	cr_assert_not_null(r);
	cr_assert_str_eq(r->net.device, "eth0");
	cr_assert(r->net.mark_set && r->net.mark == 7);
	r = policy_judge_name(after, POLICY_PACKET, "eth0", 0x88cc);
	cr_assert_not_null(r);
	cr_assert(r->net.priority_set && r->net.priority == 7);
	cr_assert_not_null(policy_judge_name(after, POLICY_RAW, "icmp", 0));
}

Test(pack, brings_an_empty_policy_over)
{
	_cleanup_policy_ struct policy *before = NULL;
	_cleanup_policy_ struct policy *after = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t len;

	cr_assert_eq(policy_new("", &before), 0);
	len = pack(before, &bytes);
	after = unpack(bytes, len);
	cr_assert_eq(after->nrules, 0);
	cr_assert_null(after->worker.user);
}

Test(pack, brings_many_rules_over)
{
	_cleanup_policy_ struct policy *before = parse("read /0\n");
	_cleanup_policy_ struct policy *after = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t len;

	for (unsigned i = 1; i < 5000; i++) {
		struct policy_rule *r;
		char path[32];

		(void)snprintf(path, sizeof(path), "/%u", i);
		cr_assert_eq(policy_rule_add(before, &r), 0);
		r->path.pattern = strdup(path);
	}
	len = pack(before, &bytes);
	after = unpack(bytes, len);
	cr_assert_eq(after->nrules, 5000);
	cr_assert_str_eq(after->rules[4999].path.pattern, "/4999");
}

Test(pack, has_room_for_the_rules_that_came_and_for_more_when_asked)
{
	_cleanup_policy_ struct policy *before = parse("read /0 /1 /2\n");
	_cleanup_policy_ struct policy *after = NULL;
	_cleanup_free_ void *bytes = NULL;
	size_t len = pack(before, &bytes);
	struct policy_rule *r;

	after = unpack(bytes, len);
	cr_assert_eq(after->room, 3);
	cr_assert_eq(policy_rule_add(after, &r), 0);
	cr_assert_eq(after->nrules, 4);
	cr_assert_geq(after->room, 4);
	cr_assert_str_eq(after->rules[2].path.pattern, "/2");
}

/* The number of rules is the last that a policy without any says. */
Test(pack, refuses_more_rules_than_were_sent)
{
	_cleanup_policy_ struct policy *p = parse("");
	_cleanup_free_ uint8_t *bytes = NULL;
	void *packed = NULL;
	size_t len = pack(p, &packed);
	struct wire_out o;

	bytes = packed;
	o = wire_out(bytes + len - sizeof(uint64_t), sizeof(uint64_t));
	wire_put_u64(&o, 1);
	refuses(bytes, len);
	o.len = 0;
	wire_put_u64(&o, BOUND_POLICY_RULES);
	refuses(bytes, len);
}

Test(pack, refuses_what_is_cut_short_or_too_long)
{
	_cleanup_policy_ struct policy *p = resolved();
	_cleanup_free_ void *bytes = NULL;
	size_t len = pack(p, &bytes);
	char *longer = realloc(take_ptr(&bytes), len + 1);

	for (size_t cut = 0; cut < len; cut++)
		refuses(longer, cut);
	longer[len] = 0;
	refuses(longer, len + 1);
	free(longer);
}

/* Whatever is made of such bytes is a policy that packs and judges. */
Test(pack, survives_any_wrong_byte)
{
	_cleanup_policy_ struct policy *p = resolved();
	_cleanup_free_ void *packed = NULL;
	size_t len = pack(p, &packed);
	unsigned refused = 0;

	for (size_t at = 0; at < len; at++) {
		_cleanup_policy_ struct policy *got = NULL;
		_cleanup_free_ void *again = NULL;
		uint8_t *bytes = packed;
		int r;

		bytes[at] ^= 0xff;
		r = policy_unpack(bytes, len, &got);
		bytes[at] ^= 0xff;
		cr_assert(r == 0 || r == -EPROTO, "byte %zu: %d", at, r);
		refused += r < 0;
		if (r < 0)
			continue;
		(void)policy_judge(got, "/srv/www/a");
		cr_assert_eq(pack(got, &again), len);
	}
	cr_assert_gt(refused, len / 2);
}

/* Changes one thing of a good policy, and packs it: nobody may unpack it. */
static void refuses_rule(const struct policy_rule *bad, size_t at)
{
	_cleanup_policy_ struct policy *p = resolved();
	_cleanup_free_ void *bytes = NULL;
	struct policy_rule good = p->rules[at];
	size_t len;

	p->rules[at] = *bad;
	len = pack(p, &bytes);
	p->rules[at] = good;
	refuses(bytes, len);
}

Test(pack, refuses_numbers_that_no_policy_has)
{
	_cleanup_policy_ struct policy *p = resolved();
	struct policy_rule bad;
	char too_long[BOUND_PATH + 1] = "";

	memset(too_long, '/', BOUND_PATH);

#define REFUSES(at, change)               \
	do {                              \
		bad = p->rules[at];       \
		change;                   \
		refuses_rule(&bad, (at)); \
	} while (0)
	REFUSES(0, bad.source = 1);
	REFUSES(0, bad.path.trusted = strlen("/data/www/**") + 1);
	REFUSES(0, bad.path.mode = 04777);
	REFUSES(0, bad.path.types = POLICY_ANY + 1);
	REFUSES(0, bad.path.pattern = NULL);
	REFUSES(0, bad.path.pattern = (char *)"srv");
	REFUSES(0, bad.path.resolved = (char *)"");
	REFUSES(4, bad.net.range.kind = NET_NONE);
	REFUSES(4, bad.net.range.kind = NET_KIND_MAX);
	REFUSES(4, bad.net.range.kind = NET_UNIX);
	REFUSES(4, bad.net.range.family = AF_UNIX);
	REFUSES(4, bad.net.range.prefix = 33);
	REFUSES(4, bad.net.range.port_low = 0);
	REFUSES(4, bad.net.range.port_high = bad.net.range.port_low - 1);
	REFUSES(4, bad.net.reuseport = BOUND_REUSEPORT + 1);
	REFUSES(6, bad.net.range.path[0] = '\0');
	REFUSES(6, bad.net.range.path[0] = 'x');
	REFUSES(6, bad.net.resolved = (char *)"x");
	REFUSES(6, bad.net.resolved = too_long);
	REFUSES(4, bad.net.resolved = (char *)"/x");
	REFUSES(11, bad.net.name = NULL);
	REFUSES(11, bad.net.range.kind = NET_TCP);
#undef REFUSES
}

Test(pack, refuses_a_verb_that_is_none)
{
	_cleanup_policy_ struct policy *p = parse("raw icmp\n");
	_cleanup_free_ void *bytes = NULL;
	size_t len;

	p->rules[0].verb = POLICY_VERB_MAX;
	len = pack(p, &bytes);
	refuses(bytes, len);
}

Test(pack, says_when_a_policy_is_too_large)
{
	_cleanup_policy_ struct policy *p = parse("read /0\n");
	struct policy_rule *r;
	char *pattern = malloc(BOUND_POLICY_LINE);
	void *bytes = NULL;
	size_t len;
	size_t n = BOUND_POLICY_PACKED / BOUND_POLICY_LINE + 1;

	memset(pattern, 'x', BOUND_POLICY_LINE);
	pattern[0] = '/';
	pattern[BOUND_POLICY_LINE - 1] = '\0';
	for (size_t i = 0; i < n; i++) {
		cr_assert_eq(policy_rule_add(p, &r), 0);
		r->path.pattern = pattern;
	}
	cr_assert_eq(policy_pack(p, &bytes, &len), -E2BIG);
	cr_assert_null(bytes);
	for (size_t i = 0; i < n; i++)
		p->rules[1 + i].path.pattern = NULL;
	free(pattern);
}
