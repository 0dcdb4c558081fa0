/* SPDX-License-Identifier: ISC */
/*
 * Attack 5 of a hostile worker: the helper's own code says yes to all.  Each
 * is tried twice, with the kernel's locks and without, so that the one shows
 * what stops it and the other that nothing else did.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "own.h"
#include "support/pair.h"

TestSuite(locks, .timeout = 60);

/* A low port as well, so that root's helper has the capability for it. */
static const char policy[] = "read @/srv/**\n"
			     "list @/srv/**\n"
			     "write @/srv/new create=0600\n"
			     "remove @/srv/new\n"
			     "listen tcp 127.0.0.1:80\n"
			     "listen tcp 127.0.0.1:8080\n";

static void make(struct pair *p)
{
	scratch_mkdir(&p->s, "srv", 0777);
	scratch_write(&p->s, "srv/page", "page", 0644);
	scratch_write(&p->s, "secret/key", "key", 0600);
	scratch_link(&p->s, "srv/out", "../secret/key");
	scratch_mkdir(&p->s, "other", 0777);
	scratch_write(&p->s, "other/file", "file", 0666);
}

static void closed(int fd)
{
	close_fd(&fd);
}

/* What is the policy's own is served whatever the locks. */
static void serve(struct pair *p, struct wicket *w)
{
	closed(GRANTED(wicket_open(w, pair_path(p, "srv/page"), O_RDONLY, 0)));
	closed(GRANTED(wicket_open(w, pair_path(p, "srv/new"),
				   O_WRONLY | O_CREAT, 0600)));
	closed(GRANTED(wicket_listen(w, "tcp 127.0.0.1:8080", 0)));
}

static const char *port(const struct pair *p)
{
	return p->root ? "tcp 127.0.0.1:81" : "tcp 127.0.0.1:8081";
}

static void stopped(struct pair *p, struct wicket *w)
{
	serve(p, w);
	REFUSED(EACCES,
		wicket_open(w, pair_path(p, "secret/key"), O_RDONLY, 0));
	REFUSED(EACCES, wicket_open(w, pair_path(p, "srv/out"), O_RDONLY, 0));
	REFUSED(EACCES, wicket_open(w, "/etc/shadow", O_RDONLY, 0));
	REFUSED(EACCES, wicket_open(w, "/etc/passwd", O_RDONLY, 0));
	REFUSED(EACCES, wicket_open(w, "/proc/1/environ", O_RDONLY, 0));
	REFUSED(EACCES, wicket_open(w, "/proc/self/maps", O_RDONLY, 0));
	REFUSED(EACCES,
		wicket_open(w, pair_path(p, "other/file"), O_WRONLY, 0));
	REFUSED(EACCES, wicket_open(w, pair_path(p, "other/new"),
				    O_WRONLY | O_CREAT, 0600));
	REFUSED(EACCES, wicket_unlink(w, pair_path(p, "other/file")));
	REFUSED(EACCES, wicket_mkdir(w, pair_path(p, "other/dir"), 0700));
	REFUSED(EACCES, wicket_listen(w, port(p), 0));
	REFUSED(EPERM, wicket_notify(w, "STATUS=execve"));
	REFUSED(EPERM, wicket_notify(w, "STATUS=chmod"));
	REFUSED(EPERM, wicket_notify(w, "STATUS=ptrace"));
	REFUSED(EPERM, wicket_notify(w, "STATUS=fork"));
	REFUSED(EPERM, wicket_notify(w, "STATUS=openat"));
	serve(p, w);
}

