/* SPDX-License-Identifier: ISC */
#include "promise.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "text.h"

static const struct {
	const char *name;
	unsigned bit;
} words[] = {
	{"stdio", PROMISE_STDIO},     {"accept", PROMISE_ACCEPT},
	{"threads", PROMISE_THREADS}, {"time", PROMISE_TIME},
	{"spawn", PROMISE_SPAWN},
};

#define NWORDS (sizeof(words) / sizeof(words[0]))

static bool has_extra(const struct promises *p, const char *name)
{
	for (size_t i = 0; i < p->nextra; i++)
		if (strcmp(p->extra[i], name) == 0)
			return true;
	return false;
}

static int add_extra(struct promises *p, const char *name, size_t len)
{
	char copy[sizeof(p->extra[0])];

	if (len == 0 || len >= sizeof(copy))
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		if (!islower((unsigned char)name[i]) &&
		    !isdigit((unsigned char)name[i]) && name[i] != '_')
			return -EINVAL;
	memcpy(copy, name, len);
	copy[len] = '\0';
	if (has_extra(p, copy))
		return 0;
	if (p->nextra == BOUND_PROMISE_EXTRA)
		return -ENOSPC;
	memcpy(p->extra[p->nextra++], copy, len + 1);
	return 0;
}

int promise_add(struct promises *p, const char *word, size_t len)
{
	if (len > 0 && word[0] == '+')
		return add_extra(p, word + 1, len - 1);
	for (size_t i = 0; i < NWORDS; i++) {
		if (strlen(words[i].name) == len &&
		    memcmp(words[i].name, word, len) == 0) {
			p->words |= words[i].bit;
			return 0;
		}
	}
	return -EINVAL;
}

int promise_parse(const char *text, struct promises *ret, const char **ret_bad)
{
	struct promises p = PROMISES_INIT;

	for (text += strspn(text, " \t"); *text; text += strspn(text, " \t")) {
		size_t len = strcspn(text, " \t");
		int r = promise_add(&p, text, len);

		if (r < 0) {
			if (ret_bad)
				*ret_bad = text;
			return r;
		}
		text += len;
	}
	*ret = p;
	return 0;
}

int promise_print(const struct promises *p, char *buf, size_t size)
{
	struct text t = text_in(buf, size);

	for (size_t i = 0; i < NWORDS; i++)
		if (p->words & words[i].bit)
			text_put(&t, "%s%s", t.len ? " " : "", words[i].name);
	for (size_t i = 0; i < p->nextra; i++)
		text_put(&t, "%s+%s", t.len ? " " : "", p->extra[i]);
	return t.failed ? -ENOSPC : 0;
}

bool promise_within(const struct promises *narrow, const struct promises *wide)
{
	if (narrow->words & ~wide->words)
		return false;
	for (size_t i = 0; i < narrow->nextra; i++)
		if (!has_extra(wide, narrow->extra[i]))
			return false;
	return true;
}
