/* SPDX-License-Identifier: ISC */
/*
 * The filter by what it does: each claim is one system call, made in a child
 * that has the filter for the promises, and the errno that it must end with.
 * "attack_N" is the number of the attack in the list of what a hostile worker
 * may try.
 */
#include "filter.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <linux/icmp.h>
#include <linux/io_uring.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child that was killed by a signal "answers". */
#define KILLED(signal) (1000 + (signal))
/* A child that could not even get its filter. */
#define NO_FILTER 254

/* The errno of a system call's result, 0 for success. */
static int answer(long result)
{
	return result < 0 ? errno : 0;
}

static void enter(const char *promises)
{
	struct promises p;
	struct bpf *f;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (promise_parse(promises, &p, NULL) < 0 ||
	    filter_make(&p, getpid(), &f) < 0 || bpf_load(f) < 0)
		_exit(NO_FILTER);
	(void)bpf_free(f);
}

/* Runs try in a child under the filter; what it returns, or how it died. */
static int confined(const char *promises, int (*try)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		enter(promises);
		_exit(try());
	}
	cr_assert_gt(child, 0);
	cr_assert_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : KILLED(WTERMSIG(status));
}

/* One claim: under the promises, what is tried ends with the errno. */
#define CLAIM(name, promises, expected, tried)                            \
	static int name##_tried(void)                                     \
	{                                                                 \
		return answer(tried);                                     \
	}                                                                 \
	Test(filter, name, .timeout = 10)                                 \
	{                                                                 \
		cr_assert_eq(confined(promises, name##_tried), expected,  \
			     "answered %d, expected %d",                  \
			     confined(promises, name##_tried), expected); \
	}

#define ALLOWS(name, promises, tried)  CLAIM(name, promises, 0, tried)
#define REFUSES(name, promises, tried) CLAIM(name, promises, EPERM, tried)

/* ---- things to try it on, made under the filter where it allows that ---- */

/* A descriptor that stays open under the filter: /dev/null, for appending. */
static int null_fd = -1;
static int udp_fd = -1;
static int tcp_fd = -1;

__attribute__((constructor)) static void open_things(void)
{
	null_fd = open("/dev/null", O_WRONLY | O_APPEND | O_CLOEXEC);
	udp_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	tcp_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int one = 1;
static char byte = 'x';
static struct iovec iov = {.iov_base = &byte, .iov_len = 1};

static struct sockaddr_in loopback = {
	.sin_family = AF_INET,
	.sin_port = 9 << 8,
	.sin_addr = {.s_addr = 0x0100007f},
};
#define LOOPBACK (struct sockaddr *)&loopback, sizeof(loopback)

static int set(int fd, int level, int name)
{
	return setsockopt(fd, level, name, &one, sizeof(one));
}

/* ---- what must work -------------------------------------------------- */

ALLOWS(allows_reading_the_clock, "stdio", time(NULL) > 0 ? 0 : -1)
ALLOWS(allows_memory, "stdio",
       mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
		       MAP_FAILED
	       ? -1
	       : 0)
ALLOWS(allows_writing_what_is_open, "stdio", write(null_fd, "x", 1))
ALLOWS(allows_fstat, "stdio", fstat(null_fd, &(struct stat){0}))
ALLOWS(allows_duplicating, "stdio", fcntl(null_fd, F_DUPFD_CLOEXEC, 3))
ALLOWS(allows_nonblocking_by_ioctl, "stdio", ioctl(udp_fd, FIONBIO, &one))
ALLOWS(allows_setfl_that_keeps_append, "stdio",
       fcntl(null_fd, F_SETFL, O_APPEND | O_NONBLOCK))
ALLOWS(allows_epoll, "stdio", epoll_create1(EPOLL_CLOEXEC))
ALLOWS(allows_sending, "stdio", sendto(udp_fd, "x", 1, MSG_NOSIGNAL, LOOPBACK))
ALLOWS(allows_tcp_options, "stdio", set(tcp_fd, IPPROTO_TCP, TCP_NODELAY))
ALLOWS(allows_socket_options, "stdio", set(tcp_fd, SOL_SOCKET, SO_KEEPALIVE))
/* The kernel's own answer for a socket that is not raw. */
CLAIM(allows_the_option_of_raw_icmp, "stdio", ENOPROTOOPT,
      set(udp_fd, SOL_RAW, ICMP_FILTER))
ALLOWS(allows_own_limits_to_be_read, "stdio",
       getrlimit(RLIMIT_NOFILE, &(struct rlimit){0}))
ALLOWS(allows_stream_pairs, "stdio",
       socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, (int[2]){0}))
ALLOWS(allows_seqpacket_pairs, "stdio",
       socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, (int[2]){0}))
ALLOWS(allows_naming_a_thread, "stdio", prctl(PR_SET_NAME, "wicket"))
ALLOWS(allows_plain_pwritev2, "stdio", pwritev2(null_fd, &iov, 1, 0, 0))
ALLOWS(allows_signals_to_itself, "stdio", kill(getpid(), 0))
ALLOWS(allows_timers_when_promised, "stdio time",
       timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC))
ALLOWS(allows_accept_when_promised, "stdio accept",
       (accept(tcp_fd, NULL, NULL), errno == EINVAL) ? 0 : -1)

CLAIM(raise_reaches_itself, "stdio", KILLED(SIGTERM), raise(SIGTERM))
CLAIM(abort_aborts, "stdio", KILLED(SIGABRT), (abort(), 0))

/* ---- promises that were not made ------------------------------------- */

REFUSES(refuses_accept_unless_promised, "stdio", accept(tcp_fd, NULL, NULL))
REFUSES(refuses_timers_unless_promised, "stdio",
	timerfd_create(CLOCK_MONOTONIC, 0))
REFUSES(refuses_fork_unless_promised, "stdio accept threads time", fork())
REFUSES(refuses_wait_unless_promised, "stdio", waitpid(-1, NULL, 0))
REFUSES(refuses_exec_unless_promised, "stdio",
	execv("/bin/true", (char *[]){(char *)"true", NULL}))
REFUSES(refuses_signals_to_others_unless_promised, "stdio", kill(getppid(), 0))
REFUSES(refuses_thread_signals_to_others, "stdio",
	syscall(SYS_tgkill, getppid(), getppid(), 0))
REFUSES(refuses_clone_of_a_process_for_threads, "stdio threads",
	syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0))

