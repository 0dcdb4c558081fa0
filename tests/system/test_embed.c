/* SPDX-License-Identifier: ISC */
/*
 * A program that embeds wicket, against the real supervisor and helper.  As
 * root the worker is another user than the helper; otherwise all are one.
 */
#include <wicket/fdpass.h>
#include <wicket/wicket.h>

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "support/support.h"
#include "support/paths.h"

enum {
	WORKER = 61010,
	HELPER = 61001
};

static struct scratch s;
static char libexec[BOUND_PATH];
static char told[512];

static void tell(void *arg, const char *text)
{
	(void)arg;
	(void)snprintf(told, sizeof(told), "%s", text);
}

/* A site: tree with a file, var for the worker's own, log for root's. */
static void setup(void)
{
	uid_t worker = geteuid() == 0 ? WORKER : geteuid();
	const char *supervisor = paths_built("libexec/wicket/supervisor");

	(void)snprintf(libexec, sizeof(libexec), "%.*s",
		       (int)(strrchr(supervisor, '/') - supervisor),
		       supervisor);
	scratch_make(&s);
	scratch_mkdir(&s, "tree", 0700);
	scratch_write(&s, "tree/key", "secret", 0600);
	scratch_write(&s, "tree/hidden/x", "x", 0600);
	scratch_mkdir(&s, "log", 0700);
	scratch_write(&s, "log/old", "old\n", 0600);
	scratch_mkdir(&s, "var", 0755);
	scratch_chown(&s, "var", worker, worker);
	scratch_chown(&s, "log/old", worker, worker);
}

static void teardown(void)
{
	scratch_remove(&s);
}

/* In the child: a handle for a policy in which @ is the scratch directory. */
static struct wicket_options options_for(const char *policy)
{
	struct wicket_options o = WICKET_OPTIONS_INIT;
	static char text[8192];
	static char audit[BOUND_PATH];
	size_t len = 0;

	len = (size_t)snprintf(text, sizeof(text), "worker %d\nhelper %d\n",
			       WORKER, HELPER);
	for (const char *c = policy; *c; c++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					*c == '@' ? "%s" : "%.1s",
					*c == '@' ? s.dir : c);
	(void)snprintf(audit, sizeof(audit), "%s", scratch_path(&s, "audit"));
	o.policy_text = text;
	o.name = "embed";
	o.audit = audit;
	o.libexecdir = libexec;
	o.event = tell;
	return o;
}

static struct wicket *start(const char *policy)
{
	struct wicket_options o = options_for(policy);
	struct wicket *w = NULL;

	if (wicket_start(&o, &w) < 0) {
		fprintf(stderr, "wicket_start: %s: %s\n", strerror(errno),
			told);
		_exit(1);
	}
	return w;
}

static struct wicket *start_confined(const char *policy)
{
	struct wicket *w = start(policy);

	CHILD_CHECK(wicket_confine(w, NULL) == 0);
	return w;
}

