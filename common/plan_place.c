/* SPDX-License-Identifier: ISC */
#include "plan_place.h"

#include "landlock.h"

const char *place_form(const struct policy_rule *r)
{
	if (!r->path.pattern)
		return r->net.resolved ? r->net.resolved : r->net.range.path;
	return r->path.resolved ? r->path.resolved : r->path.pattern;
}

bool place_makes(const struct policy_rule *r)
{
	return (r->verb == POLICY_WRITE || r->verb == POLICY_APPEND) &&
	       r->path.create;
}

bool place_removes(const struct policy_rule *r)
{
	return r->verb == POLICY_REMOVE;
}

bool place_renames(const struct policy *p)
{
	bool makes = false;
	bool removes = false;

	for (size_t i = 0; i < p->nrules; i++) {
		makes = makes || place_makes(&p->rules[i]);
		removes = removes || place_removes(&p->rules[i]);
	}
	return makes && removes;
}

uint64_t place_object_rights(const struct policy_rule *r)
{
	uint64_t rights = 0;

	if (r->verb == POLICY_READ)
		rights = LANDLOCK_READ_FILE;
	if (r->verb == POLICY_WRITE)
		rights = LANDLOCK_WRITE_FILE | LANDLOCK_TRUNCATE;
	/* Not shortened: the worker cannot either, by what it is handed. */
	if (r->verb == POLICY_APPEND)
		rights = LANDLOCK_WRITE_FILE;
	if (!(r->path.types & ~(unsigned)POLICY_DIR))
		return 0;
	/* The kernel would deny it by the worker's copy, too. */
	if (rights && r->path.types & POLICY_CHAR)
		rights |= LANDLOCK_IOCTL_DEV;
	return rights;
}

uint64_t place_directory_rights(const struct policy_rule *r)
{
	bool opened = r->verb == POLICY_READ && r->path.types & POLICY_DIR;

	return opened || r->verb == POLICY_LIST ? LANDLOCK_READ_DIR : 0;
}

/* What a rename can bring: by no other call can the helper make these. */
#define MOVED                                                       \
	(LANDLOCK_REFER | LANDLOCK_MAKE_FIFO | LANDLOCK_MAKE_SOCK | \
	 LANDLOCK_MAKE_SYM)

#define REMOVE (LANDLOCK_REMOVE_FILE | LANDLOCK_REMOVE_DIR)

uint64_t place_name_rights(const struct policy_rule *r, bool renames)
{
	uint64_t rights = 0;

	if (place_makes(r))
		rights = LANDLOCK_MAKE_REG | LANDLOCK_MAKE_DIR;
	if (place_makes(r) && renames)
		rights |= MOVED;
	/* To put something in a file's place is to write that file. */
	if (place_makes(r) && renames && r->verb == POLICY_WRITE)
		rights |= REMOVE;
	if (place_removes(r))
		rights = REMOVE | (renames ? LANDLOCK_REFER : 0);
	/* Bound under another name and moved to its own. */
	if (r->verb == POLICY_LISTEN || r->verb == POLICY_BIND)
		rights = LANDLOCK_MAKE_SOCK | LANDLOCK_REMOVE_FILE;
	return rights;
}
