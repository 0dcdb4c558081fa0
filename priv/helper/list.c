/* SPDX-License-Identifier: ISC */
/*
 * Listing a directory, a page at a time.  The directory is opened anew for
 * each page, so that nothing is kept between two requests; the request's
 * number says where to go on, as lseek() understands it.
 */
#include "helper/helper.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "answer.h"
#include "beneath.h"
#include "policy/limits.h"
#include "helper/walk.h"
#include "path.h"

/* A page in the making. */
struct page {
	const struct walk *w;
	struct wire_out out;
	int dir;       /* borrowed */
	bool proc;     /* the directory is on procfs */
	unsigned seen; /* entries looked at, also those that are hidden */
	off_t next;    /* where to go on; 0: nothing seen yet */
};

/* What getdents64() writes. */
struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

/* False where the page is full; what a deny covers is passed over. */
static bool add(struct page *p, const struct entry *d)
{
	struct answer_entry e = {.name = d->name, .type = DTTOIF(d->type)};
	char path[BOUND_PATH];
	struct policy_grant g;
	struct stat st;

	if (strcmp(d->name, ".") == 0 || strcmp(d->name, "..") == 0 ||
	    !path_child(p->w->path, d->name, path))
		return true;
	p->w->j->looks++;
	g = policy_judge(p->w->h->policy, path);
	(void)limits_narrow(p->w->j->limits, path, &g);
	if (g.deny)
		return true;
	if (!(g.rights & RIGHT_STAT) || (p->proc && path_names_process(path)))
		return answer_put_entry(&p->out, &e);
	/* A name that went meanwhile was there when we read it. */
	if (fstatat(p->dir, d->name, &st,
		    AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0) {
		e.type = st.st_mode & S_IFMT;
		e.size = (uint64_t)st.st_size;
		e.mtime = st.st_mtim.tv_sec;
	}
	return answer_put_entry(&p->out, &e);
}

/*
 * Adds the entries of one getdents64(): 1, or 0 when the page is full or
 * enough was looked at for one turn.
 */
static int add_all(struct page *p, const char *buf, size_t len)
{
	for (size_t at = 0; at < len;) {
		const struct entry *d = (const void *)(buf + at);

		if (p->seen == BOUND_LIST_PAGE || !add(p, d))
			return 0;
		p->seen++;
		p->next = d->off;
		at += d->reclen;
	}
	return 1;
}

/* Fills the page: 1 when there may be more, 0 at the end, or -errno. */
static int fill(struct page *p)
{
	_Alignas(struct entry) char buf[16384];
	long n;

	while ((n = syscall(SYS_getdents64, p->dir, buf, sizeof(buf))) > 0)
		if (!add_all(p, buf, (size_t)n))
			return p->seen > 0 ? 1 : -ENOBUFS;
	return n < 0 ? -errno : 0;
}

/* By its mode, or because the kernel's lock does not know it. */
static int unopened(struct walk *w, int error)
{
	_cleanup_fd_ int dir = -1;

	if (error != -EACCES || w->j->refused)
		return error;
	dir = walk_open(w, O_PATH | O_DIRECTORY);
	return dir < 0 ? dir : refuse_lock(w->h, w->j, error, dir, R_OK);
}

int do_list(struct helper *h, struct job *j)
{
	struct walk w;
	struct page p = {.w = &w, .out = wire_out(j->blob, j->blob_size)};
	_cleanup_fd_ int dir = -1;
	int r;

	r = walk_start(&w, h, j, j->request->object);
	if (r == 0)
		r = walk_require(&w, RIGHT_LIST);
	if (r < 0)
		return r;
	dir = walk_open(&w, O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		return unopened(&w, dir);
	r = beneath_proc(dir);
	if (r < 0)
		return r;
	p.proc = r > 0;
	p.dir = dir;
	if (j->request->number > INT64_MAX ||
	    lseek(dir, (off_t)j->request->number, SEEK_SET) < 0)
		return -EINVAL;
	r = fill(&p);
	if (r < 0)
		return r;
	j->blob_len = p.out.len;
	j->number = r > 0 ? (uint64_t)p.next : 0;
	return 0;
}