static int fork_and_wait(void)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(7);
	return waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7
		       ? 0
		       : -1;
}
ALLOWS(forks_and_waits_when_promised, "stdio spawn", fork_and_wait())

static void *return_seven(void *arg)
{
	*(int *)arg = 7;
	return NULL;
}

static int make_thread(void)
{
	pthread_t thread;
	int seven = 0;

	errno = pthread_create(&thread, NULL, return_seven, &seven);
	if (errno)
		return -1;
	(void)pthread_join(thread, NULL);
	return seven == 7 ? 0 : -1;
}
ALLOWS(makes_threads_when_promised, "stdio threads", make_thread())
REFUSES(refuses_threads_unless_promised, "stdio spawn", make_thread())

/* ---- names after a plus ---------------------------------------------- */

ALLOWS(allows_a_named_call_without_conditions, "stdio +socket",
       socket(AF_INET, SOCK_DGRAM, 0))
ALLOWS(a_named_call_loses_its_conditions, "stdio +fcntl",
       fcntl(udp_fd, F_SETFL, 0))

Test(filter, refuses_a_name_that_is_no_call, .timeout = 10)
{
	struct promises p;
	struct bpf *f = NULL;

	cr_assert_eq(promise_parse("stdio +no_such_call", &p, NULL), 0);
	cr_assert_eq(filter_make(&p, getpid(), &f), -EINVAL);
	cr_assert_null(f);
}

/* ---- files ----------------------------------------------------------- */

REFUSES(refuses_open, "stdio", open("/dev/null", O_RDONLY))
REFUSES(refuses_stat_by_name, "stdio", stat("/etc/passwd", &(struct stat){0}))
REFUSES(refuses_chmod, "stdio", fchmod(null_fd, 0666))
REFUSES(refuses_chown, "stdio", fchown(null_fd, 0, 0))
REFUSES(refuses_new_times, "stdio", futimens(null_fd, NULL))
REFUSES(refuses_memfd, "stdio", memfd_create("x", 0))

REFUSES(attack_09_leases, "stdio", fcntl(null_fd, F_SETLEASE, F_WRLCK))
REFUSES(attack_09_directory_notices, "stdio",
	fcntl(null_fd, F_NOTIFY, DN_CREATE))
REFUSES(attack_09_owner_of_signals, "stdio", fcntl(null_fd, F_SETOWN, getpid()))
REFUSES(attack_09_kind_of_signal, "stdio", fcntl(null_fd, F_SETSIG, SIGKILL))
REFUSES(attack_11_tiocsti, "stdio", ioctl(0, TIOCSTI, "x"))
REFUSES(attack_11_tiocsti_with_high_bits, "stdio",
	syscall(SYS_ioctl, 0L, TIOCSTI | 1L << 32, "x"))
