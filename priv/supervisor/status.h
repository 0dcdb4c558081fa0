/* SPDX-License-Identifier: ISC */
#ifndef SUPERVISOR_STATUS_H
#define SUPERVISOR_STATUS_H

#include "supervisor/supervisor.h"

/*
 * What `wicket status` is told: a line "NAME VALUE" for each fact, and one for
 * each client and listener.  counts is what the helper said of its clients, of
 * which there may be nothing.  0 and *ret, malloced; or -errno.
 */
_must_use_ int status_text(const struct supervisor *s, const void *counts,
			   size_t len, char **ret, size_t *ret_len);

#endif
