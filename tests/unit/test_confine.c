/* SPDX-License-Identifier: ISC */
/*
 * What a process can and cannot do after wicket_confine().  Each test confines
 * a child: as root it becomes nobody, otherwise it stays who it is.
 */
#include "wicket/wicket.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <wchar.h>

#include "chan.h"
#include "handle.h"
#include "status.h"
#include "support/child.h"
#include "support/scratch.h"

enum {
	NOBODY = 65534
};

/* A handle as wicket_start() makes it, with nobody at the other end. */
static struct wicket *make_handle(const char *promises)
{
	struct wicket *w;
	bool refuses;
	int worker, helper;

	CHILD_CHECK(chan_pair(&worker, &helper, &refuses) == 0);
	close_fd(&helper);
	CHILD_CHECK(handle_new(worker, 0, &w) == 0);
	CHILD_CHECK(promise_parse(promises, &w->promises, NULL) == 0);
	w->uid = geteuid() == 0 ? NOBODY : geteuid();
	w->gid = geteuid() == 0 ? NOBODY : getegid();
	if (geteuid() != 0) {
		int n = getgroups(BOUND_GROUPS, w->groups);

		CHILD_CHECK(n >= 0);
		w->ngroups = (size_t)n;
	}
	return w;
}

static struct wicket *confined(const char *promises)
{
	struct wicket *w = make_handle(promises);

	CHILD_CHECK(wicket_confine(w, NULL) == 0);
	return w;
}

/* One claim, whose body runs in a child and says 0 when it holds. */
#define CLAIM(name)                                                 \
	static int name##_holds(void *arg __attribute__((unused))); \
	Test(confine, name, .timeout = 10)                          \
	{                                                           \
		cr_assert_eq(child_run(name##_holds, NULL), 0);     \
	}                                                           \
	static int name##_holds(void *arg __attribute__((unused)))

#define REFUSED(call, error)                                 \
	do {                                                 \
		errno = 0;                                   \
		CHILD_CHECK((call) < 0 && errno == (error)); \
	} while (0)

/* ---- what is gone ---------------------------------------------------- */

CLAIM(the_kernel_confirms_every_line)
{
	char text[STATUS_BYTES];
	int status = status_open();
	struct wicket *w = confined("stdio");
	uint64_t n;

	CHILD_CHECK(status_read(status, text) == 0);
	CHILD_CHECK(status_confined(text, w->uid, w->gid) == 0);
	CHILD_CHECK(status_number(text, "NoNewPrivs", 10, &n) == 0 && n == 1);
	CHILD_CHECK(status_number(text, "Seccomp", 10, &n) == 0 && n == 2);
	CHILD_CHECK(status_number(text, "CapEff", 16, &n) == 0 && n == 0);
	CHILD_CHECK(status_number(text, "CapPrm", 16, &n) == 0 && n == 0);
	CHILD_CHECK(status_number(text, "Uid", 10, &n) == 0 && n == w->uid);
	return 0;
}

CLAIM(the_bounding_set_of_root_is_emptied)
{
	char text[STATUS_BYTES];
	bool root = geteuid() == 0;
	int status = status_open();
	uint64_t n;

	(void)confined("stdio");
	CHILD_CHECK(status_read(status, text) == 0);
	CHILD_CHECK(status_number(text, "CapBnd", 16, &n) == 0);
	CHILD_CHECK(!root || n == 0);
	return 0;
}

CLAIM(there_is_no_way_back)
{
	(void)confined("stdio accept threads time spawn");
	REFUSED(setuid(0), EPERM);
	REFUSED(setresgid(0, 0, 0), EPERM);
	REFUSED(syscall(SYS_setgroups, 0, NULL), EPERM);
	REFUSED(syscall(SYS_capset, NULL, NULL), EPERM);
	REFUSED(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EPERM);
	REFUSED(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), EPERM);
	REFUSED(prctl(PR_SET_SECCOMP, 0), EPERM);
	return 0;
}

/* Even with the calls promised, Landlock and the user stand in the way. */
CLAIM(landlock_stands_behind_the_filter)
{
	struct wicket *w = make_handle("stdio +openat +kill +execve");
	char *argv[] = {(char *)"true", NULL};

	CHILD_CHECK(wicket_confine(w, NULL) == 0);
	REFUSED(open("/etc/passwd", O_RDONLY), EACCES);
	REFUSED(open("/tmp", O_RDONLY | O_DIRECTORY), EACCES);
	REFUSED(kill(getppid(), 0), EPERM);
	REFUSED(execv("/bin/true", argv), EACCES);
	return 0;
}

CLAIM(privileged_calls_fail_by_identity_too)
{
	struct wicket *w = make_handle("stdio +setuid +chroot +mount");

	CHILD_CHECK(wicket_confine(w, NULL) == 0);
	REFUSED(setuid(0), EPERM);
	REFUSED(chroot("/"), EPERM);
	return 0;
}

CLAIM(leaves_no_core_and_nothing_to_look_at)
{
	struct rlimit core;

	(void)confined("stdio");
	CHILD_CHECK(getrlimit(RLIMIT_CORE, &core) == 0);
	CHILD_CHECK(core.rlim_cur == 0 && core.rlim_max == 0);
	CHILD_CHECK(prctl(PR_GET_DUMPABLE) == 0);
	return 0;
}

CLAIM(memory_never_becomes_executable)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* Before Linux 6.3 there is nothing that would forbid it. */
	bool known = prctl(66 /* PR_GET_MDWE */, 0, 0, 0, 0) >= 0;

	(void)confined("stdio");
	if (known)
		REFUSED(mprotect(page, 4096, PROT_READ | PROT_EXEC), EACCES);
	return 0;
}

