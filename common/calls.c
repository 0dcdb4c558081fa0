/* SPDX-License-Identifier: ISC */
#include "calls.h"

#include <assert.h>
#include <string.h>

/* Past the last system call of any Linux to come in this library's time. */
#define NUMBERS 1024

/* In the order of their numbers. */
static const struct {
	int number;
	char name[32];
} known[] = {
#define KNOWN(number, name) {number, #name},
#define ABSENT(name)
#include "calls.def"
#undef KNOWN
#undef ABSENT
};

#define NKNOWN (sizeof(known) / sizeof(known[0]))

struct bpf *calls_new(void)
{
	return bpf_new(CALLS_ARCH, SECCOMP_RET_ERRNO | EPERM,
		       SECCOMP_RET_KILL_PROCESS);
}

void calls_allow(struct bpf *b, int number, unsigned ntests,
		 const struct bpf_test *tests)
{
	struct bpf_rule rule = {
		.first = (uint32_t)number,
		.last = (uint32_t)number,
		.action = SECCOMP_RET_ALLOW,
		.ntests = ntests,
	};

	assert(ntests <= BPF_TESTS);
	if (number < 0)
		return;
	for (unsigned i = 0; i < ntests; i++)
		rule.tests[i] = tests[i];
	bpf_add(b, &rule);
}

static void hide(struct bpf *b, int first, int last)
{
	if (first <= last)
		bpf_add(b, &(struct bpf_rule){.first = (uint32_t)first,
					      .last = (uint32_t)last,
					      .action = SECCOMP_RET_ERRNO |
							ENOSYS});
}

/* clone3 has its flags in memory, where no filter sees them. */
void calls_add_unknown(struct bpf *b, bool clone3)
{
	int next = 0;

	for (size_t i = 0; i < NKNOWN; i++) {
		hide(b, next, known[i].number - 1);
		next = known[i].number + 1;
	}
	hide(b, next, NUMBERS - 1);
	if (!clone3)
		hide(b, CALL_clone3, CALL_clone3);
}

int calls_number(const char *name)
{
	for (size_t i = 0; i < NKNOWN; i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].number;
	return -1;
}
