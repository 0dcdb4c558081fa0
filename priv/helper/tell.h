/* SPDX-License-Identifier: ISC */
/*
 * What the helper tells its supervisor (common/control.h).  Each is 0 or
 * -errno, and the client must not hear of what could not be told.
 */
#ifndef HELPER_TELL_H
#define HELPER_TELL_H

#include "control.h"
#include "helper/helper.h"

_must_use_ int tell(const struct helper *h, const struct control *c,
		    const int *fds, size_t n);

/*
 * A client waits for another helper: why is CONTROL_LOCK or CONTROL_RELOAD.
 * Each is told once, until the supervisor has answered.
 */
_must_use_ int tell_renew(struct helper *h, unsigned why);

#endif
