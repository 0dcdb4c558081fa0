/* SPDX-License-Identifier: ISC */
/*
 * Another policy, or less of it.
 */
#include "wicket/wicket.h"

#include <criterion/criterion.h>
#include <string.h>

#include "policy/pack.h"
#include "support/played.h"

/* ---- wicket_reload --------------------------------------------------- */

Test(control, asks_for_a_reload_and_gives_what_came_of_it, .timeout = 10)
{
	struct op_reply no = {.op = OP_reload, .id = 2, .error = EINVAL};
	struct played p;

	played_open(&p, 0);
	played_done(&p, OP_reload, 1);
	cr_assert_eq(wicket_reload(p.w), 0);
	played_reply(&p, &no, 0);
	FAILS(wicket_reload(p.w), EINVAL);
	FAILS(wicket_reload(NULL), EBADF);
	played_asked(p.helper, OP_reload, 1);
	played_asked(p.helper, OP_reload, 2);
	played_close(&p);
}

/* ---- wicket_limit ---------------------------------------------------- */

/* What the helper gets of a limit's text. */
static struct policy *limit_sent(const char *text)
{
	struct op_request q;
	struct policy *policy;
	uint8_t buf[8192];
	struct played p;

	played_open(&p, 0);
	played_done(&p, OP_limit, 1);
	cr_assert_eq(wicket_limit(p.w, text), 0, "%s", strerror(errno));
	q = played_request(p.helper, buf, sizeof(buf));
	cr_assert_eq(q.op, OP_limit);
	cr_assert_eq(policy_unpack(q.blob, q.blob_len, &policy), 0);
	played_close(&p);
	return policy;
}

Test(control, sends_a_limits_rules_as_they_are_written, .timeout = 10)
{
	struct policy *p = limit_sent("# narrow\n"
				      "read  /no/such/**\n"
				      "deny  /no/such/*.key\n"
				      "listen tcp *:80\n"
				      "limit requests=10\n");

	cr_assert_eq(p->nrules, 3u);
	cr_assert_eq(p->rules[0].verb, POLICY_READ);
	cr_assert_str_eq(p->rules[0].path.pattern, "/no/such/**");
	cr_assert_null(p->rules[0].path.resolved);
	cr_assert_eq(p->rules[1].verb, POLICY_DENY);
	cr_assert_eq(p->rules[2].verb, POLICY_LISTEN);
	cr_assert_eq(p->limits.requests, 10u);
	policy_free(p);
}

Test(control, sends_an_empty_limit_which_allows_nothing, .timeout = 10)
{
	struct policy *p = limit_sent("");

	cr_assert_eq(p->nrules, 0u);
	policy_free(p);
}

Test(control, refuses_a_wrong_limit_and_asks_nothing, .timeout = 10)
{
	static const char *const wrong[] = {
		"read\n",	   "reed /x\n",	      "read /x/%i\n",
		"read /x/../y\n",  "worker nobody\n", "helper nobody\n",
		"promise stdio\n",
	};
	struct played p;

	played_open(&p, 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		FAILS(wicket_limit(p.w, wrong[i]), EINVAL);
	FAILS(wicket_limit(p.w, NULL), EFAULT);
	FAILS(wicket_limit(NULL, ""), EBADF);
	cr_assert_not(played_was_asked(p.helper));
	played_close(&p);
}

Test(control, refuses_a_limit_that_no_message_can_hold, .timeout = 10)
{
	enum {
		LINES = 1000
	};
	static char text[LINES * 100];
	size_t len = 0;
	struct played p;

	for (int i = 0; i < LINES; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"read /a/name/of/a/file/%d\n", i);
	played_open(&p, 0);
	FAILS(wicket_limit(p.w, text), EMSGSIZE);
	cr_assert_not(played_was_asked(p.helper));
	played_done(&p, OP_limit, 1);
	cr_assert_eq(wicket_limit(p.w, "read /a\n"), 0);
	played_close(&p);
}

Test(control, gives_what_the_helper_says_to_a_limit, .timeout = 10)
{
	struct op_reply no = {.op = OP_limit, .id = 1, .error = ENOSYS};
	struct played p;

	played_open(&p, 0);
	played_reply(&p, &no, 0);
	FAILS(wicket_limit(p.w, "read /a\n"), ENOSYS);
	played_close(&p);
}
