/* SPDX-License-Identifier: ISC */
#include "calls.h"

#include <stdlib.h>

/* Past the last system call of any Linux to come in this library's time. */
#define NUMBERS 1024

scmp_filter_ctx calls_new(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	if (!ctx)
		return NULL;
	/* 2: a binary tree, not a list as long as the table. */
	if (seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
			     SCMP_ACT_KILL_PROCESS) == 0 &&
	    seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0)
		return ctx;
	seccomp_release(ctx);
	return NULL;
}

int calls_number(const char *name)
{
	return seccomp_syscall_resolve_name_arch(SCMP_ARCH_NATIVE, name);
}

static bool is_known(int number)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
	bool known = name != NULL;

	free(name);
	return known;
}

/* clone3 has its flags in memory, where no filter sees them. */
int calls_add_unknown(scmp_filter_ctx ctx, bool clone3)
{
	int hidden = clone3 ? -1 : calls_number("clone3");

	for (int number = 0; number < NUMBERS; number++) {
		int r;

		if (is_known(number) && number != hidden)
			continue;
		r = seccomp_rule_add_exact(ctx, SCMP_ACT_ERRNO(ENOSYS), number,
					   0);
		if (r < 0)
			return r;
	}
	return 0;
}
