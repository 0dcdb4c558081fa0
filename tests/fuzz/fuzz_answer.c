/* SPDX-License-Identifier: ISC */
/*
 * What a helper answers and what a supervisor tells a helper, read as if by
 * a hostile hand: whatever decodes encodes to the same bytes.
 */
#include "answer.h"

#include <stdlib.h>
#include <string.h>

#include "promise.h"
#include "start.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t room[BOUND_MESSAGE];

static void check(int holds)
{
	if (!holds)
		abort();
}

static void hello(const uint8_t *bytes, size_t size)
{
	struct wire_in i = wire_in(bytes, size);
	struct wire_out o = wire_out(room, sizeof(room));
	struct answer_hello h;
	struct promises p;

	if (answer_get_hello(&i, &h) < 0)
		return;
	check(h.ngroups <= BOUND_GROUPS);
	(void)promise_parse(h.promises, &p, NULL);
	answer_put_hello(&o, &h);
	/* Flags that nobody knows are not kept. */
	check(!o.failed && o.len == size);
	check(memcmp(room, bytes, 4) == 0);
	check(memcmp(room + 8, bytes + 8, size - 8) == 0);
}

static void status(const uint8_t *bytes, size_t size)
{
	struct wire_in i = wire_in(bytes, size);
	struct wire_out o = wire_out(room, sizeof(room));
	struct stat st;

	if (answer_get_stat(&i, &st) < 0)
		return;
	answer_put_stat(&o, &st);
	check(!o.failed && o.len == size && memcmp(room, bytes, size) == 0);
}

static void entries(const uint8_t *bytes, size_t size)
{
	struct wire_in i = wire_in(bytes, size);
	struct wire_out o = wire_out(room, sizeof(room));
	struct answer_entry e;
	int r;

	while ((r = answer_get_entry(&i, &e)) == 1) {
		check(strlen(e.name) <= BOUND_COMPONENT);
		answer_put_entry(&o, &e);
	}
	if (r == 0)
		check(o.len == size && memcmp(room, bytes, size) == 0);
}

static void started(const uint8_t *bytes, size_t size)
{
	struct wire_in i = wire_in(bytes, size);
	struct wire_out o = wire_out(room, sizeof(room));
	struct start s;

	if (start_decode(&i, &s) < 0)
		return;
	check(strlen(s.syslog) < sizeof(s.syslog));
	check(start_encode(&s, &o) == 0 && o.len == size);
}

static void reported(const uint8_t *bytes, size_t size)
{
	struct wire_in i = wire_in(bytes, size);
	struct wire_out o = wire_out(room, sizeof(room));
	struct report r;

	if (report_decode(&i, &r) < 0)
		return;
	check(strlen(r.text) < sizeof(r.text));
	check(report_encode(&r, &o) == 0);
	check(o.len == size && memcmp(room, bytes, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;

	if (size > BOUND_MESSAGE)
		return 0;
	/* A copy that ends where its memory does. */
	bytes = malloc(size ? size : 1);
	check(bytes != NULL);
	if (size > 0)
		memcpy(bytes, data, size);
	hello(bytes, size);
	status(bytes, size);
	entries(bytes, size);
	started(bytes, size);
	reported(bytes, size);
	free(bytes);
	return 0;
}
