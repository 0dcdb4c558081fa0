/* SPDX-License-Identifier: ISC */
#include "auditline.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static char *sources[] = {(char[]){"/etc/wicket/httpd.policy"}};
static const struct policy policy = {.sources = sources, .nsources = 1};
static const struct policy_rule rule = {.line = 12};

/* A refusal at the beginning of 2026. */
static struct auditline denied(const struct op_request *r)
{
	return (struct auditline){
		.seq = 7,
		.time = {.tv_sec = 1767225600, .tv_nsec = 1999999},
		.worker = 1234,
		.request = r,
		.verdict = "denied",
		.policy = &policy,
		.error = EACCES,
		.missing = "",
	};
}

static struct op_request request(enum op op, const char *object)
{
	return (struct op_request){
		.op = (uint16_t)op, .object = object, .target = ""};
}

static void expect(const struct auditline *a, const char *wanted)
{
	char buf[BOUND_AUDIT_LINE + 1];
	size_t len = auditline_print(a, buf);

	buf[len] = '\0';
	cr_assert_str_eq(buf, wanted);
}

#define HEAD "seq=7 time=2026-01-01T00:00:00.001Z worker=1234 "

Test(auditline, tells_a_refusal_and_what_would_allow_it)
{
	struct op_request r = request(OP_open, "/etc/shadow");
	struct auditline a = denied(&r);

	a.missing = "read /etc/shadow";
	expect(&a, HEAD "op=open object=\"/etc/shadow\" flags=rdonly "
			"verdict=denied rule=- errno=EACCES "
			"missing=\"read /etc/shadow\"\n");
}

Test(auditline, tells_the_rule_by_its_files_last_name)
{
	struct op_request r = request(OP_unlink, "/x");
	struct auditline a = denied(&r);

	a.rule = &rule;
	a.why = "owner";
	a.dropped = 3;
	expect(&a, HEAD "op=unlink object=\"/x\" verdict=denied "
			"rule=httpd.policy:12 errno=EACCES why=owner "
			"dropped=3\n");
}

Test(auditline, tells_what_was_asked_for)
{
	struct op_request r = request(OP_open, "/x");
	struct auditline a = denied(&r);

	r.flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND;
	expect(&a, HEAD "op=open object=\"/x\" flags=wronly,append,creat,excl "
			"verdict=denied rule=- errno=EACCES\n");
	/* Its bits contain those of another, which is not told then. */
	r.flags = O_RDWR | O_TMPFILE;
	expect(&a, HEAD "op=open object=\"/x\" flags=rdwr,tmpfile "
			"verdict=denied rule=- errno=EACCES\n");
	r = request(OP_rename, "/x");
	r.target = "/y";
	expect(&a, HEAD "op=rename object=\"/x\" target=\"/y\" verdict=denied "
			"rule=- errno=EACCES\n");
	r = request(OP_listen, "tcp *:80");
	r.number = 2;
	expect(&a, HEAD "op=listen object=\"tcp *:80\" number=2 "
			"verdict=denied rule=- errno=EACCES\n");
	r = request(OP_access, "/x");
	r.mode = 4;
	expect(&a, HEAD "op=access object=\"/x\" mode=04 verdict=denied "
			"rule=- errno=EACCES\n");
	r = request((enum op)999, "");
	expect(&a, HEAD "op=999 object=\"\" verdict=denied rule=- "
			"errno=EACCES\n");
}

Test(auditline, has_no_object_where_it_is_about_the_session)
{
	struct auditline a = denied(NULL);

	a.verdict = "closed";
	a.error = EPROTO;
	expect(&a, HEAD "op=session verdict=closed rule=- errno=EPROTO\n");
}

/* Every byte, in every length, in three places at once. */
Test(auditline, is_one_whole_line_whatever_the_worker_writes)
{
	static char text[4 * BOUND_AUDIT_LINE];
	char buf[BOUND_AUDIT_LINE];

	for (unsigned c = 1; c < 256; c++) {
		struct op_request r = request(OP_rename, text);
		struct auditline a = denied(&r);
		size_t size = c * 16;
		size_t len;

		memset(text, (int)c, size);
		text[size] = '\0';
		r.target = text;
		a.missing = text;
		len = auditline_print(&a, buf);
		cr_assert_leq(len, BOUND_AUDIT_LINE);
		cr_assert_eq(buf[len - 1], '\n');
		for (size_t i = 0; i + 1 < len; i++)
			cr_assert(buf[i] >= ' ' && buf[i] <= '~');
		cr_assert(memmem(buf, len, " verdict=denied rule=- ", 23));
		cr_assert(memmem(buf, len, " missing=\"", 10));
		cr_assert_eq(buf[len - 2], '"');
	}
}
