/* SPDX-License-Identifier: ISC */
#include "syslogline.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static void utc(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
}

TestSuite(syslogline, .init = utc, .timeout = 10);

/* At the beginning of 2026. */
static void expect(const char *ident, const char *text, const char *wanted)
{
	const struct syslogline l = {.severity = LOG_WARNING,
				     .time = 1767225600,
				     .ident = ident,
				     .pid = 1234,
				     .text = text};
	char buf[SYSLOGLINE];
	size_t len = syslogline_print(&l, buf);

	cr_assert_eq(len, strlen(wanted));
	cr_assert_str_eq(buf, wanted);
}

#define HEAD "<28>Jan  1 00:00:00 "

Test(syslogline, is_as_syslog_sends_it)
{
	expect("httpd", "hello", HEAD "httpd[1234]: hello");
	expect("httpd", "", HEAD "httpd[1234]: ");
	expect("httpd", "say \"x\"", HEAD "httpd[1234]: say \"x\"");
}

Test(syslogline, has_no_byte_that_ends_it_or_reaches_a_terminal)
{
	expect("httpd", "a\nb\033[2J\\",
	       HEAD "httpd[1234]: a\\x0ab\\x1b[2J\\x5c");
	expect("a\nb", "", HEAD "a\\x0ab[1234]: ");
}

/* Also where every byte takes four. */
Test(syslogline, holds_the_longest_text_and_the_longest_name)
{
	static char text[2 * BOUND_SYSLOG];
	char buf[SYSLOGLINE];
	struct syslogline l = {.ident = text, .pid = 4194304, .text = text};
	const char *at;

	memset(text, '\n', sizeof(text) - 1);
	cr_assert_eq(syslogline_print(&l, buf), strlen(buf));
	at = strstr(buf, "[4194304]: ");
	cr_assert_not_null(at);
	at += strlen("[4194304]: ");
	cr_assert_eq(strlen(at), 4 * (BOUND_SYSLOG - 1));
}
