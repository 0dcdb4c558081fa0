/* SPDX-License-Identifier: ISC */
/*
 * The first question on a channel.
 */
#ifndef UNPRIV_HELLO_H
#define UNPRIV_HELLO_H

#include "handle.h"

/*
 * Asks who serves here, and keeps in the handle what wicket_confine() has to
 * know.  0 or -errno: -EPROTONOSUPPORT for a helper of another version.
 */
_must_use_ int hello(struct wicket *w);

#endif
