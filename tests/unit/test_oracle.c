/* SPDX-License-Identifier: ISC */
/*
 * Every filter is what libseccomp makes of the same table: both programs are
 * asked about every call, and about every argument that a line looks at with
 * what it wants, with each bit of that flipped, with what the other lines want,
 * and with anything.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/icmp.h>
#include <linux/if_packet.h>
#include <linux/sched.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "calls.h"
#include "filter.h"
#include "own.h"
#include "plan_calls.h"
#include "support/machine.h"
#include "supervisor/confine.h"
#include "supervisor/denial.h"
#include "supervisor/program.h"

TestSuite(oracle, .timeout = 120);

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The process for which the worker's filters are made. */
#define SELF_PID 4321

enum {
	NUMBERS = 1100, /* some more than any call has */
	LINES = 512,
	TESTS = 3,
};

struct test {
	unsigned arg;
	uint64_t mask; /* of the 64 bits */
	uint64_t value;
};

/* A line of a table, as libseccomp is told it: by name. */
struct line {
	const char *name;
	int number; /* as the filters have it */
	unsigned need;
	unsigned ntests;
	struct test tests[TESTS];
};

/* The lines that are in force, and what is allowed besides. */
struct lines {
	const struct line *v;
	size_t n;
	unsigned needs;
	const struct promises *extra; /* or NULL */
};

struct program {
	struct sock_filter code[BPF_MAXINSNS];
	size_t n;
};

/* ---- the worker's table, read here as well --------------------------------
 */

/* As unpriv/filter.c has it. */
#define NOT_IN_A_CLONE                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_PARENT |  \
	 CLONE_PTRACE)

#define BITS(n, mask, value)                             \
	{                                                \
		(n), (uint32_t)(mask), (uint32_t)(value) \
	}
#define IS(n, value) BITS(n, ~0U, value)
#define SELF(n)	     IS(n, SELF_PID)
#define NONE(n)                      \
	{                            \
		(n), ~UINT64_C(0), 0 \
	}

static const struct line worker[] = {
#define CALL(promise, name) {#name, CALL_##name, PROMISE_##promise, 0, {{0}}},
#define WHEN(promise, name, ...)                                     \
	{#name,                                                      \
	 CALL_##name,                                                \
	 PROMISE_##promise,                                          \
	 sizeof((struct test[]){__VA_ARGS__}) / sizeof(struct test), \
	 {__VA_ARGS__}},
#include "filter.def"
#undef CALL
#undef WHEN
};

static size_t helper_lines(struct line *v)
{
	const struct plan_call *calls;
	size_t n;

	calls = plan_calls(&n);
	cr_assert_leq(n, LINES);
	for (size_t i = 0; i < n; i++) {
		v[i] = (struct line){.name = calls[i].name,
				     .number = calls[i].number,
				     .need = calls[i].need,
				     .ntests = calls[i].ntests};
		for (unsigned k = 0; k < v[i].ntests; k++)
			v[i].tests[k] = (struct test){
				calls[i].tests[k].argument,
				calls[i].tests[k].mask,
				calls[i].tests[k].value};
	}
	return n;
}

/* ---- by libseccomp ------------------------------------------------------- */

static bool is_extra(const struct lines *l, const char *name)
{
	for (size_t i = 0; l->extra && i < l->extra->nextra; i++)
		if (strcmp(l->extra->extra[i], name) == 0)
			return true;
	return false;
}

/* It wants no line with tests beside one that has none. */
static bool is_free(const struct lines *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].need & l->needs && l->v[i].ntests == 0 &&
		    strcmp(l->v[i].name, name) == 0)
			return true;
	return is_extra(l, name);
}

static void allow(scmp_filter_ctx ctx, const struct line *line)
{
	int number = seccomp_syscall_resolve_name(line->name);
	struct scmp_arg_cmp tests[TESTS];

	if (number < 0)
		return;
	for (unsigned i = 0; i < line->ntests; i++)
		tests[i] = (struct scmp_arg_cmp){
			line->tests[i].arg, SCMP_CMP_MASKED_EQ,
			line->tests[i].mask, line->tests[i].value};
	cr_assert_eq(seccomp_rule_add_exact_array(ctx, SCMP_ACT_ALLOW, number,
						  line->ntests, tests),
		     0, "%s", line->name);
}

static void add_unknown(scmp_filter_ctx ctx, bool clone3)
{
	for (int number = 0; number < 1024; number++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE,
							      number);

		if (!name || (!clone3 && strcmp(name, "clone3") == 0))
			cr_assert_eq(
				seccomp_rule_add_exact(
					ctx, SCMP_ACT_ERRNO(ENOSYS), number, 0),
				0);
		free(name);
	}
}

