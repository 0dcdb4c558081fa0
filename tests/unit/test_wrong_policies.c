/* SPDX-License-Identifier: ISC */
/*
 * Each tests/policies/wrong/NAME.policy is refused with exactly the words in
 * NAME.error, and each tests/policies/weak/NAME.policy loads with exactly the
 * warnings in NAME.warnings; tests/policies/README says more.
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
TestSuite(weak_policies, .timeout = 10);

/* A case travels to another process: no pointers. */
struct sample {
	char file[BOUND_PATH]; /* the policy */
};

static struct criterion_test_params find_policies(const char *below)
{
	struct sample *cases;
	glob_t found;
	size_t n;

	cr_assert_eq(glob(paths_source(below), 0, NULL, &found), 0, "no %s",
		     below);
	n = found.gl_pathc;
	cases = cr_malloc(n * sizeof(*cases));
	for (size_t i = 0; i < n; i++)
		(void)snprintf(cases[i].file, sizeof(cases[i].file), "%s",
			       found.gl_pathv[i]);
	globfree(&found);
	return cr_make_param_array(struct sample, cases, n, NULL);
}

ParameterizedTestParameters(wrong_policies, are_refused_with_exact_words)
{
	return find_policies("tests/policies/wrong/*.policy");
}

ParameterizedTestParameters(weak_policies, are_warned_of_with_exact_words)
{
	return find_policies("tests/policies/weak/*.policy");
}

/* The expected words: NAME.error or NAME.warnings beside NAME.policy. */
static char *read_expected(const char *file, const char *suffix)
{
	char path[BOUND_PATH];
	size_t len = strlen(file) - strlen("policy");
	char *text;

	(void)snprintf(path, sizeof(path), "%.*s%s", (int)len, file, suffix);
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

static char *printed(const struct policy_note *notes, size_t n)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	cr_assert_not_null(to);
	for (size_t i = 0; i < n; i++)
		policy_note_print(&notes[i], to);
	cr_assert_eq(fclose(to), 0);
	return text;
}

/*
 * Copied to where only we can change it, which the source tree need not be,
 * and loaded as ./NAME.policy, which is in name.
 */
static int load(const struct sample *from, char name[static BOUND_PATH],
		struct policy **ret, struct policy_notes *warnings,
		struct policy_note *err)
{
	struct scratch s;
	int r;

	scratch_make(&s);
	cr_assert_eq(chdir(s.dir), 0);
	(void)snprintf(name, BOUND_PATH, ".%s", strrchr(from->file, '/'));
	copy(from->file, name);
	r = policy_load(name, NULL, ret, warnings, err);
	scratch_remove(&s);
	return r;
}

ParameterizedTest(struct sample *wrong, wrong_policies,
		  are_refused_with_exact_words)
{
	_cleanup_free_ char *expected = read_expected(wrong->file, "error");
	_cleanup_free_ char *got = NULL;
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy *p = NULL;
	char name[BOUND_PATH];

	cr_expect_eq(load(wrong, name, &p, NULL, &err), -EINVAL);
	cr_expect_null(p);
	got = printed(&err, 1);
	cr_expect_str_eq(got, expected, "%s: got: %s", name, got);
}

ParameterizedTest(struct sample *weak, weak_policies,
		  are_warned_of_with_exact_words)
{
	_cleanup_free_ char *expected = read_expected(weak->file, "warnings");
	_cleanup_free_ char *got = NULL;
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy_notes warnings = {.n = 0};
	struct policy *p = NULL;
	char name[BOUND_PATH];

	cr_assert_eq(load(weak, name, &p, &warnings, &err), 0, "%s", err.text);
	got = printed(warnings.v, warnings.n);
	cr_expect_str_eq(got, expected, "%s: got: %s", name, got);
	policy_notes_free(&warnings);
	policy_free(p);
}
