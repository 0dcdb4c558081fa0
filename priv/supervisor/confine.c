/* SPDX-License-Identifier: ISC */
#include "supervisor/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>

#include "identity.h"

/*
 * A helper is given its capabilities by us, and a policy that is loaded later
 * may need others than today's.
 */
static uint64_t caps(const struct supervisor *s)
{
	uint64_t keep = PLAN_CAPS | PLAN_CAP(CAP_KILL) | PLAN_CAP(CAP_SETUID) |
			PLAN_CAP(CAP_SETGID) | PLAN_CAP(CAP_SETPCAP);

	if (s->options.embedded && s->notify.relay >= 0)
		keep |= PLAN_CAP(CAP_SYS_ADMIN);
	return keep;
}

/*
 * Children inherit the filter, the worker among them, and its program may be
 * anything: so nothing is here that an ordinary user's program may call with
 * success.
 */
static const char *const denied[] = {
	"acct",
	"bpf",
	"clock_settime",
	"delete_module",
	"finit_module",
	"init_module",
	"ioperm",
	"iopl",
	"kexec_file_load",
	"kexec_load",
	"lookup_dcookie",
	"nfsservctl",
	"open_by_handle_at",
	"reboot",
	"settimeofday",
	"swapoff",
	"swapon",
	"uselib",
	"vhangup",
};

static int load(scmp_filter_ctx ctx)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(denied) / sizeof(*denied);
	     i++) {
		int call = seccomp_syscall_resolve_name(denied[i]);

		if (call != __NR_SCMP_ERROR)
			r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), call,
					     0);
	}
	/* A program of another architecture is let alone, and not killed. */
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
				     SCMP_ACT_ALLOW);
	/* no_new_privs is set, and stays as it is. */
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);
	return r == 0 ? seccomp_load(ctx) : r;
}

static int filter(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int r = ctx ? load(ctx) : -ENOMEM;

	if (ctx)
		seccomp_release(ctx);
	return r;
}

int confine_supervisor(const struct supervisor *s, const char **ret_step)
{
	int r = identity_bound(caps(s), ret_step);

	if (r < 0)
		return r;
	*ret_step = "load its system call filter";
	return filter();
}
