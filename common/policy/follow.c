/* SPDX-License-Identifier: ISC */
#include "policy/resolve.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "path.h"
#include "policy/match.h"

/* A walk from the root directory to the next link. */
struct walk {
	const struct resolver *rs;
	struct follow *f;
	bool last; /* follow a link that is the last component */
	int fd;	   /* what the first pos bytes of f->path name */
	size_t pos;
	struct stat st;
	bool only_root; /* can change names in what is at hand */
	bool strictly;	/* f->ours, without the help of sticky directories */
};

static bool is_owner(const struct resolver *rs, uid_t uid)
{
	return uid == 0 || (!rs->privileged && uid == geteuid());
}

/* What the bytes up to pos name, as text. */
static void name_place(const struct walk *w, size_t pos, char *ret)
{
	memcpy(ret, w->f->path, pos);
	ret[pos] = '\0';
	if (pos == 0)
		memcpy(ret, "/", 2);
}

/* No name in the directory at hand can be changed but by root. */
static bool only_root_changes(const struct walk *w)
{
	char dir[BOUND_PATH];

	name_place(w, w->pos, dir);
	return is_owner(w->rs, w->st.st_uid) &&
	       !(w->st.st_mode & (S_IWGRP | S_IWOTH)) &&
	       !policy_may_change(w->rs->changers, dir);
}

/* In such a directory, of a name whose object belongs to root. */
static bool sticky_guards(const struct walk *w, const struct stat *child)
{
	char dir[BOUND_PATH];

	name_place(w, w->pos, dir);
	return (w->st.st_mode & S_ISVTX) && is_owner(w->rs, w->st.st_uid) &&
	       is_owner(w->rs, child->st_uid) &&
	       !policy_may_change(w->rs->changers, dir);
}

static bool on_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

static bool in_group(const struct policy_who *who, gid_t gid)
{
	if (who->gid == gid)
		return true;
	for (size_t i = 0; i < who->ngroups; i++)
		if (who->groups_id[i] == gid)
			return true;
	return false;
}

/* By its own rights, the way the kernel looks at them. */
static bool worker_writes(const struct resolver *rs, const struct stat *st)
{
	if (st->st_uid == rs->p->worker.uid)
		return st->st_mode & S_IWUSR;
	if (in_group(&rs->p->worker, st->st_gid))
		return st->st_mode & S_IWGRP;
	return st->st_mode & S_IWOTH;
}

static int stop(struct walk *w, size_t pos, enum follow_end end, int error)
{
	w->f->end = end;
	w->f->error = error;
	w->f->last = w->f->path[pos] == '\0';
	name_place(w, pos, w->f->where);
	return 0;
}

/*
 * The link fd, whose name ends at end: 1 where f->path is now where it leads,
 * and the walk starts anew; else the walk is over.
 */
static int follow_link(struct walk *w, int fd, size_t end, bool only_root)
{
	char target[BOUND_PATH], dir[BOUND_PATH], path[BOUND_PATH];
	ssize_t n;

	if (on_procfs(fd))
		return stop(w, end, FOLLOW_PROCFS, 0);
	if (!only_root)
		return stop(w, end, FOLLOW_UNTRUSTED, 0);
	if (w->f->links == BOUND_LINKS)
		return stop(w, end, FOLLOW_LOOP, 0);
	n = readlinkat(fd, "", target, sizeof(target));
	if (n < 0)
		return stop(w, end, FOLLOW_UNSEEN, errno);
	if (n == sizeof(target))
		return stop(w, end, FOLLOW_TOO_LONG, 0);
	target[n] = '\0';
	if (path_returns(target))
		return stop(w, end, FOLLOW_RETURNS, 0);
	name_place(w, w->pos, dir);
	if (path_follow(dir, target, w->f->path + end, path) < 0)
		return stop(w, end, FOLLOW_TOO_LONG, 0);
	memcpy(w->f->path, path, strlen(path) + 1);
	w->f->links++;
	return 1;
}

static int stop_failed(struct walk *w, size_t end)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return stop(w, end, FOLLOW_ABSENT, 0);
	return stop(w, end, FOLLOW_UNSEEN, errno);
}

static void lose_trust(struct walk *w)
{
	if (w->f->ours)
		name_place(w, w->pos, w->f->weak);
	if (!*w->f->workers && worker_writes(w->rs, &w->st))
		name_place(w, w->pos, w->f->workers);
	w->f->ours = false;
}

/* Goes on to the name behind the directory at hand: 2, or as follow_link(). */
static int step(struct walk *w)
{
	const char *path = w->f->path;
	size_t len = strcspn(path + w->pos + 1, "/");
	size_t end = w->pos + 1 + len;
	char name[BOUND_COMPONENT + 1];
	_cleanup_fd_ int fd = -1;
	struct stat st;

	memcpy(name, path + w->pos + 1, len);
	name[len] = '\0';
	fd = openat(w->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return stop_failed(w, end);
	if (S_ISLNK(st.st_mode) && (w->last || path[end] != '\0'))
		return follow_link(w, fd, end, w->f->ours && w->only_root);
	if (!w->only_root && !sticky_guards(w, &st))
		lose_trust(w);
	w->st = st;
	w->pos = end;
	close_fd(&w->fd);
	w->fd = take_fd(&fd);
	return 2;
}

/*
 * A sticky directory can come to hold another's, once root has removed what
 * was there; so what is trusted from now on ends above it.
 */
static void judge_directory(struct walk *w)
{
	if (!S_ISDIR(w->st.st_mode))
		return;
	w->only_root = only_root_changes(w);
	w->strictly = w->strictly && w->only_root;
	if (w->strictly)
		w->f->trusted = w->pos ? w->pos : 1;
}

static int start(struct walk *w)
{
	w->pos = 0;
	w->f->ours = true;
	w->strictly = true;
	w->f->trusted = 0;
	w->f->workers[0] = '\0';
	close_fd(&w->fd);
	w->fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->fd < 0 || fstat(w->fd, &w->st) < 0)
		return stop_failed(w, 0);
	return 2;
}

/* From the root on: 1 where a link was followed, 0 at the end of it all. */
static int walk_once(struct walk *w)
{
	int r = start(w);

	while (r == 2) {
		const char *rest = w->f->path + w->pos;

		judge_directory(w);
		if (strcmp(rest, "") == 0 || strcmp(rest, "/") == 0) {
			w->f->writable = worker_writes(w->rs, &w->st);
			if (S_ISDIR(w->st.st_mode) && !w->only_root)
				lose_trust(w);
			return stop(w, w->pos, FOLLOW_FOUND, 0);
		}
		r = step(w);
	}
	return r;
}

void follow(const struct resolver *rs, const char *path, bool last,
	    struct follow *ret)
{
	struct walk w = {.rs = rs, .f = ret, .last = last, .fd = -1};

	*ret = (struct follow){.end = FOLLOW_FOUND};
	memcpy(ret->path, path, strlen(path) + 1);
	while (walk_once(&w) == 1)
		;
	close_fd(&w.fd);
}
