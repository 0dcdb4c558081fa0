/* SPDX-License-Identifier: ISC */
/*
 * Bytes on the channel: a writer and a bounded cursor, both with a sticky
 * error, so that a caller checks once at the end.
 *
 * Everything is little-endian, of fixed width, encoded field by field.  A
 * string travels as u32 length, bytes, one NUL: the receiver uses it where it
 * lies.  A blob is a string that may hold NULs, and has none behind it.
 *
 * No function here allocates or makes a system call.  The numbers are inline:
 * a frame is a dozen of them, and the compiler makes few instructions of it.
 */
#ifndef COMMON_WIRE_H
#define COMMON_WIRE_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Writes into a buffer of the caller's; failed once something did not fit. */
struct wire_out {
	uint8_t *buf;
	size_t size;
	size_t len;
	bool failed;
};

/* Reads from a buffer of the caller's; failed once it was not well-formed. */
struct wire_in {
	const uint8_t *buf;
	size_t len;
	size_t off;
	bool failed;
};

static inline struct wire_out wire_out(void *buf, size_t size)
{
	return (struct wire_out){.buf = buf, .size = size};
}

static inline struct wire_in wire_in(const void *buf, size_t len)
{
	return (struct wire_in){.buf = buf, .len = len};
}

/* ---- writing ------------------------------------------------------------- */

static inline void wire_put_bytes(struct wire_out *o, const void *bytes,
				  size_t len)
{
	if (o->failed || len > o->size - o->len) {
		o->failed = true;
		return;
	}
	if (len > 0)
		memcpy(o->buf + o->len, bytes, len);
	o->len += len;
}

static inline void wire_put_u8(struct wire_out *o, uint8_t v)
{
	wire_put_bytes(o, &v, sizeof(v));
}

static inline void wire_put_u16(struct wire_out *o, uint16_t v)
{
	v = htole16(v);
	wire_put_bytes(o, &v, sizeof(v));
}

static inline void wire_put_u32(struct wire_out *o, uint32_t v)
{
	v = htole32(v);
	wire_put_bytes(o, &v, sizeof(v));
}

static inline void wire_put_u64(struct wire_out *o, uint64_t v)
{
	v = htole64(v);
	wire_put_bytes(o, &v, sizeof(v));
}

void wire_put_blob(struct wire_out *o, const void *bytes, size_t len);
/* NULL travels as the empty string. */
void wire_put_string(struct wire_out *o, const char *s);

/* ---- reading: after a failure, 0, NULL or "", and nothing changes -------- */

/* Borrowed from the buffer. */
static inline const void *wire_get_bytes(struct wire_in *i, size_t len)
{
	if (i->failed || len > i->len - i->off) {
		i->failed = true;
		return NULL;
	}
	i->off += len;
	return i->buf + i->off - len;
}

static inline uint8_t wire_get_u8(struct wire_in *i)
{
	const uint8_t *at = wire_get_bytes(i, 1);

	return at ? *at : 0;
}

static inline uint16_t wire_get_u16(struct wire_in *i)
{
	const void *at = wire_get_bytes(i, sizeof(uint16_t));
	uint16_t v = 0;

	if (at)
		memcpy(&v, at, sizeof(v));
	return le16toh(v);
}

static inline uint32_t wire_get_u32(struct wire_in *i)
{
	const void *at = wire_get_bytes(i, sizeof(uint32_t));
	uint32_t v = 0;

	if (at)
		memcpy(&v, at, sizeof(v));
	return le32toh(v);
}

static inline uint64_t wire_get_u64(struct wire_in *i)
{
	const void *at = wire_get_bytes(i, sizeof(uint64_t));
	uint64_t v = 0;

	if (at)
		memcpy(&v, at, sizeof(v));
	return le64toh(v);
}

/* Borrowed; *ret_len is set always. */
const void *wire_get_blob(struct wire_in *i, size_t *ret_len);
/* Borrowed, NUL-terminated, without a NUL inside, of at most max bytes. */
const char *wire_get_string(struct wire_in *i, size_t max);

/* Every byte was used and nothing failed. */
static inline bool wire_done(const struct wire_in *i)
{
	return !i->failed && i->off == i->len;
}

#endif
