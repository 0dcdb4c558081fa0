/* SPDX-License-Identifier: ISC */
#include "policy/values.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* K, M and G behind a number, as powers of 1024; 0: something else. */
static uint64_t suffix(const char *s)
{
	static const struct {
		const char *name;
		uint64_t factor;
	} known[] = {
		{"", 1},
		{"K", UINT64_C(1) << 10},
		{"M", UINT64_C(1) << 20},
		{"G", UINT64_C(1) << 30},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(s, known[i].name) == 0)
			return known[i].factor;
	return 0;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return INT_MAX;
}

/* Reads digits off *s: false for none, or too large a number. */
static bool take_digits(const char **s, unsigned base, uint64_t *ret)
{
	const char *start = *s;
	uint64_t n = 0;

	for (; digit_of(**s) < (int)base; ++*s)
		if (__builtin_mul_overflow(n, base, &n) ||
		    __builtin_add_overflow(n, (uint64_t)digit_of(**s), &n))
			return false;
	*ret = n;
	return *s > start;
}

int value_count(struct parser *ps, const struct lex_word *w, uint64_t max,
		uint64_t *ret)
{
	const char *s = w->text;
	uint64_t n;

	if (!take_digits(&s, 10, &n) || suffix(s) == 0 ||
	    __builtin_mul_overflow(n, suffix(s), &n) || n == 0 || n > max)
		return parse_expected(ps, w, "a number from 1 to %ju",
				      (uintmax_t)max);
	*ret = n;
	return 0;
}

int value_code(struct parser *ps, const struct lex_word *w, uint32_t min,
	       uint32_t max, uint32_t *ret)
{
	const char *s = w->text;
	bool hex = strncmp(s, "0x", 2) == 0;
	uint64_t n;

	s += hex ? 2 : 0;
	if (!take_digits(&s, hex ? 16 : 10, &n) || *s || n < min || n > max)
		return parse_expected(ps, w,
				      "a number from %ju to %ju, or 0x...",
				      (uintmax_t)min, (uintmax_t)max);
	*ret = (uint32_t)n;
	return 0;
}

int value_mode(struct parser *ps, const struct lex_word *w, mode_t *ret)
{
	const char *s = w->text;
	uint64_t n;

	if (!take_digits(&s, 8, &n) || *s || n > 0777)
		return parse_expected(ps, w, "an octal mode from 0000 to 0777");
	*ret = (mode_t)n;
	return 0;
}

int value_switch(struct parser *ps, const struct lex_word *w, bool *ret)
{
	bool on = strcmp(w->text, "on") == 0;

	if (!on && strcmp(w->text, "off") != 0)
		return parse_expected(ps, w, "on or off");
	*ret = on;
	return 0;
}

/* USER, USER:GROUP, where USER may be %worker. */
static bool is_owner(const char *text)
{
	size_t len = strncmp(text, "%worker", 7) == 0 ? 7 : parse_name(text);

	if (len == 0 || text[len] == '\0')
		return len > 0;
	text += len + 1;
	return text[-1] == ':' && parse_name(text) == strlen(text) && *text;
}

int value_owner(struct parser *ps, const struct lex_word *w,
		struct policy_owner *ret)
{
	/* The one variable that is left in the text. */
	bool worker = strncmp(w->text, "%worker", 7) == 0;
	struct lex_word rest = *w;
	_cleanup_free_ char *text = NULL;
	int r;

	rest.text += worker ? 7 : 0;
	r = parse_plain_text(ps, &rest, &text);
	if (r < 0)
		return r;
	ret->set = true;
	if (asprintf(&ret->text, "%s%s", worker ? "%worker" : "", text) < 0) {
		ret->text = NULL;
		return -ENOMEM;
	}
	if (!is_owner(ret->text))
		return parse_expected(ps, w,
				      "USER or USER:GROUP, names or numbers, "
				      "or %%worker for USER");
	return 0;
}

static unsigned type_of(const char *name, size_t len)
{
	static const struct {
		const char *name;
		unsigned type;
	} types[] = {
		{"file", POLICY_FILE}, {"dir", POLICY_DIR},
		{"fifo", POLICY_FIFO}, {"char", POLICY_CHAR},
		{"any", POLICY_ANY},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i].name) == len &&
		    memcmp(types[i].name, name, len) == 0)
			return types[i].type;
	return 0;
}

int value_types(struct parser *ps, const struct lex_word *w, unsigned *ret)
{
	const char *at = w->text;

	*ret = 0;
	for (;;) {
		size_t len = strcspn(at, ",");
		unsigned type = type_of(at, len);

		if (!type)
			return parse_expected(ps, w,
					      "file, dir, fifo, char or any, "
					      "or some of them with commas");
		*ret |= type;
		if (at[len] == '\0')
			return 0;
		at += len + 1;
	}
}