/* A claim whose body runs in a child that can be confined. */
#define CLAIM(name)                                                       \
	static int name##_holds(void *arg __attribute__((unused)));       \
	Test(embed, name, .init = setup, .fini = teardown, .timeout = 20) \
	{                                                                 \
		cr_assert_eq(child_run(name##_holds, NULL), 0);           \
	}                                                                 \
	static int name##_holds(void *arg __attribute__((unused)))

#define REFUSED(call, error)                                 \
	do {                                                 \
		errno = 0;                                   \
		CHILD_CHECK((call) < 0 && errno == (error)); \
	} while (0)

/* scratch_path() for several at a time. */
static const char *at(const char *name)
{
	static char paths[4][BOUND_PATH];
	static unsigned next;
	char *p = paths[next++ % 4];

	(void)snprintf(p, BOUND_PATH, "%s", scratch_path(&s, name));
	return p;
}

static bool has(int fd, const char *text)
{
	char buf[64] = {0};

	return fd >= 0 && pread(fd, buf, sizeof(buf) - 1, 0) >= 0 &&
	       strcmp(buf, text) == 0;
}

/* ---- files ------------------------------------------------------------ */

CLAIM(reads_what_it_could_not_open)
{
	struct wicket *w = start_confined("read @/tree/key\n");
	char text[16] = {0};
	FILE *f;

	REFUSED(open(at("tree/key"), O_RDONLY), EPERM);
	CHILD_CHECK(has(wicket_open(w, at("tree/key"), O_RDONLY, 0), "secret"));
	f = wicket_fopen(w, at("tree/key"), "r");
	CHILD_CHECK(f && fread(text, 1, sizeof(text) - 1, f) == 6);
	CHILD_CHECK(strcmp(text, "secret") == 0);
	CHILD_CHECK(fclose(f) == 0);
	REFUSED(wicket_open(w, at("tree/key"), O_RDWR, 0), EACCES);
	REFUSED(wicket_open(w, "/etc/shadow", O_RDONLY, 0), EACCES);
	REFUSED(wicket_open(w, at("tree/../tree/key"), O_RDONLY, 0), EACCES);
	return 0;
}

CLAIM(creates_files_that_are_its_own)
{
	struct wicket *w = start_confined("write @/tree/new create=0640\n");
	uid_t me = getuid();
	struct stat st;
	int fd = wicket_open(w, at("tree/new"), O_WRONLY | O_CREAT, 0777);

	CHILD_CHECK(fd >= 0 && write(fd, "text", 4) == 4);
	CHILD_CHECK(fstat(fd, &st) == 0);
	CHILD_CHECK(st.st_uid == me && (st.st_mode & 07777) == 0640);
	REFUSED(wicket_open(w, at("tree/new"), O_WRONLY | O_CREAT | O_EXCL, 0),
		EEXIST);
	REFUSED(wicket_open(w, at("tree/other"), O_WRONLY | O_CREAT, 0),
		EACCES);
	return 0;
}

static int write_over_a_log(void *arg)
{
	struct iovec over = {.iov_base = (void *)"bad", .iov_len = 3};
	int fd, zero = memfd_create("zero", MFD_CLOEXEC);
	struct wicket *w;

	(void)arg;
	CHILD_CHECK(ftruncate(zero, 16) == 0);
	w = start_confined("append @/log/* create=0640\n");
	fd = wicket_open(w, at("log/old"), O_WRONLY | O_APPEND, 0);
	CHILD_CHECK(fd >= 0 && write(fd, "new\n", 4) == 4);
	REFUSED(wicket_open(w, at("log/old"), O_WRONLY | O_TRUNC, 0), EACCES);
	REFUSED(wicket_open(w, at("log/old"), O_RDWR, 0), EACCES);
	/* O_APPEND comes by itself, and stays. */
	fd = wicket_open(w, at("log/old"), O_WRONLY, 0);
	CHILD_CHECK(fd >= 0 && fcntl(fd, F_GETFL) & O_APPEND);
	REFUSED(fcntl(fd, F_SETFL, 0), EPERM);
	REFUSED(ftruncate(fd, 0), EPERM);
	REFUSED(fallocate(fd, 0, 0, 1), EPERM);
	REFUSED(pwritev2(fd, &over, 1, 0, 0x20), EPERM);
	/* From file to file: refused by the kernel for O_APPEND. */
	CHILD_CHECK(copy_file_range(zero, NULL, fd, &(off_t){0}, 3, 0) < 0);
	CHILD_CHECK(splice(zero, NULL, fd, &(off_t){0}, 3, 0) < 0);
	CHILD_CHECK(sendfile(fd, zero, NULL, 3) < 0);
	/* Linux appends here too, whatever the offset. */
	CHILD_CHECK(pwrite(fd, "more\n", 5, 0) == 5);
	CHILD_CHECK(lseek(fd, 0, SEEK_SET) == 0 && write(fd, "end\n", 4) == 4);
	return 0;
}

Test(embed, attack_12_an_append_log_keeps_its_bytes, .init = setup,
     .fini = teardown, .timeout = 20)
{
	char *text;

	cr_assert_eq(child_run(write_over_a_log, NULL), 0);
	text = scratch_read(scratch_path(&s, "log/old"));
	cr_assert_str_eq(text, "old\nnew\nmore\nend\n");
	free(text);
}

CLAIM(looks_at_lists_and_renames)
{
	struct wicket *w = start_confined("list @/tree/**\n"
					  "deny @/tree/hidden\n"
					  "write @/var/** create=0600\n"
					  "remove @/var/**\n");
	struct wicket_entry *v = NULL;
	struct stat st;
	int fd;

	CHILD_CHECK(wicket_stat(w, at("tree/key"), &st) == 0);
	CHILD_CHECK(st.st_size == 6 && S_ISREG(st.st_mode));
	CHILD_CHECK(wicket_list(w, at("tree"), &v) == 1);
	CHILD_CHECK(strcmp(v[0].name, "key") == 0 && v[0].size == 6 &&
		    S_ISREG(v[0].type) && v[0].mtime > 0);
	wicket_list_free(v, 1);
	REFUSED(wicket_list(w, at("tree/hidden"), &v), EACCES);
	fd = wicket_open(w, at("var/a"), O_WRONLY | O_CREAT, 0);
	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(wicket_rename(w, at("var/a"), at("var/b")) == 0);
	REFUSED(wicket_stat(w, at("var/a"), &st), ENOENT);
	CHILD_CHECK(wicket_access(w, at("var/b"), W_OK) == 0);
	CHILD_CHECK(wicket_mkdir(w, at("var/d"), 0) == 0);
	CHILD_CHECK(wicket_lstat(w, at("var/d"), &st) == 0);
	CHILD_CHECK((st.st_mode & 0777) == 0700);
	CHILD_CHECK(wicket_rmdir(w, at("var/d")) == 0);
	CHILD_CHECK(wicket_unlink(w, at("var/b")) == 0);
	REFUSED(wicket_unlink(w, at("tree/key")), EACCES);
	return 0;
}

CLAIM(reads_a_link_and_does_not_follow_it_out)
{
	struct wicket *w;
	char text[64] = {0};

	scratch_link(&s, "tree/out", "/etc/shadow");
	w = start_confined("read @/tree/**\n");
	CHILD_CHECK(wicket_readlink(w, at("tree/out"), text,
				    sizeof(text) - 1) == 11);
	CHILD_CHECK(strcmp(text, "/etc/shadow") == 0);
	REFUSED(wicket_open(w, at("tree/out"), O_RDONLY, 0), EACCES);
	return 0;
}

/* ---- sockets ------------------------------------------------------------ */

CLAIM(listens_binds_and_connects)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons(8080),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct wicket *w;
	int listener, here, there;

	netns_enter_plain();
	w = start_confined("listen tcp 127.0.0.1:8080\n"
			   "bind udp 127.0.0.1:5353\n"
			   "connect tcp 127.0.0.0/8:8080\n"
			   "promise stdio accept\n");
	listener = wicket_listen(w, "tcp 127.0.0.1:8080", 0);
	CHILD_CHECK(listener >= 0);
	here = wicket_connect(w, "tcp 127.0.0.1:8080", 0);
	CHILD_CHECK(here >= 0);
	there = accept(listener, NULL, NULL);
	CHILD_CHECK(there >= 0);
	CHILD_CHECK(write(here, "x", 1) == 1);
	CHILD_CHECK(close(here) == 0 && close(there) == 0);
	here = wicket_connect_addr(w, SOCK_STREAM, (struct sockaddr *)&in,
				   sizeof(in), SOCK_NONBLOCK);
	CHILD_CHECK(here >= 0 && fcntl(here, F_GETFL) & O_NONBLOCK);
	CHILD_CHECK(wicket_bind(w, "udp 127.0.0.1:5353") >= 0);
	REFUSED(wicket_listen(w, "tcp 127.0.0.1:8081", 0), EACCES);
	REFUSED(wicket_listen(w, "tcp 127.0.0.1:8080", 1), EINVAL);
	REFUSED(wicket_listen(w, "nonsense", 0), EINVAL);
	REFUSED(wicket_connect(w, "tcp 127.0.0.1:22", 0), EACCES);
	REFUSED(socket(AF_INET, SOCK_STREAM, 0), EPERM);
	return 0;
}

CLAIM(a_connection_that_is_refused_says_so)
{
	struct wicket *w;
	struct pollfd p = {.events = POLLOUT};

	netns_enter_plain();
	w = start_confined("connect tcp 127.0.0.1:9\n");
	REFUSED(wicket_connect(w, "tcp 127.0.0.1:9", 0), ECONNREFUSED);
	p.fd = wicket_connect(w, "tcp 127.0.0.1:9", SOCK_NONBLOCK);
	/* The kernel may know at once, or by and by. */
	CHILD_CHECK(p.fd >= 0 || errno == ECONNREFUSED);
	CHILD_CHECK(p.fd < 0 || poll(&p, 1, 5000) == 1);
	return 0;
}

CLAIM(the_same_listener_comes_back_and_unlisten_ends_it)
{
	struct wicket *w;
	int first, second;

	netns_enter_plain();
	w = start_confined("listen tcp 127.0.0.1:8080\n"
			   "promise stdio accept\n");
	first = wicket_listen(w, "tcp 127.0.0.1:8080", 0);
	second = wicket_listen(w, "tcp 127.0.0.1:8080", 0);
	CHILD_CHECK(first >= 0 && second >= 0 && fds_same(first, second));
	CHILD_CHECK(wicket_unlisten(w, "tcp 127.0.0.1:8080", 0) == 0);
	REFUSED(accept(first, NULL, NULL), EINVAL);
	REFUSED(wicket_unlisten(w, "tcp 127.0.0.1:8080", 0), ENOENT);
	return 0;
}

/* ---- the log and the manager --------------------------------------------- */

static int datagrams_at(const char *name)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", at(name));
	CHILD_CHECK(bind(fd, (struct sockaddr *)&un, sizeof(un)) == 0);
	CHILD_CHECK(chmod(un.sun_path, 0666) == 0);
	return fd;
}

