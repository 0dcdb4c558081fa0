/* SPDX-License-Identifier: ISC */
/*
 * The worker's side of the channel, against a helper that the test plays: it
 * queues what a helper would answer, right or wrong, and then makes the call.
 */
#include "call.h"

#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "answer.h"
#include "chan.h"
#include "support/fds.h"

/* Both ends, and how many descriptors there were before. */
struct pair {
	struct wicket *w;
	int helper;
	size_t before;
};

static void pair_open(struct pair *p, int timeout_ms)
{
	bool refuses;
	int worker;

	p->before = fds_count();
	cr_assert_eq(chan_pair(&worker, &p->helper, &refuses), 0);
	cr_assert_eq(handle_new(worker, timeout_ms, &p->w), 0);
}

/* Everything that was opened since pair_open() must have been closed. */
static void pair_close(struct pair *p)
{
	close_fd(&p->helper);
	wicket_close(p->w);
	cr_assert_eq(fds_count(), p->before);
}

static int spare_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	cr_assert_geq(fd, 0);
	return fd;
}

/* Queues a reply with n descriptors, whatever nfds in it claims. */
static void queue(const struct pair *p, const struct op_reply *reply, size_t n)
{
	uint8_t buf[8192];
	struct wire_out o = wire_out(buf, sizeof(buf));
	int fds[4];

	op_put_reply(&o, reply);
	cr_assert_not(o.failed);
	for (size_t i = 0; i < n; i++)
		fds[i] = spare_fd();
	cr_assert_eq(chan_send(p->helper, buf, o.len, fds, n, 0), 0);
	close_fds(fds, n);
}

static void queue_fd(const struct pair *p, uint32_t id)
{
	queue(p, &(struct op_reply){.op = OP_open, .id = id, .nfds = 1}, 1);
}

static void queue_done(const struct pair *p, unsigned op, uint32_t id)
{
	queue(p, &(struct op_reply){.op = (uint16_t)op, .id = id}, 0);
}

/* Takes one request off the helper's end; strings lie in buf. */
static struct op_request request_at(int helper, uint8_t *buf, size_t size)
{
	ssize_t n = recv(helper, buf, size, MSG_DONTWAIT);
	struct op_request q;
	struct wire_in i;

	cr_assert_gt(n, 0);
	i = wire_in(buf, (size_t)n);
	cr_assert_eq(op_get_request(&i, &q), 0);
	return q;
}

