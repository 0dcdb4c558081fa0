/* SPDX-License-Identifier: ISC */
/*
 * The calls without wicket: the same names, straight to the kernel.
 */
#include <wicket/none.h>

#include <criterion/criterion.h>

#include "support/fds.h"
#include "support/scratch.h"

static struct wicket *w;
static struct scratch s;
static size_t before;

static void setup(void)
{
	before = fds_count();
	scratch_make(&s);
	cr_assert_eq(wicket_start(NULL, &w), 0);
	cr_assert_eq(wicket_confine(w, NULL), 0);
}

static void teardown(void)
{
	wicket_close(w);
	scratch_remove(&s);
	cr_assert_eq(fds_count(), before);
}

#define CLAIM(name) \
	Test(none, name, .init = setup, .fini = teardown, .timeout = 10)

#define FAILS(call, error)                  \
	do {                                \
		errno = 0;                  \
		cr_assert_eq((call), -1);   \
		cr_assert_eq(errno, error); \
	} while (0)

/* A path below the scratch directory, to be freed. */
static char *path(const char *name)
{
	char *p = strdup(scratch_path(&s, name));

	cr_assert_not_null(p);
	return p;
}

CLAIM(opens_close_on_exec)
{
	char *file = path("file");
	int fd = wicket_open(w, file, O_WRONLY | O_CREAT, 0600);
	struct stat st;

	cr_assert_geq(fd, 0);
	cr_assert(fds_cloexec(fd));
	cr_assert_eq(write(fd, "text", 4), 4);
	(void)close(fd);
	cr_assert_eq(wicket_stat(w, file, &st), 0);
	cr_assert_eq(st.st_size, 4);
	cr_assert_eq(st.st_mode & 0777, 0600u);
	cr_assert_eq(wicket_access(w, file, R_OK | W_OK), 0);
	cr_assert_eq(wicket_unlink(w, file), 0);
	FAILS(wicket_open(w, file, O_RDONLY, 0), ENOENT);
	free(file);
}

CLAIM(opens_streams_close_on_exec)
{
	char *file = path("file");
	FILE *f = wicket_fopen(w, file, "w+");

	cr_assert_not_null(f);
	cr_assert(fds_cloexec(fileno(f)));
	(void)fclose(f);
	cr_assert_null(wicket_fopen(w, file, "rbbbbbbbbb"));
	cr_assert_eq(errno, EINVAL);
	free(file);
}

CLAIM(changes_names)
{
	char *a = path("a"), *b = path("b"), *dir = path("dir");
	char link[64];

	scratch_write(&s, "a", "x", 0600);
	cr_assert_eq(wicket_rename(w, a, b), 0);
	cr_assert_eq(wicket_mkdir(w, dir, 0700), 0);
	cr_assert_eq(wicket_rmdir(w, dir), 0);
	scratch_link(&s, "a", "b");
	cr_assert_eq(wicket_readlink(w, a, link, sizeof(link)), 1);
	cr_assert_eq(link[0], 'b');
	free(a);
	free(b);
	free(dir);
}

CLAIM(lists_all_but_the_dots)
{
	struct wicket_entry *v = NULL;
	char *none = path("none");

	cr_assert_eq(wicket_list(w, s.dir, &v), 0);
	scratch_write(&s, "file", "text", 0600);
	cr_assert_eq(wicket_list(w, s.dir, &v), 1);
	cr_assert_str_eq(v[0].name, "file");
	cr_assert_eq(v[0].type, (mode_t)S_IFREG);
	cr_assert_eq(v[0].size, 4);
	wicket_list_free(v, 1);
	FAILS(wicket_list(w, none, &v), ENOENT);
	free(none);
}

CLAIM(listens_and_connects_by_tcp)
{
	struct sockaddr_storage where;
	socklen_t len = sizeof(where);
	int listener = wicket_listen(w, "tcp 127.0.0.1:0", 0);
	int here, there;

	cr_assert_geq(listener, 0);
	cr_assert(fds_cloexec(listener));
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&where, &len), 0);
	here = wicket_connect_addr(w, SOCK_STREAM, (struct sockaddr *)&where,
				   len, 0);
	cr_assert_geq(here, 0);
	there = accept(listener, NULL, NULL);
	cr_assert_geq(there, 0);
	(void)close(there);
	(void)close(here);
	(void)close(listener);
}

