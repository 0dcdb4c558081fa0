/* SPDX-License-Identifier: ISC */
/*
 * Run while building: prints calls.def, the system calls that libseccomp knows
 * by number and name, for each architecture that wicket is for.  The compiler
 * that reads it takes that of its target.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NUMBERS = 1024,
	NAMES = 4096,
};

static const struct {
	uint32_t arch;
	const char *macro;
} targets[] = {
	{SCMP_ARCH_X86_64, "__x86_64__"},
	{SCMP_ARCH_AARCH64, "__aarch64__"},
};

/* Between them they have had every call that a table of ours names. */
static const uint32_t all[] = {SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64,
			       SCMP_ARCH_X86, SCMP_ARCH_ARM};

/* Younger than the oldest libseccomp that this is built with. */
static const char *const young[] = {"close_range", "epoll_pwait2",
				    "futex_waitv"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Every name once, in no order. */
static const char *names[NAMES];
static size_t nnames;

static void add_name(const char *name)
{
	for (size_t i = 0; i < nnames; i++)
		if (strcmp(names[i], name) == 0)
			return;
	if (nnames == NAMES) {
		fputs("more names than there is room for\n", stderr);
		exit(1);
	}
	names[nnames++] = name;
}

/* They are kept until the program ends. */
static void gather_names(void)
{
	for (size_t i = 0; i < COUNT(all); i++)
		for (int number = 0; number < NUMBERS; number++) {
			char *name = seccomp_syscall_resolve_num_arch(all[i],
								      number);

			if (name)
				add_name(name);
		}
	for (size_t i = 0; i < COUNT(young); i++)
		add_name(young[i]);
}

/* In the order of their numbers. */
static void print_known(uint32_t arch)
{
	for (int number = 0; number < NUMBERS; number++) {
		char *name = seccomp_syscall_resolve_num_arch(arch, number);

		if (name)
			printf("KNOWN(%d, %s)\n", number, name);
		free(name);
	}
}

static void print_absent(uint32_t arch)
{
	for (size_t i = 0; i < nnames; i++)
		if (seccomp_syscall_resolve_name_arch(arch, names[i]) < 0)
			printf("ABSENT(%s)\n", names[i]);
}

int main(void)
{
	gather_names();
	for (size_t i = 0; i < COUNT(targets); i++) {
		/* Neither x32 nor its like: their numbers are others. */
		printf("#%s defined(%s) && !defined(__ILP32__)\n",
		       i ? "elif" : "if", targets[i].macro);
		print_known(targets[i].arch);
		print_absent(targets[i].arch);
	}
	puts("#else\n#error \"common/gen/calls.c lacks this architecture\"\n"
	     "#endif");
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