CLAIM(notifies_and_logs_after_confinement)
{
	int manager = datagrams_at("manager");
	int log = datagrams_at("log.sock");
	struct wicket_options o;
	struct wicket *w = NULL;
	char text[256] = {0};

	CHILD_CHECK(setenv("NOTIFY_SOCKET", at("manager"), 1) == 0);
	o = options_for("");
	o.syslog = at("log.sock");
	CHILD_CHECK(wicket_start(&o, &w) == 0);
	CHILD_CHECK(wicket_confine(w, NULL) == 0);
	CHILD_CHECK(wicket_notify(w, "READY=1") == 0);
	CHILD_CHECK(recv(manager, text, sizeof(text) - 1, 0) == 7);
	CHILD_CHECK(strcmp(text, "READY=1") == 0);
	REFUSED(wicket_notify(w, "MAINPID=1"), EINVAL);
	errno = ENOENT;
	wicket_syslog(w, LOG_ERR, "cannot open: %m");
	CHILD_CHECK(errno == ENOENT);
	memset(text, 0, sizeof(text));
	CHILD_CHECK(recv(log, text, sizeof(text) - 1, 0) > 0);
	CHILD_CHECK(strncmp(text, "<27>", 4) == 0);
	CHILD_CHECK(strstr(text, "embed") &&
		    strstr(text, "cannot open: No such file"));
	return 0;
}

