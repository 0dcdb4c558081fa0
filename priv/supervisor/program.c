/* SPDX-License-Identifier: ISC */
#include "supervisor/program.h"

#include "calls.h"
#include "plan_calls.h"
#include "supervisor/memfd.h"

_Static_assert((int)PLAN_TESTS <= (int)BPF_TESTS,
	       "a test of a plan is one of a program");

static void add_call(struct bpf *b, const struct plan_call *call)
{
	struct bpf_test tests[BPF_TESTS];

	for (unsigned i = 0; i < call->ntests; i++)
		tests[i] = (struct bpf_test){
			.half = BPF_LOW(call->tests[i].argument),
			.mask = call->tests[i].mask,
			.value = call->tests[i].value,
		};
	calls_allow(b, call->number, call->ntests, tests);
}

static void add_calls(struct bpf *b, unsigned needs)
{
	const struct plan_call *calls;
	size_t n;

	calls = plan_calls(&n);
	for (size_t i = 0; i < n; i++)
		if (calls[i].need & needs)
			add_call(b, &calls[i]);
}

int program_make(unsigned needs)
{
	__attribute__((cleanup(bpf_freep))) struct bpf *b = calls_new();
	const struct sock_filter *code;
	size_t n;
	int r;

	if (!b)
		return -ENOMEM;
	add_calls(b, needs);
	calls_add_unknown(b, false);
	r = bpf_assemble(b);
	if (r < 0)
		return r;
	code = bpf_code(b, &n);
	return memfd_sealed("wicket-seccomp", code, n * sizeof(*code));
}