static bool request_is_there(int helper)
{
	struct pollfd p = {.fd = helper, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

#define FAILS(call, error)                                                   \
	do {                                                                 \
		errno = 0;                                                   \
		cr_assert_eq((call), -1);                                    \
		cr_assert_eq(errno, (error), "errno %d, expected %s", errno, \
			     #error);                                        \
	} while (0)

/* ---- the round trip --------------------------------------------------------
 */

Test(call, asks_and_gives_the_descriptor, .timeout = 10)
{
	struct op_request q;
	uint8_t buf[8192];
	struct pair p;
	int fd;

	pair_open(&p, 0);
	queue_fd(&p, 1);
	fd = wicket_open(p.w, "/srv/x", O_WRONLY | O_CREAT, 0640);
	cr_assert_geq(fd, 0);
	cr_assert(fds_cloexec(fd));
	q = request_at(p.helper, buf, sizeof(buf));
	cr_assert_eq(q.op, OP_open);
	cr_assert_eq(q.id, 1u);
	cr_assert_str_eq(q.object, "/srv/x");
	cr_assert_eq(q.flags, (uint32_t)(O_WRONLY | O_CREAT));
	cr_assert_eq(q.mode, 0640u);
	close_fd(&fd);
	pair_close(&p);
}

Test(call, gives_the_helpers_errno, .timeout = 10)
{
	struct op_reply no = {.op = OP_unlink, .id = 1, .error = EACCES};
	struct pair p;

	pair_open(&p, 0);
	queue(&p, &no, 0);
	FAILS(wicket_unlink(p.w, "/etc/passwd"), EACCES);
	queue_done(&p, OP_unlink, 2);
	cr_assert_eq(wicket_unlink(p.w, "/etc/passwd"), 0);
	pair_close(&p);
}

/* Any other system call, such as a poll, kills. */
static int two_calls_only(void)
{
	static const char *const names[] = {"sendto", "sendmsg", "recvfrom",
					    "recvmsg", "exit_group"};
	scmp_filter_ctx only = seccomp_init(SCMP_ACT_KILL_PROCESS);
	struct pair p;

	pair_open(&p, 0);
	queue_done(&p, OP_unlink, 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (seccomp_rule_add(only, SCMP_ACT_ALLOW,
				     seccomp_syscall_resolve_name(names[i]),
				     0) < 0)
			return 2;
	if (seccomp_load(only) < 0)
		return 2;
	return wicket_unlink(p.w, "/x") == 0 ? 0 : 1;
}

Test(call, needs_only_a_send_and_a_receive, .timeout = 10)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(two_calls_only());
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status), "killed by %d", WTERMSIG(status));
	cr_assert_eq(WEXITSTATUS(status), 0);
}

/* ---- answers that come late, or not at all ---------------------------------
 */

Test(call, times_out_and_drops_the_late_answer_with_its_descriptor,
     .timeout = 10)
{
	struct pair p;
	int fd;

	pair_open(&p, 20);
	FAILS(wicket_open(p.w, "/a", O_RDONLY, 0), ETIMEDOUT);
	queue_fd(&p, 1);
	queue_fd(&p, 2);
	fd = wicket_open(p.w, "/b", O_RDONLY, 0);
	cr_assert_geq(fd, 0);
	close_fd(&fd);
	pair_close(&p);
}

Test(call, drops_several_late_answers_in_order, .timeout = 10)
{
	struct op_reply no = {.op = OP_open, .id = 2, .error = ENOENT};
	struct pair p;

	pair_open(&p, 20);
	FAILS(wicket_open(p.w, "/a", O_RDONLY, 0), ETIMEDOUT);
	FAILS(wicket_open(p.w, "/b", O_RDONLY, 0), ETIMEDOUT);
	queue_fd(&p, 1);
	queue(&p, &no, 0);
	queue_done(&p, OP_unlink, 3);
	cr_assert_eq(wicket_unlink(p.w, "/c"), 0);
	pair_close(&p);
}

Test(call, times_out_when_nobody_reads, .timeout = 10)
{
	struct pair p;
	int calls = 0;

	pair_open(&p, 5);
	do {
		FAILS(wicket_unlink(p.w, "/a"), ETIMEDOUT);
	} while (++calls < 1000 && p.w->asked == (uint32_t)calls);
	cr_assert_lt(calls, 1000, "the queue never filled");
	cr_assert_eq(p.w->broken, 0);
	pair_close(&p);
}

Test(call, says_epipe_when_the_helper_is_gone, .timeout = 10)
{
	struct pair p;

	pair_open(&p, 0);
	close_fd(&p.helper);
	FAILS(wicket_unlink(p.w, "/a"), EPIPE);
	FAILS(wicket_unlink(p.w, "/a"), EPIPE);
	pair_close(&p);
}

Test(call, says_epipe_when_the_helper_ends_without_an_answer, .timeout = 10)
{
	struct pair p;

	pair_open(&p, 0);
	cr_assert_eq(shutdown(p.helper, SHUT_WR), 0);
	FAILS(wicket_unlink(p.w, "/a"), EPIPE);
	FAILS(wicket_unlink(p.w, "/a"), EPIPE);
	pair_close(&p);
}

/* ---- answers that are none --------------------------------------------------
 *
 * After each of them the channel is of no use, and what came with it is
 * closed, which pair_close() checks.
 */

static void assert_refused(struct pair *p)
{
	FAILS(wicket_open(p->w, "/a", O_RDONLY, 0), EPROTO);
	FAILS(wicket_unlink(p->w, "/a"), EPROTO);
	pair_close(p);
}

Test(call, refuses_an_id_that_was_never_asked, .timeout = 10)
{
	struct pair p;

	pair_open(&p, 0);
	queue_fd(&p, 7);
	assert_refused(&p);
}

Test(call, refuses_an_id_that_was_answered, .timeout = 10)
{
	struct pair p;

	pair_open(&p, 0);
	queue_done(&p, OP_unlink, 1);
	cr_assert_eq(wicket_unlink(p.w, "/a"), 0);
	queue_fd(&p, 1);
	assert_refused(&p);
}

Test(call, refuses_the_answer_to_another_operation, .timeout = 10)
{
	struct pair p;

	pair_open(&p, 0);
	queue_done(&p, OP_unlink, 1);
	assert_refused(&p);
}

Test(call, refuses_success_without_the_descriptor, .timeout = 10)
{
	struct pair p;

	pair_open(&p, 0);
	queue(&p, &(struct op_reply){.op = OP_open, .id = 1}, 0);
	assert_refused(&p);
}

Test(call, refuses_a_descriptor_that_is_claimed_and_not_there, .timeout = 10)
{
	struct pair p;

	pair_open(&p, 0);
	queue(&p, &(struct op_reply){.op = OP_open, .id = 1, .nfds = 1}, 0);
	assert_refused(&p);
}

Test(call, refuses_a_descriptor_that_is_not_claimed, .timeout = 10)
{
	struct op_reply no = {.op = OP_open, .id = 1, .error = EACCES};
	struct pair p;

	pair_open(&p, 0);
	queue(&p, &no, 1);
	assert_refused(&p);
}

Test(call, refuses_second_fd, .timeout = 10)
{
	struct pair p;

	pair_open(&p, 0);
	queue(&p, &(struct op_reply){.op = OP_open, .id = 1, .nfds = 2}, 2);
	assert_refused(&p);
}

Test(call, refuses_an_errno_that_is_none, .timeout = 10)
{
	struct op_reply bad = {.op = OP_open, .id = 1, .error = 0x80000000};
	struct pair p;

	pair_open(&p, 0);
	queue(&p, &bad, 0);
	assert_refused(&p);
}

Test(call, refuses_a_frame_cut_short, .timeout = 10)
{
	struct pair p;

	pair_open(&p, 0);
	cr_assert_eq(send(p.helper, "\2\0\1\0\1", 5, 0), 5);
	assert_refused(&p);
}

Test(call, refuses_an_empty_message, .timeout = 10)
{
	struct pair p;

	pair_open(&p, 0);
	cr_assert_eq(send(p.helper, "", 0, 0), 0);
	assert_refused(&p);
}

Test(call, refuses_bytes_behind_the_frame, .timeout = 10)
{
	uint8_t buf[64] = {0};
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct pair p;

	pair_open(&p, 0);
	op_put_reply(&o, &(struct op_reply){
				 .op = OP_open, .id = 1, .error = ENOENT});
	cr_assert_eq(send(p.helper, buf, o.len + 1, 0), (ssize_t)o.len + 1);
	assert_refused(&p);
}

/* ---- who may not call, and with what
 * ----------------------------------------- */

Test(call, refuses_a_forked_child, .timeout = 10)
{
	struct pair p;
	pid_t child;
	int status;

	pair_open(&p, 0);
	child = fork();
	if (child == 0) {
		bool refused = wicket_unlink(p.w, "/a") == -1 && errno == EPERM;

		wicket_close(p.w);
		_exit(refused ? 0 : 1);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
	cr_assert_not(request_is_there(p.helper));
	queue_done(&p, OP_unlink, 1);
	cr_assert_eq(wicket_unlink(p.w, "/a"), 0);
	pair_close(&p);
}

Test(call, refuses_null_and_overlong_before_anything_is_sent, .timeout = 10)
{
	char path[BOUND_PATH + 1];
	struct stat st;
	struct pair p;

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[BOUND_PATH] = '\0';
	pair_open(&p, 0);
	FAILS(wicket_unlink(NULL, "/a"), EBADF);
	FAILS(wicket_unlink(p.w, NULL), EFAULT);
	FAILS(wicket_rename(p.w, "/a", NULL), EFAULT);
	FAILS(wicket_stat(p.w, "/a", NULL), EFAULT);
	FAILS(wicket_unlink(p.w, path), ENAMETOOLONG);
	FAILS(wicket_rename(p.w, "/a", path), ENAMETOOLONG);
	FAILS(wicket_access(p.w, "/a", 8), EINVAL);
	FAILS(wicket_readlink(p.w, "/a", path, 0), EINVAL);
	FAILS(wicket_listen(p.w, "tcp *:80", -1), EINVAL);
	FAILS(wicket_connect(p.w, "tcp 127.0.0.1:1", 1 << 30), EINVAL);
	cr_assert_eq(wicket_fd(NULL), -1);
	cr_assert_not(request_is_there(p.helper));
	path[BOUND_PATH - 1] = '\0';
	queue(&p, &(struct op_reply){.op = OP_stat, .id = 1, .error = ENOENT},
	      0);
	FAILS(wicket_stat(p.w, path, &st), ENOENT);
	pair_close(&p);
}

Test(call, says_emfile_when_the_table_is_full_and_works_again, .timeout = 10)
{
	struct rlimit old, full;
	struct pair p;
	int fd;

	pair_open(&p, 0);
	queue_fd(&p, 1);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	full = old;
	full.rlim_cur = 3;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &full), 0);
	FAILS(wicket_open(p.w, "/a", O_RDONLY, 0), EMFILE);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	queue_fd(&p, 2);
	fd = wicket_open(p.w, "/a", O_RDONLY, 0);
	cr_assert_geq(fd, 0);
	close_fd(&fd);
	pair_close(&p);
}

