/* SPDX-License-Identifier: ISC */
#include "policy/match.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Text in the making; failed once something did not fit. */
struct text {
	char *buf;
	size_t size;
	size_t len;
	bool failed;
};

static void put(struct text *t, const char *s)
{
	size_t len = strlen(s);

	if (t->failed || len >= t->size - t->len) {
		t->failed = true;
		return;
	}
	memcpy(t->buf + t->len, s, len + 1);
	t->len += len;
}

static void put_byte(struct text *t, char c)
{
	put(t, (const char[]){c, '\0'});
}

/* The path as a word of the language, which stands for this path alone. */
static void put_word(struct text *t, const char *path)
{
	bool quoted = strpbrk(path, " \t#\"\\*");

	if (quoted)
		put(t, "\"");
	for (; *path; path++) {
		if (strchr("\"\\*", *path))
			put(t, "\\");
		if (*path == '%')
			put(t, "%");
		put_byte(t, *path);
	}
	if (quoted)
		put(t, "\"");
}

/* The language has none but the tab. */
static bool has_control(const char *path)
{
	for (; *path; path++)
		if (*path == 0x7f ||
		    ((unsigned char)*path < ' ' && *path != '\t'))
			return true;
	return false;
}

static void put_line(struct text *t, const char *verb, const char *path,
		     bool create)
{
	put(t, t->len ? " and " : "");
	put(t, verb);
	put(t, " ");
	put_word(t, path);
	put(t, create ? " create=0640" : "");
}

int policy_hint(unsigned rights, const char *path, char *buf, size_t size)
{
	static const struct {
		unsigned right;
		const char *verb;
	} verbs[] = {
		{RIGHT_READ, "read"},	  {RIGHT_WRITE, "write"},
		{RIGHT_APPEND, "append"}, {RIGHT_REMOVE, "remove"},
		{RIGHT_LIST, "list"},	  {RIGHT_STAT, "stat"},
	};
	const unsigned made = RIGHT_WRITE | RIGHT_APPEND;
	struct text t = {.buf = buf, .size = size};

	if (has_control(path) || rights == 0)
		return -EINVAL;
	/* Each of the others brings stat with it. */
	if (rights & ~RIGHT_STAT)
		rights &= ~RIGHT_STAT;
	if (rights & RIGHT_CREATE && !(rights & made))
		rights |= RIGHT_WRITE;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (rights & verbs[i].right)
			put_line(&t, verbs[i].verb, path,
				 rights & RIGHT_CREATE &&
					 verbs[i].right & made);
	return t.failed ? -ENOSPC : 0;
}
