/* SPDX-License-Identifier: ISC */
/*
 * What is about the channel itself, and not about what it is there for.
 */
#include "helper/helper.h"

#include "chan.h"
#include "helper/clients.h"
#include "helper/tell.h"

/* Its answer is behind all that was asked before: that is what it is for. */
int do_sync(struct helper *h, struct job *j)
{
	(void)h;
	(void)j;
	return 0;
}

/* The answer to a reload is the next helper's, which is there by then. */
int do_reload(struct helper *h, struct job *j)
{
	(void)h;
	if (j->again & CONTROL_RELOAD)
		return j->word;
	j->waits = CONTROL_RELOAD;
	return 0;
}

/* The supervisor has our end before anybody has the other. */
static int make_channel(struct helper *h, const struct job *j, int *ret_theirs)
{
	struct control made = {.kind = CONTROL_CHANNEL,
			       .id = h->start.last_channel + 1,
			       .number = j->channel};
	_cleanup_fd_ int theirs = -1;
	_cleanup_fd_ int ours = -1;
	struct client *c;
	bool refuses;
	int r = chan_pair(&theirs, &ours, &refuses);

	if (r == 0 && h->start.passrights && !refuses)
		r = -EPERM;
	if (r == 0)
		r = tell(h, &made, &ours, 1);
	if (r < 0)
		return r;
	h->start.last_channel++;
	r = clients_add(h->clients, take_fd(&ours), made.id, &c);
	if (r == 0)
		*ret_theirs = take_fd(&theirs);
	return r;
}

int do_clone(struct helper *h, struct job *j)
{
	uint64_t most = h->policy->limits.channels;

	if (most == 0)
		most = BOUND_CHANNELS;
	if (clients_count(h->clients) >= most)
		return -EMFILE;
	return make_channel(h, j, &j->fd);
}

/* Nothing here narrows a client yet, and who asks for it is told. */
int do_limit(struct helper *h, struct job *j)
{
	(void)h;
	(void)j;
	return -ENOSYS;
}