REFUSES(attack_11_tioclinux, "stdio", ioctl(0, TIOCLINUX, "\2"))
REFUSES(attack_12_clearing_append, "stdio", fcntl(null_fd, F_SETFL, 0))
REFUSES(attack_12_clearing_append_with_high_bits, "stdio",
	syscall(SYS_fcntl, (long)null_fd, (long)F_SETFL | 1L << 32, 0L))
REFUSES(attack_12_append_bit_in_the_high_half, "stdio",
	syscall(SYS_fcntl, (long)null_fd, (long)F_SETFL, (long)O_APPEND << 32))
REFUSES(attack_12_ftruncate, "stdio", ftruncate(null_fd, 0))
REFUSES(attack_12_fallocate, "stdio", fallocate(null_fd, 0, 0, 1))
REFUSES(attack_12_pwritev2_noappend, "stdio",
	pwritev2(null_fd, &iov, 1, 0, 0x20))
REFUSES(attack_12_pwritev2_noappend_among_others, "stdio",
	pwritev2(null_fd, &iov, 1, 0, 0x21))
REFUSES(attack_12_preadv2_flag_unknown, "stdio",
	preadv2(null_fd, &iov, 1, 0, 0x40))
REFUSES(attack_12_io_setup, "stdio",
	syscall(SYS_io_setup, 1, &(unsigned long){0}))
REFUSES(attack_12_io_submit, "stdio", syscall(SYS_io_submit, 0, 0, NULL))

/* ---- sockets --------------------------------------------------------- */

REFUSES(attack_15_bind_again, "stdio accept", bind(udp_fd, LOOPBACK))
REFUSES(attack_15_connect_of_what_was_granted, "stdio accept",
	connect(udp_fd, LOOPBACK))
REFUSES(attack_16_tcp_socket, "stdio", socket(AF_INET, SOCK_STREAM, 0))
REFUSES(attack_16_udp_socket, "stdio", socket(AF_INET, SOCK_DGRAM, 0))
REFUSES(attack_16_mptcp_socket, "stdio", socket(AF_INET, SOCK_STREAM, 262))
REFUSES(attack_16_unix_socket, "stdio", socket(AF_UNIX, SOCK_STREAM, 0))
REFUSES(attack_16_netlink_socket, "stdio", socket(AF_NETLINK, SOCK_RAW, 0))
REFUSES(attack_16_datagram_pair, "stdio",
	socketpair(AF_UNIX, SOCK_DGRAM, 0, (int[2]){0}))
REFUSES(attack_16_pair_of_another_family, "stdio",
	socketpair(AF_TIPC, SOCK_STREAM, 0, (int[2]){0}))
REFUSES(attack_16_sendto_fastopen, "stdio",
	sendto(tcp_fd, "x", 1, MSG_FASTOPEN, LOOPBACK))
REFUSES(attack_29_sendmsg_fastopen, "stdio",
	sendmsg(tcp_fd, &(struct msghdr){0}, MSG_FASTOPEN))
REFUSES(attack_29_sendmmsg_fastopen, "stdio",
	sendmmsg(tcp_fd, &(struct mmsghdr){0}, 1, MSG_FASTOPEN))
REFUSES(attack_29_fastopen_among_other_flags, "stdio",
	sendto(tcp_fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, LOOPBACK))
REFUSES(attack_29_fastopen_at_connect, "stdio",
	set(tcp_fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT))
REFUSES(attack_29_listen_again, "stdio accept", listen(tcp_fd, 1))
REFUSES(attack_30_own_ip_headers, "stdio", set(udp_fd, IPPROTO_IP, IP_HDRINCL))
REFUSES(attack_30_own_ipv6_headers, "stdio",
	set(udp_fd, IPPROTO_IPV6, 36 /* IPV6_HDRINCL */))
REFUSES(attack_30_own_headers_with_high_bits, "stdio",
	syscall(SYS_setsockopt, (long)udp_fd, 1L << 32 | IPPROTO_IP,
		(long)IP_HDRINCL, &one, (long)sizeof(one)))
REFUSES(refuses_upper_layer_protocols, "stdio",
	setsockopt(tcp_fd, IPPROTO_TCP, TCP_ULP, "tls", 3))
REFUSES(refuses_tcp_repair, "stdio", set(tcp_fd, IPPROTO_TCP, TCP_REPAIR))
REFUSES(refuses_socket_filters, "stdio",
	set(udp_fd, SOL_SOCKET, SO_ATTACH_FILTER))
REFUSES(refuses_taking_a_socket_filter_off, "stdio",
	set(udp_fd, SOL_SOCKET, SO_DETACH_FILTER))
REFUSES(refuses_another_device, "stdio",
	setsockopt(udp_fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3))
