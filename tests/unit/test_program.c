/* SPDX-License-Identifier: ISC */
/*
 * The helper's seccomp program by what it does: each claim is one system call,
 * made in a child that has the program of a policy.
 */
#include "supervisor/program.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/rules.h"
#include "own.h"
#include "plan_calls.h"
#include "support/child.h"
#include "supervisor/memfd.h"

TestSuite(program, .timeout = 10);

/* A child that could not even get its program. */
#define NO_PROGRAM 126

static int answer(long result)
{
	return result < 0 ? errno : 0;
}

static unsigned needs_of(const char *text)
{
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy *p = NULL;
	unsigned needs;

	CHILD_CHECK(policy_new("test", &p) == 0);
	CHILD_CHECK(policy_parse(p, "test", text, strlen(text), NULL, &err) ==
		    0);
	needs = plan_needs(p);
	policy_free(p);
	return needs;
}

struct attempt {
	const char *policy;
	int (*try)(void);
};

static int attempt(void *arg)
{
	const struct attempt *a = arg;
	int fd = program_make(needs_of(a->policy));

	if (fd < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    rules_filter(fd) < 0)
		_exit(NO_PROGRAM);
	_exit(a->try());
}

/* One claim: under the policy, what is tried ends with the errno. */
#define CLAIM(name, policy_text, expected, tried)                         \
	static int name##_tried(void)                                     \
	{                                                                 \
		return answer(tried);                                     \
	}                                                                 \
	Test(program, name)                                               \
	{                                                                 \
		struct attempt a = {policy_text, name##_tried};           \
		int r = child_run(attempt, &a);                           \
                                                                          \
		cr_assert_eq(r, expected, "%s: %s", #tried, strerror(r)); \
	}

static const char files[] = "read /x/**\nwrite /x/** create=0600\n"
			    "remove /x/**\n";

CLAIM(lets_nothing_execute, files, EPERM, execl("/bin/true", "true", NULL))
CLAIM(makes_no_process, files, EPERM, syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0))
CLAIM(knows_no_clone3, files, ENOSYS, syscall(SYS_clone3, NULL, 0))
CLAIM(knows_no_call_to_come, files, ENOSYS, syscall(1000))
CLAIM(traces_nobody, files, EPERM, ptrace(PTRACE_CONT, getpid(), NULL, NULL))
CLAIM(changes_no_mode, files, EPERM,
      syscall(SYS_fchmodat, AT_FDCWD, "/nonexistent", 0777))
CLAIM(changes_no_mode_of_what_is_open, files, EPERM, fchmod(1, 0777))
CLAIM(changes_no_time, files, EPERM, utimensat(AT_FDCWD, "/x", NULL, 0))
CLAIM(signals_nobody, files, EPERM, kill(getppid(), 0))
CLAIM(opens_only_by_openat2, files, EPERM,
      syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY))
CLAIM(gets_no_memory_to_execute, files, EPERM,
      (long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		 -1, 0))
CLAIM(makes_no_memory_executable, files, EPERM,
      syscall(SYS_mprotect, 0, 4096, PROT_EXEC))
CLAIM(makes_no_socket_for_files, files, EPERM, socket(AF_INET, SOCK_STREAM, 0))
CLAIM(logs, files, 0, socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))
CLAIM(makes_its_socket, "listen tcp *:80\n", 0,
      socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP))
CLAIM(makes_no_other_family, "listen tcp *:80\n", EPERM,
      socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP))
CLAIM(makes_no_other_type, "listen tcp *:80\n", EPERM,
      socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP))
CLAIM(makes_no_other_protocol, "listen tcp *:80\n", EPERM,
      socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP))
CLAIM(makes_no_raw_socket, "bind udp *:53\n", EPERM,
      socket(AF_INET, SOCK_RAW, IPPROTO_UDP))
CLAIM(sets_no_other_option, "listen tcp *:80\n", EPERM,
      setsockopt(1, SOL_SOCKET, SO_MARK, &(int){1}, sizeof(int)))
CLAIM(sets_its_own_option, "listen tcp *:80\n", ENOTSOCK,
      setsockopt(1, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)))
CLAIM(listens_only_where_that_is_granted, "bind udp *:53\n", EPERM,
      listen(1, 1))
CLAIM(gives_away_only_what_is_open, "write /x/** create=0600 owner=%worker:0\n",
      EPERM, fchownat(AT_FDCWD, "/nonexistent", 0, 0, 0))

/* ---- what the helper is handed ------------------------------------------- */

static int of_a_half_instruction(void *unused)
{
	int fd = memfd_sealed("x", "1234567890", 10);

	(void)unused;
	CHILD_CHECK(rules_filter(fd) == -EPROTO);
	return 0;
}

static int of_too_many(void *unused)
{
	static const char zero[8 * 4097];
	int fd = memfd_sealed("x", zero, sizeof(zero));

	(void)unused;
	CHILD_CHECK(rules_filter(fd) == -EPROTO);
	return 0;
}

static int of_what_can_change(void *unused)
{
	int fd = memfd_new("x");

	(void)unused;
	CHILD_CHECK(write(fd, "12345678", 8) == 8);
	CHILD_CHECK(rules_filter(fd) == -EPERM);
	return 0;
}

Test(program, is_refused_where_it_is_none)
{
	cr_assert_eq(child_run(of_a_half_instruction, NULL), 0);
	cr_assert_eq(child_run(of_too_many, NULL), 0);
	cr_assert_eq(child_run(of_what_can_change, NULL), 0);
}
