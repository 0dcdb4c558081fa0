/* SPDX-License-Identifier: ISC */
#include "helper/dispatch.h"

#include "answer.h"
#include "helper/audit.h"

static op_handler *const handlers[OP_MAX] = {
#define OP(number, name, request, reply, fds) [number] = do_##name,
#include "ops.def"
#undef OP
};

int dispatch(struct helper *h, struct job *j)
{
	unsigned op = j->request->op;
	int r = -ENOSYS;

	if (op < OP_MAX && handlers[op])
		r = handlers[op](h, j);
	if (r < 0)
		close_fd(&j->fd);
	/* What waits is not decided yet. */
	if (!j->waits)
		audit_decision(h, j, r);
	return r;
}

int do_hello(struct helper *h, struct job *j)
{
	struct wire_out blob = wire_out(j->blob, j->blob_size);
	const struct policy_who *worker = &h->policy->worker;
	char promises[BOUND_PROMISE_TEXT];
	struct answer_hello hello = {
		.protocol = OP_PROTOCOL,
		.dropped = h->start.dropped,
		.passrights = h->start.passrights,
		.uid = h->start.fsuid,
		.gid = h->start.fsgid,
		.ngroups = (uint32_t)worker->ngroups,
		.name = h->policy->name,
		.promises = promises,
	};
	int r;

	if (j->request->number != OP_PROTOCOL)
		return -EPROTONOSUPPORT;
	r = promise_print(&h->policy->promises, promises, sizeof(promises));
	if (r < 0)
		return r;
	for (size_t i = 0; i < worker->ngroups; i++)
		hello.groups[i] = worker->groups_id[i];
	answer_put_hello(&blob, &hello);
	if (blob.failed)
		return -ENOBUFS;
	j->blob_len = blob.len;
	return 0;
}
