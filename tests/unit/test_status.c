/* SPDX-License-Identifier: ISC */
/* status.c: what `wicket status` is told. */
#include "supervisor/status.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "support/support.h"

TestSuite(supervisor_status, .timeout = 10);

static struct policy *policy(void)
{
	static const char text[] = "read /etc/passwd\n";
	struct policy_note note = POLICY_NOTE_INIT;
	struct policy *p = NULL;

	cr_assert_eq(policy_new("site", &p), 0);
	cr_assert_eq(policy_parse(p, "/etc/site.policy", text, strlen(text),
				  NULL, &note),
		     0);
	return p;
}

static bool has_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	return at && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n';
}

/* The text for an edition of that policy. */
static char *text_of(struct supervisor *s, const void *counts, size_t len)
{
	struct edition e = {.policy = policy(),
			    .hash = 0xabc,
			    .version = 5,
			    .plan = {.uid = 1, .fsuid = 2}};
	char *text = NULL;
	size_t text_len = 0;

	s->edition = &e;
	cr_assert_eq(status_text(s, counts, len, &text, &text_len), 0);
	cr_assert_eq(text_len, strlen(text));
	policy_free(e.policy);
	return text;
}

Test(supervisor_status, is_a_line_for_each_fact)
{
	struct supervisor s = {
		.privileged = true,
		.passrights = true,
		.worker = 77,
		.generations = 4,
		.helper = {.pid = 66, .number = 3},
		.change = {.next = {.pid = 67}},
		.restart = {.times = 2},
	};
	_cleanup_free_ char *text = text_of(&s, NULL, 0);
	char line[64];

	(void)snprintf(line, sizeof(line), "supervisor %d", getpid());
	cr_assert(has_line(text, line));
	cr_assert(has_line(text, "name site"));
	cr_assert(has_line(text, "source /etc/site.policy"));
	cr_assert(has_line(text, "hash 0000000000000abc"));
	cr_assert(has_line(text, "warnings 0"));
	cr_assert(has_line(text, "mode run"));
	cr_assert(has_line(text, "helper 66"));
	cr_assert(has_line(text, "next_helper 67"));
	cr_assert(has_line(text, "worker 77"));
	cr_assert(has_line(text, "generation 3"));
	cr_assert(has_line(text, "helpers_started 4"));
	cr_assert(has_line(text, "worker_restarts 2"));
	cr_assert(has_line(text, "landlock 5"));
	cr_assert(has_line(text, "passrights on"));
	cr_assert(has_line(text, "uids on"));
	cr_assert(has_line(text, "channels 0"));
}

Test(supervisor_status, has_no_line_for_a_process_that_is_not)
{
	struct supervisor s = {.options.embedded = true};
	_cleanup_free_ char *text = text_of(&s, NULL, 0);

	cr_assert(has_line(text, "mode embedded"));
	cr_assert_null(strstr(text, "\nhelper "));
	cr_assert_null(strstr(text, "\nnext_helper "));
	cr_assert_null(strstr(text, "\nworker "));
	cr_assert_null(strstr(text, "\nclient "));
	cr_assert(has_line(text, "uids off"));
}

Test(supervisor_status, has_whole_clients_of_counts_that_are_cut)
{
	struct control_count c = {
		.id = 2, .pid = 9, .requests = 3, .denied = 1, .fds = 2};
	struct supervisor s = {.worker = 1};
	uint8_t buf[256];
	struct wire_out o = wire_out(buf, sizeof(buf));

	control_put_count(&o, &c);
	c.id = 5;
	control_put_count(&o, &c);
	_cleanup_free_ char *whole = text_of(&s, buf, o.len);
	_cleanup_free_ char *cut = text_of(&s, buf, o.len - 1);

	cr_assert(has_line(whole, "client 2 9 3 1 2"));
	cr_assert(has_line(whole, "client 5 9 3 1 2"));
	cr_assert(has_line(cut, "client 2 9 3 1 2"));
	cr_assert_null(strstr(cut, "client 5"));
}

Test(supervisor_status, escapes_a_name_that_the_worker_chose)
{
	struct kept kept[] = {
		{.c = {.number = 1, .object = "tcp *:80"}, .fd = -1},
		{.c = {.object = "unix /run/a\nworker 1\x1b\\\xff"}, .fd = -1},
	};
	struct supervisor s = {.listeners = {.n = 2, .v = kept}};
	_cleanup_free_ char *text = text_of(&s, NULL, 0);

	cr_assert(has_line(text, "listener 1 tcp *:80"));
	cr_assert(has_line(text, "listener 0 unix "
				 "/run/a\\x0aworker 1\\x1b\\x5c\\xff"));
}