/* TCP_NODELAY is 1, and so are other things at other levels. */
REFUSES(an_option_of_one_level_is_not_one_of_another, "stdio",
	set(udp_fd, IPPROTO_IPV6, 1 /* IPV6_ADDRFORM */))

/* ---- identity and namespaces ----------------------------------------- */

REFUSES(attack_17_setuid, "stdio", setuid(0))
REFUSES(attack_17_setresuid, "stdio", setresuid(0, 0, 0))
REFUSES(attack_17_setgroups, "stdio", syscall(SYS_setgroups, 0, NULL))
REFUSES(attack_17_capset, "stdio", syscall(SYS_capset, NULL, NULL))
REFUSES(attack_17_new_privileges, "stdio",
	prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0))
REFUSES(attack_17_dumpable, "stdio", prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
REFUSES(attack_17_limits, "stdio", setrlimit(RLIMIT_CORE, &(struct rlimit){0}))
REFUSES(attack_17_limits_of_others, "stdio",
	prlimit(getppid(), RLIMIT_CORE, NULL, &(struct rlimit){0}))
REFUSES(attack_17_affinity_of_others, "stdio",
	sched_getaffinity(getppid(), sizeof(cpu_set_t), &(cpu_set_t){0}))
REFUSES(attack_17_personality, "stdio", syscall(SYS_personality, 0x0400000))
REFUSES(attack_18_unshare, "stdio spawn", unshare(CLONE_NEWUSER))
REFUSES(attack_18_setns, "stdio spawn", setns(null_fd, 0))
REFUSES(attack_18_clone_newuser, "stdio spawn",
	syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0))
REFUSES(attack_18_clone_newnet, "stdio spawn threads",
	syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0))
REFUSES(attack_18_clone_beside_the_parent, "stdio spawn",
	syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0))
REFUSES(attack_18_thread_in_a_namespace, "stdio threads",
	syscall(SYS_clone,
		CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWUSER, 0, 0,
		0, 0))
CLAIM(attack_18_clone3, "stdio spawn threads", ENOSYS,
      syscall(SYS_clone3, &(struct clone_args){0}, sizeof(struct clone_args)))

/* ---- other processes ------------------------------------------------- */

REFUSES(attack_19_ptrace, "stdio", syscall(SYS_ptrace, 0, 0, 0, 0))
REFUSES(attack_19_process_vm_readv, "stdio",
	process_vm_readv(getppid(), &iov, 1, &iov, 1, 0))
REFUSES(attack_19_process_vm_writev, "stdio",
	process_vm_writev(getppid(), &iov, 1, &iov, 1, 0))
REFUSES(attack_19_pidfd_open, "stdio", syscall(SYS_pidfd_open, getppid(), 0))
REFUSES(attack_19_pidfd_getfd, "stdio", syscall(SYS_pidfd_getfd, null_fd, 0, 0))
REFUSES(attack_19_pidfd_signal, "stdio spawn",
	syscall(SYS_pidfd_send_signal, null_fd, 0, NULL, 0))
REFUSES(attack_19_queued_signals, "stdio spawn",
	syscall(SYS_rt_sigqueueinfo, getppid(), SIGTERM, NULL))

/* ---- the rest of the kernel ------------------------------------------ */

REFUSES(attack_20_io_uring, "stdio",
	syscall(SYS_io_uring_setup, 1, &(struct io_uring_params){0}))
REFUSES(attack_20_open_by_handle, "stdio",
	syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, O_RDONLY))
REFUSES(attack_20_bpf, "stdio", syscall(SYS_bpf, 0, NULL, 0))
REFUSES(attack_20_keyctl, "stdio", syscall(SYS_keyctl, 0, 0, 0, 0, 0))
REFUSES(attack_20_perf, "stdio",
	syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0))
REFUSES(attack_20_userfaultfd, "stdio", syscall(SYS_userfaultfd, 0))
REFUSES(attack_20_mount, "stdio", syscall(SYS_mount, 0, 0, 0, 0, 0))
REFUSES(attack_20_nested_filters, "stdio", syscall(SYS_seccomp, 0, 0, NULL))
REFUSES(attack_20_nested_filters_by_prctl, "stdio",
	prctl(PR_SET_SECCOMP, 2, NULL))
CLAIM(answers_enosys_to_what_it_does_not_know, "stdio", ENOSYS, syscall(999))

#ifdef __x86_64__
CLAIM(attack_21_x32_is_killed, "stdio", KILLED(SIGSYS),
      syscall(0x40000000 | SYS_getpid))

static long by_int_80(void)
{
	long result;

	/* 20 is getpid there. */
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
	return result;
}
CLAIM(attack_21_int_80_is_killed, "stdio", KILLED(SIGSYS), by_int_80())
#endif
