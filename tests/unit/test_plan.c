/* SPDX-License-Identifier: ISC */
#include "plan.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

TestSuite(plan, .timeout = 10);

#define _cleanup_policy_ __attribute__((cleanup(policy_freep)))

enum {
	WORKER = 33,
	HELPER = 61001,
	OTHER = 1000,
	GROUP = 4
};

static struct policy *parse(const char *text)
{
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy *p = NULL;

	cr_assert_eq(policy_new("test", &p), 0);
	cr_assert_eq(policy_parse(p, "test", text, strlen(text), NULL, &err), 0,
		     "%u:%u: %s", err.line, err.column, err.text);
	p->worker.uid = p->worker.gid = WORKER;
	p->helper.uid = p->helper.gid = HELPER;
	return p;
}

/* What policy_resolve() makes of owner= on the first rule. */
static void give(struct policy *p, uid_t uid, gid_t gid)
{
	struct policy_rule *r = &p->rules[0];
	struct policy_owner *o = r->verb == POLICY_LISTEN ? &r->net.owner
							  : &r->path.owner;

	o->set = true;
	o->uid = uid;
	o->gid = gid;
}

static struct plan plan(const struct policy *p)
{
	struct plan made;

	cr_assert_eq(plan_make(p, &made), 0);
	return made;
}

static void expect_caps(const char *text, const char *caps)
{
	_cleanup_policy_ struct policy *p = parse(text);
	char buf[256];

	cr_assert_eq(plan_caps_print(plan(p).caps, buf, sizeof(buf)), 0);
	cr_assert_str_eq(buf, caps, "%s: %s", text, buf);
}

Test(plan, needs_no_capability_for_nothing)
{
	expect_caps("", "none");
	expect_caps("deny /srv/**\n", "none");
	expect_caps("promise stdio\nlimit fds=1\n", "none");
}

Test(plan, reads_by_one_capability_and_writes_by_another)
{
	expect_caps("read /x\n", "dac_read_search");
	expect_caps("list /x/**\n", "dac_read_search");
	expect_caps("stat /x\n", "dac_read_search");
	expect_caps("write /x\n", "dac_override");
	expect_caps("append /x create=0640\n", "dac_override");
	expect_caps("remove /x/**\n", "dac_override");
}

Test(plan, reads_by_what_it_writes_with)
{
	expect_caps("read /x\nwrite /y\n", "dac_override");
	expect_caps("write /y\nread /x\n", "dac_override");
}

Test(plan, binds_low_ports_only_by_capability)
{
	expect_caps("listen tcp *:80\n", "net_bind_service");
	expect_caps("listen tcp [::]:1023\n", "net_bind_service");
	expect_caps("bind udp 127.0.0.1:514\n", "net_bind_service");
	expect_caps("bind udp 127.0.0.1:1000-2000\n", "net_bind_service");
	expect_caps("listen tcp 127.0.0.1:*\n", "net_bind_service");
	expect_caps("listen tcp *:1024\n", "none");
	expect_caps("bind udp *:1024-65535\n", "none");
	expect_caps("connect tcp *:80\n", "none");
}

Test(plan, binds_names_where_the_worker_could_not)
{
	expect_caps("listen unix /run/x\n", "dac_override");
	expect_caps("listen unix @x\n", "none");
	expect_caps("connect unix /run/x\n", "none");
}

Test(plan, opens_raw_sockets_by_capability)
{
	expect_caps("raw icmp\n", "net_raw");
	expect_caps("packet eth0 proto=0x88cc\n", "net_raw");
	expect_caps("listen tcp *:8080 device=eth0\n", "net_raw");
}

Test(plan, sets_options_by_capability)
{
	expect_caps("listen tcp *:8080 transparent=on\n", "net_admin");
	expect_caps("bind udp *:8080 mark=0\n", "net_admin");
	expect_caps("bind udp *:8080 rcvbuf=1M\n", "net_admin");
	expect_caps("packet eth0 proto=0x88cc priority=6\n", "net_raw");
	expect_caps("packet eth0 proto=0x88cc priority=7\n",
		    "net_admin,net_raw");
	expect_caps("listen tcp *:8080 freebind=on backlog=5\n", "none");
}

Test(plan, is_the_union_of_its_rules)
{
	expect_caps("read /srv/**\nlisten tcp *:80\nraw icmp\n",
		    "dac_read_search,net_bind_service,net_raw");
}

Test(plan, gives_away_only_by_capability)
{
	_cleanup_policy_ struct policy *p = parse("write /x create=0640\n");

	give(p, WORKER, (gid_t)-1);
	cr_assert_eq(plan(p).caps, UINT64_C(1) << CAP_DAC_OVERRIDE);
	give(p, WORKER, GROUP);
	cr_assert_eq(plan(p).caps, UINT64_C(1) << CAP_DAC_OVERRIDE);
	give(p, OTHER, (gid_t)-1);
	cr_assert_eq(plan(p).caps, UINT64_C(1) << CAP_DAC_OVERRIDE |
					   UINT64_C(1) << CAP_CHOWN);
}

