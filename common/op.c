/* SPDX-License-Identifier: ISC */
#include "op.h"

#include <errno.h>
#include <fcntl.h>

static const struct op_row {
	const char *name;
	unsigned request;
	unsigned reply;
	unsigned fds;
} table[OP_MAX] = {
#define OP(number, name, request, reply, fds) \
	[number] = {#name, request, reply, fds},
#include "ops.def"
#undef OP
};

static const struct op_row *row(unsigned op)
{
	return op < OP_MAX && table[op].name ? &table[op] : NULL;
}

const char *op_name(unsigned op)
{
	const struct op_row *r = row(op);

	return r ? r->name : NULL;
}

unsigned op_fds(unsigned op)
{
	const struct op_row *r = row(op);

	return r ? r->fds : 0;
}

bool op_repeats(const struct op_request *q)
{
	const struct op_row *r = row(q->op);
	const uint32_t effects = O_CREAT | O_EXCL | O_TRUNC;

	if (!r || !(r->request & OP_AGAIN))
		return false;
	return q->op != OP_open || !(q->flags & effects);
}

/* Leaves the length 0, for close_frame() to fill in. */
static size_t open_frame(struct wire_out *o, unsigned op, unsigned flags,
			 uint32_t id, unsigned nfds)
{
	wire_put_u16(o, (uint16_t)op);
	wire_put_u16(o, (uint16_t)flags);
	wire_put_u32(o, id);
	wire_put_u32(o, 0);
	wire_put_u16(o, (uint16_t)nfds);
	wire_put_u16(o, 0);
	return o->len;
}

static void close_frame(struct wire_out *o, size_t start)
{
	struct wire_out at;

	if (o->failed)
		return;
	at = wire_out(o->buf + start - 8, 4);
	wire_put_u32(&at, (uint32_t)(o->len - start));
}

void op_put_request(struct wire_out *o, const struct op_request *r)
{
	const struct op_row *op = row(r->op);
	size_t start;

	if (!op) {
		o->failed = true;
		return;
	}
	start = open_frame(o, r->op, 0, r->id, 0);
	if (op->request & OP_OBJECT)
		wire_put_string(o, r->object);
	if (op->request & OP_TARGET)
		wire_put_string(o, r->target);
	if (op->request & OP_FLAGS)
		wire_put_u32(o, r->flags);
	if (op->request & OP_MODE)
		wire_put_u32(o, r->mode);
	if (op->request & OP_NUMBER)
		wire_put_u64(o, r->number);
	if (op->request & OP_BLOB)
		wire_put_blob(o, r->blob, r->blob_len);
	close_frame(o, start);
}

void op_put_reply(struct wire_out *o, const struct op_reply *r)
{
	const struct op_row *op = row(r->op);
	unsigned fields = op && r->error == 0 ? op->reply : 0;
	size_t start = open_frame(o, r->op, OP_REPLY, r->id, r->nfds);

	wire_put_u32(o, r->error);
	if (fields & OP_NUMBER)
		wire_put_u64(o, r->number);
	if (fields & OP_BLOB)
		wire_put_blob(o, r->blob, r->blob_len);
	close_frame(o, start);
}

struct frame {
	uint16_t op;
	uint16_t flags;
	uint32_t id;
	uint16_t nfds;
	struct wire_in payload;
};

static int get_frame(struct wire_in *i, unsigned flags, struct frame *ret)
{
	size_t len;
	const void *payload;

	ret->op = wire_get_u16(i);
	ret->flags = wire_get_u16(i);
	ret->id = wire_get_u32(i);
	len = wire_get_u32(i);
	ret->nfds = wire_get_u16(i);
	(void)wire_get_u16(i); /* op_cpu() */
	payload = wire_get_bytes(i, len);
	if (i->failed || ret->flags != flags) {
		i->failed = true;
		return -EPROTO;
	}
	ret->payload = wire_in(payload, len);
	return 0;
}

int op_get_request(struct wire_in *i, struct op_request *ret)
{
	const struct op_row *op;
	struct frame f;
	struct wire_in *p = &f.payload;
	int r;

	*ret = (struct op_request){.object = "", .target = ""};
	r = get_frame(i, 0, &f);
	if (r < 0)
		return r;
	ret->op = f.op;
	ret->id = f.id;
	op = row(f.op);
	if (!op)
		return -ENOSYS;
	if (op->request & OP_OBJECT)
		ret->object = wire_get_string(p, BOUND_PATH - 1);
	if (op->request & OP_TARGET)
		ret->target = wire_get_string(p, BOUND_PATH - 1);
	if (op->request & OP_FLAGS)
		ret->flags = wire_get_u32(p);
	if (op->request & OP_MODE)
		ret->mode = wire_get_u32(p);
	if (op->request & OP_NUMBER)
		ret->number = wire_get_u64(p);
	if (op->request & OP_BLOB)
		ret->blob = wire_get_blob(p, &ret->blob_len);
	/* A request that claims descriptors never carries any: section 3. */
	return wire_done(p) && f.nfds == 0 ? 0 : -EPROTO;
}

int op_get_reply(struct wire_in *i, struct op_reply *ret)
{
	const struct op_row *op;
	struct frame f;
	struct wire_in *p = &f.payload;
	unsigned fields;
	int r;

	*ret = (struct op_reply){0};
	r = get_frame(i, OP_REPLY, &f);
	if (r < 0)
		return r;
	ret->op = f.op;
	ret->id = f.id;
	ret->nfds = f.nfds;
	ret->error = wire_get_u32(p);
	op = row(f.op);
	fields = op && ret->error == 0 ? op->reply : 0;
	if (fields & OP_NUMBER)
		ret->number = wire_get_u64(p);
	if (fields & OP_BLOB)
		ret->blob = wire_get_blob(p, &ret->blob_len);
	if (!wire_done(p))
		return -EPROTO;
	if (!op && ret->error == 0)
		return -EPROTO;
	return ret->nfds <= (ret->error ? 0 : op_fds(f.op)) ? 0 : -EPROTO;
}

void op_set_cpu(void *message, size_t len, uint16_t cpu)
{
	struct wire_out at = wire_out(message, len);

	if (len < OP_HEADER)
		return;
	at.len = OP_HEADER - 2;
	wire_put_u16(&at, cpu);
}

uint16_t op_cpu(const void *message, size_t len)
{
	struct wire_in at = wire_in(message, len);

	(void)wire_get_bytes(&at, OP_HEADER - 2);
	return wire_get_u16(&at);
}
