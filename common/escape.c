/* SPDX-License-Identifier: ISC */
#include "escape.h"

#include <stdbool.h>
#include <string.h>

static const char cut[] = "...";

/* Locales do not count here: a log is ASCII. */
static bool plain(unsigned char c, const char *special)
{
	return c >= ' ' && c <= '~' && !strchr(special, c);
}

/* One byte of text as one or four; the length, 0 where there is no room. */
static size_t put(unsigned char c, const char *special, char *buf, size_t room)
{
	static const char hex[] = "0123456789abcdef";
	const char text[] = {'\\', 'x', hex[c >> 4], hex[c & 15]};
	bool as_is = plain(c, special);
	size_t len = as_is ? 1 : sizeof(text);

	if (len > room)
		return 0;
	memcpy(buf, as_is ? (const char *)&c : text, len);
	return len;
}

static size_t escape(const char *s, size_t len, const char *special, char *buf,
		     size_t size)
{
	size_t room = size > 0 ? size - 1 : 0;
	size_t at = 0;
	size_t whole = 0; /* where a cut leaves room for its dots */
	size_t i = 0;
	size_t n;

	for (; i < len; i++, at += n) {
		n = put((unsigned char)s[i], special, buf + at, room - at);
		if (n == 0)
			break;
		if (at + n + strlen(cut) <= room)
			whole = at + n;
	}
	if (i < len && room >= strlen(cut)) {
		memcpy(buf + whole, cut, strlen(cut));
		at = whole + strlen(cut);
	}
	if (size > 0)
		buf[at] = '\0';
	return at;
}

size_t escape_text(const char *s, size_t len, char *buf, size_t size)
{
	return escape(s, len, "\"\\", buf, size);
}

size_t escape_line(const char *s, size_t len, char *buf, size_t size)
{
	return escape(s, len, "\\", buf, size);
}
