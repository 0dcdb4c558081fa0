/* SPDX-License-Identifier: ISC */
/*
 * A hostile worker and the kernel: what a confined process still could ask.
 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "own.h"
#include "support/pair.h"

TestSuite(process, .timeout = 60);

/* Newer than Debian 12's headers. */
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static void nothing(struct pair *p)
{
	scratch_write(&p->s, "srv/page", "page\n", 0644);
}

/* ---- 16: sockets --------------------------------------------------------- */

static void make_sockets(struct pair *p, struct wicket *w)
{
	static const struct {
		int family, type, protocol;
	} kinds[] = {
		{AF_INET, SOCK_STREAM, 0},
		{AF_INET, SOCK_DGRAM, 0},
		{AF_INET6, SOCK_STREAM, 0},
		{AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */},
		{AF_INET, SOCK_STREAM, 132 /* IPPROTO_SCTP */},
		{AF_INET, SOCK_RAW, IPPROTO_ICMP},
		{AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
		{AF_UNIX, SOCK_STREAM, 0},
		{AF_UNIX, SOCK_DGRAM, 0},
		{AF_NETLINK, SOCK_RAW, 0},
		{AF_PACKET, SOCK_RAW, 0},
		{AF_VSOCK, SOCK_STREAM, 0},
		{AF_ALG, SOCK_SEQPACKET, 0},
	};

	(void)p;
	(void)w;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		REFUSED(EPERM, socket(kinds[i].family, kinds[i].type,
				      kinds[i].protocol));
}

Test(process, attack_16_no_socket_is_made)
{
	struct pair p = {.policy = "", .make = nothing, .work = make_sockets};

	pair_run(&p);
	pair_end(&p);
}

/* ---- 17: privilege ------------------------------------------------------- */

static void gain(struct pair *p, struct wicket *w)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct caps[2] = {{~0u, ~0u, ~0u},
						 {~0u, ~0u, ~0u}};
	char *argv[] = {(char *)"su", NULL};

	(void)w;
	if (p->root) {
		DENIED(setuid(0));
		DENIED(setresuid(0, 0, 0));
		DENIED(setgid(0));
		DENIED(setgroups(0, NULL));
	}
	DENIED(syscall(SYS_setfsuid, 0));
	DENIED(syscall(SYS_capset, &head, caps));
	DENIED(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	DENIED(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
	DENIED(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0,
		     0));
	DENIED(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
	DENIED(execv("/bin/su", argv));
	DENIED(syscall(SYS_execveat, -100, "/bin/su", argv, NULL, 0));
}

Test(process, attack_17_no_privilege_comes_back)
{
	struct pair p = {.policy = "", .make = nothing, .work = gain};

	pair_run(&p);
	pair_end(&p);
}

static void gain_when_spawning(struct pair *p, struct wicket *w)
{
	char *argv[] = {(char *)"su", (char *)"-c", (char *)"true", NULL};
	int status;
	pid_t pid = fork();

	(void)p;
	(void)w;
	CHILD_CHECK(pid >= 0);
	if (pid == 0) {
		execv("/bin/su", argv);
		_exit(errno == EACCES || errno == EPERM ? 7 : 8);
	}
	CHILD_CHECK(waitpid(pid, &status, 0) == pid);
	CHILD_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

Test(process, attack_17_nor_by_exec_where_that_is_promised)
{
	struct pair p = {.policy = "",
			 .promise = "stdio spawn",
			 .make = nothing,
			 .work = gain_when_spawning};

	pair_run(&p);
	pair_end(&p);
}

/* ---- 18: namespaces ------------------------------------------------------ */

static void unshare_all(struct pair *p, struct wicket *w)
{
	static const int kinds[] = {CLONE_NEWUSER,
				    CLONE_NEWNS,
				    CLONE_NEWNET,
				    CLONE_NEWPID,
				    CLONE_NEWIPC,
				    CLONE_NEWUTS,
				    CLONE_NEWUSER | CLONE_NEWNET,
				    CLONE_FILES};
	uint64_t args[11] = {CLONE_NEWUSER};
	int status;
	pid_t pid;

	(void)p;
	(void)w;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		REFUSED(EPERM, unshare(kinds[i]));
		if (kinds[i] != CLONE_FILES)
			REFUSED(EPERM, syscall(SYS_clone, kinds[i] | SIGCHLD, 0,
					       0, 0, 0));
	}
	REFUSED(EPERM, setns(0, 0));
	REFUSED(ENOSYS, syscall(SYS_clone3, args, sizeof(args)));
	pid = fork();
	CHILD_CHECK(pid >= 0);
	if (pid == 0)
		_exit(7);
	CHILD_CHECK(waitpid(pid, &status, 0) == pid);
	CHILD_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

Test(process, attack_18_no_namespace_is_entered_and_fork_still_works)
{
	struct pair p = {.policy = "",
			 .promise = "stdio spawn threads",
			 .make = nothing,
			 .work = unshare_all};

	pair_run(&p);
	pair_end(&p);
}

static void fork_unpromised(struct pair *p, struct wicket *w)
{
	(void)p;
	(void)w;
	REFUSED(EPERM, fork());
	REFUSED(EPERM, vfork());
}

Test(process, attack_18_what_was_not_promised_is_not_there)
{
	struct pair p = {
		.policy = "", .make = nothing, .work = fork_unpromised};

	pair_run(&p);
	pair_end(&p);
}

/* ---- 19: the other processes --------------------------------------------- */

static pid_t supervisor, helper;

/* The first process whose /proc/PID/FILE holds these bytes. */
static pid_t find(const char *file, const char *bytes)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	pid_t found = 0;

	CHILD_CHECK(proc);
	while (!found && (e = readdir(proc))) {
		char path[300], text[8192];
		FILE *f;
		size_t n;

		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/%s", e->d_name, file);
		f = fopen(path, "re");
		if (!f)
			continue;
		n = fread(text, 1, sizeof(text), f);
		fclose(f);
		if (memmem(text, n, bytes, strlen(bytes)))
			found = (pid_t)strtol(e->d_name, NULL, 10);
	}
	closedir(proc);
	return found;
}

/* The supervisor has the audit's path among its arguments. */
static void find_others(struct pair *p, struct wicket *w)
{
	char line[64];

	(void)w;
	supervisor = find("cmdline", pair_path(p, "audit"));
	CHILD_CHECK(supervisor > 0);
	snprintf(line, sizeof(line), "\nPPid:\t%d\n", (int)supervisor);
	helper = find("status", line);
	CHILD_CHECK(helper > 0);
}

static void attack_process(pid_t pid)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {(void *)0x1000, 1};
	struct rlimit limit = {0, 0};
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	DENIED(kill(pid, SIGKILL));
	DENIED(kill(pid, SIGSTOP));
	DENIED(syscall(SYS_tkill, pid, SIGKILL));
	DENIED(syscall(SYS_tgkill, pid, pid, SIGKILL));
	DENIED(ptrace(PTRACE_ATTACH, pid, 0, 0));
	DENIED(ptrace(PTRACE_SEIZE, pid, 0, 0));
	DENIED(process_vm_readv(pid, &here, 1, &there, 1, 0));
	DENIED(process_vm_writev(pid, &here, 1, &there, 1, 0));
	DENIED(syscall(SYS_pidfd_open, pid, 0));
	DENIED(syscall(SYS_pidfd_getfd, 3, 3, 0));
	DENIED(syscall(SYS_pidfd_send_signal, 3, SIGKILL, NULL, 0));
	DENIED(prlimit(pid, RLIMIT_NOFILE, &limit, NULL));
	DENIED(sched_setaffinity(pid, sizeof(cpus), &cpus));
	DENIED(setpriority(PRIO_PROCESS, (id_t)pid, 19));
	DENIED(syscall(SYS_ioprio_set, 1, pid, 0));
	DENIED(syscall(SYS_kcmp, pid, getpid(), 0, 0, 0));
	DENIED(syscall(SYS_move_pages, pid, 0, NULL, NULL, NULL, 0));
	DENIED(syscall(SYS_process_madvise, 3, NULL, 0, 0, 0));
}

static void attack_others(struct pair *p, struct wicket *w)
{
	attack_process(helper);
	attack_process(supervisor);
	DENIED(kill(-1, SIGKILL));
	close(GRANTED(wicket_open(w, pair_path(p, "srv/page"), O_RDONLY, 0)));
}

Test(process, attack_19_helper_and_supervisor_are_out_of_reach)
{
	struct pair p = {.policy = "read @/srv/**\n",
			 .make = nothing,
			 .before = find_others,
			 .work = attack_others};

	pair_run(&p);
	pair_end(&p);
}

/* ---- 20: ways around ----------------------------------------------------- */

static void go_around(struct pair *p, struct wicket *w)
{
	char zeros[256] = {0};

	(void)p;
	(void)w;
	DENIED(syscall(SYS_io_uring_setup, 8, zeros));
	DENIED(syscall(SYS_io_uring_enter, 3, 1, 0, 0, NULL, 0));
	DENIED(syscall(SYS_io_uring_register, 3, 0, NULL, 0));
	DENIED(syscall(SYS_open_by_handle_at, 0, zeros, 0));
	DENIED(syscall(SYS_name_to_handle_at, 0, "/", zeros, zeros, 0));
	DENIED(syscall(SYS_bpf, 0, zeros, 64));
	DENIED(syscall(SYS_keyctl, 0, 0, 0, 0, 0));
	DENIED(syscall(SYS_add_key, "user", "x", "y", 1, -3));
	DENIED(syscall(SYS_request_key, "user", "x", NULL, -3));
	DENIED(syscall(SYS_perf_event_open, zeros, 0, -1, -1, 0));
	DENIED(syscall(SYS_userfaultfd, 0));
	DENIED(syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL));
	DENIED(syscall(SYS_umount2, "/", 2));
	DENIED(syscall(SYS_pivot_root, "/", "/"));
	DENIED(syscall(SYS_chroot, "/"));
	DENIED(syscall(SYS_open_tree, -100, "/", 1));
	DENIED(syscall(SYS_move_mount, 0, "", 0, "", 0));
	DENIED(syscall(SYS_fsopen, "tmpfs", 0));
	DENIED(syscall(SYS_init_module, zeros, 1, ""));
	DENIED(syscall(SYS_finit_module, 0, "", 0));
	DENIED(syscall(SYS_kexec_load, 0, 0, NULL, 0));
	DENIED(syscall(SYS_reboot, 0, 0, 0, NULL));
	DENIED(syscall(SYS_swapon, "/", 0));
	DENIED(syscall(SYS_personality, 0x0040000));
	DENIED(syscall(SYS_seccomp, 1, 0, zeros));
	DENIED(syscall(SYS_memfd_secret, 0));
	DENIED(syscall(SYS_quotactl, 0, "", 0, NULL));
	DENIED(syscall(SYS_acct, "/"));
	DENIED(syscall(SYS_sethostname, "x", 1));
	DENIED(syscall(SYS_settimeofday, zeros, NULL));
	DENIED(syscall(SYS_fanotify_init, 0, 0));
	DENIED(syscall(SYS_inotify_init1, 0));
	DENIED(syscall(SYS_lookup_dcookie, 0, zeros, 1));
	DENIED(syscall(SYS_vhangup));
	DENIED(syscall(SYS_syslog, 3, zeros, 1));
	DENIED(syscall(SYS_shmget, 0, 4096, 01600));
	DENIED(syscall(SYS_chdir, "/"));
	DENIED(syscall(SYS_open, "/etc/passwd", 0));
	DENIED(syscall(SYS_openat, -100, "/etc/passwd", 0));
	DENIED(syscall(SYS_openat2, -100, "/etc/passwd", zeros, 24));
	DENIED(syscall(SYS_creat, "/tmp/x", 0600));
	DENIED(syscall(SYS_unlink, "/tmp/x"));
	DENIED(syscall(SYS_chmod, "/tmp", 0));
	DENIED(syscall(SYS_truncate, "/etc/passwd", 0));
}

