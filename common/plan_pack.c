/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "plan_landlock.h"
#include "wire.h"

/* More than all numbers of one place, one port or the head take. */
#define ROOM 64

static size_t room_for(const struct plan_landlock *l)
{
	size_t room = ROOM * (1 + l->nplaces + l->nports);

	for (size_t i = 0; i < l->nplaces; i++)
		room += strlen(l->places[i].path);
	return room;
}

static void put(struct wire_out *o, const struct plan_landlock *l)
{
	wire_put_u64(o, l->handled.fs);
	wire_put_u64(o, l->handled.net);
	wire_put_u64(o, l->handled.scopes);
	wire_put_u32(o, (uint32_t)l->nplaces);
	for (size_t i = 0; i < l->nplaces; i++) {
		wire_put_u64(o, l->places[i].file);
		wire_put_u64(o, l->places[i].tree);
		wire_put_string(o, l->places[i].path);
	}
	wire_put_u32(o, (uint32_t)l->nports);
	for (size_t i = 0; i < l->nports; i++) {
		wire_put_u64(o, l->ports[i].rights);
		wire_put_u16(o, l->ports[i].low);
		wire_put_u16(o, l->ports[i].high);
	}
}

int plan_landlock_pack(const struct plan_landlock *l, void **ret,
		       size_t *ret_len)
{
	size_t size = room_for(l);
	_cleanup_free_ void *bytes = malloc(size);
	struct wire_out o = wire_out(bytes, size);

	if (!bytes)
		return -ENOMEM;
	put(&o, l);
	if (o.failed)
		return -ENOSPC;
	*ret = take_ptr(&bytes);
	*ret_len = o.len;
	return 0;
}
