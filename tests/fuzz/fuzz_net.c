/* SPDX-License-Identifier: ISC */
/*
 * Addresses of any text: what a rule's address prints as parses back to the
 * same range, and so does what a worker asks for; a range made of one address
 * holds it.  The input is KIND, a blank, and the address.
 */
#include "policy/net.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_range(const char *kind, const char *object, bool any)
{
	const char *expected = NULL, *at = NULL;
	struct net_range r, again;
	char buf[BOUND_ADDRESS];

	if (net_range_parse(kind, object, any, &r, &expected, &at) < 0) {
		if (!expected || at < object || at > object + strlen(object))
			abort();
		return;
	}
	if (net_range_print(&r, any, buf, sizeof(buf)) < 0 ||
	    net_range_parse(kind, buf, any, &again, &expected, &at) < 0 ||
	    memcmp(&r, &again, sizeof(r)) != 0)
		abort();
}

static void check_addr(const char *text, bool any)
{
	struct net_addr a, again;
	struct net_range r;
	char buf[BOUND_ADDRESS];

	if (net_addr_parse(text, &a) < 0)
		return;
	if (net_addr_print(&a, any, buf, sizeof(buf)) < 0 ||
	    net_addr_parse(buf, &again) < 0 || a.len != again.len ||
	    memcmp(&a.sa, &again.sa, a.len) != 0)
		abort();
	if (net_range_of(&a, &r) && !net_range_has(&r, &a))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);
	char *object;

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	check_addr(text, true);
	check_addr(text, false);
	object = strchr(text, ' ');
	if (object) {
		*object++ = '\0';
		check_range(text, object, false);
		check_range(text, object, true);
	}
	free(text);
	return 0;
}
