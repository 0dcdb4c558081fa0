/* SPDX-License-Identifier: ISC */
#include "support/machine.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static uint32_t load(const struct seccomp_data *call, uint32_t offset)
{
	uint32_t word;

	if (offset % 4 != 0 || offset > sizeof(*call) - sizeof(word))
		abort();
	memcpy(&word, (const char *)call + offset, sizeof(word));
	return word;
}

static bool holds(const struct sock_filter *i, uint32_t a)
{
	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		return a == i->k;
	case BPF_JGE:
		return a >= i->k;
	case BPF_JGT:
		return a > i->k;
	case BPF_JSET:
		return (a & i->k) != 0;
	default:
		abort();
	}
}

uint32_t machine_run(const struct sock_filter *code, size_t n,
		     const struct seccomp_data *call)
{
	uint32_t a = 0;

	for (size_t at = 0; at < n; at++) {
		const struct sock_filter *i = &code[at];

		if (i->code == (BPF_RET | BPF_K))
			return i->k;
		if (i->code == (BPF_LD | BPF_W | BPF_ABS))
			a = load(call, i->k);
		else if (i->code == (BPF_ALU | BPF_AND | BPF_K))
			a &= i->k;
		else if (i->code == (BPF_JMP | BPF_JA))
			at += i->k;
		else if (BPF_CLASS(i->code) == BPF_JMP &&
			 BPF_SRC(i->code) == BPF_K)
			at += holds(i, a) ? i->jt : i->jf;
		else
			abort();
	}
	abort();
}
