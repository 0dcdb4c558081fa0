/* SPDX-License-Identifier: ISC */
#include "wire.h"

#include <endian.h>
#include <string.h>

struct wire_out wire_out(void *buf, size_t size)
{
	return (struct wire_out){.buf = buf, .size = size};
}

struct wire_in wire_in(const void *buf, size_t len)
{
	return (struct wire_in){.buf = buf, .len = len};
}

/* The place for len more bytes, or NULL. */
static uint8_t *claim(struct wire_out *o, size_t len)
{
	uint8_t *at;

	if (o->failed || len > o->size - o->len) {
		o->failed = true;
		return NULL;
	}
	at = o->buf + o->len;
	o->len += len;
	return at;
}

void wire_put_bytes(struct wire_out *o, const void *bytes, size_t len)
{
	uint8_t *at = claim(o, len);

	if (at && len > 0)
		memcpy(at, bytes, len);
}

void wire_put_u8(struct wire_out *o, uint8_t v)
{
	wire_put_bytes(o, &v, sizeof(v));
}

void wire_put_u16(struct wire_out *o, uint16_t v)
{
	v = htole16(v);
	wire_put_bytes(o, &v, sizeof(v));
}

void wire_put_u32(struct wire_out *o, uint32_t v)
{
	v = htole32(v);
	wire_put_bytes(o, &v, sizeof(v));
}

void wire_put_u64(struct wire_out *o, uint64_t v)
{
	v = htole64(v);
	wire_put_bytes(o, &v, sizeof(v));
}

void wire_put_blob(struct wire_out *o, const void *bytes, size_t len)
{
	if (len > UINT32_MAX)
		o->failed = true;
	wire_put_u32(o, (uint32_t)len);
	wire_put_bytes(o, bytes, len);
}

void wire_put_string(struct wire_out *o, const char *s)
{
	wire_put_blob(o, s ? s : "", s ? strlen(s) : 0);
	wire_put_u8(o, 0);
}

const void *wire_get_bytes(struct wire_in *i, size_t len)
{
	const uint8_t *at;

	if (i->failed || len > i->len - i->off) {
		i->failed = true;
		return NULL;
	}
	at = i->buf + i->off;
	i->off += len;
	return at;
}

/* Leaves ret alone where there is too little. */
static void get(struct wire_in *i, void *ret, size_t width)
{
	const void *at = wire_get_bytes(i, width);

	if (at)
		memcpy(ret, at, width);
}

uint8_t wire_get_u8(struct wire_in *i)
{
	uint8_t v = 0;

	get(i, &v, sizeof(v));
	return v;
}

uint16_t wire_get_u16(struct wire_in *i)
{
	uint16_t v = 0;

	get(i, &v, sizeof(v));
	return le16toh(v);
}

uint32_t wire_get_u32(struct wire_in *i)
{
	uint32_t v = 0;

	get(i, &v, sizeof(v));
	return le32toh(v);
}

uint64_t wire_get_u64(struct wire_in *i)
{
	uint64_t v = 0;

	get(i, &v, sizeof(v));
	return le64toh(v);
}

const void *wire_get_blob(struct wire_in *i, size_t *ret_len)
{
	size_t len = wire_get_u32(i);
	const void *at = wire_get_bytes(i, len);

	*ret_len = at ? len : 0;
	return at;
}

const char *wire_get_string(struct wire_in *i, size_t max)
{
	size_t len;
	const char *s = wire_get_blob(i, &len);
	const char *end = wire_get_bytes(i, 1);

	if (!s || !end || *end != '\0' || len > max || memchr(s, '\0', len)) {
		i->failed = true;
		return "";
	}
	return s;
}

bool wire_done(const struct wire_in *i)
{
	return !i->failed && i->off == i->len;
}
