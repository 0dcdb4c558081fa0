/* SPDX-License-Identifier: ISC */
/*
 * A resolved policy as bytes, for its way from the supervisor to the helper.
 * policy_unpack() trusts nothing of what it reads but its sender: every
 * length and number is checked.  Text in and out of here never meets the
 * parser, so that the helper need not contain it.
 */
#ifndef COMMON_POLICY_PACK_H
#define COMMON_POLICY_PACK_H

#include "policy/policy.h"

/* *ret is malloced: 0, -ENOMEM, -E2BIG. */
_must_use_ int policy_pack(const struct policy *p, void **ret, size_t *ret_len);
/* 0, -EPROTO, -ENOMEM; *ret is untouched on failure. */
_must_use_ int policy_unpack(const void *bytes, size_t len,
			     struct policy **ret);
/* The same into *p, which is all 0, and after a failure again. */
_must_use_ int policy_unpack_at(const void *bytes, size_t len,
				struct policy *p);

#endif
