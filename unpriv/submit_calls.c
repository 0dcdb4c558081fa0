/* SPDX-License-Identifier: ISC */
/*
 * The calls that do not wait for their answer.
 */
#include "wicket/wicket.h"

#include <string.h>
#include <unistd.h>

#include "call.h"
#include "submit.h"

/* Who is to be told, and where a stat goes. */
struct teller {
	wicket_done *done;
	void *arg;
	struct stat *to;
};

/* The lock is held. */
static int submit_locked(struct wicket *w, const struct op_request *q,
			 const struct teller *t, int64_t *ret)
{
	struct slot *slot;
	int r = -w->engine.broken;

	if (r == 0 && !w->slots)
		r = slots_new(&w->slots);
	if (r < 0)
		return r;
	slot = slots_ask(w->slots, q);
	if (!slot)
		return -EAGAIN;
	slot->done = t->done;
	slot->arg = t->arg;
	slot->to = t->to;
	slot->deadline = submit_deadline(w->engine.timeout_ms);
	if (slot->deadline < w->slots->deadline)
		w->slots->deadline = slot->deadline;
	*ret = slot->number;
	engine_add(&w->engine, &slot->ask);
	r = engine_flush(&w->engine);
	/* What went wrong with it its callback will say. */
	(void)r;
	return 0;
}

static int64_t submit(struct wicket *w, const struct op_request *q,
		      const struct teller *t)
{
	int64_t number = -1;
	int cancel;
	int r = call_check(w, q);

	if (r >= 0 && !t->done)
		r = -EFAULT;
	if (r < 0)
		return edge(r);
	handle_lock(w, &cancel);
	r = submit_locked(w, q, t, &number);
	handle_unlock(w, cancel);
	return r < 0 ? edge(r) : number;
}

int64_t wicket_submit_open(struct wicket *w, const char *path, int flags,
			   mode_t mode, wicket_done *done, void *arg)
{
	const struct op_request q = {
		.op = OP_open,
		.object = path,
		.flags = (uint32_t)flags,
		.mode = mode,
	};

	return submit(w, &q, &(struct teller){.done = done, .arg = arg});
}

static int64_t submit_stat(struct wicket *w, const char *path, int flags,
			   const struct teller *t)
{
	const struct op_request q = {
		.op = OP_stat,
		.object = path,
		.flags = (uint32_t)flags,
	};

	return t->to ? submit(w, &q, t) : edge(-EFAULT);
}

int64_t wicket_submit_stat(struct wicket *w, const char *path, struct stat *st,
			   wicket_done *done, void *arg)
{
	return submit_stat(w, path, 0, &(struct teller){done, arg, st});
}

int64_t wicket_submit_lstat(struct wicket *w, const char *path, struct stat *st,
			    wicket_done *done, void *arg)
{
	return submit_stat(w, path, AT_SYMLINK_NOFOLLOW,
			   &(struct teller){done, arg, st});
}

int64_t wicket_submit_unlink(struct wicket *w, const char *path,
			     wicket_done *done, void *arg)
{
	const struct op_request q = {.op = OP_unlink, .object = path};

	return submit(w, &q, &(struct teller){.done = done, .arg = arg});
}

int64_t wicket_submit_access(struct wicket *w, const char *path, int mode,
			     wicket_done *done, void *arg)
{
	const struct op_request q = {
		.op = OP_access,
		.object = path,
		.mode = (uint32_t)mode,
	};

	if (mode & ~(R_OK | W_OK | X_OK))
		return edge(-EINVAL);
	return submit(w, &q, &(struct teller){.done = done, .arg = arg});
}

int64_t wicket_submit_rmdir(struct wicket *w, const char *path,
			    wicket_done *done, void *arg)
{
	const struct op_request q = {.op = OP_rmdir, .object = path};

	return submit(w, &q, &(struct teller){.done = done, .arg = arg});
}

int64_t wicket_submit_mkdir(struct wicket *w, const char *path, mode_t mode,
			    wicket_done *done, void *arg)
{
	const struct op_request q = {
		.op = OP_mkdir,
		.object = path,
		.mode = mode,
	};

	return submit(w, &q, &(struct teller){.done = done, .arg = arg});
}

int64_t wicket_submit_rename(struct wicket *w, const char *from, const char *to,
			     wicket_done *done, void *arg)
{
	const struct op_request q = {
		.op = OP_rename,
		.object = from,
		.target = to,
	};

	if (!to)
		return edge(-EFAULT);
	return submit(w, &q, &(struct teller){.done = done, .arg = arg});
}

int64_t wicket_submit_listen(struct wicket *w, const char *address, int index,
			     wicket_done *done, void *arg)
{
	const struct op_request q = {
		.op = OP_listen,
		.object = address,
		.number = (uint64_t)index,
	};

	if (index < 0)
		return edge(-EINVAL);
	return submit(w, &q, &(struct teller){.done = done, .arg = arg});
}

int64_t wicket_submit_connect(struct wicket *w, const char *address,
			      wicket_done *done, void *arg)
{
	const struct op_request q = {.op = OP_connect, .object = address};

	return submit(w, &q, &(struct teller){.done = done, .arg = arg});
}
