/* SPDX-License-Identifier: ISC */
/*
 * What may stand behind KEY=, each kind checked and read from a word's text.
 * Errors as in parse.h.
 */
#ifndef COMMON_POLICY_VALUES_H
#define COMMON_POLICY_VALUES_H

#include "policy/parse.h"

/* A count or a size of 1 to max, perhaps with K, M or G. */
_must_use_ int value_count(struct parser *ps, const struct lex_word *w,
			   uint64_t max, uint64_t *ret);

/* A number that counts nothing: decimal, or hexadecimal behind 0x. */
_must_use_ int value_code(struct parser *ps, const struct lex_word *w,
			  uint32_t min, uint32_t max, uint32_t *ret);

/* Octal, at most 0777. */
_must_use_ int value_mode(struct parser *ps, const struct lex_word *w,
			  mode_t *ret);

/* on or off. */
_must_use_ int value_switch(struct parser *ps, const struct lex_word *w,
			    bool *ret);

/* USER, USER:GROUP, where USER may be %worker. */
_must_use_ int value_owner(struct parser *ps, const struct lex_word *w,
			   struct policy_owner *ret);

/* enum policy_type, with commas between. */
_must_use_ int value_types(struct parser *ps, const struct lex_word *w,
			   unsigned *ret);

#endif
