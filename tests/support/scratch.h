/* SPDX-License-Identifier: ISC */
/*
 * Directories and files for a test.  A failure here ends the process, and so
 * fails the test.
 */
#ifndef SUPPORT_SCRATCH_H
#define SUPPORT_SCRATCH_H

#include <stddef.h>
#include <sys/types.h>

#include "bounds.h"

/*
 * A directory below TMPDIR that everybody may enter.
 *
 *	struct scratch s;
 *
 *	scratch_make(&s);
 *	scratch_write(&s, "etc/key", "secret\n", 0600);
 *	fd = open(scratch_path(&s, "etc/key"), O_RDONLY);
 *	scratch_remove(&s);
 */
struct scratch {
	char dir[BOUND_PATH];
	char path[4][2 * BOUND_PATH]; /* the last that were asked for */
	unsigned turn;
};

void scratch_make(struct scratch *s);
/* Removes the directory and all that is in it. */
void scratch_remove(struct scratch *s);

/* DIR/NAME, valid for three calls more; DIR itself for "". */
const char *scratch_path(struct scratch *s, const char *name);

/* A directory, and those above it; of that mode whatever the umask is. */
void scratch_mkdir(struct scratch *s, const char *name, mode_t mode);
/* A new or emptied file with this text, in directories of mode 0755. */
void scratch_write(struct scratch *s, const char *name, const char *text,
		   mode_t mode);
/* A symbolic link with the text target. */
void scratch_link(struct scratch *s, const char *name, const char *target);
/* Gives a file or link away; nothing where the caller is not root. */
void scratch_chown(struct scratch *s, const char *name, uid_t uid, gid_t gid);

/* A file's whole text with a NUL, malloced; NULL where there is none. */
char *scratch_read(const char *path);

#endif