Test(call, closes_null_and_keeps_errno, .timeout = 10)
{
	struct pair p;

	pair_open(&p, 0);
	errno = E2BIG;
	wicket_close(NULL);
	close_fd(&p.helper);
	wicket_syslog(p.w, 0, "%s", "nobody hears this");
	wicket_close(p.w);
	cr_assert_eq(errno, E2BIG);
	cr_assert_eq(fds_count(), p.before);
}

/* ---- what rides in the blob
 * -------------------------------------------------- */

Test(call, stat_gives_what_the_helper_saw, .timeout = 10)
{
	struct stat seen = {.st_ino = 42, .st_mode = S_IFREG | 0640};
	struct stat st = {0};
	uint8_t blob[256];
	struct wire_out o = wire_out(blob, sizeof(blob));
	struct pair p;

	pair_open(&p, 0);
	answer_put_stat(&o, &seen);
	queue(&p,
	      &(struct op_reply){
		      .op = OP_stat, .id = 1, .blob = blob, .blob_len = o.len},
	      0);
	cr_assert_eq(wicket_stat(p.w, "/a", &st), 0);
	cr_assert_eq(st.st_ino, 42u);
	cr_assert_eq(st.st_mode, (mode_t)(S_IFREG | 0640));
	queue(&p, &(struct op_reply){.op = OP_stat, .id = 2, .blob_len = 0}, 0);
	FAILS(wicket_lstat(p.w, "/a", &st), EPROTO);
	cr_assert_eq(st.st_ino, 42u);
	pair_close(&p);
}

