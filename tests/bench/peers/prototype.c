/* SPDX-License-Identifier: ISC */
#include "bench/peers/prototype.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/peers/peers.h"
#include "landlock.h"

#define WORKER 61020
#define HELPER 61021

/* As many as a filter of that kind has. */
static const unsigned allowed[] = {
	SYS_read,	    SYS_write,	    SYS_close,	      SYS_fstat,
	SYS_newfstatat,	    SYS_lseek,	    SYS_mmap,	      SYS_munmap,
	SYS_mprotect,	    SYS_brk,	    SYS_madvise,      SYS_sendto,
	SYS_recvfrom,	    SYS_sendmsg,    SYS_recvmsg,      SYS_poll,
	SYS_ppoll,	    SYS_epoll_wait, SYS_epoll_ctl,    SYS_fcntl,
	SYS_openat2,	    SYS_dup,	    SYS_getpid,	      SYS_gettid,
	SYS_getuid,	    SYS_futex,	    SYS_nanosleep,    SYS_exit,
	SYS_clock_gettime,  SYS_exit_group, SYS_readv,	      SYS_writev,
	SYS_rt_sigprocmask, SYS_getrandom,  SYS_rt_sigaction, SYS_close_range,
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int prototype_filter(void)
{
	struct sock_filter f[COUNT(allowed) + 3] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = {.len = COUNT(f), .filter = f};
	const unsigned char n = COUNT(allowed);

	for (unsigned char i = 0; i < n; i++)
		f[i + 1] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, allowed[i],
			(unsigned char)(n - i), 0);
	f[n + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						SECCOMP_RET_ERRNO | EPERM);
	f[n + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						SECCOMP_RET_ALLOW);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int prototype_landlock(const char *path)
{
	const struct landlock_handled all = {
		.fs = LANDLOCK_ALL_FS,
		.net = LANDLOCK_ALL_NET,
		.scopes = LANDLOCK_ALL_SCOPES,
	};
	int version = landlock_version();
	_cleanup_fd_ int ruleset = -1;
	_cleanup_fd_ int fd = -1;

	if (version <= 0)
		return 0;
	ruleset = landlock_ruleset(version, &all);
	if (ruleset < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	if (path) {
		fd = open(path, O_PATH | O_CLOEXEC);
		if (landlock_allow(ruleset, fd, LANDLOCK_READ_FILE) < 0)
			return -1;
	}
	return landlock_restrict(ruleset);
}

static int lock_in(uid_t uid, const char *path)
{
	if (geteuid() == 0 &&
	    (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
	     setresuid(uid, uid, uid) < 0))
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prototype_landlock(path) < 0)
		return -1;
	return prototype_filter();
}

int prototype_helper(const char *path)
{
	int root = open("/", O_PATH | O_CLOEXEC);
	char asked[BOUND_PATH];

	if (root < 0 || lock_in(HELPER, path) < 0)
		return 1;
	while (recv(STDIN_FILENO, asked, sizeof(asked), 0) > 0) {
		int fd = bare_openat2(root, asked);

		if (fd < 0 || bare_send(STDIN_FILENO, &fd, 1) < 0)
			return 1;
		(void)close(fd);
	}
	return 0;
}

static void execute(const char *other, const char *path)
{
	(void)execl("/proc/self/exe", "start", other, path, (char *)NULL);
	_exit(127);
}

int prototype_between(const char *path)
{
	pid_t pid = fork();

	if (pid == 0)
		execute("helper", path);
	return pid < 0 || waitpid(pid, NULL, 0) < 0;
}

int prototype_first_fd(const char *path, const char *other)
{
	int sv[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		if (dup2(sv[1], STDIN_FILENO) == STDIN_FILENO)
			execute(other, path);
		_exit(127);
	}
	(void)close(sv[1]);
	if (pid < 0 || lock_in(WORKER, NULL) < 0)
		return -1;
	return bare_ask(sv[0], path);
}
