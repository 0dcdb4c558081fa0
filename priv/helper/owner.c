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

static size_t components(const char *path, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += path[i] != '/' && (i == 0 || path[i - 1] == '/');
	return n;
}

/*
 * How many components of the path name directories that only root can change,
 * by what was seen at load; -1: not even the root directory is known to be so.
 * A rule that covers the path by a form in which a link was followed says
 * nothing of the path as it is now.
 */
static int trusted(const struct walk *w, const struct policy_rule *rule)
{
	const char *form;

	if (!rule || rule->path.trusted == 0)
		return -1;
	form = rule->path.resolved ? rule->path.resolved : rule->path.pattern;
	if (!pattern_covers(form, w->path))
		return -1;
	return (int)components(form, rule->path.trusted);
}

/*
 * 1 where the worker could put another object under the name that the path has
 * in dir, which fd is, 0, or -errno.  In a sticky directory all may make names
 * and none may touch another's: a link to a file can be made there, and the
 * last name is a file; a link to a directory cannot.
 */
static int changeable(const struct walk *w, int fd, const char *dir, bool last)
{
	struct stat st;
	bool open_to_all;

	w->j->looks++;
	if (fstat(fd, &st) < 0)
		return -errno;
	open_to_all = st.st_mode & (S_IWGRP | S_IWOTH) &&
		      (last || !(st.st_mode & S_ISVTX));
	return open_to_all || st.st_uid == w->h->start.fsuid ||
	       policy_may_change(w->h->policy, dir);
}

/* Goes from the directory *at, -1 for the root, on to one below it. */
static int step(const struct walk *w, int *at, const char *below)
{
	int fd = beneath_open(*at < 0 ? w->h->root : *at, below,
			      O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		return fd;
	if (*at >= 0)
		(void)close(*at);
	*at = fd;
	return 0;
}

/*
 * Looks at the directories from the top down, each by the one before, so that
 * a deep path is not walked once for each of them.  Up to the first that the
 * worker can change, none of the names can have been changed by it, so this
 * look, made after the file was opened, sees what the opening went through.
 */
static int any_changeable(const struct walk *w, int skip)
{
	const size_t parent = path_dirlen(w->path);
	_cleanup_fd_ int at = -1;
	char dir[BOUND_PATH];
	size_t seen = 0, end = 1;
	int r = skip < 0 ? changeable(w, w->h->root, "/", parent == 1) : 0;

	memcpy(dir, w->path, parent);
	while (r == 0 && end < parent) {
		end += w->path[end] == '/';
		end += strcspn(w->path + end, "/");
		if (skip-- > 0)
			continue;
		dir[end] = '\0';
		r = step(w, &at, dir + seen);
		if (r == 0)
			r = changeable(w, at, dir, end == parent);
		dir[end] = w->path[end];
		seen = end;
	}
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
