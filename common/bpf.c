/* SPDX-License-Identifier: ISC */
/*
 * The program is written from its end to its beginning: BPF jumps forward
 * only, so that where a jump goes is there before the jump is.  A place in the
 * program is the index of its instruction.
 */
#include "bpf.h"

#include <assert.h>
#include <linux/audit.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>

/* What is behind a jump by the most that 8 bits can say. */
#define FAR 255
/* How far an answer may be to be used once more: what comes may move it. */
#define NEAR 128

/* -1 is none of x32: a tracer marks a call by it that it has answered. */
#define X32	 0x40000000u
#define X32_LAST 0xfffffffeu

_Static_assert(BPF_LOW(0) < BPF_HIGH(0)
		       ? BPF_LOW(0) == offsetof(struct seccomp_data, args)
		       : BPF_HIGH(0) == offsetof(struct seccomp_data, args),
	       "where the kernel has the arguments");

/* The calls from first to the next span's. */
struct span {
	uint32_t first;
	uint32_t action;
	const struct bpf_rule *rules; /* alternatives with tests, or NULL */
	size_t nrules;
};

struct bpf {
	uint32_t arch;
	uint32_t other;
	uint32_t foreign;
	bool failed;
	size_t nrules;
	size_t nspans;
	size_t begin; /* of the program, which ends with code */
	struct bpf_rule rules[BPF_RULES];
	struct span spans[2 * BPF_RULES + 1];
	struct sock_filter code[BPF_MAXINSNS];
};

/* ---- instructions -------------------------------------------------------- */

static size_t put(struct bpf *b, unsigned code, uint32_t k)
{
	if (b->begin == 0) {
		b->failed = true;
		return 0;
	}
	b->code[--b->begin] = (struct sock_filter)BPF_STMT((uint16_t)code, k);
	return b->begin;
}

/*
 * The place itself, or one nearer by that leads there: both ways of a jump may
 * need one, and the jump itself comes before.
 */
static size_t near(struct bpf *b, size_t place)
{
	const struct sock_filter *there = &b->code[place];

	if (place - b->begin <= FAR - 1)
		return place;
	if (there->code == (BPF_RET | BPF_K))
		return put(b, there->code, there->k);
	return put(b, BPF_JMP | BPF_JA, (uint32_t)(place - b->begin));
}

static size_t jump(struct bpf *b, unsigned how, uint32_t k, size_t yes,
		   size_t no)
{
	size_t near_yes = near(b, yes);
	size_t near_no = near(b, no);
	size_t next = b->begin;
	size_t place = put(b, BPF_JMP | how | BPF_K, k);

	if (b->failed)
		return place;
	assert(near_yes - next <= FAR && near_no - next <= FAR);
	b->code[place].jt = (uint8_t)(near_yes - next);
	b->code[place].jf = (uint8_t)(near_no - next);
	return place;
}

