/* SPDX-License-Identifier: ISC */
/*
 * What may be asked from now on: another policy, or less of it.
 */
#include "wicket/wicket.h"

#include <string.h>

#include "call.h"
#include "policy/pack.h"

int wicket_reload(struct wicket *w)
{
	struct op_request q = {.op = OP_reload, .object = ""};

	return edge(call_plain(w, &q));
}

/* Who works and with what promises is settled when a limit is set. */
static bool has_rules_alone(const struct policy *p)
{
	return !p->worker.user && !p->helper.user && !p->promised;
}

/*
 * The rules as they are written: a worker looks at no file system, and the
 * helper judges by the policy what a path leads to.
 */
static int pack(const char *text, void **ret, size_t *ret_len)
{
	__attribute__((cleanup(policy_freep))) struct policy *p = NULL;
	struct policy_note error = POLICY_NOTE_INIT;
	int r = policy_new("limit", &p);

	if (r >= 0)
		r = policy_parse(p, "limit", text, strlen(text), NULL, &error);
	if (r >= 0 && !has_rules_alone(p))
		r = -EINVAL;
	if (r >= 0)
		r = policy_pack(p, ret, ret_len);
	return r == -E2BIG ? -EMSGSIZE : r;
}

static int limit(struct wicket *w, const char *text)
{
	_cleanup_free_ void *packed = NULL;
	struct op_request q = {.op = OP_limit, .object = ""};
	int r = text ? handle_usable(w) : -EFAULT;

	if (r >= 0)
		r = pack(text, &packed, &q.blob_len);
	if (r < 0)
		return r;
	q.blob = packed;
	return call_plain(w, &q);
}

int wicket_limit(struct wicket *w, const char *policy)
{
	return edge(limit(w, policy));
}