static scmp_filter_ctx begin(uint32_t other, uint32_t foreign)
{
	scmp_filter_ctx ctx = seccomp_init(other);

	cr_assert_not_null(ctx);
	cr_assert_eq(seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, foreign),
		     0);
	cr_assert_eq(seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2), 0);
	return ctx;
}

static void export(scmp_filter_ctx ctx, struct program *ret)
{
	int fd = memfd_create("oracle", MFD_CLOEXEC);
	ssize_t n;

	cr_assert_geq(fd, 0);
	cr_assert_eq(seccomp_export_bpf(ctx, fd), 0);
	n = pread(fd, ret->code, sizeof(ret->code), 0);
	cr_assert_gt(n, 0);
	ret->n = (size_t)n / sizeof(ret->code[0]);
	(void)close(fd);
	seccomp_release(ctx);
}

static void by_libseccomp(const struct lines *l, struct program *ret)
{
	scmp_filter_ctx ctx = begin(SCMP_ACT_ERRNO(EPERM),
				    SCMP_ACT_KILL_PROCESS);

	for (size_t i = 0; l->extra && i < l->extra->nextra; i++)
		allow(ctx, &(struct line){.name = l->extra->extra[i]});
	for (size_t i = 0; i < l->n; i++) {
		const struct line *line = &l->v[i];

		if (!(line->need & l->needs) || is_extra(l, line->name) ||
		    (line->ntests && is_free(l, line->name)))
			continue;
		allow(ctx, line);
	}
	add_unknown(ctx, is_extra(l, "clone3"));
	export(ctx, ret);
}

/* ---- by us --------------------------------------------------------------- */

static void take(struct bpf *b, struct program *ret)
{
	const struct sock_filter *code = bpf_code(b, &ret->n);

	memcpy(ret->code, code, ret->n * sizeof(*code));
	bpf_free(b);
}

static void by_promises(const struct promises *p, struct program *ret)
{
	struct bpf *b = NULL;

	cr_assert_eq(filter_make(p, SELF_PID, &b), 0);
	take(b, ret);
}

static void by_needs(unsigned needs, struct program *ret)
{
	int fd = program_make(needs);
	ssize_t n = pread(fd, ret->code, sizeof(ret->code), 0);

	cr_assert_gt(n, 0);
	ret->n = (size_t)n / sizeof(ret->code[0]);
	(void)close(fd);
}

/* ---- both asked ---------------------------------------------------------- */

struct contest {
	const struct lines *lines;
	const struct program *ours;
	const struct program *theirs;
	size_t asked;
};

static void ask(struct contest *c, const struct seccomp_data *call)
{
	uint32_t ours = machine_run(c->ours->code, c->ours->n, call);
	uint32_t theirs = machine_run(c->theirs->code, c->theirs->n, call);
	const unsigned long long *v = (const unsigned long long *)call->args;
	char *name;

	c->asked++;
	if (ours == theirs)
		return;
	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call->nr);
	cr_assert_fail("needs %#x: %s (%#x of %#x)(%#llx, %#llx, %#llx, "
		       "%#llx, %#llx, %#llx) is %#x, by libseccomp %#x",
		       c->lines->needs, name ? name : "no call",
		       (unsigned)call->nr, call->arch, v[0], v[1], v[2], v[3],
		       v[4], v[5], ours, theirs);
}

/* xorshift: the same numbers in every run. */
static uint64_t any(void)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	/* What is compared is small for the most part. */
	return state >> 61 ? state : state & 63;
}

static struct seccomp_data call_of(int number)
{
	struct seccomp_data call = {.nr = number, .arch = CALLS_ARCH};

	for (size_t i = 0; i < COUNT(call.args); i++)
		call.args[i] = any();
	return call;
}

/* As this line wants it. */
static struct seccomp_data call_by(const struct line *line)
{
	struct seccomp_data call = call_of(line->number);

	for (unsigned i = 0; i < line->ntests; i++) {
		const struct test *t = &line->tests[i];

		call.args[t->arg] = (any() & ~t->mask) | t->value;
	}
	return call;
}

static void ask_around(struct contest *c, const struct line *line)
{
	for (unsigned i = 0; i < line->ntests; i++) {
		unsigned arg = line->tests[i].arg;

		for (unsigned bit = 0; bit < 64; bit++) {
			struct seccomp_data call = call_by(line);

			call.args[arg] ^= UINT64_C(1) << bit;
			ask(c, &call);
			call.args[arg] |= UINT64_C(0xffffffff) << 32;
			ask(c, &call);
		}
	}
}

