/* SPDX-License-Identifier: ISC */
/*
 * Finding a service's unit and its drop-ins where systemd does.
 */
#ifndef COMMAND_UNITDIRS_H
#define COMMAND_UNITDIRS_H

#include "command/unitfile.h"

/* What the drop-in is called that wicket prints: never read as one. */
#define UNITDIRS_OURS "wicket.conf"

/*
 * The directories of the system's units, with colons between them, the first
 * outweighs the others: SYSTEMD_UNIT_PATH where it is set, which may end in a
 * colon and then comes before them; malloced, or NULL without memory.
 */
_must_use_ char *unitdirs_path(void);

/*
 * Reads NAME.service from the first of these directories that has it, and the
 * drop-ins NAME.service.d/?*.conf of all of them in the order of their names.
 * 1, 0 where there is no such unit, or -errno with err filled: a unit that is
 * masked, that cannot be read, and a drop-in with ExecStart= that systemd
 * would take after ours.
 */
_must_use_ int unitdirs_read(const char *path, const char *name,
			     struct unitfile *u, struct policy_note *err);

#endif