/* ---- who is who ------------------------------------------------------------
 */

CLAIM(the_caller_keeps_its_pid_and_gets_no_child)
{
	pid_t before = getpid();
	struct wicket *w = start("read /etc/motd\n");

	CHILD_CHECK(getpid() == before);
	REFUSED(waitpid(-1, NULL, WNOHANG | __WALL), ECHILD);
	wicket_close(w);
	return 0;
}

/* An orphan's new parent is its nearest subreaper: here the test. */
static int reap_one(void)
{
	int status = -1;

	return waitpid(-1, &status, __WALL) > 0 ? status : -1;
}

CLAIM(closing_the_handle_ends_the_supervisor)
{
	struct wicket *w;

	CHILD_CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	w = start("read /etc/motd\n");
	wicket_close(w);
	CHILD_CHECK(reap_one() == 0);
	REFUSED(waitpid(-1, NULL, __WALL), ECHILD);
	return 0;
}

CLAIM(a_caller_that_is_killed_leaves_nobody_behind)
{
	pid_t daemon, one, two;

	CHILD_CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	daemon = fork();
	if (daemon == 0) {
		(void)start_confined("read /etc/motd\n");
		(void)raise(SIGKILL);
	}
	one = waitpid(-1, NULL, __WALL);
	two = waitpid(-1, NULL, __WALL);
	/* It closes its channel before it is dead: either may be the first. */
	CHILD_CHECK(one > 0 && two > 0 && (one == daemon || two == daemon));
	REFUSED(waitpid(-1, NULL, __WALL), ECHILD);
	return 0;
}

/* Where the thread was unwound; each process that did it in our memory. */
static int unwound;
static pid_t unwound_in;

static void note_unwound(void *arg)
{
	(void)arg;
	unwound++;
	unwound_in = getpid();
}

/* A policy by name: with a text there are writes, which end it before. */
static void *start_cancelled(void *policy)
{
	struct wicket_options o = options_for("");
	struct wicket *w = NULL;

	o.policy_text = NULL;
	o.policy = policy;
	pthread_cleanup_push(note_unwound, NULL);
	(void)pthread_cancel(pthread_self());
	if (wicket_start(&o, &w) == 0)
		wicket_close(w);
	pthread_testcancel();
	pthread_cleanup_pop(0);
	return NULL;
}

