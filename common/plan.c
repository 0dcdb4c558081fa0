/* SPDX-License-Identifier: ISC */
#include "plan.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "policy/net.h"
#include "text.h"

enum {
	/* net.ipv4.ip_unprivileged_port_start, unless somebody changed it. */
	FIRST_FREE_PORT = 1024,
	/* SO_PRIORITY above it is the administrator's. */
	LAST_FREE_PRIORITY = 6,
};

static const char *const names[] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};

#define NNAMES (sizeof(names) / sizeof(names[0]))

static uint64_t cap(unsigned number)
{
	return UINT64_C(1) << number;
}

/* ---- capabilities ------------------------------------------------------- */

/*
 * The helper acts with the worker's fsuid: what it makes is the worker's, and
 * only another owner needs CAP_CHOWN.  A group comes by membership.
 */
static uint64_t owner_caps(const struct policy *p, const struct policy_owner *o)
{
	return o->set && o->uid != p->worker.uid ? cap(CAP_CHOWN) : 0;
}

/* Without create=, owner= only says whose files may be handed out. */
static uint64_t path_caps(const struct policy *p, const struct policy_rule *r)
{
	uint64_t caps = r->path.create ? owner_caps(p, &r->path.owner) : 0;

	switch (r->verb) {
	case POLICY_READ:
	case POLICY_LIST:
	case POLICY_STAT:
		return caps | cap(CAP_DAC_READ_SEARCH);
	case POLICY_WRITE:
	case POLICY_APPEND:
	case POLICY_REMOVE:
		return caps | cap(CAP_DAC_OVERRIDE);
	default:
		return 0;
	}
}

static uint64_t option_caps(const struct policy_net *n)
{
	uint64_t caps = 0;

	if (n->device)
		caps |= cap(CAP_NET_RAW);
	if (n->transparent || n->mark_set || n->rcvbuf ||
	    (n->priority_set && n->priority > LAST_FREE_PRIORITY))
		caps |= cap(CAP_NET_ADMIN);
	return caps;
}

/* A name in a directory for unix; a low port else. */
static uint64_t bind_caps(const struct policy *p, const struct policy_net *n)
{
	if (n->range.family != AF_UNIX)
		return n->range.port_low < FIRST_FREE_PORT
			       ? cap(CAP_NET_BIND_SERVICE)
			       : 0;
	if (n->range.path[0] == '@')
		return 0;
	return cap(CAP_DAC_OVERRIDE) | owner_caps(p, &n->owner);
}

static uint64_t net_caps(const struct policy *p, const struct policy_rule *r)
{
	uint64_t caps = option_caps(&r->net);

	switch (r->verb) {
	case POLICY_LISTEN:
	case POLICY_BIND:
		return caps | bind_caps(p, &r->net);
	case POLICY_RAW:
	case POLICY_PACKET:
		return caps | cap(CAP_NET_RAW);
	default:
		return caps;
	}
}

static bool is_path_verb(enum policy_verb v)
{
	return v <= POLICY_DENY;
}

static uint64_t all_caps(const struct policy *p)
{
	uint64_t caps = 0;

	for (size_t i = 0; i < p->nrules; i++) {
		const struct policy_rule *r = &p->rules[i];

		caps |= is_path_verb(r->verb) ? path_caps(p, r)
					      : net_caps(p, r);
	}
	/* Who may override all of it may read and search. */
	if (caps & cap(CAP_DAC_OVERRIDE))
		caps &= ~cap(CAP_DAC_READ_SEARCH);
	return caps;
}

/* ---- groups ------------------------------------------------------------- */

static int add_group(struct plan *plan, gid_t gid)
{
	for (size_t i = 0; i < plan->ngroups; i++)
		if (plan->groups[i] == gid)
			return 0;
	if (plan->ngroups == BOUND_GROUPS)
		return -E2BIG;
	plan->groups[plan->ngroups++] = gid;
	return 0;
}

/*
 * Of what is one's own, one may give the group to any that one is in.  The
 * helper's gid is not one of them where it has taken the worker's fsgid, so
 * that it is listed here even if it is the owner's.
 */
static int add_owner_group(struct plan *plan, const struct policy_owner *o)
{
	if (!o->set || o->gid == (gid_t)-1 || o->gid == plan->fsgid)
		return 0;
	return add_group(plan, o->gid);
}

static int add_groups(const struct policy *p, struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; i < p->helper.ngroups && r == 0; i++)
		r = add_group(plan, p->helper.groups_id[i]);
	for (size_t i = 0; i < p->nrules && r == 0; i++) {
		const struct policy_rule *rule = &p->rules[i];

		if (!is_path_verb(rule->verb))
			r = add_owner_group(plan, &rule->net.owner);
		else if (rule->path.create)
			r = add_owner_group(plan, &rule->path.owner);
	}
	return r;
}

int plan_make(const struct policy *p, struct plan *ret)
{
	struct plan plan = {
		.caps = all_caps(p),
		.uid = p->helper.uid,
		.gid = p->helper.gid,
		.fsuid = p->worker.uid,
		.fsgid = p->worker.gid,
	};
	int r = add_groups(p, &plan);

	if (r == 0)
		*ret = plan;
	return r;
}

/* ---- printing ----------------------------------------------------------- */

int plan_caps_print(uint64_t caps, char *buf, size_t size)
{
	struct text t = text_in(buf, size);

	for (unsigned i = 0; i < 64; i++) {
		if (!(caps & cap(i)))
			continue;
		text_put(&t, "%s", t.len ? "," : "");
		if (i < NNAMES)
			text_put(&t, "%s", names[i]);
		else
			text_put(&t, "%u", i);
	}
	if (caps == 0)
		text_put(&t, "none");
	return t.failed ? -ENOSPC : 0;
}
