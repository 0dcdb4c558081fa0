/* SPDX-License-Identifier: ISC */
/*
 * What the supervisor says (common/control.h).
 */
#ifndef HELPER_ORDERS_H
#define HELPER_ORDERS_H

#include "helper/helper.h"

/*
 * Takes one message from h->control and does as it says: 0, 1 when there is
 * nothing more to do, or -errno where the helper cannot go on.
 */
_must_use_ int orders_take(struct helper *h);

#endif
