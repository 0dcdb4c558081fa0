/* SPDX-License-Identifier: ISC */
/*
 * What supervisor and helper tell each other, read as if by a hostile hand:
 * whatever decodes is within its bounds and encodes to the same bytes.
 */
#include "control.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t room[BOUND_CONTROL];

static void check(int holds)
{
	if (!holds)
		abort();
}

static void counts(const void *bytes, size_t size)
{
	struct wire_in i = wire_in(bytes, size);
	struct wire_out o = wire_out(room, sizeof(room));
	struct control_count c;
	int r;

	while ((r = control_get_count(&i, &c)) == 1)
		control_put_count(&o, &c);
	check(o.len <= size);
	if (o.len > 0)
		check(memcmp(room, bytes, o.len) == 0);
	/* Whole ones, or an error: nothing is passed over. */
	check((r == 0) == (o.len == size));
}

static void message(const uint8_t *bytes, size_t size)
{
	struct wire_in i = wire_in(bytes, size);
	struct wire_out o = wire_out(room, sizeof(room));
	struct control c;

	if (control_decode(&i, &c) < 0)
		return;
	check(c.kind > 0 && c.kind < CONTROL_KIND_MAX);
	check(strlen(c.object) < BOUND_ADDRESS);
	check(strlen(c.path) < BOUND_PATH);
	check(c.reply_len <= BOUND_MESSAGE && c.frames_len <= BOUND_MESSAGE);
	check(control_encode(&c, &o) == 0);
	check(o.len == size && memcmp(room, bytes, size) == 0);
	counts(c.reply, c.reply_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;

	if (size > BOUND_CONTROL)
		return 0;
	/* A copy that ends where its memory does. */
	bytes = malloc(size ? size : 1);
	check(bytes != NULL);
	if (size > 0)
		memcpy(bytes, data, size);
	message(bytes, size);
	counts(bytes, size);
	free(bytes);
	return 0;
}