/* One argument as another line wants it. */
static void ask_mixed(struct contest *c, const struct line *line)
{
	const struct lines *l = c->lines;

	for (size_t i = 0; i < l->n; i++) {
		if (l->v[i].number != line->number)
			continue;
		for (unsigned k = 0; k < l->v[i].ntests; k++) {
			struct seccomp_data call = call_by(line);

			call.args[l->v[i].tests[k].arg] =
				l->v[i].tests[k].value;
			ask(c, &call);
		}
	}
}

static void ask_line(struct contest *c, const struct line *line)
{
	struct seccomp_data call = call_by(line);

	ask(c, &call);
	for (size_t i = 0; i < COUNT(call.args); i++)
		call.args[i] |= UINT64_C(0xffffffff) << 32;
	ask(c, &call);
	ask_around(c, line);
	ask_mixed(c, line);
}

static void ask_number(struct contest *c, int number)
{
	static const uint32_t archs[] = {CALLS_ARCH,	     AUDIT_ARCH_I386,
					 AUDIT_ARCH_ARM,     AUDIT_ARCH_X86_64,
					 AUDIT_ARCH_AARCH64, 0};

	for (size_t i = 0; i < COUNT(archs); i++) {
		struct seccomp_data call = call_of(number);

		call.arch = archs[i];
		ask(c, &call);
	}
	for (int i = 0; i < 20; i++) {
		struct seccomp_data call = call_of(number);

		ask(c, &call);
	}
}

static void same(const struct lines *l, const struct program *ours,
		 const struct program *theirs)
{
	struct contest c = {.lines = l, .ours = ours, .theirs = theirs};
	static const uint32_t odd[] = {0x3fffffff, 0x7fffffff, 0x80000000,
				       0xbfffffff, 0xfffffffe, 0xffffffff};

	for (int number = 0; number < NUMBERS; number++) {
		ask_number(&c, number);
		ask_number(&c, 0x40000000 + number);
	}
	for (size_t i = 0; i < COUNT(odd); i++)
		ask_number(&c, (int)odd[i]);
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].number >= 0)
			ask_line(&c, &l->v[i]);
	cr_assert_gt(c.asked, (size_t)NUMBERS * 50);
}

/* ---- the names ----------------------------------------------------------- */

static void same_number(const char *name, int ours)
{
	int theirs = seccomp_syscall_resolve_name(name);

	cr_assert(ours == theirs || (ours < 0 && theirs < 0), "%s: %d and %d",
		  name, ours, theirs);
}

Test(oracle, numbers_are_libseccomps)
{
	struct line helper[LINES];
	size_t n = helper_lines(helper);

	for (size_t i = 0; i < COUNT(worker); i++)
		same_number(worker[i].name, worker[i].number);
	for (size_t i = 0; i < n; i++)
		same_number(helper[i].name, helper[i].number);
}

Test(oracle, every_name_of_libseccomps_is_found)
{
	size_t found = 0;

	for (int number = 0; number < NUMBERS; number++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE,
							      number);

		if (name) {
			cr_assert_eq(calls_number(name), number, "%s", name);
			found++;
		}
		free(name);
	}
	cr_assert_gt(found, 250u);
	cr_assert_lt(calls_number("no_such_call"), 0);
	cr_assert_lt(calls_number(""), 0);
	/* Of 32-bit machines. */
	cr_assert_lt(calls_number("socketcall"), 0);
}

/*
 * The table of each architecture, read as its compiler would: what is built
 * here is one of them, and the other is built where no test of this runs.
 */
struct entry {
	const char *name;
	int number;
};
#define KNOWN(number, name) {#name, number},
#define ABSENT(name)	    {#name, -1},
#pragma push_macro("__x86_64__")
#pragma push_macro("__aarch64__")
#undef __aarch64__
#undef __x86_64__
#define __x86_64__ 1
static const struct entry x86_64[] = {
#include "calls.def"
};
#undef __x86_64__
#define __aarch64__ 1
static const struct entry aarch64[] = {
#include "calls.def"
};
#pragma pop_macro("__aarch64__")
#pragma pop_macro("__x86_64__")
#undef KNOWN
#undef ABSENT

static void same_table(const struct entry *v, size_t n, uint32_t arch)
{
	int last = -1;
	size_t known = 0;

	for (size_t i = 0; i < n; i++) {
		int theirs = seccomp_syscall_resolve_name_arch(arch, v[i].name);

		cr_assert_eq(v[i].number, theirs < 0 ? -1 : theirs, "%s: %d",
			     v[i].name, theirs);
		if (v[i].number < 0)
			continue;
		cr_assert_gt(v[i].number, last, "%s", v[i].name);
		last = v[i].number;
		known++;
	}
	for (int number = 0; number < NUMBERS; number++) {
		char *name = seccomp_syscall_resolve_num_arch(arch, number);

		known -= name != NULL;
		free(name);
	}
	cr_assert_eq(known, 0u);
}

