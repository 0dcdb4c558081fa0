/* SPDX-License-Identifier: ISC */
#include "helper/owner.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "beneath.h"
#include "policy/pattern.h"
#include "path.h"

uid_t owner_uid(const struct helper *h, const struct policy_owner *owner)
{
	return owner->set ? owner->uid : h->start.fsuid;
}

int owner_give(const struct helper *h, const struct policy_owner *owner, int fd)
{
	uid_t uid = owner_uid(h, owner);
	gid_t gid = owner->set ? owner->gid : (gid_t)-1;

	if (uid == h->start.fsuid && gid == (gid_t)-1)
		return 0;
	/*
	 * Safe because: fd is what we made a moment ago, and the owner is the
	 * policy's.  A worker's own id is not written again, so that giving to
	 * a group alone takes no capability.
	 */
	if (fchownat(fd, "", uid == h->start.fsuid ? (uid_t)-1 : uid, gid,
		     AT_EMPTY_PATH) < 0)
		return -errno;
	return 0;
}

int owner_give_name(const struct helper *h, const struct policy_owner *owner,
		    int dir, const char *name, mode_t type, struct stat *ret_st)
{
	_cleanup_fd_ int fd = beneath_open(dir, name, O_PATH | O_NOFOLLOW, 0);

	if (fd < 0)
		return fd;
	if (fstat(fd, ret_st) < 0)
		return -errno;
	if ((ret_st->st_mode & S_IFMT) != type ||
	    ret_st->st_uid != h->start.fsuid)
		return -EAGAIN;
	return owner_give(h, owner, fd);
}

/* ---- can the worker change a directory on the way? ----------------------- */

/*
 * How many bytes of the path name directories that only root can change, by
 * what was seen at load; 0: not even the root directory is known to be so.  A
 * rule that covers the path by a form in which a link was followed says nothing
 * of the path as it is now.
 */
static size_t trusted(const struct walk *w, const struct policy_rule *rule)
{
	const char *form;
	size_t n = 0;

	if (!rule)
		return 0;
	form = rule->path.resolved ?: rule->path.pattern;
	if (rule->path.resolved && !pattern_covers(form, w->path))
		return 0;
	/* It stands in the path as it does in the form, less what escapes. */
	for (size_t i = 0; i < rule->path.trusted; i++, n++)
		if (form[i] == '\\')
			i++;
	return n;
}

/* The directories of a path, looked at from the top down. */
struct look {
	struct walk *w; /* its path is cut behind what is looked at */
	int at;		/* owned: a directory on the way, -1: the root */
	size_t from;	/* where in the path the names below it begin */
	bool shared;	/* all may make names in what was looked at last */
};

enum {
	/*
	 * So many bytes of names are looked up by their path, which is one
	 * system call; then from a directory nearer to it: a deep path is not
	 * walked once for each of its directories.
	 */
	STRIDE = 64,
};

static int from(const struct look *l)
{
	return l->at < 0 ? l->w->h->root : l->at;
}

/*
 * 1 where the worker could put another object under the name that the path has
 * in dir, 0, or -errno.  In a sticky directory all may make names and none may
 * touch another's: a link to a file can be made there, and the last name is a
 * file; a link to a directory cannot.
 */
static int changeable(struct look *l, const char *dir, bool last)
{
	const char *below = dir + l->from;
	struct stat st;

	l->w->j->looks++;
	below += below[0] == '/';
	if (fstatat(from(l), below, &st, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) <
	    0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	l->shared = st.st_mode & (S_IWGRP | S_IWOTH);
	return (l->shared && (last || !(st.st_mode & S_ISVTX))) ||
	       st.st_uid == l->w->h->start.fsuid ||
	       policy_may_change(l->w->h->policy, dir);
}

/* Goes on to what is being looked at, which ends there. */
static int step(struct look *l, size_t end)
{
	int fd = beneath_open(from(l), l->w->path + l->from,
			      O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		return fd;
	close_fd(&l->at);
	l->at = fd;
	l->from = end;
	return 0;
}

/*
 * The path cut at end, where a name does.  What lies in a sticky directory its
 * owner can take away, and then all may put a link there: so nothing below it
 * is looked at by its name.
 */
static int look(struct look *l, size_t end, bool last)
{
	char *path = l->w->path;
	int r = 0;

	path[end] = '\0';
	if ((l->shared && !last) || end - l->from > STRIDE)
		r = step(l, end);
	if (r == 0)
		r = changeable(l, path, last);
	path[end] = '/';
	return r;
}

/*
 * Below the path's beginning that is trusted.  Up to the first that the worker
 * can change, none of the names can have been changed by it, so this look, made
 * after the file was opened, sees what the opening went through; and each is a
 * directory before one below it is looked at by its path.
 */
static int any_changeable(struct walk *w, size_t end)
{
	const size_t parent = path_dirlen(w->path);
	struct look l = {.w = w, .at = -1};
	int r = 0;

	if (end == 0) {
		r = changeable(&l, "/", parent == 1);
		end = 1;
	}
	while (r == 0 && end < parent) {
		end += w->path[end] == '/';
		end += strcspn(w->path + end, "/");
		r = look(&l, end, end == parent);
	}
	close_fd(&l.at);
	return r;
}

int owner_check(struct walk *w, const struct policy_rule *rule,
		const struct stat *st)
{
	int r;

	if (S_ISDIR(st->st_mode) || st->st_uid == w->h->start.fsuid ||
	    (rule && st->st_uid == owner_uid(w->h, &rule->path.owner)))
		return 0;
	r = any_changeable(w, trusted(w, rule));
	if (r > 0)
		return refuse_for(w->j, "owner");
	/* What was there a moment ago is not: somebody changes it. */
	return r == 0 ? 0 : -EACCES;
}
