/* SPDX-License-Identifier: ISC */
#include "supervisor/denial.h"

#include "calls.h"

static void deny(struct bpf *b, int number)
{
	if (number >= 0)
		bpf_add(b, &(struct bpf_rule){.first = (uint32_t)number,
					      .last = (uint32_t)number,
					      .action = SECCOMP_RET_ERRNO |
							EPERM});
}

int denial_make(const int *calls, size_t n, uint32_t foreign, struct bpf **ret)
{
	__attribute__((cleanup(bpf_freep))) struct bpf *b = bpf_new(
		CALLS_ARCH, SECCOMP_RET_ALLOW, foreign);
	int r;

	if (!b)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		deny(b, calls[i]);
	r = bpf_assemble(b);
	if (r >= 0)
		*ret = take_ptr(&b);
	return r;
}

int denial_load(const int *calls, size_t n, uint32_t foreign)
{
	__attribute__((cleanup(bpf_freep))) struct bpf *b = NULL;
	int r = denial_make(calls, n, foreign, &b);

	/* Safe because: a filter only takes away. */
	return r < 0 ? r : bpf_load(b);
}
