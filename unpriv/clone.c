/* SPDX-License-Identifier: ISC */
/*
 * Another channel to the same helper.
 */
#include "wicket/wicket.h"

#include <sys/socket.h>

#include "call.h"
#include "hello.h"

static int make(struct wicket *w, struct wicket **ret)
{
	__attribute__((cleanup(handle_freep))) struct wicket *clone = NULL;
	struct op_request q = {.op = OP_clone, .object = ""};
	_cleanup_fd_ int channel = call_fd(w, &q);
	int r = channel;

	if (r >= 0)
		r = handle_new(channel, w->engine.timeout_ms, &clone);
	if (r < 0)
		return r;
	(void)take_fd(&channel);
	r = hello(clone);
	if (r >= 0)
		r = handle_give_away(clone);
	if (r < 0)
		return r;
	clone->confined = w->confined;
	*ret = take_ptr(&clone);
	return 0;
}

int wicket_clone(struct wicket *w, struct wicket **ret)
{
	return edge(ret ? make(w, ret) : -EFAULT);
}
