/* SPDX-License-Identifier: ISC */
#include "supervisor/reload.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/console.h"
#include "supervisor/worker.h"

static bool same_groups(const struct policy_who *a, const struct policy_who *b)
{
	return a->ngroups == b->ngroups &&
	       memcmp(a->groups_id, b->groups_id,
		      a->ngroups * sizeof(a->groups_id[0])) == 0;
}

/* Who the worker is was settled when it was started. */
static int check_worker(const struct supervisor *s, const struct edition *e,
			struct failure *f)
{
	const struct policy_who *now = &s->edition->policy->worker;
	const struct policy_who *next = &e->policy->worker;

	if (now->uid == next->uid && now->gid == next->gid &&
	    same_groups(now, next))
		return 0;
	return fail(f, -EPERM,
		    "policy %s: the worker is another user than the one that "
		    "runs (%u:%u, not %u:%u): that needs a restart",
		    e->policy->name, now->uid, now->gid, next->uid, next->gid);
}

int reload_edition(struct supervisor *s, unsigned wants, struct edition **ret,
		   struct failure *f)
{
	__attribute__((cleanup(edition_freep))) struct edition *e = NULL;
	struct options *o = &s->options;
	int r;

	/* Said before the command was started: see change.c. */
	if (wants & WANT_BY_SOMEBODY && !o->policy_from)
		notify_reloading(&s->notify);
	/* A text that came with wicket_start() is all that there is of it. */
	r = wants & WANT_BY_SOMEBODY && o->policy
		    ? edition_load(o, &s->from, &e, f)
		    : edition_renew(o, s->edition, &e, f);
	if (r >= 0)
		r = check_worker(s, e, f);
	if (r >= 0)
		r = require_check(s, e, f);
	if (r >= 0)
		*ret = take_ptr(&e);
	return r;
}

static void say(const struct supervisor *s, unsigned wants)
{
	if (s->options.quiet || !(wants & WANT_BY_SOMEBODY))
		return;
	fprintf(stderr,
		"wicket: %s: policy reloaded, hash %016" PRIx64
		", helper %u (pid %d)\n",
		s->edition->policy->name, s->edition->hash, s->helper.number,
		s->helper.pid);
}

void reload_done(struct supervisor *s, unsigned wants)
{
	say(s, wants);
	if (wants & WANT_BY_SOMEBODY)
		notify_reloaded(&s->notify);
	if (wants & WANT_SIGNAL)
		worker_signal(s, SIGHUP);
	if (wants & WANT_CONSOLE)
		console_reloaded(s, worker_reload(s));
}

void reload_failed(struct supervisor *s, unsigned wants, int error,
		   const struct failure *f)
{
	fprintf(stderr, "wicket: %s%s%s\n", f->text,
		s->helper.pid > 0 ? "" : "; trying again",
		wants & WANT_BY_SOMEBODY ? "; the policy before stays in force"
					 : "");
	if (wants & WANT_BY_SOMEBODY)
		notify_reloaded(&s->notify);
	/* The signal was meant for the program as well, which goes on. */
	if (wants & WANT_SIGNAL)
		worker_signal(s, SIGHUP);
	if (wants & WANT_CONSOLE)
		console_refused(s, error, f->text);
}
