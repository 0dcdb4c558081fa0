/* SPDX-License-Identifier: ISC */
/*
 * What is about the channel itself, and not about what it is there for.
 */
#include "helper/helper.h"

#include "chan.h"
#include "helper/clients.h"
#include "helper/tell.h"
#include "policy/limits.h"

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

/* ---- limits -------------------------------------------------------------- */

/* The supervisor has it before the client is told. */
static int tell_limits(const struct helper *h, uint64_t channel,
		       const struct limits *l)
{
	_cleanup_free_ uint8_t *buf = malloc(LIMITS_ROOM);
	struct wire_out o = wire_out(buf, LIMITS_ROOM);
	struct control c = {.kind = CONTROL_LIMIT, .id = channel};

	if (!buf)
		return -ENOMEM;
	limits_put(l, &o);
	c.frames = buf;
	c.frames_len = o.len;
	return tell(h, &c, NULL, 0);
}

int do_limit(struct helper *h, struct job *j)
{
	const struct op_request *q = j->request;
	struct limits next;
	int r;

	limits_share(&next, j->limits);
	r = limits_add(&next, q->blob, q->blob_len);
	if (r == 0)
		r = tell_limits(h, j->channel, &next);
	if (r < 0) {
		limits_clear(&next);
		return r == -EPROTO ? -EINVAL : r;
	}
	limits_clear(j->limits);
	*j->limits = next;
	return 0;
}

/* ---- clones -------------------------------------------------------------- */

/*
 * The supervisor has our end, and its limits, before anybody has the other.  It
 * numbers those that it makes itself at the same time, evenly: ours are odd.
 */
static int make_channel(struct helper *h, const struct job *j, int *ret_theirs)
{
	const uint64_t id = (h->start.last_channel + 1) | 1;
	const struct control made = {.kind = CONTROL_CHANNEL, .id = id};
	_cleanup_fd_ int theirs = -1;
	_cleanup_fd_ int ours = -1;
	struct client *c;
	bool refuses;
	int r = chan_pair(&theirs, &ours, &refuses);

	if (r == 0 && h->start.passrights && !refuses)
		r = -EPERM;
	if (r == 0)
		r = tell(h, &made, &ours, 1);
	if (r == 0 && j->limits->n > 0)
		r = tell_limits(h, id, j->limits);
	if (r < 0)
		return r;
	h->start.last_channel = id;
	r = clients_add(h->clients, take_fd(&ours), id, &c);
	if (r < 0)
		return r;
	limits_share(&c->limits, j->limits);
	*ret_theirs = take_fd(&theirs);
	return 0;
}

int do_clone(struct helper *h, struct job *j)
{
	struct policy_limits limits = h->policy->limits;
	uint64_t most;

	if (limits.channels == 0)
		limits.channels = BOUND_CHANNELS;
	most = limits_least(j->limits, &limits).channels;
	if (most > BOUND_CLONES)
		most = BOUND_CLONES;
	if (clients_count(h->clients) >= most)
		return -EMFILE;
	return make_channel(h, j, &j->fd);
}
