/* SPDX-License-Identifier: ISC */
#include "warm.h"

#include <errno.h>
#ifdef __GLIBC__
#include <execinfo.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <wchar.h>

/* Reads the time zone's file, which localtime_r alone may put off. */
static void warm_time(void)
{
	time_t now = time(NULL);
	struct tm tm;

	tzset();
	(void)localtime_r(&now, &tm);
}

/*
 * pthread_exit and pthread_cancel unwind the stack by libgcc_s, which glibc
 * loads at the first of them, and aborts without; backtrace loads the same.
 */
static void warm_unwinder(void)
{
#ifdef __GLIBC__
	void *frame;

	(void)backtrace(&frame, 1);
#endif
}

/*
 * What setlocale loaded is there; what is put off is the converter of its
 * character set and the catalogue of libc's own messages.
 */
static void warm_locale(void)
{
	mbstate_t state = {0};
	wchar_t wide;

	(void)mbrtowc(&wide, "x", 1, &state);
	(void)strerror(EPERM);
	(void)strsignal(1);
}

/* Waits, early in the boot, for the kernel's generator to be seeded. */
static void warm_random(void)
{
	char byte;
	ssize_t n = getrandom(&byte, sizeof(byte), 0);

	(void)n;
}

void warm_libc(void)
{
	int saved = errno;

	warm_time();
	warm_unwinder();
	warm_locale();
	warm_random();
	errno = saved;
}
