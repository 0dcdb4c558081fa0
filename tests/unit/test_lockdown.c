/* SPDX-License-Identifier: ISC */
/* lockdown(): each step, and that none can be left out. */
#include "apply/lockdown.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/securebits.h>
#include <signal.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "identity.h"
#include "support/support.h"

#define CAP(c) (UINT64_C(1) << (c))

enum {
	HELPER = 61001,
	WORKER = 61010,
};

static const uint64_t plan_caps = CAP(CAP_DAC_READ_SEARCH) |
				  CAP(CAP_NET_BIND_SERVICE);

/* What is asked for: as root a worker's ids and capabilities, else nothing. */
static struct start start_message(void)
{
	bool root = geteuid() == 0;

	return (struct start){
		.caps = root ? plan_caps : 0,
		.fsuid = root ? WORKER : geteuid(),
		.fsgid = root ? WORKER : getegid(),
		.privileged = root,
	};
}

static void silence(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= 2; fd++)
		CHILD_CHECK(dup2(null, fd) == fd);
}

/* In the child: what the supervisor does before it executes the helper. */
static void become_helper(uint64_t caps)
{
	static gid_t groups[65536];
	struct identity id = {.uid = HELPER, .gid = HELPER};

	if (geteuid() != 0) {
		int n = getgroups(65536, groups);

		id = (struct identity){.uid = geteuid(),
				       .gid = getegid(),
				       .ngroups = n < 0 ? 0 : (size_t)n,
				       .groups = groups};
		caps = 0;
	} else {
		caps |= CAP(CAP_SETUID) | CAP(CAP_SETGID);
	}
	CHILD_CHECK(identity_become(&id, caps, NULL) == 0);
	silence();
}

static int lock(const struct start *s)
{
	const char *step = NULL;
	int r = lockdown(s, getppid(), &step);

	CHILD_CHECK(r == 0 || step);
	return r;
}

static void become_locked(void)
{
	struct start s = start_message();

	become_helper(s.caps);
	if (lock(&s) < 0)
		_exit(2);
}

/* A line of /proc/self/status; it belongs to root, so by this descriptor. */
static unsigned long long status(int fd, const char *name, int base)
{
	char text[8192];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	char *line;

	CHILD_CHECK(n > 0);
	text[n] = '\0';
	line = strstr(text, name);
	CHILD_CHECK(line);
	return strtoull(line + strlen(name), NULL, base);
}

static int keeps_caps(void *arg)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	uint64_t caps = start_message().caps;

	(void)arg;
	become_locked();
	CHILD_CHECK(status(fd, "CapEff:", 16) == caps);
	CHILD_CHECK(status(fd, "CapPrm:", 16) == caps);
	CHILD_CHECK(status(fd, "CapInh:", 16) == 0);
	CHILD_CHECK(status(fd, "CapAmb:", 16) == 0);
	CHILD_CHECK(status(fd, "NoNewPrivs:", 10) == 1);
	return 0;
}

Test(lockdown, keeps_exactly_the_capabilities_of_the_plan, .timeout = 10)
{
	cr_assert_eq(child_run(keeps_caps, NULL), 0);
}

static int no_way_back(void *arg)
{
	struct start s = start_message();

	(void)arg;
	become_locked();
	(void)setfsuid(0);
	CHILD_CHECK((uid_t)setfsuid((uid_t)-1) == s.fsuid);
	(void)setfsgid(0);
	CHILD_CHECK((gid_t)setfsgid((gid_t)-1) == s.fsgid);
	CHILD_CHECK(setuid(0) < 0 && setgid(0) < 0);
	CHILD_CHECK(setgroups(0, NULL) < 0);
	CHILD_CHECK(prctl(PR_SET_SECUREBITS, 0) < 0);
	return 0;
}

Test(lockdown, has_no_way_back, .timeout = 10)
{
	cr_assert_eq(child_run(no_way_back, NULL), 0);
}

