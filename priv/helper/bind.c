/* SPDX-License-Identifier: ISC */
#include "helper/bind.h"

#include "apply/inet.h"

int bind_socket(const struct helper *h, const struct policy_rule *rule,
		const struct asked *a, struct unix_name *ret_name, int *ret_fd)
{
	int r;

	if (rule->net.range.family == AF_UNIX)
		return unix_bind(h, rule, a, ret_name, ret_fd);
	r = inet_bind(rule, &a->address, ret_fd);
	if (r == 0)
		*ret_name = (struct unix_name){.ino = 0};
	return r;
}

/*
 * A socket for datagrams, or one to connect from a port of the rule's.  It is
 * the worker's alone: nothing is kept, each call binds anew.
 */
int do_bind(struct helper *h, struct job *j)
{
	struct asked a;
	struct unix_name name;
	int r = ask_net(h, j, POLICY_BIND, &a);

	if (r < 0)
		return r;
	r = bind_socket(h, j->rule, &a, &name, &j->fd);
	return r < 0 ? unix_refused(h, j, &a, r) : 0;
}
