/* SPDX-License-Identifier: ISC */
/* audit.c: one line for each decision. */
#include "helper/audit.h"

#include <fcntl.h>
#include <regex.h>
#include <string.h>

#include "helper/dispatch.h"
#include "support/site.h"

/* Asks as serve.c would, so that the decision is written down. */
static int ask(struct site *s, enum op op, const char *object, uint32_t flags)
{
	int r;

	s->request = (struct op_request){.op = (uint16_t)op,
					 .object = object,
					 .target = "",
					 .flags = flags};
	s->job = (struct job){.request = &s->request,
			      .worker = 4711,
			      .blob = s->blob,
			      .blob_size = sizeof(s->blob),
			      .missing = s->h.missing,
			      .fd = -1};
	r = dispatch(&s->h, &s->job);
	close_fd(&s->job.fd);
	return r;
}

/* The text is as many lines, none of them too long, all of them printing. */
static void check_lines(const char *text, size_t expected)
{
	size_t lines = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");

		CHILD_CHECK(text[len] == '\n');
		CHILD_CHECK(len + 1 <= BOUND_AUDIT_LINE);
		for (size_t i = 0; i < len; i++)
			CHILD_CHECK(text[i] >= ' ' && text[i] <= '~');
		CHILD_CHECK(strncmp(text, "seq=", 4) == 0);
		text += len + 1;
		lines++;
	}
	CHILD_CHECK(lines == expected);
}

static bool matches(const char *text, const char *pattern)
{
	regex_t re;
	bool yes;

	CHILD_CHECK(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) == 0);
	yes = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	if (!yes)
		fprintf(stderr, "%s: %s", pattern, text);
	return yes;
}

SITE_TEST(audit, writes_what_was_refused, "read @/a\n")
{
	_cleanup_free_ char *text = NULL;

	CHILD_CHECK(ask(s, OP_open, "/etc/shadow", O_WRONLY | O_TRUNC) ==
		    -EACCES);
	text = site_audit(s);
	check_lines(text, 1);
	CHILD_CHECK(matches(
		text,
		"^seq=1 time=[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z "
		"worker=4711 op=open object=\"/etc/shadow\" "
		"flags=wronly,trunc verdict=denied rule=- errno=EACCES "
		"missing=\"write /etc/shadow\"\n$"));
}

SITE_TEST(audit, names_the_line_that_decides, "read @/**\ndeny @/secret\n")
{
	_cleanup_free_ char *text = NULL;
	char path[BOUND_PATH + 16];

	site_file(s, "a", "", 0600, s->worker);
	snprintf(path, sizeof(path), "%s/secret/a", s->scratch.dir);
	CHILD_CHECK(ask(s, OP_open, path, O_RDONLY) == -EACCES);
	snprintf(path, sizeof(path), "%s/a", s->scratch.dir);
	CHILD_CHECK(ask(s, OP_open, path, O_RDONLY) == 0);
	text = site_audit(s);
	check_lines(text, 2);
	/* The worker's and the helper's line come first. */
	CHILD_CHECK(matches(text, "verdict=denied rule=test.policy:4 "
				  "errno=EACCES\n"));
	CHILD_CHECK(matches(text, "verdict=allowed rule=test.policy:3 "
				  "errno=0\n"));
}

SITE_TEST(audit, tells_failure_from_refusal, "read @/**\n")
{
	_cleanup_free_ char *text = NULL;
	char path[BOUND_PATH + 16];

	snprintf(path, sizeof(path), "%s/none", s->scratch.dir);
	CHILD_CHECK(ask(s, OP_open, path, O_RDONLY) == -ENOENT);
	text = site_audit(s);
	CHILD_CHECK(matches(text, "verdict=failed rule=test.policy:3 "
				  "errno=ENOENT\n"));
}

SITE_TEST(audit, writes_grants_on_request_only, "read @/**\n")
{
	_cleanup_free_ char *text = NULL;
	char path[BOUND_PATH + 16];

	s->h.start.audit_grants = false;
	site_file(s, "a", "", 0600, s->worker);
	snprintf(path, sizeof(path), "%s/a", s->scratch.dir);
	CHILD_CHECK(ask(s, OP_open, path, O_RDONLY) == 0);
	CHILD_CHECK(ask(s, OP_open, "/etc/shadow", O_RDONLY) == -EACCES);
	text = site_audit(s);
	check_lines(text, 1);
	CHILD_CHECK(matches(text, "^seq=1 .*verdict=denied"));
}

SITE_TEST(audit, stays_one_line_whatever_the_worker_writes, "read @/a\n")
{
	_cleanup_free_ char *text = NULL;
	char path[BOUND_PATH];
	size_t asked = 0;

	memset(path, '\n', sizeof(path));
	path[0] = '/';
	for (size_t len = 1; len < sizeof(path); len += len < 300 ? 1 : 97) {
		path[len] = '\0';
		CHILD_CHECK(ask(s, OP_open, path, O_RDONLY) < 0);
		path[len] = '\n';
		asked++;
	}
	text = site_audit(s);
	check_lines(text, asked);
	for (const char *p = text; *p; p += strcspn(p, "\n") + 1)
		CHILD_CHECK(matches(p, "^seq=[0-9]+ .* errno=[A-Z]+"));
	CHILD_CHECK(strstr(text, "\\x0a...\"") != NULL);
}

