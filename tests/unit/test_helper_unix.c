/* SPDX-License-Identifier: ISC */
#include "helper/unix.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "support/bed.h"
#include "support/sock.h"
#include "support/support.h"

TestSuite(helper_unix, .timeout = 10);

/* A scratch directory, and a bed that may listen at one name in it. */
struct place {
	struct scratch s;
	struct bed b;
	char name[64];
	char address[BOUND_ADDRESS];
};

static void place_make(struct place *p, const char *name, const char *options)
{
	char line[BOUND_ADDRESS + 128];

	scratch_make(&p->s);
	snprintf(p->name, sizeof(p->name), "%s", name);
	snprintf(p->address, sizeof(p->address), "unix %s",
		 scratch_path(&p->s, name));
	snprintf(line, sizeof(line), "listen %s %s\n", p->address, options);
	bed_start(&p->b, line);
}

static void place_end(struct place *p)
{
	bed_end(&p->b);
	scratch_remove(&p->s);
}

static int place_listen(struct place *p)
{
	return bed_ask(&p->b, do_listen, p->address, 0);
}

static struct policy_net *place_rule(struct place *p)
{
	return &p->b.helper.policy->rules[0].net;
}

/* What stands at the name; st_mode is 0 where nothing does. */
static struct stat place_stat(struct place *p)
{
	struct stat st = {.st_mode = 0};

	(void)lstat(scratch_path(&p->s, p->name), &st);
	return st;
}

