/* SPDX-License-Identifier: ISC */
#include "supervisor/edition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan_calls.h"
#include "policy/load.h"
#include "policy/pack.h"
#include "supervisor/memfd.h"
#include "supervisor/policyprogram.h"
#include "supervisor/program.h"

static int edition_new(struct edition **ret)
{
	struct edition *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->policy_fd = -1;
	e->rules_fd = -1;
	e->program_fd = -1;
	*ret = e;
	return 0;
}

struct edition *edition_free(struct edition *e)
{
	if (!e)
		return NULL;
	e->policy = policy_free(e->policy);
	policy_notes_free(&e->warnings);
	e->landlock = plan_landlock_free(e->landlock);
	close_fd(&e->policy_fd);
	close_fd(&e->rules_fd);
	close_fd(&e->program_fd);
	free(e);
	return NULL;
}

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

static int load_text(struct options *o, struct edition *e, struct failure *f)
{
	struct policy_note err = POLICY_NOTE_INIT;
	_cleanup_fd_ int fd = take_fd(&o->policy_fd);
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r = read_all(fd, &text, &len);

	if (r < 0)
		return fail(f, r, "policy %s: cannot read its text: %s",
			    o->name, strerror(-r));
	r = policy_load_text(o->name, o->name, text, len, o->instance,
			     &e->policy, NULL, &err);
	return r < 0 ? fail_note(f, r, &err) : 0;
}

static int load(const struct options *o, struct edition *e, struct failure *f)
{
	struct policy_note err = POLICY_NOTE_INIT;
	int r = policy_load(o->policy, o->instance, &e->policy, NULL, &err);

	return r < 0 ? fail_note(f, r, &err) : 0;
}

/*
 * Who could signal or trace the command that prints the policy could write the
 * policy; and what it starts could do so to a helper.
 */
static int check_apart(const struct policy_who *who, const char *what,
		       const struct edition *e, struct failure *f)
{
	struct policy_note err = POLICY_NOTE_INIT;

	if (geteuid() != 0 || who->uid != POLICYPROGRAM_UID)
		return 0;
	policy_note_set(&err, e->policy->sources[who->source], who->line,
			who->column,
			"found uid %u, as which --policy-from runs, for the "
			"%s, expected another user",
			who->uid, what);
	return fail_note(f, -EPERM, &err);
}

static int load_output(const struct options *o, struct policyfrom *from,
		       struct edition *e, struct failure *f)
{
	struct policy_note err = POLICY_NOTE_INIT;
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r = policyfrom_take(from, &text, &len, f);

	if (r < 0)
		return r;
	r = policy_load_text(o->policy, from->source, text, len, o->instance,
			     &e->policy, NULL, &err);
	if (r < 0)
		return fail_note(f, r, &err);
	r = check_apart(&e->policy->worker, "worker", e, f);
	return r < 0 ? r : check_apart(&e->policy->helper, "helper", e, f);
}

static int load_again(const struct options *o, const struct edition *before,
		      struct edition *e, struct failure *f)
{
	struct policy_note err = POLICY_NOTE_INIT;
	int r = policy_load_again(before->policy, o->instance, &e->policy, NULL,
				  &err);

	return r < 0 ? fail_note(f, r, &err) : 0;
}

/* FNV-1a: tells one text from another, and is no proof against anybody. */
static uint64_t hash_texts(const struct policy *p)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < p->nsources; i++)
		for (size_t at = 0; at < p->texts[i].len; at++) {
			hash ^= (uint8_t)p->texts[i].bytes[at];
			hash *= UINT64_C(0x100000001b3);
		}
	return hash;
}

/* ---- what is made of it -------------------------------------------------- */

static int seal_policy(struct edition *e)
{
	_cleanup_free_ void *bytes = NULL;
	size_t len;
	int r = policy_pack(e->policy, &bytes, &len);

	if (r >= 0)
		r = e->policy_fd = memfd_sealed("wicket-policy", bytes, len);
	return r;
}

/* The rules that the kernel is to hold the helper to. */
static int seal_rules(struct edition *e)
{
	_cleanup_free_ void *bytes = NULL;
	size_t len;
	int r = plan_landlock_pack(e->landlock, &bytes, &len);

	if (r >= 0)
		r = e->rules_fd = memfd_sealed("wicket-landlock", bytes, len);
	return r;
}

static int make_locks(struct edition *e, struct failure *f)
{
	int r = e->version = landlock_version();

	if (r < 0)
		return fail(f, r, "cannot ask the kernel for Landlock: %s",
			    strerror(-r));
	if (e->version > LANDLOCK_KNOWN)
		e->version = LANDLOCK_KNOWN;
	r = seal_rules(e);
	if (r >= 0)
		r = e->program_fd = program_make(plan_needs(e->policy));
	if (r >= 0)
		r = seal_policy(e);
	if (r < 0)
		return fail(f, r, "policy %s: cannot make its locks: %s",
			    e->policy->name, strerror(-r));
	return 0;
}

static int make_plan(struct edition *e, struct failure *f)
{
	struct policy_note err = POLICY_NOTE_INIT;
	int r;

	e->hash = hash_texts(e->policy);
	if ((r = plan_make(e->policy, &e->plan)) < 0)
		return fail(f, r, "policy %s: too many groups in owner=",
			    e->policy->name);
	r = plan_landlock_make(e->policy, &e->landlock, &err);
	if (r == -EPERM)
		return fail_note(f, r, &err);
	if (r < 0)
		return fail(f, r, "policy %s: cannot make its plan: %s",
			    e->policy->name, strerror(-r));
	return make_locks(e, f);
}

/* ---- the whole ----------------------------------------------------------- */

int edition_load(struct options *o, struct policyfrom *from,
		 struct edition **ret, struct failure *f)
{
	__attribute__((cleanup(edition_freep))) struct edition *e = NULL;
	int r = edition_new(&e);

	if (r < 0)
		return fail(f, r, "out of memory");
	if (o->policy_from)
		r = load_output(o, from, e, f);
	else
		r = o->policy ? load(o, e, f) : load_text(o, e, f);
	if (r >= 0)
		r = make_plan(e, f);
	if (r >= 0)
		*ret = take_ptr(&e);
	return r;
}

int edition_renew(const struct options *o, const struct edition *before,
		  struct edition **ret, struct failure *f)
{
	__attribute__((cleanup(edition_freep))) struct edition *e = NULL;
	int r = edition_new(&e);

	if (r < 0)
		return fail(f, r, "out of memory");
	r = load_again(o, before, e, f);
	if (r >= 0)
		r = make_plan(e, f);
	if (r >= 0)
		*ret = take_ptr(&e);
	return r;
}

const struct policy_notes *edition_warnings(const struct options *o,
					    struct edition *e)
{
	__attribute__((cleanup(policy_freep))) struct policy *same = NULL;
	struct policy_note err = POLICY_NOTE_INIT;

	int r;

	if (e->warned)
		return &e->warnings;
	e->warned = true;
	r = policy_load_again(e->policy, o->instance, &same, &e->warnings,
			      &err);
	/* Where that fails there are those that were found until then. */
	(void)r;
	return &e->warnings;
}
