/* SPDX-License-Identifier: ISC */
/*
 * Any bytes are refused with a place and a reason, or are a policy that is
 * printed as text of the same policy.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>

#include "../support/alike.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct policy *parse(const char *text, size_t len, const char *instance)
{
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy *p = NULL;
	int r = policy_new("fuzz", &p);

	assert(r == 0);
	r = policy_parse(p, "fuzz", text, len, instance, &err);
	if (r == 0)
		return p;
	assert(r == -EINVAL || r == -E2BIG);
	assert(err.text[0] != '\0');
	assert(r == -E2BIG || (err.line > 0 && err.column > 0));
	return policy_free(p);
}

static char *print(const struct policy *p, size_t *ret_len)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, ret_len);
	int r;

	assert(to);
	r = policy_print(p, to);
	assert(r == 0);
	r = fclose(to);
	assert(r == 0);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy *p = parse((const char *)data, size, "one");
	struct policy *again;
	size_t once_len, twice_len;
	char *once, *twice;

	if (!p)
		return 0;
	once = print(p, &once_len);
	/* No variable is left in it. */
	again = parse(once, once_len, NULL);
	assert(again);
	twice = print(again, &twice_len);
	assert(once_len == twice_len && memcmp(once, twice, once_len) == 0);
	assert(alike(p, again));
	free(once);
	free(twice);
	policy_free(p);
	policy_free(again);
	return 0;
}
