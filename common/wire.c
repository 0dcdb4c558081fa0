/* SPDX-License-Identifier: ISC */
#include "wire.h"

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
