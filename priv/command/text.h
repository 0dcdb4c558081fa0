/* SPDX-License-Identifier: ISC */
#ifndef COMMAND_TEXT_H
#define COMMAND_TEXT_H

#include "own.h"
#include "policy/policy.h"

/* One rule's canonical line, malloced, or NULL without memory. */
_must_use_ char *text_rule(const struct policy *p, const struct policy_rule *r);

#endif
