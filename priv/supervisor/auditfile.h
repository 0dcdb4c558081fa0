/* SPDX-License-Identifier: ISC */
/*
 * The file that the helper writes its audit to.  The helper gets it open: it
 * could not open it itself.
 */
#ifndef SUPERVISOR_AUDITFILE_H
#define SUPERVISOR_AUDITFILE_H

#include "own.h"
#include "supervisor/failure.h"

/*
 * Opens for appending: file, or nothing (/dev/null) for "none", or for NULL
 * /var/log/wicket/NAME.audit as root and $XDG_STATE_HOME/wicket/NAME.audit
 * (~/.local/state) as anybody else, with its directories made.  name is the
 * policy's.  A descriptor that the caller owns, or -errno and the text.
 */
_must_use_ int auditfile_open(const char *file, const char *name,
			      struct failure *f);

#endif
