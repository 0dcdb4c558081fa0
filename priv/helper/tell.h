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
 * Each client's wish is told, also where others have the same: the next helper
 * may have been begun between the two, and be no answer to the second.
 */
_must_use_ int tell_renew(const struct helper *h, uint64_t id, unsigned why);

#endif
