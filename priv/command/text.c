/* SPDX-License-Identifier: ISC */
#include "command/text.h"

char *text_rule(const struct policy *p, const struct policy_rule *r)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	int printed;

	if (!to)
		return NULL;
	printed = policy_print_rule(p, r, to);
	if (fclose(to) != 0 || printed < 0)
		return NULL;
	return take_ptr(&text);
}
