/* SPDX-License-Identifier: ISC */
/*
 * Frames from a hostile peer: whatever decodes is within its bounds, and
 * encodes to something that decodes to the same.
 */
#include "op.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

/* A copy that ends where its memory does, so that one byte more is seen. */
static uint8_t *exact(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	check(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

static int same_request(const struct op_request *a, const struct op_request *b)
{
	return a->op == b->op && a->id == b->id && a->flags == b->flags &&
	       a->mode == b->mode && a->number == b->number &&
	       strcmp(a->object, b->object) == 0 &&
	       strcmp(a->target, b->target) == 0;
}

static void request_again(const struct op_request *r)
{
	static uint8_t room[BOUND_MESSAGE];
	struct wire_out o = wire_out(room, sizeof(room));
	struct wire_in i;
	struct op_request again;

	check(op_name(r->op) != NULL);
	check(strlen(r->object) < BOUND_PATH);
	check(strlen(r->target) < BOUND_PATH);
	op_put_request(&o, r);
	check(!o.failed);
	i = wire_in(room, o.len);
	check(op_get_request(&i, &again) == 0);
	check(wire_done(&i));
	check(same_request(r, &again));
}

static int same_reply(const struct op_reply *a, const struct op_reply *b)
{
	return a->op == b->op && a->id == b->id && a->error == b->error &&
	       a->number == b->number && a->nfds == b->nfds &&
	       a->blob_len == b->blob_len &&
	       (a->blob_len == 0 || memcmp(a->blob, b->blob, a->blob_len) == 0);
}

static void reply_again(const struct op_reply *r)
{
	static uint8_t room[BOUND_MESSAGE];
	struct wire_out o = wire_out(room, sizeof(room));
	struct wire_in i;
	struct op_reply again;

	check(r->nfds <= op_fds(r->op));
	op_put_reply(&o, r);
	check(!o.failed);
	i = wire_in(room, o.len);
	check(op_get_reply(&i, &again) == 0);
	check(wire_done(&i));
	check(same_reply(r, &again));
}

static void decode(const uint8_t *bytes, size_t size)
{
	struct wire_in i = wire_in(bytes, size);
	struct op_request request;
	struct op_reply reply;
	int r;

	do {
		r = op_get_request(&i, &request);
		check(r == 0 || r == -EPROTO || r == -ENOSYS);
		check(request.object && request.target);
		if (r == 0)
			request_again(&request);
	} while (r != -EPROTO && i.off < i.len);

	i = wire_in(bytes, size);
	do {
		r = op_get_reply(&i, &reply);
		check(r == 0 || r == -EPROTO);
		if (r == 0)
			reply_again(&reply);
	} while (r == 0 && i.off < i.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;

	if (size > BOUND_MESSAGE)
		return 0;
	bytes = exact(data, size);
	decode(bytes, size);
	free(bytes);
	return 0;
}
