/* SPDX-License-Identifier: ISC */
#include "answer.h"

#include <errno.h>

enum {
	DROPPED = 1u << 0,
	PASSRIGHTS = 1u << 1,
};

void answer_put_hello(struct wire_out *o, const struct answer_hello *h)
{
	wire_put_u32(o, h->protocol);
	wire_put_u32(o, (h->dropped ? DROPPED : 0) |
				(h->passrights ? PASSRIGHTS : 0));
	wire_put_u32(o, h->uid);
	wire_put_u32(o, h->gid);
	wire_put_u32(o, h->ngroups);
	for (uint32_t n = 0; n < h->ngroups && n < BOUND_GROUPS; n++)
		wire_put_u32(o, h->groups[n]);
	wire_put_string(o, h->name);
	wire_put_string(o, h->promises);
}

int answer_get_hello(struct wire_in *i, struct answer_hello *ret)
{
	struct answer_hello h = {.protocol = wire_get_u32(i)};
	uint32_t flags = wire_get_u32(i);

	h.dropped = flags & DROPPED;
	h.passrights = flags & PASSRIGHTS;
	h.uid = wire_get_u32(i);
	h.gid = wire_get_u32(i);
	h.ngroups = wire_get_u32(i);
	if (h.ngroups > BOUND_GROUPS)
		return -EPROTO;
	for (uint32_t n = 0; n < h.ngroups; n++)
		h.groups[n] = wire_get_u32(i);
	h.name = wire_get_string(i, BOUND_PATH - 1);
	h.promises = wire_get_string(i, BOUND_PROMISE_TEXT - 1);
	if (!wire_done(i))
		return -EPROTO;
	*ret = h;
	return 0;
}

static void put_time(struct wire_out *o, struct timespec t)
{
	wire_put_u64(o, (uint64_t)t.tv_sec);
	wire_put_u32(o, (uint32_t)t.tv_nsec);
}

static struct timespec get_time(struct wire_in *i)
{
	struct timespec t = {.tv_sec = (time_t)wire_get_u64(i)};

	t.tv_nsec = wire_get_u32(i);
	return t;
}

void answer_put_stat(struct wire_out *o, const struct stat *st)
{
	wire_put_u64(o, st->st_dev);
	wire_put_u64(o, st->st_ino);
	wire_put_u32(o, st->st_mode);
	wire_put_u64(o, st->st_nlink);
	wire_put_u32(o, st->st_uid);
	wire_put_u32(o, st->st_gid);
	wire_put_u64(o, st->st_rdev);
	wire_put_u64(o, (uint64_t)st->st_size);
	wire_put_u64(o, (uint64_t)st->st_blksize);
	wire_put_u64(o, (uint64_t)st->st_blocks);
	put_time(o, st->st_atim);
	put_time(o, st->st_mtim);
	put_time(o, st->st_ctim);
}

int answer_get_stat(struct wire_in *i, struct stat *ret)
{
	struct stat st = {0};

	st.st_dev = wire_get_u64(i);
	st.st_ino = wire_get_u64(i);
	st.st_mode = wire_get_u32(i);
	st.st_nlink = wire_get_u64(i);
	st.st_uid = wire_get_u32(i);
	st.st_gid = wire_get_u32(i);
	st.st_rdev = wire_get_u64(i);
	st.st_size = (off_t)wire_get_u64(i);
	st.st_blksize = (blksize_t)wire_get_u64(i);
	st.st_blocks = (blkcnt_t)wire_get_u64(i);
	st.st_atim = get_time(i);
	st.st_mtim = get_time(i);
	st.st_ctim = get_time(i);
	if (!wire_done(i))
		return -EPROTO;
	*ret = st;
	return 0;
}

bool answer_put_entry(struct wire_out *o, const struct answer_entry *e)
{
	const struct wire_out before = *o;

	wire_put_string(o, e->name);
	wire_put_u32(o, e->type);
	wire_put_u64(o, e->size);
	wire_put_u64(o, (uint64_t)e->mtime);
	if (!o->failed)
		return true;
	*o = before;
	return false;
}

int answer_get_entry(struct wire_in *i, struct answer_entry *ret)
{
	struct answer_entry e;

	if (wire_done(i))
		return 0;
	e.name = wire_get_string(i, BOUND_COMPONENT);
	e.type = wire_get_u32(i);
	e.size = wire_get_u64(i);
	e.mtime = (int64_t)wire_get_u64(i);
	if (i->failed)
		return -EPROTO;
	*ret = e;
	return 1;
}
