/* SPDX-License-Identifier: ISC */
/*
 * Opening files.  Never with O_TRUNC, and never with O_CREAT but O_EXCL is
 * there too: the object is looked at before anything happens to it.
 */
#include "helper/helper.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "beneath.h"
#include "helper/owner.h"
#include "helper/walk.h"

enum {
	/* Handed to the kernel as they are. */
	PASSED = O_ACCMODE | O_APPEND | O_NOFOLLOW | O_DIRECTORY | O_SYNC |
		 O_DSYNC,
	/* Known to us; O_NONBLOCK, O_CLOEXEC and O_NOCTTY are always on. */
	KNOWN = PASSED | O_CREAT | O_EXCL | O_TRUNC | O_NONBLOCK | O_CLOEXEC |
		O_NOCTTY | O_LARGEFILE,

	/* A file that comes and goes while we look: who does that may wait. */
	CREATE_TRIES = 8,
};

/* What no rule can allow is refused, what nobody can mean is an error. */
static int check_flags(struct job *j, int flags)
{
	/* Such a descriptor names a place, and could be reopened there. */
	if (flags & O_PATH || (flags & O_TMPFILE) == O_TMPFILE)
		return refuse_for(j, "flags");
	if (flags & ~KNOWN || (flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	if ((flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
		return -EINVAL;
	return 0;
}

/* ---- what was opened ----------------------------------------------------- */

static int check_type(const struct walk *w, const struct stat *st, int flags)
{
	unsigned type = policy_type_of(st->st_mode);

	if (type & policy_types(&w->grant, w->need & ~RIGHT_CREATE))
		return 0;
	if (type == POLICY_DIR && !(flags & O_DIRECTORY))
		return -EISDIR;
	return refuse_for(w->j, "type");
}

/*
 * The kernel answers ENXIO for a socket, and for a FIFO that nobody reads;
 * EACCES for what its lock does not know.  Where such a thing is not granted
 * at all, say that instead.
 */
static int unopened(struct walk *w, int flags, int error)
{
	static const int access[] = {
		[O_RDONLY] = R_OK,
		[O_WRONLY] = W_OK,
		[O_RDWR] = R_OK | W_OK,
	};
	_cleanup_fd_ int fd = walk_open(w, O_PATH | (flags & O_NOFOLLOW));
	struct stat st;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	r = check_type(w, &st, flags);
	if (r < 0)
		return r;
	return refuse_lock(w->h, w->j, error, fd, access[flags & O_ACCMODE]);
}

/* By each rule that it takes: what one lets write, another may not let read. */
static int check_owner(struct walk *w, const struct stat *st)
{
	static const unsigned rights[] = {RIGHT_READ, RIGHT_WRITE,
					  RIGHT_APPEND};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(rights) / sizeof(rights[0]);
	     i++)
		if (w->need & rights[i])
			r = owner_check(
				w, policy_grant_rule(&w->grant, rights[i]), st);
	return r;
}

/* Makes of our descriptor the one that was asked for. */
static int finish(struct walk *w, int fd, int flags)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	r = check_type(w, &st, flags);
	if (r == 0)
		r = check_owner(w, &st);
	if (r < 0)
		return r;
	/* Safe because: write is granted, and it is the file just checked. */
	if (flags & O_TRUNC && S_ISREG(st.st_mode) && ftruncate(fd, 0) < 0)
		return -errno;
	/* Of these F_SETFL changes O_APPEND and O_NONBLOCK only. */
	if (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags & O_APPEND) < 0)
		return -errno;
	return 0;
}

static int open_existing(struct walk *w, int flags, int *ret_fd)
{
	_cleanup_fd_ int fd = walk_open(w, flags & PASSED);
	int r;

	if (fd == -ENXIO || (fd == -EACCES && !w->j->refused))
		return unopened(w, flags, fd);
	if (fd < 0)
		return fd;
	r = finish(w, fd, flags);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

/* ---- what is made -------------------------------------------------------- */

static int create(struct walk *w, int flags, int *ret_fd)
{
	_cleanup_fd_ int fd = -1;
	_cleanup_fd_ int dir = -1;
	const struct policy_rule *rule;
	char name[WALK_NAME];
	int r;

	dir = walk_parent(w, name);
	if (dir < 0)
		return dir;
	r = walk_require(w, RIGHT_CREATE);
	if (r < 0)
		return r;
	rule = w->grant.create;
	/* Safe because: O_EXCL makes a new file, of the worker's fsuid. */
	fd = beneath_open(dir, name, (flags & PASSED) | O_CREAT | O_EXCL,
			  rule->path.mode);
	if (fd < 0)
		return refuse_lock(w->h, w->j, fd, dir, W_OK | X_OK);
	/*
	 * A file that could not be given away stays, the worker's and empty:
	 * by its name we might take away another one by now.
	 */
	r = owner_give(w->h, &rule->path.owner, fd);
	if (r == 0 && !(flags & O_NONBLOCK) &&
	    fcntl(fd, F_SETFL, flags & O_APPEND) < 0)
		r = -errno;
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

static int open_or_create(struct walk *w, int flags, int *ret_fd)
{
	for (int i = 0; i < CREATE_TRIES; i++) {
		int r = open_existing(w, flags, ret_fd);

		if (r != -ENOENT)
			return r;
		r = create(w, flags, ret_fd);
		/* A link or a file came to be there in between. */
		if (r != -EEXIST && r != -ELOOP)
			return r;
	}
	return -EAGAIN;
}

int do_open(struct helper *h, struct job *j)
{
	int flags = (int)j->request->flags;
	unsigned need;
	struct walk w;
	int r;

	r = check_flags(j, flags);
	if (r >= 0)
		r = walk_start(&w, h, j, j->request->object);
	if (r < 0)
		return r;
	need = policy_open_rights(flags, w.grant.rights);
	r = walk_require(&w, need);
	if (r < 0)
		return r;
	/* What Linux makes of it depends on more than the rights. */
	if ((flags & O_ACCMODE) == O_RDONLY && flags & O_TRUNC)
		return -EINVAL;
	if (need & RIGHT_APPEND)
		flags |= O_APPEND;
	if (!(flags & O_CREAT))
		return open_existing(&w, flags, &j->fd);
	if (w.dir)
		return -EISDIR;
	if (flags & O_EXCL)
		return create(&w, flags, &j->fd);
	return open_or_create(&w, flags, &j->fd);
}
