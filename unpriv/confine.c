/* SPDX-License-Identifier: ISC */
/*
 * Confinement, step by step.  The order matters: each step still needs what
 * the next one takes away.
 */
#include "wicket/wicket.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include "filter.h"
#include "handle.h"
#include "identity.h"
#include "deny_all.h"
#include "status.h"
#include "warm.h"

/* Linux 6.3, include/uapi/linux/prctl.h. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE		 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

/* What is made while files can still be opened. */
struct confinement {
	const struct wicket *w;
	int status;	    /* owned */
	struct bpf *filter; /* owned */
	char text[STATUS_BYTES];
};

static void confinement_clear(struct confinement *c)
{
	close_fd(&c->status);
	c->filter = bpf_free(c->filter);
}

/* ---- the steps: each 0 or -errno ------------------------------------- */

/* A core file would hold the process's keys and be written by nobody's rule. */
static int forbid_core(struct confinement *c)
{
	const struct rlimit none = {0, 0};

	(void)c;
	return setrlimit(RLIMIT_CORE, &none) < 0 ? -errno : 0;
}

/*
 * Safe because: the ids are those of the policy's worker, as the helper told
 * over a channel that nobody else can write to; keep is 0, so that nothing but
 * the process's own losses can come of it; identity_become() checks them.
 */
static int drop_identity(struct confinement *c)
{
	const struct identity id = {
		.uid = c->w->uid,
		.gid = c->w->gid,
		.ngroups = c->w->ngroups,
		.groups = c->w->groups,
	};
	int r = c->w->dropped ? 0 : identity_become(&id, 0, NULL);

	return r < 0 ? r : identity_verify(&id, 0, NULL);
}

/* Nor may the user's other processes look into this one. */
static int forbid_dumping(struct confinement *c)
{
	(void)c;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

/* Memory that was writable never becomes executable; not before Linux 6.3. */
static int forbid_new_code(struct confinement *c)
{
	int r = prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);

	(void)c;
	return r < 0 && errno != EINVAL ? -errno : 0;
}

static int forbid_files(struct confinement *c)
{
	int r = landlock_deny_all();

	(void)c;
	return r < 0 ? r : 0;
}

static int forbid_calls(struct confinement *c)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	/* Safe because: a filter only takes away. */
	return bpf_load(c->filter);
}

/* Not what was asked for, but what the kernel says there is. */
static int verify(struct confinement *c)
{
	int r = status_read(c->status, c->text);

	if (r >= 0)
		r = status_confined(c->text, c->w->uid, c->w->gid);
	if (r >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0)
		r = -EPERM;
	return r;
}

typedef int confine_step(struct confinement *c);

static confine_step *const steps[] = {
	forbid_core,  drop_identity, forbid_dumping, forbid_new_code,
	forbid_files, forbid_calls,  verify,
};

/* ---- what is looked at before the first of them ---------------------- */

/* seccomp and Landlock are a thread's: another would go free. */
static int check_alone(struct confinement *c)
{
	uint64_t threads = 0;
	int r = status_read(c->status, c->text);

	if (r >= 0)
		r = status_number(c->text, "Threads", 10, &threads);
	if (r < 0)
		return r;
	return threads == 1 ? 0 : -EBUSY;
}

static int choose_promises(const struct wicket *w, const char *text,
			   struct promises *ret)
{
	int r;

	*ret = w->promises;
	if (!text)
		return 0;
	r = promise_parse(text, ret, NULL);
	if (r < 0)
		return r;
	return promise_within(ret, &w->promises) ? 0 : -EACCES;
}

static int prepare(struct confinement *c, const char *promises)
{
	struct promises p;
	int r = choose_promises(c->w, promises, &p);

	if (r >= 0)
		r = filter_make(&p, getpid(), &c->filter);
	if (r < 0)
		return r;
	c->status = status_open();
	if (c->status < 0)
		return c->status;
	return check_alone(c);
}

/* ---- wicket_confine -------------------------------------------------- */

static int apply(struct confinement *c)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int r = steps[i](c);

		if (r < 0)
			return r;
	}
	return 0;
}

static int check_handle(struct wicket *w)
{
	int r = handle_usable(w);

	if (r < 0)
		return r;
	if (w->engine.broken)
		return -w->engine.broken;
	return w->confined ? -EALREADY : 0;
}

static int confine(struct wicket *w, const char *promises)
{
	__attribute__((cleanup(confinement_clear))) struct confinement c = {
		.w = w,
		.status = -1,
	};
	int r = check_handle(w);

	if (r >= 0)
		r = prepare(&c, promises);
	if (r < 0)
		return r;
	warm_libc();
	r = apply(&c);
	if (r < 0) {
		w->engine.broken = ENOTRECOVERABLE;
		return r;
	}
	w->confined = true;
	return 0;
}

int wicket_confine(struct wicket *w, const char *promises)
{
	return edge(confine(w, promises));
}