Test(call, readlink_cuts_like_readlink, .timeout = 10)
{
	struct op_reply target = {
		.op = OP_readlink, .id = 1, .blob = "target", .blob_len = 6};
	char buf[8] = "########";
	struct pair p;

	pair_open(&p, 0);
	queue(&p, &target, 0);
	cr_assert_eq(wicket_readlink(p.w, "/a", buf, 4), 4);
	cr_assert_arr_eq(buf, "targ####", 8);
	target.id = 2;
	queue(&p, &target, 0);
	cr_assert_eq(wicket_readlink(p.w, "/a", buf, 8), 6);
	cr_assert_arr_eq(buf, "target##", 8);
	pair_close(&p);
}

static void queue_page(const struct pair *p, uint32_t id, uint64_t next,
		       const char *const *names, size_t n)
{
	uint8_t blob[1024];
	struct wire_out o = wire_out(blob, sizeof(blob));

	for (size_t i = 0; i < n; i++)
		answer_put_entry(&o, &(struct answer_entry){.name = names[i],
							    .type = S_IFREG,
							    .size = i,
							    .mtime = 7});
	queue(p,
	      &(struct op_reply){.op = OP_list,
				 .id = id,
				 .number = next,
				 .blob = blob,
				 .blob_len = o.len},
	      0);
}

