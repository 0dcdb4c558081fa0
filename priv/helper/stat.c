/* SPDX-License-Identifier: ISC */
/*
 * Looking at a file without opening it.
 */
#include "helper/helper.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "answer.h"
#include "helper/owner.h"
#include "helper/walk.h"

/* The object that the request names, for looking only. */
static int look(struct walk *w, struct helper *h, struct job *j, int flags,
		struct stat *ret_st, int *ret_fd)
{
	_cleanup_fd_ int fd = -1;
	int r;

	r = walk_start(w, h, j, j->request->object);
	if (r == 0)
		r = walk_require(w, RIGHT_STAT);
	if (r < 0)
		return r;
	fd = walk_open(w, O_PATH | flags);
	if (fd < 0)
		return fd;
	if (fstat(fd, ret_st) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

int do_stat(struct helper *h, struct job *j)
{
	struct wire_out blob = wire_out(j->blob, j->blob_size);
	uint32_t flags = j->request->flags;
	_cleanup_fd_ int fd = -1;
	struct stat st;
	struct walk w;
	int r;

	if (flags & ~(uint32_t)AT_SYMLINK_NOFOLLOW)
		return -EINVAL;
	r = look(&w, h, j, flags ? O_NOFOLLOW : 0, &st, &fd);
	if (r < 0)
		return r;
	answer_put_stat(&blob, &st);
	if (blob.failed)
		return -ENOBUFS;
	j->blob_len = blob.len;
	return 0;
}

int do_readlink(struct helper *h, struct job *j)
{
	_cleanup_fd_ int fd = -1;
	struct stat st;
	struct walk w;
	ssize_t n;
	int r;

	r = look(&w, h, j, O_NOFOLLOW, &st, &fd);
	if (r < 0)
		return r;
	if (!S_ISLNK(st.st_mode))
		return -EINVAL;
	n = readlinkat(fd, "", (char *)j->blob, j->blob_size);
	if (n < 0)
		return -errno;
	j->blob_len = (size_t)n;
	return 0;
}

/* ---- access -------------------------------------------------------------- */

/* A name in the directory can be changed, or a file by its rights. */
static bool may_write(const struct walk *w, const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return policy_may_change(w->h->policy, w->path);
	return w->rights & (RIGHT_WRITE | RIGHT_APPEND);
}

static unsigned right_to_read(const struct stat *st)
{
	return S_ISDIR(st->st_mode) ? RIGHT_LIST : RIGHT_READ;
}

/* What the policy says to the mode. */
static int check_rights(struct walk *w, const struct stat *st, int mode)
{
	unsigned writing = w->rights & RIGHT_WRITE ? RIGHT_WRITE : RIGHT_APPEND;
	unsigned missing = 0;
	int r = 0;

	if (mode & R_OK && !(w->rights & right_to_read(st)))
		missing |= right_to_read(st);
	if (mode & W_OK && !may_write(w, st))
		missing |= RIGHT_WRITE;
	if (missing)
		return refuse_path(w->j, NULL, missing, w->path);
	if (mode & W_OK)
		r = owner_check(w, policy_grant_rule(&w->grant, writing), st);
	if (r == 0 && mode & R_OK)
		r = owner_check(w, policy_grant_rule(&w->grant, RIGHT_READ),
				st);
	return r;
}

/* As faccessat() with AT_EACCESS: by the helper's rights on the file. */
int do_access(struct helper *h, struct job *j)
{
	int mode = (int)j->request->mode;
	_cleanup_fd_ int fd = -1;
	struct stat st;
	struct walk w;
	int r;

	if (mode & ~(R_OK | W_OK | X_OK))
		return -EINVAL;
	r = look(&w, h, j, 0, &st, &fd);
	if (r == 0)
		r = check_rights(&w, &st, mode);
	if (r < 0 || mode == F_OK)
		return r;
	if (syscall(SYS_faccessat2, fd, "", mode, AT_EMPTY_PATH | AT_EACCESS))
		return -errno;
	return 0;
}
