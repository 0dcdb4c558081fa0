/* SPDX-License-Identifier: ISC */
/*
 * Linked into the helper and the supervisor under MODE=asan, and only there.
 * They have neither an environment nor a stderr of the test's, so that a
 * report would be lost: it goes to a file, which tests/tools/run counts as a
 * failure.  The helper's locks let it open none, hence before they are there.
 *
 * Leaks are left out: LeakSanitizer attaches to the process by ptrace, which
 * these two forbid on purpose.  Their parts are searched for leaks by the unit
 * tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Looked for by the sanitizers' shared libraries. */
#define SEEN __attribute__((visibility("default")))

SEEN const char *__asan_default_options(void);
SEEN const char *__ubsan_default_options(void);

/* <sanitizer/common_interface_defs.h>, which clang alone may bring. */
void __sanitizer_set_report_fd(void *fd);

__attribute__((constructor)) static void open_report(void)
{
	char path[sizeof(REPORTS) + 64];
	int fd;

	if (strcmp(program_invocation_short_name, "wicket-helper") != 0)
		return;
	snprintf(path, sizeof(path), "%s/helper.%d", REPORTS, (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0)
		__sanitizer_set_report_fd((void *)(intptr_t)fd);
}

const char *__asan_default_options(void)
{
	return "log_path=" REPORTS "/asan:detect_leaks=0";
}

const char *__ubsan_default_options(void)
{
	return "log_path=" REPORTS "/ubsan:print_stacktrace=1";
}
