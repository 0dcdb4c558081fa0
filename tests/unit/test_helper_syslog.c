/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <regex.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include "support/bed.h"
#include "support/sock.h"
#include "support/support.h"

TestSuite(helper_syslog, .timeout = 10);

/* A helper and the daemon that it logs to. */
struct log {
	struct bed b;
	struct scratch s;
	char address[BOUND_ADDRESS];
	int fd;
	char line[8 * BOUND_SYSLOG]; /* the last one read */
};

static void log_listen(struct log *l)
{
	l->fd = sock_bind(l->address);
	cr_assert(l->fd >= 0);
}

static void log_start(struct log *l)
{
	scratch_make(&l->s);
	bed_start(&l->b, "");
	snprintf(l->b.helper.start.syslog, sizeof(l->b.helper.start.syslog),
		 "%s", scratch_path(&l->s, "log"));
	snprintf(l->address, sizeof(l->address), "unix:dgram %s",
		 l->b.helper.start.syslog);
	log_listen(l);
}

static void log_stop(struct log *l)
{
	close_fd(&l->fd);
	cr_assert_eq(unlink(scratch_path(&l->s, "log")), 0);
}

static void log_end(struct log *l)
{
	close_fd(&l->fd);
	bed_end(&l->b);
	scratch_remove(&l->s);
}

static const char *log_read(struct log *l)
{
	ssize_t n = recv(l->fd, l->line, sizeof(l->line) - 1, MSG_DONTWAIT);

	cr_assert(n >= 0);
	cr_assert(!memchr(l->line, '\0', (size_t)n));
	l->line[n] = '\0';
	return l->line;
}

static bool matches(const char *line, const char *pattern)
{
	regex_t re;
	bool found;

	cr_assert_eq(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	found = regexec(&re, line, 0, NULL, 0) == 0;
	regfree(&re);
	return found;
}

/* What stands behind "ident[pid]: ". */
static const char *text_of(const char *line)
{
	const char *at = strstr(line, "]: ");

	cr_assert(at);
	return at + 3;
}

Test(helper_syslog, writes_a_line_as_syslog_does)
{
	char pattern[256];
	struct log l;

	log_start(&l);
	cr_assert_eq(bed_ask(&l.b, do_syslog, "started \"a\"", LOG_WARNING), 0);
	snprintf(pattern, sizeof(pattern),
		 "^<%d>(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
		 "[ 123][0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9] "
		 "test\\[%d\\]: started \"a\"$",
		 LOG_DAEMON | LOG_WARNING, (int)getpid());
	cr_assert(matches(log_read(&l), pattern), "%s", l.line);
	log_end(&l);
}

Test(helper_syslog, takes_a_severity_and_no_facility)
{
	static const uint64_t numbers[] = {LOG_KERN | LOG_EMERG,
					   LOG_AUTH | LOG_DEBUG, UINT64_MAX};
	struct log l;

	log_start(&l);
	for (size_t i = 0; i < 3; i++) {
		unsigned severity = (unsigned)(numbers[i] & 7);
		char head[16];

		snprintf(head, sizeof(head), "<%u>", 24 + severity);
		cr_assert_eq(bed_ask(&l.b, do_syslog, "x", numbers[i]), 0);
		cr_assert_eq(strncmp(log_read(&l), head, strlen(head)), 0);
	}
	log_end(&l);
}

Test(helper_syslog, stays_one_printable_line)
{
	struct log l;

	log_start(&l);
	cr_assert_eq(bed_ask(&l.b, do_syslog,
			     "a\n<0>kernel: b\r\033[2J\\x0a\x7f\xff%s%n", 0),
		     0);
	cr_assert_str_eq(text_of(log_read(&l)),
			 "a\\x0a<0>kernel: b\\x0d\\x1b[2J\\x5cx0a\\x7f\\xff"
			 "%s%n");
	log_end(&l);
}

Test(helper_syslog, escapes_the_policy_name_too)
{
	struct log l;

	log_start(&l);
	free(l.b.helper.policy->name);
	l.b.helper.policy->name = strdup("a\nb");
	cr_assert_eq(bed_ask(&l.b, do_syslog, "x", 0), 0);
	cr_assert(strstr(log_read(&l), " a\\x0ab["));
	log_end(&l);
}

Test(helper_syslog, cuts_long_text)
{
	char text[BOUND_PATH] = "";
	struct log l;

	log_start(&l);
	memset(text, '\n', sizeof(text) - 1);
	cr_assert_eq(bed_ask(&l.b, do_syslog, text, 0), 0);
	cr_assert_eq(strlen(text_of(log_read(&l))), 4 * (BOUND_SYSLOG - 1));
	memset(text, 'x', sizeof(text) - 1);
	cr_assert_eq(bed_ask(&l.b, do_syslog, text, 0), 0);
	cr_assert_eq(strlen(text_of(log_read(&l))), BOUND_SYSLOG - 1);
	log_end(&l);
}

Test(helper_syslog, keeps_its_connection)
{
	struct log l;
	int fd;

	log_start(&l);
	cr_assert_eq(l.b.helper.syslog, -1);
	cr_assert_eq(bed_ask(&l.b, do_syslog, "one", 0), 0);
	fd = l.b.helper.syslog;
	cr_assert(fd >= 0 && fds_cloexec(fd));
	cr_assert_eq(bed_ask(&l.b, do_syslog, "two", 0), 0);
	cr_assert_eq(l.b.helper.syslog, fd);
	cr_assert_str_eq(text_of(log_read(&l)), "one");
	cr_assert_str_eq(text_of(log_read(&l)), "two");
	log_end(&l);
}

Test(helper_syslog, finds_a_restarted_daemon)
{
	struct log l;

	log_start(&l);
	cr_assert_eq(bed_ask(&l.b, do_syslog, "before", 0), 0);
	log_stop(&l);
	log_listen(&l);
	cr_assert_eq(bed_ask(&l.b, do_syslog, "after", 0), 0);
	cr_assert_str_eq(text_of(log_read(&l)), "after");
	log_end(&l);
}

Test(helper_syslog, says_that_there_is_no_daemon)
{
	struct log l;

	log_start(&l);
	cr_assert_eq(bed_ask(&l.b, do_syslog, "before", 0), 0);
	log_stop(&l);
	cr_assert_eq(bed_ask(&l.b, do_syslog, "lost", 0), -ENOENT);
	cr_assert_eq(l.b.helper.syslog, -1);
	/* It comes back later. */
	log_listen(&l);
	cr_assert_eq(bed_ask(&l.b, do_syslog, "after", 0), 0);
	cr_assert_str_eq(text_of(log_read(&l)), "after");
	log_end(&l);
}

Test(helper_syslog, does_not_wait_for_a_busy_daemon)
{
	struct log l;
	int r = 0;

	log_start(&l);
	while (r == 0)
		r = bed_ask(&l.b, do_syslog, "x", 0);
	cr_assert_eq(r, -EAGAIN);
	cr_assert_str_eq(text_of(log_read(&l)), "x");
	cr_assert_eq(bed_ask(&l.b, do_syslog, "y", 0), 0);
	log_end(&l);
}