CLAIM(replaces_a_stale_unix_socket)
{
	char *file = path("sock");
	char address[BOUND_PATH + 8];
	int first, second, here;

	(void)snprintf(address, sizeof(address), "unix %s", file);
	first = wicket_listen(w, address, 0);
	cr_assert_geq(first, 0);
	(void)close(first);
	FAILS(wicket_connect(w, address, 0), ECONNREFUSED);
	second = wicket_listen(w, address, 0);
	cr_assert_geq(second, 0);
	here = wicket_connect(w, address, SOCK_NONBLOCK);
	cr_assert_geq(here, 0);
	cr_assert(fcntl(here, F_GETFL) & O_NONBLOCK);
	(void)close(here);
	(void)close(second);
	cr_assert_eq(wicket_unlisten(w, address, 0), 0);
	FAILS(access(file, F_OK), ENOENT);
	free(file);
}

CLAIM(binds_udp_of_both_families)
{
	int four = wicket_bind(w, "udp 127.0.0.1:0");
	int six = wicket_bind(w, "udp [::1]:0");

	cr_assert_geq(four, 0);
	/* A machine may be without IPv6. */
	cr_assert(six >= 0 || errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT);
	(void)close(four);
	if (six >= 0)
		(void)close(six);
}

CLAIM(refuses_what_is_no_address)
{
	static const char *const wrong[] = {
		"",
		"tcp",
		"tcp ",
		"tcp 80",
		"tcp *",
		"tcp *:",
		"tcp *:x",
		"tcp *:65536",
		"tcp *:-1",
		"tcp host:80",
		"tcp [::1:80",
		"tcp :80",
		"tcp 1.2.3.4:8 ",
		"tcp [::1]x:80",
		"tcp [::1%no]:1",
		"sctp *:1",
		"unix relative/x",
		"unix /",
		"udp 1.2.3.4.5:1",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		errno = 0;
		cr_assert_eq(wicket_bind(w, wrong[i]), -1, "'%s'", wrong[i]);
		cr_assert_eq(errno, EINVAL, "'%s'", wrong[i]);
	}
	FAILS(wicket_listen(w, "tcp 127.0.0.1:0", 1), EINVAL);
	FAILS(wicket_raw(w, "udp"), EINVAL);
}

CLAIM(notifies_by_the_managers_socket)
{
	char *file = path("notify");
	char address[BOUND_PATH + 16], text[32] = {0};
	int manager;

	cr_assert_eq(unsetenv("NOTIFY_SOCKET"), 0);
	cr_assert_eq(wicket_notify(w, "READY=1"), 0);
	(void)snprintf(address, sizeof(address), "unix:dgram %s", file);
	manager = wicket_bind(w, address);
	cr_assert_geq(manager, 0);
	cr_assert_eq(setenv("NOTIFY_SOCKET", file, 1), 0);
	cr_assert_eq(wicket_notify(w, "READY=1"), 0);
	cr_assert_eq(recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT), 7);
	cr_assert_str_eq(text, "READY=1");
	(void)close(manager);
	free(file);
}

CLAIM(clones_a_handle_and_has_no_policy_to_narrow_or_reload)
{
	struct wicket *clone;

	cr_assert_eq(wicket_clone(w, &clone), 0);
	cr_assert_eq(wicket_limit(clone, ""), 0);
	cr_assert_eq(wicket_reload(clone), 0);
	wicket_close(clone);
	FAILS(wicket_clone(NULL, &clone), EBADF);
	FAILS(wicket_limit(NULL, ""), EBADF);
	FAILS(wicket_reload(NULL), EBADF);
}

CLAIM(opens_many)
{
	char *file = path("file");
	struct wicket_open_item v[3] = {
		{file, O_WRONLY | O_CREAT, 0600, 7, 7},
		{"/no/such", O_RDONLY, 0, 7, 7},
		{file, O_RDONLY, 0, 7, 7},
	};

	cr_assert_eq(wicket_openv(w, v, 3), 2);
	cr_assert_eq(v[0].error, 0);
	cr_assert_eq(v[1].fd, -1);
	cr_assert_eq(v[1].error, ENOENT);
	cr_assert(fds_cloexec(v[2].fd));
	FAILS(wicket_openv(w, NULL, 1), EFAULT);
	(void)close(v[0].fd);
	(void)close(v[2].fd);
	free(file);
}

struct told {
	int times;
	int result;
	int error;
};

