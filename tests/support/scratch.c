/* SPDX-License-Identifier: ISC */
#include "support/scratch.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "own.h"
#include "support/child.h"

void scratch_make(struct scratch *s)
{
	const char *tmp = getenv("TMPDIR");
	char path[BOUND_PATH];

	snprintf(path, sizeof(path), "%s/wicket.XXXXXX", tmp ? tmp : "/tmp");
	CHILD_CHECK(mkdtemp(path));
	CHILD_CHECK(chmod(path, 0755) == 0);
	/* The policy wants paths as they are, without links. */
	CHILD_CHECK(realpath(path, s->dir));
	s->turn = 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path);
	return 0;
}

void scratch_remove(struct scratch *s)
{
	(void)nftw(s->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_path(struct scratch *s, const char *name)
{
	char *path = s->path[s->turn++ % 4];
	size_t dir = strlen(s->dir);

	CHILD_CHECK(strlen(name) < BOUND_PATH);
	memcpy(path, s->dir, dir);
	path[dir] = *name ? '/' : '\0';
	memcpy(path + dir + (*name ? 1 : 0), name, strlen(name) + 1);
	return path;
}

/* The directories above a name. */
static void make_above(struct scratch *s, const char *name)
{
	for (const char *at = strchr(name, '/'); at; at = strchr(at + 1, '/')) {
		char part[BOUND_PATH];

		snprintf(part, sizeof(part), "%.*s", (int)(at - name), name);
		if (mkdir(scratch_path(s, part), 0755) == 0)
			CHILD_CHECK(chmod(scratch_path(s, part), 0755) == 0);
	}
}

void scratch_mkdir(struct scratch *s, const char *name, mode_t mode)
{
	make_above(s, name);
	CHILD_CHECK(mkdir(scratch_path(s, name), mode) == 0);
	CHILD_CHECK(chmod(scratch_path(s, name), mode) == 0);
}

void scratch_write(struct scratch *s, const char *name, const char *text,
		   mode_t mode)
{
	size_t len = strlen(text);

	make_above(s, name);

	_cleanup_fd_ int fd = open(scratch_path(s, name),
				   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				   0600);

	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(write(fd, text, len) == (ssize_t)len);
	CHILD_CHECK(fchmod(fd, mode) == 0);
}

void scratch_link(struct scratch *s, const char *name, const char *target)
{
	make_above(s, name);
	CHILD_CHECK(symlink(target, scratch_path(s, name)) == 0);
}

void scratch_chown(struct scratch *s, const char *name, uid_t uid, gid_t gid)
{
	if (geteuid() == 0)
		CHILD_CHECK(lchown(scratch_path(s, name), uid, gid) == 0);
}

char *scratch_read(const char *path)
{
	_cleanup_file_ FILE *f = fopen(path, "re");
	_cleanup_free_ char *text = NULL;
	size_t room = 0;

	if (!f)
		return NULL;
	if (getdelim(&text, &room, EOF, f) < 0) {
		if (ferror(f))
			return NULL;
		return strdup("");
	}
	return take_ptr(&text);
}