/* Of another's process the kernel tells nobody without cap_sys_ptrace. */
static void passed(struct pair *p, struct wicket *w)
{
	serve(p, w);
	closed(GRANTED(
		wicket_open(w, pair_path(p, "secret/key"), O_RDONLY, 0)));
	closed(GRANTED(wicket_open(w, pair_path(p, "srv/out"), O_RDONLY, 0)));
	closed(GRANTED(wicket_open(w, "/etc/passwd", O_RDONLY, 0)));
	if (p->root) {
		closed(GRANTED(wicket_open(w, "/etc/shadow", O_RDONLY, 0)));
		closed(GRANTED(wicket_open(w, "/proc/self/maps", O_RDONLY, 0)));
	}
	closed(GRANTED(
		wicket_open(w, pair_path(p, "other/file"), O_WRONLY, 0)));
	closed(GRANTED(wicket_open(w, pair_path(p, "other/new"),
				   O_WRONLY | O_CREAT, 0600)));
	GRANTED(wicket_unlink(w, pair_path(p, "other/file")));
	GRANTED(wicket_mkdir(w, pair_path(p, "other/dir"), 0700));
	closed(GRANTED(wicket_listen(w, port(p), 0)));
	REFUSED(ENOENT, wicket_notify(w, "STATUS=execve"));
	GRANTED(wicket_notify(w, "STATUS=fork"));
	GRANTED(wicket_notify(w, "STATUS=openat"));
	REFUSED(ESRCH, wicket_notify(w, "STATUS=ptrace"));
}

Test(locks, stop_a_helper_that_says_yes_to_all)
{
	struct pair p = {.policy = policy,
			 .make = make,
			 .work = stopped,
			 .libexec = "planted/locked",
			 .network = true};

	pair_run(&p);
	cr_expect_eq(pair_audited(&p, "op=open verdict=denied why=landlock"),
		     p.root ? 8 : 6, "%s", p.audit);
	cr_expect_eq(pair_audited(&p, "op=unlink verdict=denied why=landlock"),
		     1);
	cr_expect_eq(pair_audited(&p, "op=mkdir verdict=denied why=landlock"),
		     1);
	pair_end(&p);
}

Test(locks, are_what_stopped_it)
{
	struct pair p = {.policy = policy,
			 .make = make,
			 .work = passed,
			 .libexec = "planted/unlocked",
			 .network = true};

	pair_run(&p);
	pair_end(&p);
}

/* ---- the true helper ------------------------------------------------------
 */

static void make_site(struct pair *p)
{
	scratch_mkdir(&p->s, "site", 0755);
	scratch_write(&p->s, "site/page", "old", 0644);
	scratch_write(&p->s, "key", "old", 0644);
}

/* By root, behind the helper's back. */
static void replace(struct pair *p, struct wicket *w)
{
	closed(GRANTED(wicket_open(w, pair_path(p, "site/page"), O_RDONLY, 0)));
	CHILD_CHECK(rename(pair_path(p, "site"), pair_path(p, "gone")) == 0);
	scratch_mkdir(&p->s, "site", 0755);
	scratch_write(&p->s, "site/page", "new", 0644);
	scratch_write(&p->s, "key.new", "new", 0644);
	CHILD_CHECK(rename(pair_path(p, "key.new"), pair_path(p, "key")) == 0);
	scratch_write(&p->s, "late", "late", 0644);
}

static void has(int fd, const char *text)
{
	char buf[16];
	ssize_t n = read(fd, buf, sizeof(buf));

	CHILD_CHECK(n == (ssize_t)strlen(text) &&
		    memcmp(buf, text, strlen(text)) == 0);
	close_fd(&fd);
}

/* Never the old tree: the lock is made anew before there is an answer. */
static void ask_anew(struct pair *p, struct wicket *w)
{
	has(GRANTED(wicket_open(w, pair_path(p, "site/page"), O_RDONLY, 0)),
	    "new");
	has(GRANTED(wicket_open(w, pair_path(p, "key"), O_RDONLY, 0)), "new");
	has(GRANTED(wicket_open(w, pair_path(p, "late"), O_RDONLY, 0)), "late");
}

