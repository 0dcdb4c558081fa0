/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "plan_landlock.h"
#include "plan_place.h"
#include "policy/pattern.h"
#include "text.h"

static const char *const words[] = {
	"execute",    "write_file",  "read_file", "read_dir",
	"remove_dir", "remove_file", "make_char", "make_dir",
	"make_reg",   "make_sock",   "make_fifo", "make_block",
	"make_sym",   "refer",	     "truncate",  "ioctl_dev",
};

/*
 * The rule allows as much as these on everything beneath dir.  What lets a
 * rename put something in another's place lets that be removed as well, which
 * no rule but remove allows.
 */
static uint64_t allowed_beneath(const struct policy_rule *r, const char *dir,
				bool renames)
{
	uint64_t names = place_name_rights(r, renames);

	if (!pattern_covers_tree(place_form(r), dir))
		return 0;
	if (!place_removes(r))
		names &= ~(LANDLOCK_REMOVE_FILE | LANDLOCK_REMOVE_DIR);
	return place_object_rights(r) | place_directory_rights(r) | names;
}

uint64_t plan_excess(const struct policy *p, const struct plan_place *place)
{
	bool renames = place_renames(p);
	uint64_t excess = place->tree;

	for (size_t i = 0; excess && i < p->nrules; i++)
		if (p->rules[i].verb < POLICY_STAT)
			excess &= ~allowed_beneath(&p->rules[i], place->path,
						   renames);
	return excess;
}

const struct policy_rule *plan_denied(const struct policy *p,
				      const struct plan_place *place)
{
	for (size_t i = 0; place->tree && i < p->nrules; i++) {
		const struct policy_rule *r = &p->rules[i];

		if (r->verb == POLICY_DENY &&
		    (pattern_reaches(place_form(r), place->path) ||
		     pattern_reaches(r->path.pattern, place->path)))
			return r;
	}
	return NULL;
}

int plan_rights_print(uint64_t rights, char *buf, size_t size)
{
	struct text t = text_in(buf, size);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (rights & UINT64_C(1) << i)
			text_put(&t, "%s%s", t.len ? "," : "", words[i]);
	if (t.len == 0)
		text_put(&t, "none");
	return t.failed ? -ENOSPC : 0;
}
