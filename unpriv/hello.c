/* SPDX-License-Identifier: ISC */
#include "hello.h"

#include <string.h>

#include "answer.h"
#include "call.h"

static int take_hello(void *arg, const struct op_reply *reply)
{
	struct wire_in i = wire_in(reply->blob, reply->blob_len);
	struct wicket *w = arg;
	struct answer_hello h;
	int r = answer_get_hello(&i, &h);

	if (r < 0)
		return r;
	if (h.protocol != OP_PROTOCOL)
		return -EPROTONOSUPPORT;
	if (promise_parse(h.promises, &w->promises, NULL) < 0)
		return -EPROTO;
	w->dropped = h.dropped;
	w->uid = h.uid;
	w->gid = h.gid;
	w->ngroups = h.ngroups;
	memcpy(w->groups, h.groups, h.ngroups * sizeof(w->groups[0]));
	return 0;
}

int hello(struct wicket *w)
{
	struct op_request q = {
		.op = OP_hello,
		.object = "",
		.number = OP_PROTOCOL,
	};

	return call(w, &q, take_hello, w, NULL);
}
