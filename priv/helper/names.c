/* SPDX-License-Identifier: ISC */
/*
 * Changing names: unlink, rmdir, mkdir, rename.  Each by the descriptor of the
 * directory that holds the name, and never through a link at the end.
 */
#include "helper/helper.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "policy/limits.h"
#include "helper/owner.h"
#include "helper/walk.h"

/* A name, the directory that holds it, and what the policy says of both. */
struct place {
	struct walk w;
	char name[WALK_NAME];
	int dir; /* owned */
};

static void place_close(struct place *p)
{
	close_fd(&p->dir);
}

#define _cleanup_place_ __attribute__((cleanup(place_close)))

static int place_find(struct place *p, struct helper *h, struct job *j,
		      const char *path, unsigned need)
{
	int r;

	p->dir = -1;
	r = walk_start(&p->w, h, j, path);
	if (r == 0)
		r = walk_require(&p->w, need);
	if (r < 0)
		return r;
	p->dir = walk_parent(&p->w, p->name);
	return p->dir < 0 ? p->dir : 0;
}

/* No name may be changed in the directory: by its mode, or by the lock. */
static int failed(const struct place *p, int error)
{
	return refuse_lock(p->w.h, p->w.j, error, p->dir, W_OK | X_OK);
}

static int take_away(struct helper *h, struct job *j, int flags)
{
	_cleanup_place_ struct place p = {.dir = -1};
	int r = place_find(&p, h, j, j->request->object, RIGHT_REMOVE);

	if (r < 0)
		return r;
	/* Safe because: remove is granted on this name in this directory. */
	return unlinkat(p.dir, p.name, flags) < 0 ? failed(&p, -errno) : 0;
}

int do_unlink(struct helper *h, struct job *j)
{
	return take_away(h, j, 0);
}

int do_rmdir(struct helper *h, struct job *j)
{
	return take_away(h, j, AT_REMOVEDIR);
}

/* ---- mkdir --------------------------------------------------------------- */

/* Whoever may read a directory may also search it. */
static mode_t directory_mode(mode_t mode)
{
	return mode | ((mode & 0444) >> 2);
}

int do_mkdir(struct helper *h, struct job *j)
{
	_cleanup_place_ struct place p = {.dir = -1};
	const struct policy_rule *rule;
	struct stat st;
	int r = place_find(&p, h, j, j->request->object, RIGHT_CREATE);

	if (r < 0)
		return r == -EBUSY ? -EEXIST : r;
	rule = p.w.grant.create;
	/* Safe because: it fails where there is anything of that name. */
	if (mkdirat(p.dir, p.name, directory_mode(rule->path.mode)) < 0)
		return failed(&p, -errno);
	if (!rule->path.owner.set)
		return 0;
	return owner_give_name(h, &rule->path.owner, p.dir, p.name, S_IFDIR,
			       &st);
}

/* ---- rename -------------------------------------------------------------- */

/* With a directory all that lies beneath it moves, out of a deny, perhaps. */
static bool gains_beneath(const struct place *from, const struct place *to)
{
	const struct policy *p = from->w.h->policy;
	const struct limits *l = from->w.j->limits;
	unsigned src, src_limits;
	unsigned dst, dst_limits;

	return !policy_uniform(p, from->w.path, &src) ||
	       !policy_uniform(p, to->w.path, &dst) ||
	       !limits_uniform(l, from->w.path, &src_limits) ||
	       !limits_uniform(l, to->w.path, &dst_limits) ||
	       (dst & dst_limits) & ~(src & src_limits);
}

/*
 * Both names lie in directories that we hold.  Between the look at the source
 * and the rename it can be exchanged only by one who can change the directory
 * anyway, and who then moves what he could have put there himself.
 */
static int move(const struct place *from, const struct place *to)
{
	/* To put something in another's place is to write it or remove it. */
	unsigned flags = to->w.rights & (RIGHT_WRITE | RIGHT_REMOVE)
				 ? 0
				 : RENAME_NOREPLACE;
	struct stat st;
	int r;

	if (fstatat(from->dir, from->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	/* What is moved must not gain by it. */
	if (policy_gains(from->w.h->policy, &from->w.grant, &to->w.grant) ||
	    (S_ISDIR(st.st_mode) && gains_beneath(from, to))) {
		(void)refuse_for(to->w.j, "rights");
		return -EXDEV;
	}
	/* Safe because: remove is granted here, create there, and no more. */
	if (syscall(SYS_renameat2, from->dir, from->name, to->dir, to->name,
		    flags) == 0)
		return 0;
	if (errno == EEXIST && flags)
		return refuse_path(to->w.j, NULL, RIGHT_WRITE, to->w.path);
	r = -errno;
	/* Of the two directories either may be what it is about. */
	if (syscall(SYS_faccessat2, from->dir, "", W_OK | X_OK,
		    AT_EMPTY_PATH | AT_EACCESS) < 0)
		return r;
	return failed(to, r);
}

int do_rename(struct helper *h, struct job *j)
{
	_cleanup_place_ struct place from = {.dir = -1};
	_cleanup_place_ struct place to = {.dir = -1};
	int r;

	r = place_find(&from, h, j, j->request->object, RIGHT_REMOVE);
	if (r == 0)
		r = place_find(&to, h, j, j->request->target, RIGHT_CREATE);
	return r < 0 ? r : move(&from, &to);
}