SITE_TEST(audit, lets_no_byte_forge_a_line_or_reach_a_terminal, "read @/a\n")
{
	_cleanup_free_ char *text = NULL;

	CHILD_CHECK(ask(s, OP_open,
			"/x\" verdict=allowed\nseq=9 op=open\x1b[2J\xff\\",
			O_RDONLY) == -EACCES);
	text = site_audit(s);
	check_lines(text, 1);
	CHILD_CHECK(strstr(text, "object=\"/x\\x22 verdict=allowed\\x0aseq=9 "
				 "op=open\\x1b[2J\\xff\\x5c\" flags=rdonly "
				 "verdict=denied") != NULL);
}

SITE_TEST(audit, keeps_the_verdict_of_long_names, "remove @/a\n")
{
	_cleanup_free_ char *text = NULL;
	char from[BOUND_PATH] = {0};
	char to[BOUND_PATH] = {0};

	for (size_t i = 0; i < BOUND_PATH - 1; i++) {
		from[i] = i % 200 ? '"' : '/';
		to[i] = i % 200 ? 'b' : '/';
	}
	s->request = (struct op_request){
		.op = OP_rename, .object = from, .target = to};
	s->job = (struct job){
		.request = &s->request, .missing = s->h.missing, .fd = -1};
	CHILD_CHECK(dispatch(&s->h, &s->job) == -EACCES);
	text = site_audit(s);
	check_lines(text, 1);
	CHILD_CHECK(matches(text, "object=\"/.*x22\\.\\.\\.\" "
				  "target=\"/b.*\\.\\.\\.\" verdict=denied "
				  "rule=- errno=EACCES"));
}

SITE_TEST(audit, says_why_where_no_line_would_help, "read /**\n")
{
	_cleanup_free_ char *text = NULL;

	CHILD_CHECK(ask(s, OP_open, "/a/../b", O_RDONLY) == -EACCES);
	CHILD_CHECK(ask(s, OP_open, "/proc/self/maps", O_RDONLY) == -EACCES);
	CHILD_CHECK(ask(s, OP_open, "/a", O_PATH) == -EACCES);
	text = site_audit(s);
	check_lines(text, 3);
	CHILD_CHECK(matches(text, "verdict=denied rule=- errno=EACCES "
				  "why=path\n"));
	CHILD_CHECK(matches(text, "why=procfs\n"));
	CHILD_CHECK(matches(text, "flags=rdonly,path .*why=flags\n"));
}

SITE_TEST(audit, numbers_an_operation_that_has_no_name, "read /a\n")
{
	_cleanup_free_ char *text = NULL;

	CHILD_CHECK(ask(s, OP_MAX + 7, "", 0) == -ENOSYS);
	audit_closed(&s->h, 4712, EPROTO);
	text = site_audit(s);
	check_lines(text, 2);
	CHILD_CHECK(matches(text, "op=30 object=\"\" verdict=failed rule=- "
				  "errno=ENOSYS\n"));
	CHILD_CHECK(matches(text, "seq=2 .*worker=4712 op=session "
				  "verdict=closed rule=- errno=EPROTO\n$"));
}

/* A pipe that is full takes no line, and nobody waits for it. */
SITE_TEST(audit, counts_what_it_could_not_write, "read @/a\n")
{
	const int file = s->h.audit;
	_cleanup_free_ char *text = NULL;
	int p[2];

	CHILD_CHECK(pipe2(p, O_CLOEXEC | O_NONBLOCK) == 0);
	CHILD_CHECK(fcntl(p[1], F_SETPIPE_SZ, 4096) == 4096);
	s->h.audit = p[1];
	for (int i = 0; i < 100; i++)
		CHILD_CHECK(ask(s, OP_open, "/b", O_RDONLY) == -EACCES);
	CHILD_CHECK(s->h.audit_dropped > 0 && s->h.audit_dropped < 100);
	s->h.audit_torn = false;
	s->h.audit = file;
	close_fds(p, 2);
	CHILD_CHECK(ask(s, OP_open, "/b", O_RDONLY) == -EACCES);
	CHILD_CHECK(ask(s, OP_open, "/b", O_RDONLY) == -EACCES);
	text = site_audit(s);
	check_lines(text, 2);
	CHILD_CHECK(matches(text, "^seq=101 .* dropped=[0-9]+ missing="));
	CHILD_CHECK(!strstr(strchr(text, '\n'), "dropped="));
}

SITE_TEST(audit, begins_anew_after_a_torn_line, "read @/a\n")
{
	_cleanup_free_ char *text = NULL;

	CHILD_CHECK(write(s->h.audit, "seq=1 tor", 9) == 9);
	s->h.audit_torn = true;
	CHILD_CHECK(ask(s, OP_open, "/b", O_RDONLY) == -EACCES);
	CHILD_CHECK(!s->h.audit_torn);
	text = site_audit(s);
	check_lines(text, 2);
}