/* ---- what stays ------------------------------------------------------ */

/* A time zone's file of the first kind: one zone, 5025 seconds to the east. */
static void write_zone(struct scratch *s)
{
	static const unsigned char zone[] = {
		'T', 'Z', 'i',	'f',  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0,   0,	  0,	0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0,   0,	  0,	0,    0, 0, 0, 0, 0, 1, 0, 0, 0, 4, /* header */
		0,   0,	  0x13, 0xa1, 0, 0, /* offset, no summer, name 0 */
		'W', 'K', 'T',	0,
	};
	FILE *f = fopen(scratch_path(s, "zone"), "we");

	CHILD_CHECK(f && fwrite(zone, sizeof(zone), 1, f) == 1);
	CHILD_CHECK(fclose(f) == 0);
}

static int local_time_is_still_local(void *arg)
{
	time_t t = 1700000000;
	struct tm tm;

	CHILD_CHECK(setenv("TZ", arg, 1) == 0);
	(void)confined("stdio");
	CHILD_CHECK(localtime_r(&t, &tm) != NULL);
	CHILD_CHECK(tm.tm_gmtoff == 5025);
	CHILD_CHECK(strcmp(tm.tm_zone, "WKT") == 0);
	return 0;
}

Test(confine, local_time_is_still_local, .timeout = 10)
{
	char variable[BOUND_PATH + 1];
	struct scratch s;
	int r;

	scratch_make(&s);
	write_zone(&s);
	(void)snprintf(variable, sizeof(variable), ":%s",
		       scratch_path(&s, "zone"));
	r = child_run(local_time_is_still_local, variable);
	scratch_remove(&s);
	cr_assert_eq(r, 0);
}

static void *leave_by_exit(void *arg)
{
	pthread_exit(arg);
}

static void *wait_to_be_cancelled(void *arg)
{
	for (;;)
		(void)pause();
	return arg;
}

CLAIM(threads_end_by_pthread_exit)
{
	pthread_t thread;
	void *result = NULL;
	int mark;

	(void)confined("stdio threads");
	CHILD_CHECK(pthread_create(&thread, NULL, leave_by_exit, &mark) == 0);
	CHILD_CHECK(pthread_join(thread, &result) == 0 && result == &mark);
	return 0;
}

CLAIM(threads_end_by_pthread_cancel)
{
	pthread_t thread;
	void *result = NULL;

	(void)confined("stdio threads");
	CHILD_CHECK(pthread_create(&thread, NULL, wait_to_be_cancelled, NULL) ==
		    0);
	CHILD_CHECK(pthread_cancel(thread) == 0);
	CHILD_CHECK(pthread_join(thread, &result) == 0);
	CHILD_CHECK(result == PTHREAD_CANCELED);
	return 0;
}

