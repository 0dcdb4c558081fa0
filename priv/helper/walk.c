/* SPDX-License-Identifier: ISC */
#include "helper/walk.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "helper/ask.h"
#include "beneath.h"
#include "policy/limits.h"
#include "path.h"
#include "policy/pattern.h"

/* ---- judging ------------------------------------------------------------- */

int walk_require(struct walk *w, unsigned rights)
{
	unsigned missing = rights & ~w->grant.rights;

	w->need |= rights;
	/* The rules of a client's own limits are no lines of the policy. */
	if (missing &&
	    (!(missing & ~w->limited) || (w->grant.deny && w->limited)))
		return refuse_for(w->j, "limit");
	if (missing)
		return refuse_path(w->j, w->grant.deny, missing, w->path);
	w->j->rule = policy_grant_rule(&w->grant, w->need);
	return 0;
}

static int judge_rights(struct walk *w)
{
	w->grant = policy_judge(w->h->policy, w->path);
	w->limited = limits_narrow(w->j->limits, w->path, &w->grant);
	w->rights &= w->grant.rights;
	return walk_require(w, w->need);
}

/*
 * Judges the path as it now is.  Where procfs always is, a process is refused
 * unseen, so that a worker does not learn which numbers there are; elsewhere
 * check_place() finds it.
 */
static int judge(struct walk *w)
{
	int r = w->socket ? ask_connect(w->h, w->j, w->socket, w->path)
			  : judge_rights(w);

	if (r == 0 && path_within(w->path, "/proc") &&
	    path_names_process(w->path))
		return refuse_for(w->j, "procfs");
	return r;
}

int walk_start(struct walk *w, struct helper *h, struct job *j,
	       const char *path)
{
	int r;

	/* Not all of it: path_clean() fills 4 KiB of path, judging the rest. */
	w->h = h;
	w->j = j;
	w->dir = false;
	w->need = 0;
	w->rights = ~0u;
	w->links = 0;
	w->socket = NET_NONE;
	r = path_clean(path, w->path, &w->dir);
	if (r == -EACCES)
		return refuse_for(j, "path");
	return r < 0 ? r : judge(w);
}

int walk_start_socket(struct walk *w, struct helper *h, struct job *j,
		      enum net_kind kind, const char *path)
{
	*w = (struct walk){.h = h, .j = j, .socket = kind};
	memcpy(w->path, path, strlen(path) + 1);
	return judge(w);
}

/* ---- links --------------------------------------------------------------- */

/* A link on the way: its text, and where in the path its name begins, ends. */
struct link {
	char target[BOUND_PATH];
	size_t begin;
	size_t end;
};

/* Reads the link that fd is; 1, or 0 where fd is none, or -errno. */
static int read_link(struct job *j, int fd, char *target)
{
	struct stat st;
	ssize_t n;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISLNK(st.st_mode))
		return 0;
	/* There they lead into processes, first of all into our own. */
	r = beneath_proc(fd);
	if (r != 0)
		return r < 0 ? r : refuse_for(j, "procfs");
	n = readlinkat(fd, "", target, BOUND_PATH);
	if (n < 0)
		return -errno;
	if (n == BOUND_PATH)
		return -ENAMETOOLONG;
	target[n] = '\0';
	return 1;
}

/* Finds the first link on the path: 1, 0 where there is none, or -errno. */
static int find_link(const struct walk *w, struct link *ret)
{
	_cleanup_fd_ int dir = -1;
	size_t begin = 1;

	while (w->path[begin] != '\0') {
		char name[BOUND_COMPONENT + 1];
		size_t len = strcspn(w->path + begin, "/");
		_cleanup_fd_ int fd = -1;
		int r;

		w->j->looks++;
		memcpy(name, w->path + begin, len);
		name[len] = '\0';
		fd = beneath_open(dir < 0 ? w->h->root : dir, name,
				  O_PATH | O_NOFOLLOW, 0);
		/* Moved out of its directory meanwhile: look again. */
		if (fd == -EXDEV)
			return 0;
		if (fd < 0)
			return fd;
		r = read_link(w->j, fd, ret->target);
		ret->begin = begin;
		ret->end = begin + len;
		if (r != 0)
			return r;
		close_fd(&dir);
		dir = take_fd(&fd);
		begin += len + (w->path[begin + len] == '/');
	}
	return 0;
}

