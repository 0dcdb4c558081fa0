/* SPDX-License-Identifier: ISC */
/*
 * The [Service] section of a systemd unit and of its drop-ins, as settings in
 * the order in which systemd takes them.
 */
#ifndef COMMAND_UNITFILE_H
#define COMMAND_UNITFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "own.h"
#include "policy/policy.h"

/* KEY=VALUE, and where it stands.  An empty value takes earlier ones back. */
struct unitfile_setting {
	char *key;
	char *value; /* continuation lines joined, blanks around it gone */
	char *file;
	unsigned line; /* the first of them */
};

struct unitfile {
	struct unitfile_setting *v;
	size_t n;
};

/*
 * Adds the settings of one text.  0, -ENOMEM, or -E2BIG with more than
 * BOUND_UNIT_SETTINGS of them; err says so.  What systemd would skip with a
 * warning is skipped.
 */
_must_use_ int unitfile_add(struct unitfile *u, const char *file,
			    const char *text, size_t len,
			    struct policy_note *err);

/* The one that counts, or NULL: none, or taken back. */
const struct unitfile_setting *unitfile_get(const struct unitfile *u,
					    const char *key);

/*
 * Of a setting that may be given several times: how many count.  *ret_last is
 * the last of them, where there is one.
 */
size_t unitfile_count(const struct unitfile *u, const char *key,
		      const struct unitfile_setting **ret_last);

/* As systemd reads it: "no", "false", "off", "n", "f" and "0". */
bool unitfile_is_no(const struct unitfile_setting *s);

/* "FILE:LINE: ...", with column 0. */
void unitfile_note(const struct unitfile_setting *s, struct policy_note *ret,
		   const char *fmt, ...) __attribute__((format(printf, 3, 4)));

void unitfile_free(struct unitfile *u);

#endif