static int makes_files(void *arg)
{
	struct start s = start_message();
	struct stat st;
	int fd;

	CHILD_CHECK(chdir(arg) == 0);
	become_locked();
	fd = open("a", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	CHILD_CHECK(fd >= 0 && fstat(fd, &st) == 0);
	CHILD_CHECK(st.st_uid == s.fsuid && st.st_gid == s.fsgid);
	/* The mode is the policy's, without a umask. */
	CHILD_CHECK((st.st_mode & 07777) == 0666);
	return 0;
}

Test(lockdown, makes_files_that_belong_to_the_worker, .timeout = 10)
{
	struct scratch s;

	scratch_make(&s);
	cr_assert_eq(chmod(s.dir, 0777), 0);
	cr_assert_eq(child_run(makes_files, s.dir), 0);
	scratch_remove(&s);
}

static int hides(void *arg)
{
	int sig = 0;

	(void)arg;
	become_locked();
	CHILD_CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	CHILD_CHECK(prctl(PR_GET_PDEATHSIG, &sig, 0, 0, 0) == 0);
	CHILD_CHECK(sig == SIGKILL);
	return 0;
}

Test(lockdown, is_not_dumpable_and_dies_with_its_parent, .timeout = 10)
{
	cr_assert_eq(child_run(hides, NULL), 0);
}

/* ---- out of the worker's reach ------------------------------------------- */

/* Locks in, says so, and waits for the end of the pipe. */
static pid_t locked_process(int *ret_fd)
{
	int p[2];
	pid_t pid;
	char byte;

	CHILD_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p) == 0);
	pid = fork();
	CHILD_CHECK(pid >= 0);
	if (pid == 0) {
		close(p[0]);
		become_locked();
		CHILD_CHECK(write(p[1], "", 1) == 1);
		(void)!read(p[1], &byte, 1);
		_exit(0);
	}
	close(p[1]);
	CHILD_CHECK(read(p[0], &byte, 1) == 1);
	*ret_fd = p[0];
	return pid;
}

static int attack(void *arg)
{
	struct identity id = {.uid = WORKER, .gid = WORKER};
	const char *const files[] = {"mem", "environ", "maps", "fd/0", "root"};
	char path[64];
	int fd;
	pid_t pid = locked_process(&fd);

	(void)arg;
	if (geteuid() == 0)
		CHILD_CHECK(identity_become(&id, 0, NULL) == 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, files[i]);
		CHILD_CHECK(open(path, O_RDONLY | O_CLOEXEC) < 0);
		CHILD_CHECK(errno == EACCES || errno == EPERM);
	}
	/* Of the same uid a signal is allowed: only its own kind is harmed. */
	CHILD_CHECK((kill(pid, 0) < 0) == (getuid() == WORKER));
	close(fd);
	CHILD_CHECK(waitpid(pid, NULL, 0) == pid);
	return 0;
}

Test(lockdown, is_out_of_the_workers_reach, .timeout = 10)
{
	cr_assert_eq(child_run(attack, NULL), 0);
}

/* ---- what must have been done before ------------------------------------- */

static int fails_at(const struct start *s, pid_t parent, int error,
		    const char *step)
{
	const char *at = "";

	CHILD_CHECK(lockdown(s, parent, &at) == error);
	CHILD_CHECK(strstr(at, step) != NULL);
	return 0;
}

static int not_null(void *arg)
{
	struct start s = start_message();

	(void)arg;
	become_helper(s.caps);
	CHILD_CHECK(dup2(open("/dev/zero", O_RDWR | O_CLOEXEC), 2) == 2);
	return fails_at(&s, getppid(), -EPERM, "/dev/null");
}

Test(lockdown, refuses_a_terminal_or_file_at_0_1_or_2, .timeout = 10)
{
	cr_assert_eq(child_run(not_null, NULL), 0);
}

static int other_parent(void *arg)
{
	struct start s = start_message();

	(void)arg;
	become_helper(s.caps);
	return fails_at(&s, getpid(), -ESRCH, "parent");
}

Test(lockdown, refuses_another_parent, .timeout = 10)
{
	cr_assert_eq(child_run(other_parent, NULL), 0);
}

static int may_gain(void *arg)
{
	struct start s = start_message();

	(void)arg;
	silence();
	/* The runner of the tests may have it set already. */
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return 0;
	return fails_at(&s, getppid(), -EPERM, "no_new_privs");
}

