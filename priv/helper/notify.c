/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "helper/helper.h"
#include "notify_state.h"

/*
 * The manager sees the helper as the sender: systemd wants NotifyAccess=all.
 * Without a manager there is nobody to tell, and nothing is wrong.
 */
int do_notify(struct helper *h, struct job *j)
{
	const char *state = j->request->object;

	if (!notify_state_is_own(state))
		return -EINVAL;
	if (h->notify < 0)
		return 0;
	if (send(h->notify, state, strlen(state), MSG_DONTWAIT | MSG_NOSIGNAL) <
	    0)
		return -errno;
	return 0;
}
