/* SPDX-License-Identifier: ISC */
/*
 * Bytes on the channel: a writer and a bounded cursor, both with a sticky
 * error, so that a caller checks once at the end.
 *
 * Everything is little-endian, of fixed width, encoded field by field.  A
 * string travels as u32 length, bytes, one NUL: the receiver uses it where it
 * lies.  A blob is a string that may hold NULs, and has none behind it.
 *
 * No function here allocates or makes a system call.
 */
#ifndef COMMON_WIRE_H
#define COMMON_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

struct wire_out wire_out(void *buf, size_t size);
struct wire_in wire_in(const void *buf, size_t len);

void wire_put_u8(struct wire_out *o, uint8_t v);
void wire_put_u16(struct wire_out *o, uint16_t v);
void wire_put_u32(struct wire_out *o, uint32_t v);
void wire_put_u64(struct wire_out *o, uint64_t v);
void wire_put_bytes(struct wire_out *o, const void *bytes, size_t len);
void wire_put_blob(struct wire_out *o, const void *bytes, size_t len);
/* NULL travels as the empty string. */
void wire_put_string(struct wire_out *o, const char *s);

/* After a failure these return 0, NULL or "" and change nothing. */
uint8_t wire_get_u8(struct wire_in *i);
uint16_t wire_get_u16(struct wire_in *i);
uint32_t wire_get_u32(struct wire_in *i);
uint64_t wire_get_u64(struct wire_in *i);
/* Borrowed from the buffer; *ret_len is set always. */
const void *wire_get_bytes(struct wire_in *i, size_t len);
const void *wire_get_blob(struct wire_in *i, size_t *ret_len);
/* Borrowed, NUL-terminated, without a NUL inside, of at most max bytes. */
const char *wire_get_string(struct wire_in *i, size_t max);

/* Every byte was used and nothing failed. */
bool wire_done(const struct wire_in *i);

#endif
