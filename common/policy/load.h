/* SPDX-License-Identifier: ISC */
/*
 * Finding and reading policies.
 *
 * A name is looked up as /etc/wicket/NAME.policy, else
 * /usr/lib/wicket/NAME.policy, and /etc/wicket/NAME.policy.d/?*.policy (in the
 * order of strcmp) is added; what contains a slash is a file.  Each must be a
 * regular file that nobody but root (or the caller, when that is not root) can
 * change, nor any of the directories above it; a sticky directory such as /tmp
 * may be above where what lies in it belongs to them.
 */
#ifndef COMMON_POLICY_LOAD_H
#define COMMON_POLICY_LOAD_H

#include "policy/policy.h"

/*
 * Reads, parses and resolves.  0, or -errno with *err filled (always with
 * some text).  warnings may be NULL.
 */
_must_use_ int policy_load(const char *name_or_path, const char *instance,
			   struct policy **ret, struct policy_notes *warnings,
			   struct policy_note *err);

/* The same with other directories in the place of those two. */
struct policy_places {
	const char *local;  /* "/etc/wicket" */
	const char *vendor; /* "/usr/lib/wicket" */
};
_must_use_ int policy_load_from(const struct policy_places *places,
				const char *name_or_path, const char *instance,
				struct policy **ret,
				struct policy_notes *warnings,
				struct policy_note *err);

/* The same for a text of the caller's; source is what errors call it. */
_must_use_ int policy_load_text(const char *name, const char *source,
				const char *text, size_t len,
				const char *instance, struct policy **ret,
				struct policy_notes *warnings,
				struct policy_note *err);

/*
 * The same policy once more, of the texts that *from was parsed of: what they
 * name on the machine is looked at anew, the files that they came from are not.
 */
_must_use_ int policy_load_again(const struct policy *from,
				 const char *instance, struct policy **ret,
				 struct policy_notes *warnings,
				 struct policy_note *err);

/* What a policy in those directories can be called. */
bool policy_is_name(const char *name);

/*
 * What a policy is called that is named so: "httpd" also for
 * "/etc/wicket/httpd.policy".  Malloced, or NULL.
 */
char *policy_name_of(const char *name_or_path);

/*
 * Opens a program, O_PATH: a regular file that is held to the same as a
 * policy, so that what is executed by the descriptor is what only they have
 * made.  0, or -errno with *err filled.
 */
_must_use_ int policy_open_program(const char *path, int *ret_fd,
				   struct policy_note *err);

#endif