Test(call, list_gathers_all_pages, .timeout = 10)
{
	const char *const names[] = {"a", "b", "c"};
	struct wicket_entry *v = NULL;
	struct op_request q;
	uint8_t buf[8192];
	struct pair p;

	pair_open(&p, 0);
	queue_page(&p, 1, 99, names, 2);
	queue_page(&p, 2, 0, names + 2, 1);
	cr_assert_eq(wicket_list(p.w, "/srv", &v), 3);
	cr_assert_str_eq(v[0].name, "a");
	cr_assert_str_eq(v[2].name, "c");
	cr_assert_eq(v[1].size, 1);
	cr_assert_eq(v[1].mtime, 7);
	cr_assert_eq(v[1].type, (mode_t)S_IFREG);
	wicket_list_free(v, 3);
	q = request_at(p.helper, buf, sizeof(buf));
	cr_assert_eq(q.number, 0u);
	q = request_at(p.helper, buf, sizeof(buf));
	cr_assert_eq(q.number, 99u);
	queue_page(&p, 3, 0, NULL, 0);
	cr_assert_eq(wicket_list(p.w, "/empty", &v), 0);
	wicket_list_free(v, 0);
	pair_close(&p);
}

Test(call, list_refuses_names_that_are_paths, .timeout = 10)
{
	static const char *const names[] = {"../../etc", "a/b", "..", "."};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct wicket_entry *v = NULL;
		struct pair p;

		pair_open(&p, 0);
		queue_page(&p, 1, 0, &names[i], 1);
		FAILS(wicket_list(p.w, "/srv", &v), EPROTO);
		cr_assert_null(v);
		pair_close(&p);
	}
}

Test(call, list_refuses_an_empty_page_that_is_not_the_last, .timeout = 10)
{
	struct wicket_entry *v = NULL;
	struct pair p;

	pair_open(&p, 0);
	queue_page(&p, 1, 5, NULL, 0);
	FAILS(wicket_list(p.w, "/srv", &v), EPROTO);
	pair_close(&p);
}

/* ---- streams, addresses, words
 * ------------------------------------------------ */

Test(call, fopen_asks_for_what_its_mode_means, .timeout = 10)
{
	static const struct {
		const char *mode;
		int flags;
	} table[] = {
		{"r", O_RDONLY},
		{"rb", O_RDONLY},
		{"r+", O_RDWR},
		{"rb+e", O_RDWR},
		{"w", O_WRONLY | O_CREAT | O_TRUNC},
		{"w+x", O_RDWR | O_CREAT | O_TRUNC | O_EXCL},
		{"a", O_WRONLY | O_CREAT | O_APPEND},
		{"ab+", O_RDWR | O_CREAT | O_APPEND},
	};
	uint8_t buf[8192];
	struct pair p;

	pair_open(&p, 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct op_reply no = {
			.op = OP_open, .id = (uint32_t)i + 1, .error = ENOENT};
		struct op_request q;

		queue(&p, &no, 0);
		cr_assert_null(wicket_fopen(p.w, "/a", table[i].mode));
		cr_assert_eq(errno, ENOENT);
		q = request_at(p.helper, buf, sizeof(buf));
		cr_assert_eq(q.flags, (uint32_t)table[i].flags, "%s",
			     table[i].mode);
	}
	pair_close(&p);
}

Test(call, fopen_refuses_other_modes, .timeout = 10)
{
	static const char *const modes[] = {"", "x", "rz", "+r", "r,ccs=x"};
	struct pair p;

	pair_open(&p, 0);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		errno = 0;
		cr_assert_null(wicket_fopen(p.w, "/a", modes[i]));
		cr_assert_eq(errno, EINVAL);
	}
	cr_assert_not(request_is_there(p.helper));
	pair_close(&p);
}

Test(call, fopen_gives_a_stream, .timeout = 10)
{
	struct pair p;
	FILE *f;

	pair_open(&p, 0);
	queue_fd(&p, 1);
	f = wicket_fopen(p.w, "/a", "re");
	cr_assert_not_null(f);
	cr_assert_eq(fgetc(f), EOF);
	(void)fclose(f);
	pair_close(&p);
}

