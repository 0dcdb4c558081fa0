/* SPDX-License-Identifier: ISC */
/*
 * Requests and replies: frames of the channel, decoded and encoded by the
 * table in ops.def.
 *
 * A message on the channel is one or more frames.  A frame is a header of
 * OP_HEADER bytes,
 *
 *	u16 op, u16 flags, u32 id, u32 length of the payload, u16 nfds, u16 cpu
 *
 * and a payload: the operation's request fields, or u32 errno and its reply
 * fields (none where errno is not 0).  A reply carries the id of its request
 * and the descriptors of its message in the order of the frames.
 *
 * cpu of a message's first frame says where its sender ran: the number of that
 * processor and one, or 0 where it does not tell.  It is a hint for who waits,
 * which may be a lie, and nothing else is made of it (spin.h).
 *
 * Ids begin at 1, and replies come in the order of their requests.  A reply to
 * hello with the id 0 was not asked for: it says that the helper before ended
 * without a word, and that another serves from here on.  What was asked before
 * may be waiting for this one still or may have died with that one; sync, whose
 * answer is behind all that waited, tells the two apart.
 *
 * No function here allocates or makes a system call.
 */
#ifndef COMMON_OP_H
#define COMMON_OP_H

#include "bounds.h"
#include "own.h"
#include "wire.h"

/* The version of this protocol, sent in the first message by both sides. */
#define OP_PROTOCOL 1

#define OP_HEADER 16

enum op {
#define OP(number, name, request, reply, fds) OP_##name = (number),
#include "ops.def"
#undef OP
	OP_MAX = 23,
};

/* In the order in which they travel. */
enum op_field {
	OP_OBJECT = 1u << 0, /* string: a path, an address, a text */
	OP_TARGET = 1u << 1, /* string: where a rename goes */
	OP_FLAGS = 1u << 2,  /* u32 */
	OP_MODE = 1u << 3,   /* u32 */
	OP_NUMBER = 1u << 4, /* u64: an index, a version, a place in a list */
	OP_BLOB = 1u << 5,   /* blob: what only the operation understands */
	OP_AGAIN = 1u << 6,  /* no field: see op_repeats() */
};

enum op_flag {
	OP_REPLY = 1u << 0,
};

/*
 * A request.  object, target and blob are borrowed from the message; where the
 * operation does not have the field, "", NULL and 0.
 */
struct op_request {
	uint16_t op; /* may be a number that the table does not know */
	uint32_t id;
	const char *object;
	const char *target;
	uint32_t flags;
	uint32_t mode;
	uint64_t number;
	const void *blob;
	size_t blob_len;
};

/* A reply.  blob is borrowed; error is an errno, 0 for success. */
struct op_reply {
	uint16_t op;
	uint32_t id;
	uint32_t error;
	uint64_t number;
	const void *blob;
	size_t blob_len;
	uint16_t nfds;
};

/* "open", or NULL for a number that the table does not know. */
const char *op_name(unsigned op);

/* Descriptors that a successful reply to this operation carries. */
unsigned op_fds(unsigned op);

/*
 * Whether asking once more does no more than asking once.  So it may be asked
 * of the next helper when the one that was asked ended without an answer; of
 * any other request nobody can tell what came of it.
 */
bool op_repeats(const struct op_request *r);

/*
 * Each appends one frame; o->failed is set where it does not fit.  An
 * operation that the table does not know cannot be encoded as a request; as
 * a reply it may, with an error.
 */
void op_put_request(struct wire_out *o, const struct op_request *r);
void op_put_reply(struct wire_out *o, const struct op_reply *r);

/*
 * Each takes one frame from the cursor: 0, or -EPROTO for a frame that is not
 * well-formed, -ENOSYS for a well-formed frame of an operation that the table
 * does not know (op and id are set then, and the cursor stands behind it).
 * Strings are at most BOUND_PATH - 1 bytes.  *ret_* is zeroed first.
 */
_must_use_ int op_get_request(struct wire_in *i, struct op_request *ret);
_must_use_ int op_get_reply(struct wire_in *i, struct op_reply *ret);

/* The cpu of a message; 0 and nothing for one that is too short for a frame. */
void op_set_cpu(void *message, size_t len, uint16_t cpu);
uint16_t op_cpu(const void *message, size_t len);

#endif
