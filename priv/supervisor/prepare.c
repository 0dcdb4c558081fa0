/* SPDX-License-Identifier: ISC */
#include "supervisor/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "chan.h"
#include "start.h"
#include "supervisor/auditfile.h"

/* ---- the helper's program ------------------------------------------------ */

/*
 * Opened here, by its full path, so that what is exec'd later is this very
 * file, and the helper's user need not be able to walk to it.
 */
static int open_helper(struct supervisor *s, struct failure *f)
{
	char path[BOUND_PATH + sizeof("helper")];
	ssize_t n = readlink("/proc/self/exe", path, BOUND_PATH);
	_cleanup_fd_ int fd = -1;
	char *slash;

	if (n < 0 || n == BOUND_PATH)
		return fail(f, n < 0 ? -errno : -ENAMETOOLONG,
			    "cannot read /proc/self/exe");
	path[n] = '\0';
	slash = strrchr(path, '/');
	memcpy(slash ? slash + 1 : path, "helper", sizeof("helper"));
	fd = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail(f, -errno, "cannot start the helper: %s: %s", path,
			    strerror(errno));
	/* Out of the way of the number that the helper has its control at. */
	s->helper_program = fcntl(fd, F_DUPFD_CLOEXEC, HELPER_CONTROL + 1);
	return s->helper_program < 0
		       ? fail(f, -errno, "cannot keep %s open", path)
		       : 0;
}

/* ---- the channel --------------------------------------------------------- */

static int add_channel(struct supervisor *s, int fd, struct failure *f)
{
	struct channel *made;
	int r = channels_add(&s->channels, fd, 0, &made);

	return r < 0 ? fail(f, r, "cannot keep a channel: %s", strerror(-r))
		     : 0;
}

int prepare_channel(struct supervisor *s, struct failure *f)
{
	int helpers;
	int r = chan_pair(&s->worker_channel, &helpers, &s->passrights);

	if (r < 0)
		return fail(f, r, "cannot make a channel: %s", strerror(-r));
	r = add_channel(s, helpers, f);
	if (r < 0)
		close_fd(&s->worker_channel);
	return r;
}

/* The channel that wicket_start() made; its credentials are its maker's. */
static int take_channel(struct supervisor *s, struct failure *f)
{
	_cleanup_fd_ int fd = take_fd(&s->options.channel);
	struct ucred who;
	socklen_t len = sizeof(who);
	int type;
	socklen_t type_len = sizeof(type);

	s->passrights = s->options.passrights;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) < 0 ||
	    type != SOCK_SEQPACKET ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0)
		return fail(f, -ENOTSOCK,
			    "--channel %d: expected a "
			    "sequenced-packet socket",
			    fd);
	s->worker = who.pid;
	return add_channel(s, take_fd(&fd), f);
}

int prepare(struct supervisor *s, struct failure *f)
{
	int r;

	if ((r = open_helper(s, f)) < 0)
		return r;
	r = s->options.embedded ? take_channel(s, f) : prepare_channel(s, f);
	if (r < 0)
		return r;
	/* Nobody is served yet, who could not wait. */
	if (s->options.policy_from) {
		policyfrom_begin(&s->from, s);
		policyfrom_wait(&s->from);
	}
	if ((r = edition_load(&s->options, &s->from, &s->edition, f)) < 0 ||
	    (r = require_check(s, s->edition, f)) < 0)
		return r;
	s->audit = auditfile_open(s->options.audit, s->edition->policy->name,
				  f);
	if (s->audit < 0)
		return s->audit;
	r = notify_open(getenv("NOTIFY_SOCKET"),
			s->options.embedded ? s->worker : 0, &s->notify);
	return r < 0 ? fail(f, r, "cannot make a socket: %s", strerror(-r)) : 0;
}

void supervisor_release(struct supervisor *s)
{
	s->edition = edition_free(s->edition);
	policyfrom_stop(&s->from);
	console_close(&s->console);
	channels_free(&s->channels);
	listeners_close(&s->listeners);
	close_fd(&s->audit);
	close_fd(&s->helper_program);
	close_fd(&s->worker_channel);
	close_fd(&s->helper.control);
	notify_close(&s->notify);
}

/* ---- identities ---------------------------------------------------------- */

static int own_id(gid_t *room, struct identity *ret)
{
	int n = getgroups(PREPARE_GROUPS, room);

	if (n < 0)
		return -errno;
	*ret = (struct identity){.uid = getuid(),
				 .gid = getgid(),
				 .ngroups = (size_t)n,
				 .groups = room};
	return 0;
}

int prepare_worker_id(const struct supervisor *s, gid_t *room,
		      struct identity *ret)
{
	const struct policy_who *w;

	/* Also where there is no policy yet. */
	if (!s->privileged)
		return own_id(room, ret);
	w = &s->edition->policy->worker;
	*ret = (struct identity){.uid = w->uid,
				 .gid = w->gid,
				 .ngroups = w->ngroups,
				 .groups = w->groups_id};
	return 0;
}

int prepare_helper_id(const struct supervisor *s, const struct plan *plan,
		      gid_t *room, struct identity *ret)
{
	if (!s->privileged)
		return own_id(room, ret);
	*ret = (struct identity){.uid = plan->uid,
				 .gid = plan->gid,
				 .ngroups = plan->ngroups,
				 .groups = plan->groups};
	return 0;
}