Test(oracle, each_architectures_table_is_libseccomps)
{
	same_table(x86_64, COUNT(x86_64), SCMP_ARCH_X86_64);
	same_table(aarch64, COUNT(aarch64), SCMP_ARCH_AARCH64);
}

/* ---- the worker's filters -------------------------------------------------
 */

static void same_promises(const struct promises *p)
{
	const struct lines l = {worker, COUNT(worker), p->words, p};
	static struct program ours, theirs;

	by_promises(p, &ours);
	by_libseccomp(&l, &theirs);
	same(&l, &ours, &theirs);
}

/* All sets of words: each alone, in pairs, and more. */
Test(oracle, agrees_on_every_set_of_promises)
{
	for (unsigned words = 0; words < PROMISE_SPAWN << 1; words++) {
		struct promises p = PROMISES_INIT;

		p.words = words;
		same_promises(&p);
	}
}

Test(oracle, agrees_on_calls_by_name)
{
	static const char *const texts[] = {
		"+fcntl",
		"+clone3",
		"+socket threads",
		"+ftruncate +setsockopt time",
		"+kill +clone +openat +futex_waitv +read spawn",
		("+init_module +bpf +seccomp +prctl +tgkill +clone3 +prlimit64 "
		 "accept threads time spawn"),
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct promises p;

		cr_assert_eq(promise_parse(texts[i], &p, NULL), 0);
		cr_assert_gt(p.nextra, 0u);
		same_promises(&p);
	}
}

/* ---- the helper's -------------------------------------------------------- */

static void same_needs(const struct line *v, size_t n, unsigned needs)
{
	const struct lines l = {v, n, needs, NULL};
	static struct program ours, theirs;

	by_needs(needs, &ours);
	by_libseccomp(&l, &theirs);
	same(&l, &ours, &theirs);
}

Test(oracle, agrees_on_every_need)
{
	struct line v[LINES];
	size_t n = helper_lines(v);

	same_needs(v, n, 0);
	same_needs(v, n, ~0u);
	for (unsigned need = NEED_ALWAYS; need <= NEED_PRIORITY; need <<= 1) {
		same_needs(v, n, need);
		same_needs(v, n, NEED_ALWAYS | need);
		same_needs(v, n, ~need);
	}
}

/* ---- the supervisor's ---------------------------------------------------- */

static void same_denials(const int *calls, size_t n, const int *our_calls,
			 size_t nours, uint32_t foreign)
{
	const struct lines none = {NULL, 0, 0, NULL};
	static struct program ours, theirs;
	scmp_filter_ctx ctx = begin(SCMP_ACT_ALLOW, foreign);
	struct bpf *b = NULL;

	for (size_t i = 0; i < n; i++)
		if (calls[i] >= 0)
			cr_assert_eq(seccomp_rule_add(ctx,
						      SCMP_ACT_ERRNO(EPERM),
						      calls[i], 0),
				     0);
	export(ctx, &theirs);
	cr_assert_eq(denial_make(our_calls, nours, foreign, &b), 0);
	take(b, &ours);
	same(&none, &ours, &theirs);
}

static void same_denial(const int *calls, size_t n, uint32_t foreign)
{
	same_denials(calls, n, calls, n, foreign);
}

/* Said once more here, and by name: whatever is missing there is missed. */
Test(oracle, agrees_on_what_the_supervisor_will_not_do)
{
	static const char *const names[] = {
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
	int theirs[COUNT(names)];
	size_t n;
	const int *ours = confine_denied(&n);

	for (size_t i = 0; i < COUNT(names); i++)
		theirs[i] = seccomp_syscall_resolve_name(names[i]);
	same_denials(theirs, COUNT(names), ours, n, SCMP_ACT_ALLOW);
}

Test(oracle, agrees_on_what_is_denied_alone)
{
	static const int calls[] = {CALL_setsid, CALL_uselib,  CALL_setpgid,
				    CALL_reboot, CALL__llseek, CALL_bpf};

	same_denial(calls, COUNT(calls), SCMP_ACT_ALLOW);
	same_denial(calls, COUNT(calls), SCMP_ACT_KILL_PROCESS);
	same_denial(calls, 1, SCMP_ACT_KILL_PROCESS);
}