Test(plan, gives_away_sockets_only_by_capability)
{
	_cleanup_policy_ struct policy *p = parse("listen unix /run/x\n");

	give(p, OTHER, GROUP);
	cr_assert_eq(plan(p).caps, UINT64_C(1) << CAP_DAC_OVERRIDE |
					   UINT64_C(1) << CAP_CHOWN);
	cr_assert_eq(plan(p).ngroups, 1);
	cr_assert_eq(plan(p).groups[0], GROUP);
}

Test(plan, has_the_ids_of_the_policy)
{
	_cleanup_policy_ struct policy *p = parse("");
	struct plan made;

	p->worker.gid = 34;
	p->helper.gid = 61002;
	made = plan(p);
	cr_assert_eq(made.uid, HELPER);
	cr_assert_eq(made.gid, 61002);
	cr_assert_eq(made.fsuid, WORKER);
	cr_assert_eq(made.fsgid, 34);
	cr_assert_eq(made.ngroups, 0);
}

Test(plan, holds_each_group_that_it_gives_once)
{
	_cleanup_policy_ struct policy *p = parse(
		"write /x create=0640\nread /y\n");
	struct plan made;

	p->helper.ngroups = 1;
	p->helper.groups_id[0] = GROUP;
	give(p, WORKER, GROUP);
	cr_assert_eq(plan(p).ngroups, 1);
	give(p, WORKER, WORKER);
	cr_assert_eq(plan(p).ngroups, 1, "the worker's group is the fsgid");
	give(p, WORKER, HELPER);
	made = plan(p);
	cr_assert_eq(made.ngroups, 2, "with another fsgid it needs its own");
	cr_assert_eq(made.groups[1], HELPER);
}

Test(plan, refuses_too_many_groups)
{
	_cleanup_policy_ struct policy *p = parse("write /x create=0640\n");
	struct plan made = {.caps = 7};

	p->helper.ngroups = BOUND_GROUPS;
	for (gid_t i = 0; i < BOUND_GROUPS; i++)
		p->helper.groups_id[i] = 100 + i;
	cr_assert_eq(plan_make(p, &made), 0);
	made.caps = 7;
	give(p, WORKER, GROUP);
	cr_assert_eq(plan_make(p, &made), -E2BIG);
	cr_assert_eq(made.caps, 7);
}

Test(plan, prints_every_capability_within_its_room)
{
	char buf[1024];

	cr_assert_eq(plan_caps_print(~UINT64_C(0), buf, sizeof(buf)), 0);
	cr_assert_not_null(strstr(buf, "chown,dac_override,"));
	cr_assert_not_null(strstr(buf, ",bpf,checkpoint_restore,41,42,"));
	for (size_t size = 0; size <= strlen("chown,kill"); size++) {
		uint64_t caps = UINT64_C(1) << CAP_CHOWN | UINT64_C(1)
								   << CAP_KILL;

		cr_assert_eq(plan_caps_print(caps, buf, size), -ENOSPC);
	}
	cr_assert_eq(plan_caps_print(0, buf, 4), -ENOSPC);
	cr_assert_eq(plan_caps_print(0, buf, 5), 0);
}

/* Numbers by the kernel's header, names by hand: they must agree. */
Test(plan, numbers_its_names_as_the_kernel_does)
{
	static const struct {
		unsigned number;
		const char *name;
	} some[] = {
		{CAP_SETUID, "setuid"},
		{CAP_NET_BIND_SERVICE, "net_bind_service"},
		{CAP_NET_ADMIN, "net_admin"},
		{CAP_NET_RAW, "net_raw"},
		{CAP_SYS_PTRACE, "sys_ptrace"},
		{CAP_SYS_ADMIN, "sys_admin"},
		{CAP_MKNOD, "mknod"},
		{CAP_SYSLOG, "syslog"},
		{CAP_CHECKPOINT_RESTORE, "checkpoint_restore"},
	};
	char buf[64];

	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		cr_assert_eq(plan_caps_print(UINT64_C(1) << some[i].number, buf,
					     sizeof(buf)),
			     0);
		cr_assert_str_eq(buf, some[i].name);
	}
}

Test(plan, gives_nothing_for_an_owner_of_files_that_are_not_made)
{
	static const char *const rules[] = {"read /d/*\n", "write /d/*\n"};

	for (size_t i = 0; i < 2; i++) {
		_cleanup_policy_ struct policy *p = parse(rules[i]);
		struct plan made;

		give(p, 0, 4);
		made = plan(p);
		cr_assert_eq(made.caps & (1u << CAP_CHOWN), 0);
		cr_assert_eq(made.ngroups, 0);
	}
}