/*
 * Whether a rule names what the link stands for without a wildcard: then the
 * link was followed when the policy was read.
 */
static bool is_of_rule(const struct walk *w, const struct link *l)
{
	const struct policy_rule *rule = w->j->rule;
	char literal[BOUND_PATH], name[BOUND_PATH];

	if (!rule || !rule->path.pattern)
		return false;
	pattern_literal_path(rule->path.pattern, literal);
	memcpy(name, w->path, l->end);
	name[l->end] = '\0';
	return path_within(literal, name);
}

/* Puts the path together anew behind the link. */
static int rewrite(struct walk *w, const struct link *l)
{
	char dir[BOUND_PATH];
	char path[BOUND_PATH];
	size_t dirlen = l->begin > 1 ? l->begin - 1 : 1;
	int r;

	if (path_returns(l->target))
		return refuse_for(w->j, "link");
	memcpy(dir, w->path, dirlen);
	dir[dirlen] = '\0';
	r = path_follow(dir, l->target, w->path + l->end, path);
	if (r < 0)
		return r;
	if (w->path[l->end] == '\0' && l->target[strlen(l->target) - 1] == '/')
		w->dir = true;
	memcpy(w->path, path, strlen(path) + 1);
	return 0;
}

/*
 * Judges what lies behind a link that a rule names.  Only the last of several
 * such leads to where the policy grants; nothing is opened before that.
 */
static int judge_behind(struct walk *w)
{
	struct link l;
	int r = judge(w);

	while (r == -EACCES && ++w->links <= BOUND_LINKS &&
	       find_link(w, &l) > 0) {
		r = rewrite(w, &l);
		if (r == 0)
			r = judge(w);
	}
	return r == -EACCES ? refuse_link(w->j) : r;
}

/*
 * The kernel met a link: follows the first one on the path.  end: a link at
 * the path's end is followed too.
 */
static int follow(struct walk *w, bool end)
{
	struct link l;
	bool of_rule;
	int r;

	/* Also where no link is found: somebody may put it there and away. */
	if (++w->links > BOUND_LINKS)
		return -ELOOP;
	r = find_link(w, &l);
	if (r <= 0)
		return r;
	if (!end && w->path[l.end] == '\0')
		return -ELOOP;
	of_rule = is_of_rule(w, &l);
	r = rewrite(w, &l);
	if (r < 0)
		return r;
	return of_rule ? judge_behind(w) : judge(w);
}

/* ---- opening ------------------------------------------------------------- */

/*
 * What belongs to a process is refused, by whatever number: it may be the
 * helper's own memory.
 */
static int check_place(struct walk *w, int opened)
{
	_cleanup_fd_ int fd = opened;
	int r;

	if (fd < 0 || !path_names_process(w->path))
		return take_fd(&fd);
	r = beneath_proc(fd);
	if (r != 0)
		return r < 0 ? r : refuse_for(w->j, "procfs");
	return take_fd(&fd);
}

int walk_open(struct walk *w, int flags)
{
	for (;;) {
		/* As in the kernel, a slash at the end follows a link. */
		int now = w->dir ? (flags & ~O_NOFOLLOW) | O_DIRECTORY : flags;
		int fd;
		int r;

		/* Safe because: judged as it is, and no link is followed. */
		fd = beneath_open(w->h->root, w->path, now, 0);
		if (fd != -ELOOP)
			return check_place(w, fd);
		r = follow(w, !(now & O_NOFOLLOW));
		if (r < 0)
			return r;
	}
}

int walk_parent(struct walk *w, char *name)
{
	int fd;
	int r;

	while ((fd = beneath_parent(w->h->root, w->path)) == -ELOOP) {
		r = follow(w, false);
		if (r < 0)
			return r;
	}
	if (fd >= 0 && path_base(w->path)[0] == '\0') {
		close_fd(&fd);
		return -EBUSY;
	}
	snprintf(name, WALK_NAME, "%s%s", path_base(w->path),
		 w->dir ? "/" : "");
	return check_place(w, fd);
}