static size_t place_count(struct place *p)
{
	DIR *d = opendir(scratch_path(&p->s, ""));
	size_t n = 0;

	CHILD_CHECK(d);
	for (struct dirent *e = readdir(d); e; e = readdir(d))
		n += strcmp(e->d_name, ".") != 0 &&
		     strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

Test(helper_unix, listens_at_a_name)
{
	struct place p;

	place_make(&p, "socket", "");
	cr_assert_eq(place_listen(&p), 0);
	int client = bed_keep(&p.b, sock_connect(p.address, 0));
	int served = bed_keep(&p.b,
			      accept4(p.b.job.fd, NULL, NULL, SOCK_CLOEXEC));
	cr_assert(sock_joined(client, served));
	cr_assert_eq(place_count(&p), 1, "only the socket is left");
	place_end(&p);
}

Test(helper_unix, has_the_mode_of_the_rule_whatever_the_umask_is)
{
	struct place p;
	mode_t mask = umask(077);

	place_make(&p, "socket", "mode=0666");
	cr_assert_eq(place_listen(&p), 0);
	cr_assert_eq(place_stat(&p).st_mode, S_IFSOCK | 0666);
	cr_assert_eq(umask(mask), 077, "the umask is as it was");
	place_end(&p);
}

Test(helper_unix, is_for_its_owner_alone_without_a_mode)
{
	struct place p;
	mode_t mask = umask(0);

	place_make(&p, "socket", "");
	cr_assert_eq(place_listen(&p), 0);
	cr_assert_eq(place_stat(&p).st_mode, S_IFSOCK | 0600);
	umask(mask);
	place_end(&p);
}

/* As root any group; else one of the caller's own, as for a helper. */
static gid_t some_group(void)
{
	gid_t groups[NGROUPS_MAX];

	if (geteuid() == 0)
		return 61007;
	return getgroups(NGROUPS_MAX, groups) > 0 ? groups[0] : getegid();
}

Test(helper_unix, has_the_group_of_the_rule)
{
	struct place p;

	place_make(&p, "socket", "mode=0660");
	place_rule(&p)->owner = (struct policy_owner){
		.set = true, .uid = geteuid(), .gid = some_group()};
	cr_assert_eq(place_listen(&p), 0);
	cr_assert_eq(place_stat(&p).st_uid, geteuid());
	cr_assert_eq(place_stat(&p).st_gid, some_group());
	cr_assert_eq(place_stat(&p).st_mode, S_IFSOCK | 0660);
	place_rule(&p)->owner = (struct policy_owner){.set = false};
	place_end(&p);
}

/* A socket with an owner of its own is found again by who made it. */
Test(helper_unix, has_the_owner_of_the_rule)
{
	uid_t owner = geteuid() == 0 ? 61008 : geteuid();
	struct place p;

	place_make(&p, "socket", "");
	place_rule(&p)->owner = (struct policy_owner){
		.set = true, .uid = owner, .gid = (gid_t)-1};
	cr_assert_eq(place_listen(&p), 0);
	cr_assert_eq(place_stat(&p).st_uid, owner);
	cr_assert_eq(place_stat(&p).st_gid, getegid());
	cr_assert_eq(shutdown(p.b.job.fd, SHUT_RDWR), 0);
	cr_assert_eq(place_listen(&p), 0);
	cr_assert_eq(place_stat(&p).st_uid, owner);
	place_rule(&p)->owner = (struct policy_owner){.set = false};
	place_end(&p);
}

static int belongs_to_the_worker(void *arg)
{
	struct place *p = arg;

	if (geteuid() == 0) {
		p->b.helper.start.fsuid = 61009;
		setfsgid(61010);
		setfsuid(61009);
	}
	CHILD_CHECK(place_listen(p) == 0);
	CHILD_CHECK(place_stat(p).st_uid == p->b.helper.start.fsuid);
	CHILD_CHECK(geteuid() != 0 || place_stat(p).st_gid == 61010);
	return 0;
}

Test(helper_unix, belongs_to_the_worker)
{
	struct place p;

	place_make(&p, "socket", "");
	cr_assert_eq(chmod(scratch_path(&p.s, ""), 0777), 0);
	cr_assert_eq(child_run(belongs_to_the_worker, &p), 0);
	place_end(&p);
}

/* Nothing that is there may be lost, or be changed. */
static int leaves_alone(void *arg)
{
	struct place *p = arg;
	struct stat before = place_stat(p);
	struct stat after;

	CHILD_CHECK(place_listen(p) == -EADDRINUSE);
	CHILD_CHECK(!p->b.job.refused);
	after = place_stat(p);
	CHILD_CHECK(after.st_ino == before.st_ino);
	CHILD_CHECK(after.st_mode == before.st_mode);
	CHILD_CHECK(after.st_uid == before.st_uid);
	/* Nothing is left over. */
	CHILD_CHECK(place_count(p) == 1);
	return 0;
}

Test(helper_unix, replaces_no_file)
{
	struct place p;

	place_make(&p, "name", "");
	scratch_write(&p.s, "name", "precious", 0644);
	cr_assert_eq(leaves_alone(&p), 0);
	place_end(&p);
}

Test(helper_unix, replaces_no_directory)
{
	struct place p;

	place_make(&p, "name", "");
	scratch_mkdir(&p.s, "name", 0755);
	cr_assert_eq(leaves_alone(&p), 0);
	place_end(&p);
}

Test(helper_unix, replaces_and_follows_no_link)
{
	struct place p;

	place_make(&p, "name", "");
	scratch_link(&p.s, "name", "elsewhere");
	cr_assert_eq(leaves_alone(&p), 0);
	place_end(&p);
}

static int finds_a_stranger(void *arg)
{
	struct place *p = arg;

	p->b.helper.start.fsuid = geteuid() + 1;
	if (geteuid() == 0)
		setfsuid(p->b.helper.start.fsuid);
	return leaves_alone(p);
}

Test(helper_unix, replaces_no_socket_of_somebody_else)
{
	struct place p;

	place_make(&p, "name", "");
	cr_assert_eq(chmod(scratch_path(&p.s, ""), 0777), 0);
	bed_keep(&p.b, sock_listen(p.address, 1));
	cr_assert_eq(child_run(finds_a_stranger, &p), 0);
	place_end(&p);
}

Test(helper_unix, replaces_what_an_earlier_run_left)
{
	struct place p;
	struct stat before;

	place_make(&p, "name", "");
	bed_keep(&p.b, sock_listen(p.address, 1));
	before = place_stat(&p);
	cr_assert_eq(place_listen(&p), 0);
	cr_assert_neq(place_stat(&p).st_ino, before.st_ino);
	cr_assert_eq(place_count(&p), 1);
	place_end(&p);
}

Test(helper_unix, goes_through_no_link)
{
	struct place p;

	place_make(&p, "dir/socket", "");
	scratch_mkdir(&p.s, "real", 0755);
	scratch_link(&p.s, "dir", "real");
	cr_assert_eq(place_listen(&p), -ELOOP);
	cr_assert_eq(access(scratch_path(&p.s, "real/socket"), F_OK), -1);
	place_end(&p);
}

Test(helper_unix, says_that_there_is_no_directory)
{
	struct place p;

	place_make(&p, "none/socket", "");
	cr_assert_eq(place_listen(&p), -ENOENT);
	place_end(&p);
}

Test(helper_unix, works_in_the_root_afterwards)
{
	char cwd[PATH_MAX];
	struct place p;

	place_make(&p, "socket", "");
	cr_assert_eq(place_listen(&p), 0);
	cr_assert_str_eq(getcwd(cwd, sizeof(cwd)), "/");
	place_end(&p);
}

Test(helper_unix, takes_the_longest_name)
{
	char name[NET_PATH] = "";
	struct place p;
	size_t len;

	scratch_make(&p.s);
	len = NET_PATH - 1 - strlen(p.s.dir) - 1;
	scratch_remove(&p.s);
	memset(name, 'x', len < 63 ? len : 63);
	place_make(&p, name, "");
	cr_assert_eq(place_listen(&p), 0);
	cr_assert(S_ISSOCK(place_stat(&p).st_mode));
	place_end(&p);
}

Test(helper_unix, gives_the_same_socket_again)
{
	struct place p;
	struct stat before;

	place_make(&p, "socket", "");
	int one = bed_fd(&p.b, do_listen, p.address, 0);
	before = place_stat(&p);
	int two = bed_fd(&p.b, do_listen, p.address, 0);
	cr_assert_eq(sock_cookie(one), sock_cookie(two));
	cr_assert_eq(place_stat(&p).st_ino, before.st_ino);
	place_end(&p);
}

Test(helper_unix, makes_a_stopped_socket_anew)
{
	struct place p;

	place_make(&p, "socket", "");
	cr_assert_eq(place_listen(&p), 0);
	cr_assert_eq(shutdown(p.b.job.fd, SHUT_RD), 0);
	cr_assert_eq(sock_connect(p.address, 0), -ECONNREFUSED);
	cr_assert_eq(place_listen(&p), 0);
	bed_keep(&p.b, sock_connect(p.address, 0));
	place_end(&p);
}

Test(helper_unix, removes_its_name_at_unlisten)
{
	struct place p;

	place_make(&p, "socket", "");
	cr_assert_eq(place_listen(&p), 0);
	cr_assert_eq(bed_ask(&p.b, do_unlisten, p.address, 0), 0);
	cr_assert_eq(place_count(&p), 0);
	cr_assert_eq(place_listen(&p), 0);
	place_end(&p);
}

Test(helper_unix, leaves_what_took_its_place_at_unlisten)
{
	struct place p;

	place_make(&p, "name", "");
	cr_assert_eq(place_listen(&p), 0);
	cr_assert_eq(unlink(scratch_path(&p.s, "name")), 0);
	bed_keep(&p.b, sock_listen(p.address, 1));
	cr_assert_eq(bed_ask(&p.b, do_unlisten, p.address, 0), 0);
	cr_assert(S_ISSOCK(place_stat(&p).st_mode));
	place_end(&p);
}

Test(helper_unix, binds_a_datagram_socket_the_same_way)
{
	char address[BOUND_ADDRESS];
	char line[BOUND_ADDRESS + 16];
	struct scratch s;
	struct bed b;

	scratch_make(&s);
	snprintf(address, sizeof(address), "unix:dgram %s",
		 scratch_path(&s, "log"));
	snprintf(line, sizeof(line), "bind %s\n", address);
	bed_start(&b, line);
	cr_assert_eq(bed_ask(&b, do_bind, address, 0), 0);
	int peer = bed_keep(&b, sock_connect(address, 0));
	cr_assert(sock_joined(peer, b.job.fd));
	bed_end(&b);
	scratch_remove(&s);
}

/* Puts a link in the place of the name and takes it away, until killed. */
static pid_t start_thief(const char *name)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid > 0)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	while (symlink("victim", name) == 0 || errno == EEXIST)
		(void)unlink(name);
	_exit(1);
}

Test(helper_unix, is_not_led_astray_by_who_steals_the_name)
{
	struct place p;
	char name[PATH_MAX];
	pid_t thief;

	place_make(&p, "name", "mode=0666");
	scratch_write(&p.s, "victim", "precious", 0600);
	snprintf(name, sizeof(name), "%s", scratch_path(&p.s, "name"));
	thief = start_thief(name);
	for (int i = 0; i < 2000; i++) {
		int r = place_listen(&p);

		cr_assert(r == 0 || r == -EADDRINUSE, "%d", r);
		if (r == 0)
			r = bed_ask(&p.b, do_unlisten, p.address, 0);
	}
	kill(thief, SIGKILL);
	cr_assert_eq(waitpid(thief, NULL, 0), thief);
	(void)unlink(name);
	_cleanup_free_ char *text = scratch_read(scratch_path(&p.s, "victim"));
	cr_assert_str_eq(text, "precious");
	cr_assert_eq(place_count(&p), 1, "only the victim is left");
	place_end(&p);
}
