/* SPDX-License-Identifier: ISC */
/*
 * Attack 28, and what a limit promises: a handle that was narrowed has less for
 * good, whatever becomes of its helper.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "own.h"
#include "support/pair.h"
#include "support/sock.h"

TestSuite(limits, .timeout = 60);

static void make(struct pair *p)
{
	scratch_write(&p->s, "srv/a/page", "page", 0644);
	scratch_write(&p->s, "srv/b/page", "page", 0644);
	scratch_write(&p->s, "srv/b/secret", "secret", 0644);
	scratch_link(&p->s, "srv/a/out", "../b/page");
	scratch_mkdir(&p->s, "new", 0777);
}

static void closed(int fd)
{
	close_fd(&fd);
}

/* A limit whose @ stands for the scratch directory, as in the policy. */
static int limit(struct pair *p, struct wicket *w, const char *text)
{
	char full[4 * BOUND_PATH] = "";

	for (; *text; text++) {
		size_t len = strlen(full);

		(void)snprintf(full + len, sizeof(full) - len, "%.*s",
			       *text == '@' ? (int)strlen(p->s.dir) : 1,
			       *text == '@' ? p->s.dir : text);
	}
	return wicket_limit(w, full);
}

static int get(struct pair *p, struct wicket *w, const char *name)
{
	return wicket_open(w, pair_path(p, name), O_RDONLY, 0);
}

/* ---- what it takes away ---------------------------------------------------
 */

static void narrow_paths(struct pair *p, struct wicket *w)
{
	closed(GRANTED(get(p, w, "srv/b/page")));
	closed(GRANTED(get(p, w, "srv/a/out")));
	GRANTED(limit(p, w, "read @/srv/a/**\n"));
	closed(GRANTED(get(p, w, "srv/a/page")));
	REFUSED(EACCES, get(p, w, "srv/b/page"));
	/* A link leads to where the limit does not. */
	REFUSED(EACCES, get(p, w, "srv/a/out"));
	REFUSED(EACCES, wicket_open(w, pair_path(p, "new/x"),
				    O_WRONLY | O_CREAT, 0600));
	REFUSED(EACCES, wicket_rename(w, pair_path(p, "srv/a/page"),
				      pair_path(p, "new/x")));
	REFUSED(EACCES, wicket_listen(w, "tcp 127.0.0.1:8080", 0));
	/* What was taken away cannot be added back. */
	GRANTED(limit(p, w, "read @/srv/**\nlisten tcp 127.0.0.1:8080\n"));
	REFUSED(EACCES, get(p, w, "srv/b/page"));
	REFUSED(EACCES, wicket_listen(w, "tcp 127.0.0.1:8080", 0));
	closed(GRANTED(get(p, w, "srv/a/page")));
	GRANTED(limit(p, w, ""));
	REFUSED(EACCES, get(p, w, "srv/a/page"));
	REFUSED(EACCES, wicket_access(w, pair_path(p, "srv/a/page"), F_OK));
}

static const char policy[] = "read @/srv/**\nwrite @/new/** create=0600\n"
			     "remove @/new/**\n"
			     "list @/srv/**\n"
			     "listen tcp 127.0.0.1:8080 127.0.0.1:8081\n"
			     "listen unix @/new/sock\n";

Test(limits, allow_what_policy_and_each_limit_allow)
{
	struct pair p = {.policy = policy,
			 .make = make,
			 .work = narrow_paths,
			 .network = true};

	pair_run(&p);
	cr_expect_eq(pair_audited(&p, "verdict=denied why=limit"), 8, "%s",
		     p.audit);
	pair_end(&p);
}

static void compose(struct pair *p, struct wicket *w)
{
	static const char one[] = "read @/srv/**\n";
	static const char two[] = "read @/srv/a/** @/new/**\n";
	struct wicket *a, *b;

	GRANTED(wicket_clone(w, &a));
	GRANTED(wicket_clone(w, &b));
	GRANTED(limit(p, a, one));
	GRANTED(limit(p, a, two));
	GRANTED(limit(p, b, two));
	GRANTED(limit(p, b, one));
	for (int i = 0; i < 2; i++) {
		struct wicket *c = i == 0 ? a : b;

		closed(GRANTED(get(p, c, "srv/a/page")));
		REFUSED(EACCES, get(p, c, "srv/b/page"));
		REFUSED(EACCES, get(p, c, "new/x"));
		REFUSED(EACCES, wicket_unlink(c, pair_path(p, "new/x")));
	}
	/* Those that were there before are as they were. */
	closed(GRANTED(get(p, w, "srv/b/page")));
	wicket_close(a);
	wicket_close(b);
}

Test(limits, compose_to_the_same_in_either_order)
{
	struct pair p = {.policy = policy, .make = make, .work = compose};

	pair_run(&p);
	pair_end(&p);
}

static void hide(struct pair *p, struct wicket *w)
{
	struct wicket_entry *v;
	ssize_t n;

	GRANTED(limit(p, w, "list @/srv/**\ndeny @/srv/b/secret\n"));
	n = GRANTED(wicket_list(w, pair_path(p, "srv/b"), &v));
	CHILD_CHECK(n == 1 && strcmp(v[0].name, "page") == 0);
	wicket_list_free(v, (size_t)n);
}