Test(locks, are_made_anew_for_what_took_the_place_of_something)
{
	struct pair p = {.policy = "read @/site/**\nread @/key @/late\n",
			 .make = make_site,
			 .before = replace,
			 .work = ask_anew,
			 .grants = true};

	pair_run(&p);
	cr_expect_eq(pair_audited(&p, "op=open verdict=denied"), 0, "%s",
		     p.audit);
	/* The next helper, which answers, knows who asked the one before. */
	cr_expect_eq(pair_audited(&p, "op=open verdict=allowed"), 4, "%s",
		     p.audit);
	cr_expect_eq(pair_audited(&p, "worker=0"), 0, "%s", p.audit);
	pair_end(&p);
}

/* ---- what goes on as it did ------------------------------------------------
 */

static void make_state(struct pair *p)
{
	scratch_mkdir(&p->s, "state", 0700);
	pair_give(p, "state");
}

/* Made, read again, renamed over, removed, made again. */
static void live(struct pair *p, struct wicket *w)
{
	for (int i = 0; i < 2; i++) {
		closed(GRANTED(wicket_open(w, pair_path(p, "state/new"),
					   O_RDWR | O_CREAT | O_EXCL, 0600)));
		GRANTED(wicket_rename(w, pair_path(p, "state/new"),
				      pair_path(p, "state/now")));
		closed(GRANTED(wicket_open(w, pair_path(p, "state/now"),
					   O_RDWR | O_TRUNC, 0)));
	}
	GRANTED(wicket_mkdir(w, pair_path(p, "state/dir"), 0700));
	closed(GRANTED(wicket_open(w, pair_path(p, "state/dir/x"),
				   O_WRONLY | O_CREAT, 0600)));
	GRANTED(wicket_rename(w, pair_path(p, "state/dir/x"),
			      pair_path(p, "state/x")));
	GRANTED(wicket_unlink(w, pair_path(p, "state/x")));
	GRANTED(wicket_rmdir(w, pair_path(p, "state/dir")));
	GRANTED(wicket_unlink(w, pair_path(p, "state/now")));
}

Test(locks, let_the_worker_change_what_is_its_own)
{
	struct pair p = {.policy = "read @/state/**\n"
				   "write @/state/** create=0600\n"
				   "remove @/state/**\n",
			 .make = make_state,
			 .work = live};

	pair_run(&p);
	pair_end(&p);
}

static void reread(struct pair *p, struct wicket *w)
{
	closed(GRANTED(wicket_open(w, pair_path(p, "state/f"),
				   O_WRONLY | O_CREAT, 0600)));
	closed(GRANTED(wicket_open(w, pair_path(p, "state/f"), O_RDONLY, 0)));
	GRANTED(wicket_unlink(w, pair_path(p, "state/f")));
	closed(GRANTED(wicket_open(w, pair_path(p, "state/f"), O_RDWR | O_CREAT,
				   0600)));
}

Test(locks, know_a_file_that_the_worker_may_make)
{
	struct pair p = {.policy = "read @/state/f\n"
				   "write @/state/f create=0600\n"
				   "remove @/state/f\n",
			 .make = make_state,
			 .work = reread};

	pair_run(&p);
	pair_end(&p);
}

/* ---- procfs ----------------------------------------------------------------
 */

/* What only root can do: elsewhere nothing is forgotten, and all holds. */
static void forget(struct pair *p, struct wicket *w)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	(void)p;
	(void)w;
	CHILD_CHECK(fd < 0 || write(fd, "2", 1) == 1);
	close_fd(&fd);
}

static void read_proc(struct pair *p, struct wicket *w)
{
	(void)p;
	closed(GRANTED(wicket_open(w, "/proc/loadavg", O_RDONLY, 0)));
	closed(GRANTED(wicket_open(w, "/proc/sys/kernel/ostype", O_RDONLY, 0)));
	REFUSED(EACCES, wicket_open(w, "/proc/stat", O_RDONLY, 0));
}

Test(locks, know_a_file_of_procfs_when_the_kernel_forgot_it)
{
	struct pair p = {.policy = "read /proc/loadavg /proc/sys/**\n",
			 .before = forget,
			 .work = read_proc};

	pair_run(&p);
	pair_end(&p);
}
