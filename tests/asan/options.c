/* SPDX-License-Identifier: ISC */
/*
 * Linked into the helper and the supervisor under MODE=asan, and only there.
 * They have neither an environment nor a stderr of the test's, so that a
 * report would be lost: it goes to a file, which tests/tools/run counts as a
 * failure.
 *
 * Leaks are left out: LeakSanitizer attaches to the process by ptrace, which
 * these two forbid on purpose.  Their parts are searched for leaks by the unit
 * tests.
 */
/* Looked for by the sanitizers' shared libraries. */
#define SEEN __attribute__((visibility("default")))

SEEN const char *__asan_default_options(void);
SEEN const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return "log_path=" REPORTS "/asan:detect_leaks=0";
}

const char *__ubsan_default_options(void)
{
	return "log_path=" REPORTS "/ubsan:print_stacktrace=1";
}
