/* SPDX-License-Identifier: ISC */
/*
 * What a rule is to Landlock: shared by the files behind plan_landlock.h.
 */
#ifndef COMMON_PLAN_PLACE_H
#define COMMON_PLAN_PLACE_H

#include "policy/policy.h"

/* The pattern that the helper comes to, its links followed. */
const char *place_form(const struct policy_rule *r);

/* The rule makes names, or takes them away. */
bool place_makes(const struct policy_rule *r);
bool place_removes(const struct policy_rule *r);

/*
 * What the rule needs of the objects that it covers; of the directories that
 * names are made or removed in, where the policy as a whole has renames too.
 */
uint64_t place_object_rights(const struct policy_rule *r);
uint64_t place_directory_rights(const struct policy_rule *r);
uint64_t place_name_rights(const struct policy_rule *r, bool renames);

/* The policy has both ends of a rename. */
bool place_renames(const struct policy *p);

#endif
