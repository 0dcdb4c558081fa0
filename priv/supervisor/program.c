/* SPDX-License-Identifier: ISC */
#include "supervisor/program.h"

#include <errno.h>

#include "calls.h"
#include "plan_calls.h"
#include "supervisor/memfd.h"

static int add_call(scmp_filter_ctx ctx, const struct plan_call *call)
{
	struct scmp_arg_cmp tests[PLAN_TESTS];
	int number = calls_number(call->name);

	if (number < 0)
		return 0;
	for (unsigned i = 0; i < call->ntests; i++)
		tests[i] = (struct scmp_arg_cmp){
			.arg = call->tests[i].argument,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = call->tests[i].mask,
			.datum_b = call->tests[i].value,
		};
	return seccomp_rule_add_exact_array(ctx, SCMP_ACT_ALLOW, number,
					    call->ntests, tests);
}

static int add_calls(scmp_filter_ctx ctx, unsigned needs)
{
	const struct plan_call *calls;
	size_t n;
	int r = 0;

	calls = plan_calls(&n);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (calls[i].need & needs)
			r = add_call(ctx, &calls[i]);
	return r;
}

int program_make(unsigned needs)
{
	__attribute__((cleanup(calls_freep))) scmp_filter_ctx ctx = calls_new();
	_cleanup_fd_ int fd = memfd_new("wicket-seccomp");
	int r;

	if (!ctx || fd < 0)
		return ctx ? fd : -ENOMEM;
	r = add_calls(ctx, needs);
	if (r >= 0)
		r = calls_add_unknown(ctx, false);
	if (r >= 0)
		r = seccomp_export_bpf(ctx, fd);
	if (r >= 0)
		r = memfd_seal(fd);
	return r < 0 ? r : take_fd(&fd);
}
