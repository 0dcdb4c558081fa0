/* SPDX-License-Identifier: ISC */
#include "policy/match.h"

#include <errno.h>
#include <string.h>

#include "text.h"

/* The path as a word of the language, which stands for this path alone. */
static void put_word(struct text *t, const char *path)
{
	bool quoted = strpbrk(path, " \t#\"\\*");

	if (quoted)
		text_put(t, "\"");
	for (; *path; path++) {
		if (strchr("\"\\*", *path))
			text_put(t, "\\");
		text_put(t, "%s%c", *path == '%' ? "%" : "", *path);
	}
	if (quoted)
		text_put(t, "\"");
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
	text_put(t, "%s%s ", t->len ? " and " : "", verb);
	put_word(t, path);
	text_put(t, "%s", create ? " create=0640" : "");
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
	struct text t = text_in(buf, size);

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
