/* SPDX-License-Identifier: ISC */
/*
 * A part of policy_print() that others need.
 */
#ifndef COMMON_POLICY_PRINT_H
#define COMMON_POLICY_PRINT_H

#include "policy/policy.h"

/* The rule's options, " key=value" each, in one order whatever was written. */
void print_options(const struct policy_rule *r, FILE *to);

#endif
