/* SPDX-License-Identifier: ISC */
#include "path.h"

#include <errno.h>
#include <string.h>

static bool is(const char *name, size_t len, const char *what)
{
	return strlen(what) == len && memcmp(name, what, len) == 0;
}

/*
 * The next component at or behind *at, which is left behind it; its length,
 * 0 at the end.  "." is no component: the kernel stays where it is.
 */
static size_t next(const char **at, const char **ret_name)
{
	const char *end = *at;
	const char *name;

	do {
		while (*end == '/')
			end++;
		name = end;
		while (*end != '\0' && *end != '/')
			end++;
	} while (is(name, (size_t)(end - name), "."));
	*at = end;
	*ret_name = name;
	return (size_t)(end - name);
}

/* A clean path in the making, of len bytes; "" stands for the root. */
struct builder {
	char *buf; /* BOUND_PATH bytes */
	size_t len;
};

static int append(struct builder *b, const char *name, size_t len)
{
	if (len > BOUND_COMPONENT || b->len + 1 + len >= BOUND_PATH)
		return -ENAMETOOLONG;
	b->buf[b->len] = '/';
	memcpy(b->buf + b->len + 1, name, len);
	b->len += 1 + len;
	return 0;
}

/* The root's parent is the root. */
static void drop(struct builder *b)
{
	while (b->len > 0 && b->buf[--b->len] != '/')
		;
}

/* parents: a .. takes a component off; else it is refused. */
static int append_all(struct builder *b, const char *path, bool parents)
{
	const char *name;
	size_t len;

	while ((len = next(&path, &name)) > 0) {
		int r = 0;

		if (!is(name, len, ".."))
			r = append(b, name, len);
		else if (parents)
			drop(b);
		else
			r = -EACCES;
		if (r < 0)
			return r;
	}
	return 0;
}

static void finish(struct builder *b)
{
	if (b->len == 0)
		b->buf[b->len++] = '/';
	b->buf[b->len] = '\0';
}

static bool asks_directory(const char *path, size_t len)
{
	return path[len - 1] == '/' ||
	       (len >= 2 && path[len - 1] == '.' && path[len - 2] == '/');
}

int path_clean(const char *path, char *clean, bool *ret_dir)
{
	struct builder b = {.buf = clean};
	size_t len = strnlen(path, BOUND_PATH);
	int r;

	if (len == 0)
		return -ENOENT;
	/* As in the kernel, it is the path as written that is too long. */
	if (len == BOUND_PATH)
		return -ENAMETOOLONG;
	if (path[0] != '/')
		return -EACCES;
	r = append_all(&b, path, false);
	if (r < 0)
		return r;
	finish(&b);
	*ret_dir = asks_directory(path, len);
	return 0;
}

int path_follow(const char *dir, const char *target, const char *rest,
		char *clean)
{
	struct builder b = {.buf = clean};
	int r = 0;

	if (target[0] == '\0')
		return -ENOENT;
	if (target[0] != '/')
		r = append_all(&b, dir, false);
	if (r == 0)
		r = append_all(&b, target, true);
	if (r == 0)
		r = append_all(&b, rest, false);
	if (r < 0)
		return r;
	finish(&b);
	return 0;
}

bool path_returns(const char *target)
{
	bool inside = false;
	const char *name;
	size_t len;

	while ((len = next(&target, &name)) > 0) {
		bool parent = is(name, len, "..");

		if (parent && inside)
			return true;
		inside = !parent;
	}
	return false;
}

size_t path_dirlen(const char *clean)
{
	size_t len = (size_t)(strrchr(clean, '/') - clean);

	return len > 0 ? len : 1;
}

const char *path_base(const char *clean)
{
	return strrchr(clean, '/') + 1;
}

bool path_child(const char *dir, const char *name, char *child)
{
	struct builder b = {.buf = child};

	if (append_all(&b, dir, false) < 0 ||
	    append(&b, name, strlen(name)) < 0)
		return false;
	finish(&b);
	return true;
}

bool path_within(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (len == 1)
		return true;
	return strncmp(path, dir, len) == 0 &&
	       (path[len] == '\0' || path[len] == '/');
}

static bool all_digits(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (name[i] < '0' || name[i] > '9')
			return false;
	return true;
}

bool path_names_process(const char *clean)
{
	const char *name;
	size_t len;

	while ((len = next(&clean, &name)) > 0)
		if (is(name, len, "self") || is(name, len, "thread-self") ||
		    all_digits(name, len))
			return true;
	return false;
}