Test(process, attack_20_the_known_ways_around_are_shut)
{
	struct pair p = {.policy = "",
			 .promise = "stdio accept threads time spawn",
			 .make = nothing,
			 .work = go_around};

	pair_run(&p);
	pair_end(&p);
}

/* ---- 21: other calling conventions --------------------------------------- */

#ifdef __x86_64__
static void call_int80(struct pair *p, struct wicket *w)
{
	long r = 20; /* getpid there, writev here */

	(void)p;
	(void)w;
	__asm__ volatile("int $0x80"
			 : "+a"(r)
			 :
			 : "memory", "r8", "r9", "r10", "r11");
}

static void call_x32(struct pair *p, struct wicket *w)
{
	(void)p;
	(void)w;
	(void)syscall(0x40000000 | SYS_getpid);
}

static int killed_by(void (*work)(struct pair *p, struct wicket *w))
{
	struct pair p = {.policy = "", .make = nothing, .work = work};
	int status = pair_status(&p);

	pair_end(&p);
	return status - 128;
}

/* SIGSEGV is the answer of a kernel that has no such entry at all. */
Test(process, attack_21_a_32_bit_call_kills)
{
	int signo = killed_by(call_int80);

	cr_assert(signo == SIGSYS || signo == SIGSEGV, "%d", signo);
}

Test(process, attack_21_an_x32_call_kills)
{
	cr_assert_eq(killed_by(call_x32), SIGSYS);
}
#endif

static void call_unknown(struct pair *p, struct wicket *w)
{
	(void)p;
	(void)w;
	REFUSED(ENOSYS, syscall(1000));
}

Test(process, attack_21_an_unknown_call_is_not_there)
{
	struct pair p = {.policy = "", .make = nothing, .work = call_unknown};

	pair_run(&p);
	pair_end(&p);
}