CLAIM(the_locale_is_still_there)
{
	wchar_t wide[4];

	CHILD_CHECK(setlocale(LC_ALL, "C.UTF-8") != NULL);
	(void)confined("stdio");
	CHILD_CHECK(strcmp(nl_langinfo(CODESET), "UTF-8") == 0);
	CHILD_CHECK(mbstowcs(wide, "\xc3\xa4!", 4) == 2);
	CHILD_CHECK(wide[0] == 0xe4 && wide[1] == L'!');
	CHILD_CHECK(strlen(strerror(ENOENT)) > 0);
	return 0;
}

CLAIM(memory_and_open_files_work)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	char *large;

	(void)confined("stdio");
	large = malloc(64 << 20);
	CHILD_CHECK(large != NULL);
	memset(large, 'x', 64 << 20);
	CHILD_CHECK(write(fd, large, 4096) == 4096);
	free(large);
	CHILD_CHECK(time(NULL) > 1700000000);
	CHILD_CHECK(dprintf(fd, "%f %s\n", 1.5, "text") > 0);
	return 0;
}

CLAIM(forks_when_promised)
{
	int status;
	pid_t child;

	(void)confined("stdio spawn");
	child = fork();
	if (child == 0)
		_exit(7);
	CHILD_CHECK(child > 0 && waitpid(child, &status, 0) == child);
	CHILD_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	return 0;
}

CLAIM(the_channel_can_be_used)
{
	struct wicket *w = confined("stdio");

	/* The other end is closed: an answer all the same. */
	REFUSED(wicket_unlink(w, "/x"), EPIPE);
	return 0;
}

/* ---- when it is refused ---------------------------------------------- */

CLAIM(a_worker_may_promise_less)
{
	struct wicket *w = make_handle("stdio accept spawn");

	CHILD_CHECK(wicket_confine(w, "accept") == 0);
	REFUSED(fork(), EPERM);
	REFUSED(accept(0, NULL, NULL), ENOTSOCK);
	return 0;
}

/* Nothing was changed: the next try may still succeed. */
CLAIM(a_worker_cannot_promise_more)
{
	struct wicket *w = make_handle("stdio accept");

	REFUSED(wicket_confine(w, "stdio spawn"), EACCES);
	REFUSED(wicket_confine(w, "stdio +ptrace"), EACCES);
	REFUSED(wicket_confine(w, "stdio acccept"), EINVAL);
	CHILD_CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
	CHILD_CHECK(wicket_confine(w, "stdio accept") == 0);
	return 0;
}

CLAIM(a_call_that_this_machine_lacks_is_named_early)
{
	struct wicket *w = make_handle("stdio +no_such_call");

	REFUSED(wicket_confine(w, NULL), EINVAL);
	CHILD_CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
	return 0;
}

CLAIM(refuses_a_second_thread)
{
	struct wicket *w = make_handle("stdio");
	pthread_t thread;

	CHILD_CHECK(pthread_create(&thread, NULL, wait_to_be_cancelled, NULL) ==
		    0);
	REFUSED(wicket_confine(w, NULL), EBUSY);
	CHILD_CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
	CHILD_CHECK(pthread_cancel(thread) == 0);
	CHILD_CHECK(pthread_join(thread, NULL) == 0);
	CHILD_CHECK(wicket_confine(w, NULL) == 0);
	return 0;
}

CLAIM(refuses_a_second_time)
{
	struct wicket *w = confined("stdio");

	REFUSED(wicket_confine(w, NULL), EALREADY);
	return 0;
}

CLAIM(refuses_null)
{
	REFUSED(wicket_confine(NULL, NULL), EBADF);
	return 0;
}

CLAIM(a_failure_half_way_ends_every_call)
{
	struct wicket *w = make_handle("stdio");

	/* Nobody may stay root; nobody else may become another. */
	w->uid = geteuid() == 0 ? 0 : geteuid() + 1;
	CHILD_CHECK(wicket_confine(w, NULL) < 0);
	REFUSED(wicket_unlink(w, "/x"), ENOTRECOVERABLE);
	REFUSED(wicket_confine(w, NULL), ENOTRECOVERABLE);
	return 0;
}

CLAIM(a_worker_that_was_said_to_be_dropped_is_looked_at)
{
	struct wicket *w = make_handle("stdio");

	w->dropped = true;
	w->uid++;
	CHILD_CHECK(wicket_confine(w, NULL) < 0);
	REFUSED(wicket_unlink(w, "/x"), ENOTRECOVERABLE);
	return 0;
}