Test(lockdown, refuses_to_run_without_no_new_privs, .timeout = 10)
{
	cr_assert_eq(child_run(may_gain, NULL), 0);
}

/* As by a supervisor that forgot to give its identity up. */
static void forget_identity(void)
{
	silence();
	CHILD_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
}

static int as_root(void *arg)
{
	struct start s = start_message();

	(void)arg;
	s.privileged = true;
	forget_identity();
	/* Whoever is not root has no locked securebits to show instead. */
	return fails_at(&s, getppid(), -EPERM,
			geteuid() == 0 ? "not root" : "securebits");
}

Test(lockdown, refuses_to_be_root, .timeout = 10)
{
	cr_assert_eq(child_run(as_root, NULL), 0);
}

static int unlocked(void *arg)
{
	struct start s = start_message();

	(void)arg;
	s.privileged = true;
	if (geteuid() == 0)
		CHILD_CHECK(setresuid(HELPER, HELPER, HELPER) == 0);
	forget_identity();
	return fails_at(&s, getppid(), -EPERM, "securebits");
}

Test(lockdown, refuses_securebits_that_are_not_locked, .timeout = 10)
{
	cr_assert_eq(child_run(unlocked, NULL), 0);
}

static int bounded(void *arg)
{
	const int bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
			 SECBIT_NO_SETUID_FIXUP |
			 SECBIT_NO_SETUID_FIXUP_LOCKED |
			 SECBIT_KEEP_CAPS_LOCKED;
	struct start s = start_message();

	(void)arg;
	if (geteuid() != 0)
		return prctl(PR_SET_SECUREBITS, bits) < 0 ? 0 : 1;
	CHILD_CHECK(prctl(PR_SET_SECUREBITS, bits) == 0);
	CHILD_CHECK(setresuid(HELPER, HELPER, HELPER) == 0);
	forget_identity();
	return fails_at(&s, getppid(), -EPERM, "bounding");
}

Test(lockdown, refuses_a_bounding_set_that_is_not_empty, .timeout = 10)
{
	cr_assert_eq(child_run(bounded, NULL), 0);
}

static int too_much(void *arg)
{
	struct start s = start_message();

	(void)arg;
	become_helper(s.caps);
	s.caps |= CAP(CAP_NET_RAW);
	return fails_at(&s, getppid(), -EPERM, "capability sets");
}

Test(lockdown, refuses_capabilities_that_it_does_not_have, .timeout = 10)
{
	cr_assert_eq(child_run(too_much, NULL), 0);
}

static int other_ids(void *arg)
{
	struct start s = start_message();

	(void)arg;
	become_helper(s.caps);
	s.fsuid = (uid_t)-1;
	s.fsgid = (gid_t)-1;
	return fails_at(&s, getppid(), -EPERM, "worker's group");
}

Test(lockdown, refuses_ids_that_it_cannot_take_on, .timeout = 10)
{
	cr_assert_eq(child_run(other_ids, NULL), 0);
}

/* ---- the parent ---------------------------------------------------------- */

Test(lockdown, ends_when_its_parent_ends, .timeout = 10)
{
	int sv[2];
	int ready[2];
	char byte;
	pid_t pid;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	cr_assert_eq(pipe(ready), 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		pid_t inner;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		inner = fork();

		/* inner holds sv[1] and waits; its parent goes. */
		if (inner == 0) {
			struct start s = start_message();
			const char *step;

			become_helper(s.caps);
			if (lockdown(&s, getppid(), &step) < 0)
				_exit(2);
			/* The parent goes when it hears: the test first. */
			(void)!write(sv[1], "r", 1);
			(void)!write(ready[1], "r", 1);
			for (;;)
				pause();
		}
		/* Until it is ready. */
		(void)!read(ready[0], &byte, 1);
		_exit(inner < 0);
	}
	close(sv[1]);
	cr_assert_eq(read(sv[0], &byte, 1), 1);
	cr_assert_eq(read(sv[0], &byte, 1), 0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	close(sv[0]);
	close(ready[0]);
	close(ready[1]);
}
