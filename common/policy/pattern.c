/* SPDX-License-Identifier: ISC */
#include "policy/pattern.h"

#include <string.h>

/* Text that is not ours; of a path, each component has its slash in front. */
struct span {
	const char *at;
	const char *end;
};

static struct span span_of(const char *at, size_t len)
{
	return (struct span){at, at + len};
}

/* The root has no component. */
static struct span components(const char *path)
{
	size_t len = strlen(path);

	return span_of(path, len > 1 ? len : 0);
}

static bool empty(struct span s)
{
	return s.at == s.end;
}

static size_t length(struct span s)
{
	return (size_t)(s.end - s.at);
}

/* Takes the first component, without its slash, off a path not empty. */
static struct span take(struct span *path)
{
	struct span name = {path->at + 1, path->end};
	const char *slash = memchr(name.at, '/', length(name));

	if (slash)
		name.end = slash;
	path->at = name.end;
	return name;
}

/* Takes the last component, without its slash, off a path not empty. */
static struct span take_last(struct span *path)
{
	const char *slash = memrchr(path->at, '/', length(*path));
	struct span name = {slash + 1, path->end};

	path->end = slash;
	return name;
}

/* Any number of components.  An escaped star starts with its backslash. */
static bool is_any(struct span component)
{
	return length(component) == 2 && component.at[0] == '*' &&
	       component.at[1] == '*';
}

static bool ends_in_any(struct span pattern)
{
	return !empty(pattern) && is_any(take_last(&pattern));
}

/* Steps over one literal byte of the component, where it is this one. */
static bool take_byte(struct span *component, char byte)
{
	const char *at = component->at;

	if (at == component->end)
		return false;
	if (*at == '\\' && at + 1 < component->end)
		at++;
	if (*at != byte)
		return false;
	component->at = at + 1;
	return true;
}

/*
 * Where nothing goes on, the last star takes one byte more.  Earlier stars
 * need not be tried again: what lies between two stars may as well stand at
 * the first place where it fits.
 */
static bool fits(struct span component, struct span name)
{
	const char *star = NULL;
	const char *retry = NULL;

	while (!empty(name)) {
		if (!empty(component) && *component.at == '*') {
			star = ++component.at;
			retry = name.at;
		} else if (take_byte(&component, *name.at)) {
			name.at++;
		} else if (star) {
			component.at = star;
			name.at = ++retry;
		} else {
			return false;
		}
	}
	while (!empty(component) && *component.at == '*')
		component.at++;
	return empty(component);
}

bool pattern_fits(const char *component, size_t component_len, const char *name,
		  size_t name_len)
{
	return fits(span_of(component, component_len), span_of(name, name_len));
}

static bool take_fitting(struct span *pattern, struct span *path)
{
	struct span p = *pattern, s = *path;

	if (empty(p) || empty(s) || !fits(take(&p), take(&s)))
		return false;
	*pattern = p;
	*path = s;
	return true;
}

static bool at_component(struct span s)
{
	return empty(s) || *s.at == '/';
}

/* Takes off both the components that are the same, without a wildcard. */
static void take_same(struct span *pattern, struct span *path)
{
	struct span p = *pattern, s = *path;
	size_t same = 0;

	while (!empty(p) && !empty(s) && *p.at == *s.at && *p.at != '*' &&
	       *p.at != '\\') {
		if (*p.at == '/')
			same = (size_t)(p.at - pattern->at);
		p.at++;
		s.at++;
	}
	if (at_component(p) && at_component(s))
		same = (size_t)(p.at - pattern->at);
	pattern->at += same;
	path->at += same;
}

/* As fits(), a level higher: the last ** takes one component more. */
static bool covers(struct span pattern, struct span path, bool within)
{
	struct span again = {NULL, NULL};
	struct span retry = {NULL, NULL};

	take_same(&pattern, &path);
	for (;;) {
		struct span after = pattern;

		if (empty(pattern) && (empty(path) || within))
			return true;
		if (!empty(pattern) && is_any(take(&after))) {
			pattern = again = after;
			retry = path;
		} else if (!take_fitting(&pattern, &path)) {
			/* Of a path used up, a shorter rest is no better. */
			if (empty(path) || empty(retry))
				return false;
			take(&retry);
			pattern = again;
			path = retry;
		}
	}
}

bool pattern_covers(const char *pattern, const char *path)
{
	return covers(components(pattern), components(path), false);
}

bool pattern_covers_within(const char *pattern, const char *path)
{
	return covers(components(pattern), components(path), true);
}

bool pattern_covers_entry(const char *pattern, const char *path)
{
	struct span p = components(pattern), s = components(path);

	if (ends_in_any(p)) {
		if (empty(s))
			return false;
		take_last(&s);
	}
	return covers(p, s, false);
}

bool pattern_has_entry_in(const char *pattern, const char *dir)
{
	struct span p = components(pattern);

	if (empty(p))
		return false;
	if (!ends_in_any(p))
		take_last(&p);
	return covers(p, components(dir), false);
}

bool pattern_reaches(const char *pattern, const char *dir)
{
	struct span p = components(pattern), s = components(dir);

	while (!empty(s)) {
		struct span after = p;

		if (!empty(p) && is_any(take(&after)))
			return true;
		if (!take_fitting(&p, &s))
			return false;
	}
	return true;
}

bool pattern_covers_tree(const char *pattern, const char *dir)
{
	return ends_in_any(components(pattern)) && pattern_covers(pattern, dir);
}

static bool has_star(struct span component)
{
	for (; !empty(component); component.at++) {
		if (*component.at == '*')
			return true;
		if (*component.at == '\\' && length(component) > 1)
			component.at++;
	}
	return false;
}

size_t pattern_literal(const char *pattern)
{
	struct span rest = components(pattern);
	const char *end = rest.at;

	while (!empty(rest) && !has_star(take(&rest)))
		end = rest.at;
	return end > pattern ? (size_t)(end - pattern) : 1;
}

void pattern_literal_path(const char *pattern, char path[static BOUND_PATH])
{
	size_t len = pattern_literal(pattern);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (pattern[i] == '\\')
			i++;
		path[n++] = pattern[i];
	}
	path[n] = '\0';
}

bool pattern_is_literal(const char *pattern)
{
	return !has_star(components(pattern));
}