Test(limits, hide_what_they_deny_from_a_list)
{
	struct pair p = {.policy = policy, .make = make, .work = hide};

	pair_run(&p);
	pair_end(&p);
}

/* ---- listeners ------------------------------------------------------------
 */

static void listen_apart(struct pair *p, struct wicket *w)
{
	struct wicket *narrow, *same;
	int fd, again, other;

	(void)p;
	GRANTED(wicket_clone(w, &narrow));
	GRANTED(wicket_clone(w, &same));
	GRANTED(wicket_limit(narrow, "listen tcp 127.0.0.1:8080\n"));
	GRANTED(wicket_limit(same, "listen tcp 127.0.0.1:8080\n"));
	fd = GRANTED(wicket_listen(narrow, "tcp 127.0.0.1:8080", 0));
	again = GRANTED(wicket_listen(same, "tcp 127.0.0.1:8080", 0));
	CHILD_CHECK(sock_cookie(fd) == sock_cookie(again));
	/* Not even to one who may have more. */
	REFUSED(EADDRINUSE, wicket_listen(w, "tcp 127.0.0.1:8080", 0));
	REFUSED(ENOENT, wicket_unlisten(w, "tcp 127.0.0.1:8080", 0));
	REFUSED(EACCES, wicket_listen(narrow, "tcp 127.0.0.1:8081", 0));
	other = GRANTED(wicket_listen(w, "tcp 127.0.0.1:8081", 0));
	GRANTED(wicket_unlisten(same, "tcp 127.0.0.1:8080", 0));
	closed(fd);
	closed(again);
	closed(other);
	closed(GRANTED(wicket_listen(w, "tcp 127.0.0.1:8080", 0)));
	wicket_close(narrow);
	wicket_close(same);
}

Test(limits, never_share_a_listener_with_other_limits)
{
	struct pair p = {.policy = policy,
			 .make = make,
			 .before = listen_apart,
			 .network = true};

	pair_run(&p);
	pair_end(&p);
}

/* ---- attack 28 ------------------------------------------------------------
 */

/* The pair of a clone's channel was made by the helper that serves now. */
static pid_t helper_of(struct wicket *w)
{
	struct ucred made;
	socklen_t len = sizeof(made);
	struct wicket *clone;

	GRANTED(wicket_clone(w, &clone));
	GRANTED(getsockopt(wicket_fd(clone), SOL_SOCKET, SO_PEERCRED, &made,
			   &len));
	wicket_close(clone);
	return made.pid;
}

static struct wicket *narrowed, *inherited;

static void prepare(struct pair *p, struct wicket *w)
{
	GRANTED(wicket_clone(w, &narrowed));
	GRANTED(limit(p, narrowed, "read @/srv/a/**\n"));
	GRANTED(wicket_clone(narrowed, &inherited));
}

static void still_narrow(struct pair *p)
{
	struct wicket *const both[] = {narrowed, inherited};

	for (size_t i = 0; i < 2; i++) {
		closed(GRANTED(get(p, both[i], "srv/a/page")));
		REFUSED(EACCES, get(p, both[i], "srv/b/page"));
	}
}

static void kill_and_ask(struct pair *p, struct wicket *w)
{
	struct wicket *late;

	prepare(p, w);
	for (int i = 0; i < 3; i++) {
		CHILD_CHECK(kill(helper_of(w), SIGKILL) == 0);
		still_narrow(p);
		GRANTED(wicket_reload(w));
		still_narrow(p);
	}
	/* What is made after all that has it from its maker. */
	GRANTED(wicket_clone(inherited, &late));
	REFUSED(EACCES, get(p, late, "srv/b/page"));
	closed(GRANTED(get(p, w, "srv/b/page")));
	wicket_close(late);
	wicket_close(narrowed);
	wicket_close(inherited);
}

Test(limits, attack_28_a_killed_helper_takes_no_limit_with_it)
{
	struct pair p = {
		.policy = policy, .make = make, .before = kill_and_ask};

	pair_run(&p);
	pair_end(&p);
}

/* ---- what is no limit ------------------------------------------------------
 */

static void refuse_nonsense(struct pair *p, struct wicket *w)
{
	static char many[400 * 64];
	size_t len = 0;

	REFUSED(EINVAL, wicket_limit(w, "reed /srv\n"));
	REFUSED(EINVAL, wicket_limit(w, "worker root\n"));
	for (int i = 0; i < 400; i++)
		len += (size_t)snprintf(many + len, sizeof(many) - len,
					"read /srv/www/number-%d\n", i);
	REFUSED(EMSGSIZE, wicket_limit(w, many));
	/* None of them has changed anything. */
	closed(GRANTED(get(p, w, "srv/b/page")));
	/* The same again is no other limit; eight of them are enough. */
	for (int i = 0; i < 20; i++)
		GRANTED(limit(p, w, "read @/srv/**\n"));
	for (int i = 0; i < 7; i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "read @/srv/** /%d\n", i);
		GRANTED(limit(p, w, text));
	}
	REFUSED(EMSGSIZE, wicket_limit(w, "read /8\n"));
	closed(GRANTED(get(p, w, "srv/b/page")));
}

Test(limits, refuse_what_is_none)
{
	struct pair p = {
		.policy = policy, .make = make, .work = refuse_nonsense};

	pair_run(&p);
	pair_end(&p);
}
