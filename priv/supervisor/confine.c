/* SPDX-License-Identifier: ISC */
#include "supervisor/confine.h"

#include <linux/capability.h>

#include "calls.h"
#include "identity.h"
#include "supervisor/denial.h"

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
static const int denied[] = {
	CALL_acct,
	CALL_bpf,
	CALL_clock_settime,
	CALL_delete_module,
	CALL_finit_module,
	CALL_init_module,
	CALL_ioperm,
	CALL_iopl,
	CALL_kexec_file_load,
	CALL_kexec_load,
	CALL_lookup_dcookie,
	CALL_nfsservctl,
	CALL_open_by_handle_at,
	CALL_reboot,
	CALL_settimeofday,
	CALL_swapoff,
	CALL_swapon,
	CALL_uselib,
	CALL_vhangup,
};

const int *confine_denied(size_t *ret_n)
{
	*ret_n = sizeof(denied) / sizeof(denied[0]);
	return denied;
}

int confine_supervisor(const struct supervisor *s, const char **ret_step)
{
	size_t n;
	const int *calls = confine_denied(&n);
	int r = identity_bound(caps(s), ret_step);

	if (r < 0)
		return r;
	*ret_step = "load its system call filter";
	/* A program of another architecture is let alone, and not killed. */
	return denial_load(calls, n, SECCOMP_RET_ALLOW);
}