static size_t load(struct bpf *b, size_t offset)
{
	return put(b, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

/* One that is near serves again: the longer a program, the slower its load. */
static size_t answer(struct bpf *b, uint32_t action)
{
	for (size_t i = b->begin; i < BPF_MAXINSNS && i < b->begin + NEAR; i++)
		if (b->code[i].code == (BPF_RET | BPF_K) &&
		    b->code[i].k == action)
			return i;
	return put(b, BPF_RET | BPF_K, action);
}

/* ---- the tests of one call ----------------------------------------------- */

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_tests(const struct bpf_test *a, const struct bpf_test *b)
{
	int r = compare_numbers(a->half, b->half);

	if (r == 0)
		r = compare_numbers(a->mask, b->mask);
	return r ? r : compare_numbers(a->value, b->value);
}

static size_t alternatives(struct bpf *b, const struct bpf_rule *v, size_t n,
			   unsigned depth, size_t yes, size_t no);

/*
 * Alternatives whose next test is of the same bits: these are loaded once, and
 * as they can have one value alone, there is no other to try after it.
 */
static size_t choice(struct bpf *b, const struct bpf_rule *v, size_t n,
		     unsigned depth, size_t yes, size_t no)
{
	const struct bpf_test *bits = &v[0].tests[depth];
	size_t next = no;

	while (n > 0) {
		uint32_t value = v[n - 1].tests[depth].value;
		size_t end = n;
		size_t rest;

		while (n > 0 && v[n - 1].tests[depth].value == value)
			n--;
		rest = alternatives(b, v + n, end - n, depth + 1, yes, no);
		next = jump(b, BPF_JEQ, value, rest, next);
	}
	if (bits->mask != UINT32_MAX)
		(void)put(b, BPF_ALU | BPF_AND | BPF_K, bits->mask);
	return load(b, bits->half);
}

static bool same_bits(const struct bpf_test *x, const struct bpf_test *y)
{
	return x->half == y->half && x->mask == y->mask;
}

/*
 * Goes to yes where one of the rules holds, of which all passed the same tests
 * up to this depth; else to no.
 */
static size_t alternatives(struct bpf *b, const struct bpf_rule *v, size_t n,
			   unsigned depth, size_t yes, size_t no)
{
	/* The shortest is the first. */
	if (v[0].ntests == depth)
		return yes;
	while (n > 0) {
		const struct bpf_test *bits = &v[n - 1].tests[depth];
		size_t end = n;

		while (n > 0 && same_bits(&v[n - 1].tests[depth], bits))
			n--;
		no = choice(b, v + n, end - n, depth, yes, no);
	}
	return no;
}

/* ---- the numbers --------------------------------------------------------- */

static int compare_rules(const void *a, const void *b)
{
	const struct bpf_rule *x = a, *y = b;
	int r = compare_numbers(x->first, y->first);

	for (unsigned i = 0; r == 0 && i < x->ntests && i < y->ntests; i++)
		r = compare_tests(&x->tests[i], &y->tests[i]);
	return r ? r : compare_numbers(x->ntests, y->ntests);
}

static void add_span(struct bpf *b, const struct span *span)
{
	const struct span *last = b->nspans ? &b->spans[b->nspans - 1] : NULL;

	if (last && !last->rules && !span->rules &&
	    last->action == span->action)
		return;
	b->spans[b->nspans++] = *span;
}

/* Rules that are sorted become spans that cover every number. */
static void make_spans(struct bpf *b)
{
	uint64_t next = 0;
	size_t n;

	for (size_t i = 0; i < b->nrules; i += n) {
		const struct bpf_rule *v = &b->rules[i];

		for (n = 1; i + n < b->nrules && v[n].first == v->first; n++)
			assert(v[n].last == v->last &&
			       v[n].action == v->action);
		assert(v->first >= next && v->last >= v->first);
		if (v->first > next)
			add_span(b, &(struct span){(uint32_t)next, b->other,
						   NULL, 0});
		add_span(b, &(struct span){v->first, v->action,
					   v->ntests ? v : NULL, n});
		next = (uint64_t)v->last + 1;
	}
	if (next <= UINT32_MAX)
		add_span(b, &(struct span){(uint32_t)next, b->other, NULL, 0});
}

static size_t leaf(struct bpf *b, const struct span *span)
{
	size_t no = answer(b, span->rules ? b->other : span->action);

	if (!span->rules)
		return no;
	return alternatives(b, span->rules, span->nrules, 0,
			    answer(b, span->action), no);
}

/* A binary tree: no call is far, and none is dearer for what others need. */
static size_t tree(struct bpf *b, const struct span *v, size_t n)
{
	size_t half = n / 2;
	size_t above, below;

	if (n == 1)
		return leaf(b, v);
	above = tree(b, v + half, n - half);
	below = tree(b, v, half);
	return jump(b, BPF_JGE, v[half].first, above, below);
}

static void write_program(struct bpf *b)
{
	size_t foreign = answer(b, b->foreign);
	size_t numbers;

	(void)tree(b, b->spans, b->nspans);
	numbers = load(b, offsetof(struct seccomp_data, nr));
	(void)jump(b, BPF_JEQ, b->arch, numbers, foreign);
	(void)load(b, offsetof(struct seccomp_data, arch));
}

/* ---- all of it ----------------------------------------------------------- */

struct bpf *bpf_new(uint32_t arch, uint32_t other, uint32_t foreign)
{
	struct bpf *b = malloc(sizeof(*b));

	if (!b)
		return NULL;
	b->arch = arch;
	b->other = other;
	b->foreign = foreign;
	b->failed = false;
	b->nrules = 0;
	b->nspans = 0;
	b->begin = BPF_MAXINSNS;
	if (arch == AUDIT_ARCH_X86_64)
		bpf_add(b, &(struct bpf_rule){.first = X32,
					      .last = X32_LAST,
					      .action = foreign});
	return b;
}

void bpf_add(struct bpf *b, const struct bpf_rule *rule)
{
	assert(rule->ntests <= BPF_TESTS);
	assert(rule->ntests == 0 || rule->first == rule->last);
	for (unsigned i = 0; i < rule->ntests; i++)
		assert(!(rule->tests[i].value & ~rule->tests[i].mask));
	if (b->nrules == BPF_RULES)
		b->failed = true;
	else
		b->rules[b->nrules++] = *rule;
}

int bpf_assemble(struct bpf *b)
{
	qsort(b->rules, b->nrules, sizeof(b->rules[0]), compare_rules);
	make_spans(b);
	write_program(b);
	return b->failed ? -E2BIG : 0;
}

const struct sock_filter *bpf_code(const struct bpf *b, size_t *ret_n)
{
	*ret_n = BPF_MAXINSNS - b->begin;
	return b->code + b->begin;
}

int bpf_load(const struct bpf *b)
{
	struct sock_fprog program = {
		.len = (unsigned short)(BPF_MAXINSNS - b->begin),
		.filter = (struct sock_filter *)b->code + b->begin,
	};

	/* Safe because: a filter only takes away. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return -errno;
	return 0;
}

struct bpf *bpf_free(struct bpf *b)
{
	free(b);
	return NULL;
}
