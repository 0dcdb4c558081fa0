/* SPDX-License-Identifier: ISC */
/*
 * The audit: one line for each decision, to a file that only the helper holds
 * (auditline.h has its form).
 *
 * No function here fails or blocks: a line that cannot be written is counted,
 * and the next one says so by dropped=N.
 */
#ifndef HELPER_AUDIT_H
#define HELPER_AUDIT_H

#include "helper/helper.h"

/*
 * What was decided and came of it.  result is the handler's: a refusal is
 * always written, the rest only where start.audit_grants asks for it.
 */
void audit_decision(struct helper *h, const struct job *j, int result);

/* A client's session was closed for what the client did. */
void audit_closed(struct helper *h, pid_t worker, int error);

#endif
