/* SPDX-License-Identifier: ISC */
#include "command/unitfile.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\r"

/* The text, and how far it has been read. */
struct reader {
	const char *at;
	const char *end;
	unsigned line; /* of what was read last */
};

/* ---- lines --------------------------------------------------------------- */

/* The next line without its newline, malloced.  1, 0 at the end, -ENOMEM. */
static int next_line(struct reader *r, char **ret)
{
	size_t left = (size_t)(r->end - r->at);
	const char *newline = left ? memchr(r->at, '\n', left) : NULL;
	size_t len = newline ? (size_t)(newline - r->at) : left;

	if (left == 0)
		return 0;
	*ret = strndup(r->at, len);
	if (!*ret)
		return -ENOMEM;
	r->at += newline ? len + 1 : len;
	r->line++;
	return 1;
}

/* A backslash ends the line, and none stands before it that makes it text. */
static bool goes_on(const char *line)
{
	size_t len = strlen(line);
	size_t backslashes = 0;

	while (backslashes < len && line[len - 1 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2 == 1;
}

static int append(char **text, const char *more)
{
	size_t old = *text ? strlen(*text) : 0;
	char *longer = realloc(*text, old + strlen(more) + 1);

	if (!longer)
		return -ENOMEM;
	memcpy(longer + old, more, strlen(more) + 1);
	*text = longer;
	return 0;
}

static bool is_comment(const char *line)
{
	return *line == '#' || *line == ';';
}

/*
 * A line with those that continue it, comments among them left out; each
 * backslash becomes a blank.  1, 0 at the end, -ENOMEM.  *ret_line is where it
 * begins.
 */
static int next_logical(struct reader *r, char **ret, unsigned *ret_line)
{
	_cleanup_free_ char *whole = NULL;
	bool more = true;
	int got = 0;

	while (more) {
		_cleanup_free_ char *line = NULL;
		const char *text;

		if ((got = next_line(r, &line)) <= 0)
			break;
		text = line + strspn(line, BLANKS);
		if (is_comment(text))
			continue;
		if (!whole)
			*ret_line = r->line;
		more = goes_on(text);
		if (more)
			line[strlen(line) - 1] = ' ';
		if (append(&whole, text) < 0)
			return -ENOMEM;
	}
	if (got < 0 || !whole)
		return got;
	*ret = take_ptr(&whole);
	return 1;
}

/* Blanks at both ends taken off, in place. */
static char *strip(char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	len = strlen(text);
	while (len > 0 && strchr(BLANKS, text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* ---- settings ------------------------------------------------------------ */

static int add(struct unitfile *u, const char *file, unsigned line,
	       const char *key, const char *value)
{
	struct unitfile_setting s = {.line = line};
	struct unitfile_setting *v;

	if (u->n == BOUND_UNIT_SETTINGS)
		return -E2BIG;
	v = reallocarray(u->v, u->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	u->v = v;
	s.key = strdup(key);
	s.value = strdup(value);
	s.file = strdup(file);
	/* Half of one is the unit's to free as well. */
	u->v[u->n++] = s;
	return s.key && s.value && s.file ? 0 : -ENOMEM;
}

/* "[Service]" or "KEY = VALUE"; *section says whether we are in the former. */
static int take_line(struct unitfile *u, const char *file, unsigned number,
		     char *line, bool *section)
{
	char *equals;

	line = strip(line);
	if (*line == '[') {
		*section = strcmp(line, "[Service]") == 0;
		return 0;
	}
	equals = strchr(line, '=');
	if (!equals || !*section)
		return 0;
	*equals = '\0';
	return add(u, file, number, strip(line), strip(equals + 1));
}

int unitfile_add(struct unitfile *u, const char *file, const char *text,
		 size_t len, struct policy_note *err)
{
	struct reader reader = {.at = text, .end = text + len};
	bool section = false;
	unsigned number = 0;
	int r = 1;

	while (r > 0) {
		_cleanup_free_ char *line = NULL;

		if ((r = next_logical(&reader, &line, &number)) <= 0)
			break;
		if ((r = take_line(u, file, number, line, &section)) == 0)
			r = 1;
	}
	if (r == -E2BIG)
		policy_note_set(err, file, number, 0,
				"found more settings, expected at most %d",
				BOUND_UNIT_SETTINGS);
	else if (r < 0)
		policy_note_set(err, file, number, 0, "out of memory");
	return r;
}

size_t unitfile_count(const struct unitfile *u, const char *key,
		      const struct unitfile_setting **ret_last)
{
	size_t n = 0;

	for (size_t i = 0; i < u->n; i++) {
		if (strcmp(u->v[i].key, key) != 0)
			continue;
		n = *u->v[i].value ? n + 1 : 0;
		if (n)
			*ret_last = &u->v[i];
	}
	return n;
}

const struct unitfile_setting *unitfile_get(const struct unitfile *u,
					    const char *key)
{
	const struct unitfile_setting *last = NULL;

	return unitfile_count(u, key, &last) ? last : NULL;
}

bool unitfile_is_no(const struct unitfile_setting *s)
{
	static const char *const words[] = {"no", "n", "false",
					    "f",  "0", "off"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(s->value, words[i]) == 0)
			return true;
	return false;
}

void unitfile_note(const struct unitfile_setting *s, struct policy_note *ret,
		   const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	policy_note_vset(ret, s->file, s->line, 0, fmt, ap);
	va_end(ap);
}

void unitfile_free(struct unitfile *u)
{
	for (size_t i = 0; i < u->n; i++) {
		free(u->v[i].key);
		free(u->v[i].value);
		free(u->v[i].file);
	}
	free(u->v);
	*u = (struct unitfile){.n = 0};
}