CLAIM(a_thread_is_cancelled_in_the_caller_alone)
{
	char policy[BOUND_PATH];
	char text[64];
	pthread_t thread;
	void *result;

	(void)snprintf(text, sizeof(text), "worker %d\nhelper %d\n", WORKER,
		       HELPER);
	scratch_write(&s, "embed.policy", text, 0644);
	(void)snprintf(policy, sizeof(policy), "%s", at("embed.policy"));
	CHILD_CHECK(pthread_create(&thread, NULL, start_cancelled, policy) ==
		    0);
	CHILD_CHECK(pthread_join(thread, &result) == 0);
	CHILD_CHECK(result == PTHREAD_CANCELED);
	CHILD_CHECK(unwound == 1 && unwound_in == getpid());
	return 0;
}

/*
 * Whose messages nobody takes: what is in them counts against every process of
 * the user, root included, that has no capability of root's any more.
 */
CLAIM(starts_beside_what_its_user_has_on_its_way)
{
	const struct rlimit few = {.rlim_cur = 256, .rlim_max = 256};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int fds[WICKET_FDS_MAX];
	struct wicket *w;
	int sv[2];

	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	CHILD_CHECK(wicket_socketpair(SOCK_SEQPACKET, sv) == 0);
	for (size_t i = 0; i < WICKET_FDS_MAX; i++)
		fds[i] = null;
	/* Another user than root cannot have as many on its way. */
	for (int i = 0; geteuid() == 0 && i < 2; i++)
		CHILD_CHECK(wicket_sendfds(sv[0], "x", 1, fds, WICKET_FDS_MAX,
					   0) == 1);
	w = start("read @/tree/*\n");
	CHILD_CHECK(has(wicket_open(w, at("tree/key"), O_RDONLY, 0), "secret"));
	wicket_close(w);
	close(sv[0]);
	close(sv[1]);
	close(null);
	return 0;
}

CLAIM(two_handles_have_two_helpers)
{
	struct wicket *a = start("read @/tree/key\n");
	struct wicket *b = start("read @/log/old\n");

	CHILD_CHECK(has(wicket_open(a, at("tree/key"), O_RDONLY, 0), "secret"));
	REFUSED(wicket_open(a, at("log/old"), O_RDONLY, 0), EACCES);
	CHILD_CHECK(has(wicket_open(b, at("log/old"), O_RDONLY, 0), "old\n"));
	wicket_close(a);
	CHILD_CHECK(has(wicket_open(b, at("log/old"), O_RDONLY, 0), "old\n"));
	wicket_close(b);
	return 0;
}

CLAIM(becomes_the_policys_worker)
{
	bool root = geteuid() == 0;
	uid_t before = getuid();

	(void)start_confined("read /etc/motd\n");
	CHILD_CHECK(getuid() == (root ? (uid_t)WORKER : before));
	CHILD_CHECK(!root || (getgid() == WORKER && getgroups(0, NULL) == 0));
	return 0;
}

/* ---- what cannot be started -------------------------------------------------
 */

static void cannot(const char *policy, int error, const char *text)
{
	struct wicket_options o = options_for(policy);
	struct wicket *w = NULL;
	size_t before = fds_count();

	REFUSED(wicket_start(&o, &w), error);
	CHILD_CHECK(w == NULL && fds_count() == before);
	if (strcmp(told, text) != 0) {
		fprintf(stderr, "told '%s', expected '%s'\n", told, text);
		_exit(1);
	}
}

CLAIM(a_wrong_policy_is_named_by_line_and_column)
{
	cannot("raed /etc/motd\n", EINVAL,
	       "embed:3:1: found 'raed', expected read");
	cannot("read etc/motd\n", EINVAL,
	       "embed:3:6: found 'etc/motd', expected a path that begins with "
	       "/");
	return 0;
}

CLAIM(a_missing_worker_is_named)
{
	struct wicket_options o;
	struct wicket *w = NULL;

	if (geteuid() != 0) /* nobody is looked up then */
		return 0;
	o = options_for("");
	o.policy_text = "worker no-such-user\nhelper 61001\n";
	REFUSED(wicket_start(&o, &w), ENOENT);
	CHILD_CHECK(strstr(told, "embed:1:8:") && strstr(told, "no-such-user"));
	return 0;
}

CLAIM(a_policy_that_others_can_change_is_refused)
{
	struct wicket_options o = options_for("");
	struct wicket *w = NULL;
	char path[BOUND_PATH];

	scratch_write(&s, "x.policy", "worker 61010\nhelper 61001\n", 0666);
	(void)snprintf(path, sizeof(path), "%s", at("x.policy"));
	o.policy_text = NULL;
	o.policy = path;
	CHILD_CHECK(wicket_start(&o, &w) < 0);
	CHILD_CHECK(errno == EPERM || errno == EACCES);
	CHILD_CHECK(strstr(told, "x.policy"));
	return 0;
}
