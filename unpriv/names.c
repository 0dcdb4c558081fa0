/* SPDX-License-Identifier: ISC */
/*
 * What changes names: unlink, rename, mkdir, rmdir.
 */
#include "wicket/wicket.h"

#include "call.h"

int wicket_unlink(struct wicket *w, const char *path)
{
	struct op_request q = {.op = OP_unlink, .object = path};

	return edge(call_plain(w, &q));
}

int wicket_rename(struct wicket *w, const char *from, const char *to)
{
	struct op_request q = {
		.op = OP_rename,
		.object = from,
		.target = to,
	};

	if (!to)
		return edge(-EFAULT);
	return edge(call_plain(w, &q));
}

int wicket_mkdir(struct wicket *w, const char *path, mode_t mode)
{
	struct op_request q = {
		.op = OP_mkdir,
		.object = path,
		.mode = mode,
	};

	return edge(call_plain(w, &q));
}

int wicket_rmdir(struct wicket *w, const char *path)
{
	struct op_request q = {.op = OP_rmdir, .object = path};

	return edge(call_plain(w, &q));
}
