/* SPDX-License-Identifier: ISC */
/*
 * What tests have in common, all at once.
 */
#ifndef SUPPORT_SUPPORT_H
#define SUPPORT_SUPPORT_H

#include "support/child.h"
#include "support/fds.h"
#include "support/netns.h"
#include "support/scratch.h"

#endif
