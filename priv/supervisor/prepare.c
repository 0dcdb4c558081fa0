/* SPDX-License-Identifier: ISC */
#include "supervisor/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "chan.h"
#include "plan_calls.h"
#include "policy/load.h"
#include "policy/pack.h"
#include "start.h"
#include "supervisor/auditfile.h"
#include "supervisor/memfd.h"
#include "supervisor/program.h"

/* ---- the policy ---------------------------------------------------------- */

/* The whole of fd, at most BOUND_POLICY_BYTES; *ret is malloced. */
static int read_all(int fd, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *text = malloc(BOUND_POLICY_BYTES + 1);
	size_t len = 0;
	ssize_t n;

	if (!text)
		return -ENOMEM;
	while ((n = read(fd, text + len, BOUND_POLICY_BYTES + 1 - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		len += (size_t)n;
		if (len > BOUND_POLICY_BYTES)
			return -E2BIG;
	}
	*ret = take_ptr(&text);
	*ret_len = len;
	return 0;
}

static int load_text(struct supervisor *s, struct policy_note *err,
		     struct failure *f)
{
	const struct options *o = &s->options;
	_cleanup_fd_ int fd = take_fd(&s->options.policy_fd);
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r = read_all(fd, &text, &len);

	if (r < 0)
		return fail(f, r, "policy %s: cannot read its text: %s",
			    o->name, strerror(-r));
	r = policy_load_text(o->name, o->name, text, len, o->instance,
			     &s->policy, &s->warnings, err);
	return r < 0 ? fail_note(f, r, err) : 0;
}

static int load(struct supervisor *s, struct failure *f)
{
	const struct options *o = &s->options;
	struct policy_note err = POLICY_NOTE_INIT;
	int r;

	if (!o->policy)
		return load_text(s, &err, f);
	r = policy_load(o->policy, o->instance, &s->policy, &s->warnings, &err);
	return r < 0 ? fail_note(f, r, &err) : 0;
}

static int seal(struct supervisor *s, struct failure *f)
{
	_cleanup_free_ void *bytes = NULL;
	size_t len;
	int r = policy_pack(s->policy, &bytes, &len);

	if (r >= 0)
		r = s->policy_fd = memfd_sealed("wicket-policy", bytes, len);
	if (r < 0)
		return fail(f, r, "policy %s: cannot hand it on: %s",
			    s->policy->name, strerror(-r));
	return 0;
}

/* ---- the plan ------------------------------------------------------------ */

/* The rules that the kernel is to hold the helper to, once for each helper. */
static int seal_rules(struct supervisor *s)
{
	_cleanup_free_ void *bytes = NULL;
	size_t len;
	int r = plan_landlock_pack(s->landlock, &bytes, &len);

	if (r >= 0)
		r = s->rules_fd = memfd_sealed("wicket-landlock", bytes, len);
	return r;
}

static int make_locks(struct supervisor *s, struct failure *f)
{
	int r;

	if ((r = s->version = landlock_version()) < 0)
		return fail(f, r, "cannot ask the kernel for Landlock: %s",
			    strerror(-r));
	if (s->version > LANDLOCK_KNOWN)
		s->version = LANDLOCK_KNOWN;
	r = seal_rules(s);
	if (r >= 0)
		r = s->program_fd = program_make(plan_needs(s->policy));
	if (r < 0)
		return fail(f, r, "policy %s: cannot make its locks: %s",
			    s->policy->name, strerror(-r));
	return 0;
}

static int make_plan(struct supervisor *s, struct failure *f)
{
	struct policy_note err = POLICY_NOTE_INIT;
	int r;

	if ((r = plan_make(s->policy, &s->plan)) < 0)
		return fail(f, r, "policy %s: too many groups in owner=",
			    s->policy->name);
	r = plan_landlock_make(s->policy, &s->landlock, &err);
	if (r == -EPERM)
		return fail_note(f, r, &err);
	if (r < 0)
		return fail(f, r, "policy %s: cannot make its plan: %s",
			    s->policy->name, strerror(-r));
	return make_locks(s, f);
}

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

static int make_channel(struct supervisor *s, struct failure *f)
{
	int r = chan_pair(&s->worker_channel, &s->channel, &s->passrights);

	return r < 0 ? fail(f, r, "cannot make a channel: %s", strerror(-r))
		     : 0;
}

/* The channel that wicket_start() made; its credentials are its maker's. */
static int take_channel(struct supervisor *s, struct failure *f)
{
	struct ucred who;
	socklen_t len = sizeof(who);
	int type;
	socklen_t type_len = sizeof(type);

	s->channel = take_fd(&s->options.channel);
	s->passrights = s->options.passrights;
	if (getsockopt(s->channel, SOL_SOCKET, SO_TYPE, &type, &type_len) < 0 ||
	    type != SOCK_SEQPACKET ||
	    getsockopt(s->channel, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0)
		return fail(f, -ENOTSOCK,
			    "--channel %d: expected a "
			    "sequenced-packet socket",
			    s->channel);
	s->worker = who.pid;
	return 0;
}

int prepare(struct supervisor *s, struct failure *f)
{
	int r;

	if ((r = open_helper(s, f)) < 0)
		return r;
	r = s->options.embedded ? take_channel(s, f) : make_channel(s, f);
	if (r < 0)
		return r;
	if ((r = load(s, f)) < 0)
		return r;
	if ((r = make_plan(s, f)) < 0 || (r = require_check(s, f)) < 0 ||
	    (r = seal(s, f)) < 0)
		return r;
	s->audit = auditfile_open(s->options.audit, s->policy->name, f);
	if (s->audit < 0)
		return s->audit;
	r = notify_open(getenv("NOTIFY_SOCKET"),
			s->options.embedded ? s->worker : 0, &s->notify);
	return r < 0 ? fail(f, r, "cannot make a socket: %s", strerror(-r)) : 0;
}

void supervisor_release(struct supervisor *s)
{
	s->policy = policy_free(s->policy);
	policy_notes_free(&s->warnings);
	s->landlock = plan_landlock_free(s->landlock);
	close_fd(&s->policy_fd);
	close_fd(&s->rules_fd);
	close_fd(&s->program_fd);
	close_fd(&s->audit);
	close_fd(&s->helper_program);
	close_fd(&s->channel);
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
	const struct policy_who *w = &s->policy->worker;

	if (!s->privileged)
		return own_id(room, ret);
	*ret = (struct identity){.uid = w->uid,
				 .gid = w->gid,
				 .ngroups = w->ngroups,
				 .groups = w->groups_id};
	return 0;
}

int prepare_helper_id(const struct supervisor *s, gid_t *room,
		      struct identity *ret)
{
	if (!s->privileged)
		return own_id(room, ret);
	*ret = (struct identity){.uid = s->plan.uid,
				 .gid = s->plan.gid,
				 .ngroups = s->plan.ngroups,
				 .groups = s->plan.groups};
	return 0;
}
