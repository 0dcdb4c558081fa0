/* SPDX-License-Identifier: ISC */
#include "command/json.h"

static void before_value(struct json *j)
{
	if (j->comma)
		fputc(',', j->to);
	j->comma = true;
}

void json_open(struct json *j, char bracket)
{
	before_value(j);
	fputc(bracket, j->to);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	fputc(bracket, j->to);
	j->comma = true;
}

static bool in(unsigned char c, unsigned char low, unsigned char high)
{
	return c >= low && c <= high;
}

/*
 * The bytes of the UTF-8 sequence at s, 0 where there is none: overlong forms,
 * surrogates and what is beyond U+10FFFF are none (Unicode, table 3-7).
 */
static size_t utf8_length(const unsigned char *s)
{
	unsigned char low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
	unsigned char high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
	size_t len = in(s[0], 0xc2, 0xdf)   ? 2
		     : in(s[0], 0xe0, 0xef) ? 3
		     : in(s[0], 0xf0, 0xf4) ? 4
					    : 0;

	if (s[0] < 0x80)
		return 1;
	/* The NUL at the end stops this in time. */
	if (len == 0 || !in(s[1], low, high))
		return 0;
	for (size_t i = 2; i < len; i++)
		if (!in(s[i], 0x80, 0xbf))
			return 0;
	return len;
}

static void put_string(struct json *j, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	fputc('"', j->to);
	while (*s) {
		size_t len = utf8_length(s);

		if (len == 0) {
			fprintf(j->to, "\\udc%02x", *s);
			len = 1;
		} else if (*s == '"' || *s == '\\') {
			fprintf(j->to, "\\%c", *s);
		} else if (*s < 0x20 || *s == 0x7f) {
			/* DEL need not be, but a terminal may be there. */
			fprintf(j->to, "\\u%04x", *s);
		} else {
			fwrite(s, 1, len, j->to);
		}
		s += len;
	}
	fputc('"', j->to);
}

void json_key(struct json *j, const char *name)
{
	before_value(j);
	put_string(j, name);
	fputc(':', j->to);
	j->comma = false;
}

void json_string(struct json *j, const char *s)
{
	if (!s) {
		json_null(j);
		return;
	}
	before_value(j);
	put_string(j, s);
}

void json_number(struct json *j, uint64_t n)
{
	before_value(j);
	fprintf(j->to, "%llu", (unsigned long long)n);
}

void json_bool(struct json *j, bool b)
{
	before_value(j);
	fputs(b ? "true" : "false", j->to);
}

void json_null(struct json *j)
{
	before_value(j);
	fputs("null", j->to);
}
