/* SPDX-License-Identifier: ISC */
/*
 * Each tests/policies/wrong/NAME.policy is refused with exactly the words in
 * NAME.error; tests/policies/README says more.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "policy/load.h"
#include "support/paths.h"
#include "support/scratch.h"

TestSuite(wrong_policies, .timeout = 10);

/* A case travels to another process: no pointers. */
struct wrong {
	char file[BOUND_PATH]; /* the policy */
};

static void find_policies(glob_t *ret)
{
	const char *policies = paths_source("tests/policies/wrong/*.policy");

	cr_assert_eq(glob(policies, 0, NULL, ret), 0, "no wrong policies");
}

ParameterizedTestParameters(wrong_policies, are_refused_with_exact_words)
{
	struct wrong *cases;
	glob_t found;
	size_t n;

	find_policies(&found);
	n = found.gl_pathc;
	cases = cr_malloc(n * sizeof(*cases));
	for (size_t i = 0; i < n; i++)
		(void)snprintf(cases[i].file, sizeof(cases[i].file), "%s",
			       found.gl_pathv[i]);
	globfree(&found);
	return cr_make_param_array(struct wrong, cases, n, NULL);
}

/* The expected words: NAME.error beside NAME.policy. */
static char *read_expected(const char *file)
{
	char path[BOUND_PATH];
	size_t len = strlen(file) - strlen("policy");
	char *text;

	(void)snprintf(path, sizeof(path), "%.*serror", (int)len, file);
	text = scratch_read(path);
	cr_assert_not_null(text, "%s: cannot be read", path);
	return text;
}

/* Byte for byte: some have a NUL in them. */
static void copy(const char *from, const char *to)
{
	_cleanup_file_ FILE *in = fopen(from, "re");
	_cleanup_file_ FILE *out = fopen(to, "wxe");
	int c;

	cr_assert(in && out, "%s: cannot be copied", from);
	while ((c = getc(in)) != EOF)
		(void)putc(c, out);
}

static char *printed(const struct policy_note *note)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	cr_assert_not_null(to);
	policy_note_print(note, to);
	cr_assert_eq(fclose(to), 0);
	return text;
}

/* Copied to where only we can change it, which the source tree need not be. */
ParameterizedTest(struct wrong *wrong, wrong_policies,
		  are_refused_with_exact_words)
{
	_cleanup_free_ char *expected = read_expected(wrong->file);
	_cleanup_free_ char *got = NULL;
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy *p = NULL;
	char name[BOUND_PATH];
	struct scratch s;

	scratch_make(&s);
	cr_assert_eq(chdir(s.dir), 0);
	(void)snprintf(name, sizeof(name), ".%s", strrchr(wrong->file, '/'));
	copy(wrong->file, name);
	cr_expect_eq(policy_load(name, NULL, &p, NULL, &err), -EINVAL);
	cr_expect_null(p);
	got = printed(&err);
	cr_expect_str_eq(got, expected, "%s: got: %s", name, got);
	scratch_remove(&s);
}