static void tell(void *arg, int result, int error)
{
	struct told *t = arg;

	t->times++;
	t->result = result;
	t->error = error;
	if (t->times == 1 && error == ENOENT)
		cr_assert_gt(wicket_submit_unlink(w, "/no/such", tell, t), 0);
}

CLAIM(tells_what_was_submitted_when_dispatched)
{
	char *file = path("file");
	struct told o = {0}, n = {0};
	struct stat st;
	struct told s_told = {0};

	cr_assert_gt(
		wicket_submit_open(w, file, O_WRONLY | O_CREAT, 0600, tell, &o),
		0);
	cr_assert_gt(wicket_submit_unlink(w, "/no/such", tell, &n), 0);
	cr_assert_gt(wicket_submit_stat(w, file, &st, tell, &s_told), 0);
	cr_assert_eq(o.times, 0);
	cr_assert_eq(wicket_timeout(w), 0);
	cr_assert_eq(wicket_dispatch(w), 3);
	cr_assert_geq(o.result, 0);
	cr_assert_eq(s_told.result, 0);
	/* What a callback submitted is for the next time. */
	cr_assert_eq(n.times, 1);
	cr_assert_eq(wicket_dispatch(w), 1);
	cr_assert_eq(n.error, ENOENT);
	cr_assert_eq(wicket_timeout(w), -1);
	(void)close(o.result);
	free(file);
}

CLAIM(tells_of_names_that_were_submitted)
{
	char *dir = path("dir"), *other = path("other");
	struct told t[4] = {0};

	cr_assert_gt(wicket_submit_mkdir(w, dir, 0700, tell, &t[0]), 0);
	cr_assert_gt(wicket_submit_rename(w, dir, other, tell, &t[1]), 0);
	cr_assert_gt(wicket_submit_access(w, other, R_OK, tell, &t[2]), 0);
	cr_assert_gt(wicket_submit_rmdir(w, other, tell, &t[3]), 0);
	cr_assert_eq(wicket_dispatch(w), 4);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(t[i].result, 0, "%s", strerror(t[i].error));
	free(dir);
	free(other);
}

/* As the library does, and nobody is called back. */
CLAIM(refuses_at_once_what_cannot_be_submitted)
{
	char overlong[4097];
	struct told t = {0};

	memset(overlong, '/', sizeof(overlong));
	overlong[sizeof(overlong) - 1] = '\0';
	FAILS(wicket_submit_unlink(w, NULL, tell, &t), EFAULT);
	FAILS(wicket_submit_rmdir(w, "/", NULL, &t), EFAULT);
	FAILS(wicket_submit_stat(w, "/", NULL, tell, &t), EFAULT);
	FAILS(wicket_submit_lstat(w, "/", NULL, tell, &t), EFAULT);
	FAILS(wicket_submit_rename(w, "/a", NULL, tell, &t), EFAULT);
	FAILS(wicket_submit_access(w, "/", 8, tell, &t), EINVAL);
	FAILS(wicket_submit_listen(w, "tcp *:1", -1, tell, &t), EINVAL);
	FAILS(wicket_submit_mkdir(w, overlong, 0, tell, &t), ENAMETOOLONG);
	FAILS(wicket_submit_rename(w, "/a", overlong, tell, &t), ENAMETOOLONG);
	cr_assert_eq(wicket_dispatch(w), 0);
}

CLAIM(cancels_what_was_submitted)
{
	char *file = path("file");
	struct told t = {0};
	int64_t number = wicket_submit_open(w, file, O_WRONLY | O_CREAT, 0600,
					    tell, &t);

	cr_assert_eq(wicket_deadline(w, number, 0), 0);
	cr_assert_eq(wicket_cancel(w, number), 0);
	FAILS(wicket_cancel(w, number), ENOENT);
	FAILS(wicket_deadline(w, number, 0), ENOENT);
	/* Closed with the handle, in which it waits. */
	cr_assert_gt(wicket_submit_open(w, file, O_RDONLY, 0, tell, &t), 0);
	cr_assert_eq(t.times, 0);
	free(file);
}

CLAIM(has_a_descriptor_for_a_loop_on_which_nothing_comes)
{
	struct pollfd p = {.fd = wicket_fd(w), .events = wicket_events(w)};

	cr_assert_geq(p.fd, 0);
	cr_assert(fds_cloexec(p.fd));
	cr_assert_eq(wicket_fd(w), p.fd);
	cr_assert_eq(poll(&p, 1, 0), 0);
	FAILS(wicket_fd(NULL), EBADF);
}