Test(call, socket_addresses_become_the_same_text, .timeout = 10)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons(5432),
				 .sin_addr = {htonl(0x0a000001)}};
	struct sockaddr other = {.sa_family = AF_APPLETALK};
	struct op_reply no = {.op = OP_bind, .id = 1, .error = EACCES};
	struct op_request q;
	uint8_t buf[8192];
	struct pair p;

	pair_open(&p, 0);
	queue(&p, &no, 0);
	FAILS(wicket_bind_addr(p.w, SOCK_DGRAM, (struct sockaddr *)&in,
			       sizeof(in)),
	      EACCES);
	q = request_at(p.helper, buf, sizeof(buf));
	cr_assert_str_eq(q.object, "udp 10.0.0.1:5432");
	FAILS(wicket_bind_addr(p.w, SOCK_DGRAM, &other, sizeof(other)),
	      EAFNOSUPPORT);
	FAILS(wicket_bind_addr(p.w, SOCK_RAW, (struct sockaddr *)&in,
			       sizeof(in)),
	      EINVAL);
	FAILS(wicket_bind_addr(p.w, SOCK_DGRAM, NULL, 16), EFAULT);
	FAILS(wicket_bind_addr(p.w, SOCK_DGRAM, (struct sockaddr *)&in, 1),
	      EINVAL);
	pair_close(&p);
}

Test(call, notify_refuses_more_than_a_message, .timeout = 10)
{
	char state[BOUND_NOTIFY + 1];
	struct pair p;

	memset(state, 'x', sizeof(state));
	state[BOUND_NOTIFY] = '\0';
	pair_open(&p, 0);
	FAILS(wicket_notify(p.w, state), EINVAL);
	queue_done(&p, OP_notify, 1);
	cr_assert_eq(wicket_notify(p.w, "READY=1"), 0);
	pair_close(&p);
}

Test(call, syslog_cuts_the_text_and_sends_the_severity_only, .timeout = 10)
{
	char text[2 * BOUND_SYSLOG];
	struct op_request q;
	uint8_t buf[8192];
	struct pair p;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	pair_open(&p, 0);
	queue_done(&p, OP_syslog, 1);
	wicket_syslog(p.w, (4 << 3) | 6, "%s", text);
	q = request_at(p.helper, buf, sizeof(buf));
	cr_assert_eq(strlen(q.object), (size_t)BOUND_SYSLOG - 1);
	cr_assert_eq(q.number, 6u);
	pair_close(&p);
}

/* ---- threads
 * ------------------------------------------------------------------ */

enum {
	THREADS = 8,
	CALLS = 300
};

/* A helper whose answer to readlink is the path itself. */
static void *echo(void *arg)
{
	int fd = *(int *)arg;
	uint8_t in[8192], out[8192];
	ssize_t n;

	while ((n = recv(fd, in, sizeof(in), 0)) > 0) {
		struct wire_in i = wire_in(in, (size_t)n);
		struct wire_out o = wire_out(out, sizeof(out));
		struct op_request q;
		struct op_reply r;

		if (op_get_request(&i, &q) < 0)
			break;
		r = (struct op_reply){.op = q.op,
				      .id = q.id,
				      .blob = q.object,
				      .blob_len = strlen(q.object)};
		op_put_reply(&o, &r);
		if (chan_send(fd, out, o.len, NULL, 0, 0) < 0)
			break;
	}
	return NULL;
}

struct asker {
	struct wicket *w;
	int number;
	int wrong;
};

static void *ask_often(void *arg)
{
	struct asker *a = arg;

	for (int i = 0; i < CALLS; i++) {
		char path[64], link[64] = {0};

		(void)snprintf(path, sizeof(path), "/%d/%d", a->number, i);
		if (wicket_readlink(a->w, path, link, sizeof(link) - 1) < 0 ||
		    strcmp(path, link) != 0)
			a->wrong++;
	}
	return NULL;
}

Test(call, eight_threads_never_get_each_others_answers, .timeout = 10)
{
	struct asker askers[THREADS];
	pthread_t threads[THREADS];
	pthread_t helper;
	struct pair p;

	pair_open(&p, 0);
	cr_assert_eq(pthread_create(&helper, NULL, echo, &p.helper), 0);
	for (int i = 0; i < THREADS; i++) {
		askers[i] = (struct asker){.w = p.w, .number = i};
		cr_assert_eq(pthread_create(&threads[i], NULL, ask_often,
					    &askers[i]),
			     0);
	}
	for (int i = 0; i < THREADS; i++) {
		(void)pthread_join(threads[i], NULL);
		cr_assert_eq(askers[i].wrong, 0);
	}
	cr_assert_eq(shutdown(p.helper, SHUT_RDWR), 0);
	(void)pthread_join(helper, NULL);
	pair_close(&p);
}
