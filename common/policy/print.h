/* SPDX-License-Identifier: ISC */
/*
 * Parts of policy_print() that others need.
 */
#ifndef COMMON_POLICY_PRINT_H
#define COMMON_POLICY_PRINT_H

#include "policy/policy.h"

/* The rule's options, " key=value" each, in one order whatever was written. */
void print_options(const struct policy_rule *r, FILE *to);

/* Whether it writes the same for both; false without memory, too. */
bool print_same_options(const struct policy_rule *a,
			const struct policy_rule *b);

/* The rule without its options, "listen tcp *:80": 0 or -ENOSPC. */
_must_use_ int print_object(const struct policy_rule *r, FILE *to);

#endif
