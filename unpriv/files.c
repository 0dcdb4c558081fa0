/* SPDX-License-Identifier: ISC */
/*
 * What is asked of one file: open, stat, access, readlink.
 */
#include "wicket/wicket.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "answer.h"
#include "call.h"

int wicket_open(struct wicket *w, const char *path, int flags, mode_t mode)
{
	struct op_request q = {
		.op = OP_open,
		.object = path,
		.flags = (uint32_t)flags,
		.mode = mode,
	};

	return edge(call_fd(w, &q));
}

static int take_stat(void *arg, const struct op_reply *reply)
{
	struct wire_in i = wire_in(reply->blob, reply->blob_len);

	return answer_get_stat(&i, arg);
}

static int ask_stat(struct wicket *w, const char *path, int flags,
		    struct stat *st)
{
	struct op_request q = {
		.op = OP_stat,
		.object = path,
		.flags = (uint32_t)flags,
	};

	if (!st)
		return edge(-EFAULT);
	return edge(call(w, &q, take_stat, st, NULL));
}

int wicket_stat(struct wicket *w, const char *path, struct stat *st)
{
	return ask_stat(w, path, 0, st);
}

int wicket_lstat(struct wicket *w, const char *path, struct stat *st)
{
	return ask_stat(w, path, AT_SYMLINK_NOFOLLOW, st);
}

int wicket_access(struct wicket *w, const char *path, int mode)
{
	struct op_request q = {
		.op = OP_access,
		.object = path,
		.mode = (uint32_t)mode,
	};

	if (mode & ~(R_OK | W_OK | X_OK))
		return edge(-EINVAL);
	return edge(call_plain(w, &q));
}

struct link_room {
	char *buf;
	size_t size;
};

static int take_link(void *arg, const struct op_reply *reply)
{
	struct link_room *room = arg;
	size_t n = reply->blob_len;

	if (n > room->size)
		n = room->size;
	if (n > BOUND_PATH)
		return -EPROTO;
	memcpy(room->buf, reply->blob, n);
	return (int)n;
}

ssize_t wicket_readlink(struct wicket *w, const char *path, char *buf,
			size_t size)
{
	struct op_request q = {.op = OP_readlink, .object = path};
	struct link_room room;

	if (size == 0)
		return edge(-EINVAL);
	if (!buf)
		return edge(-EFAULT);
	room.buf = buf;
	room.size = size;
	return edge(call(w, &q, take_link, &room, NULL));
}
