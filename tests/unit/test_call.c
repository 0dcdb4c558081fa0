/* SPDX-License-Identifier: ISC */
/*
 * One question and one answer: right, late, wrong, or none.
 */
#include "call.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "support/echo.h"
#include "support/fds.h"
#include "support/played.h"

enum {
	THREADS = 8,
	CALLS = 300
};

/* ---- the round trip -------------------------------------------------- */

Test(call, asks_and_gives_the_descriptor, .timeout = 10)
{
	struct op_request q;
	uint8_t buf[8192];
	struct played p;
	int fd;

	played_open(&p, 0);
	played_fd(&p, 1);
	fd = wicket_open(p.w, "/srv/x", O_WRONLY | O_CREAT, 0640);
	cr_assert_geq(fd, 0);
	cr_assert(fds_cloexec(fd));
	q = played_request(p.helper, buf, sizeof(buf));
	cr_assert_eq(q.op, OP_open);
	cr_assert_eq(q.id, 1u);
	cr_assert_str_eq(q.object, "/srv/x");
	cr_assert_eq(q.flags, (uint32_t)(O_WRONLY | O_CREAT));
	cr_assert_eq(q.mode, 0640u);
	close_fd(&fd);
	played_close(&p);
}

Test(call, gives_the_helpers_errno, .timeout = 10)
{
	struct op_reply no = {.op = OP_unlink, .id = 1, .error = EACCES};
	struct played p;

	played_open(&p, 0);
	played_reply(&p, &no, 0);
	FAILS(wicket_unlink(p.w, "/etc/passwd"), EACCES);
	played_done(&p, OP_unlink, 2);
	cr_assert_eq(wicket_unlink(p.w, "/etc/passwd"), 0);
	played_close(&p);
}

/* Any other system call, such as a poll, kills. */
static int two_calls_only(void)
{
	static const char *const names[] = {"sendto", "sendmsg", "recvfrom",
					    "recvmsg", "exit_group"};
	scmp_filter_ctx only = seccomp_init(SCMP_ACT_KILL_PROCESS);
	struct played p;

	played_open(&p, 0);
	played_done(&p, OP_unlink, 1);
	played_fd(&p, 2);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (seccomp_rule_add(only, SCMP_ACT_ALLOW,
				     seccomp_syscall_resolve_name(names[i]),
				     0) < 0)
			return 2;
	if (seccomp_load(only) < 0)
		return 2;
	/* Not by _exit(), before which a sanitizer makes calls of its own. */
	(void)syscall(SYS_exit_group,
		      wicket_unlink(p.w, "/x") < 0 ||
			      wicket_open(p.w, "/x", O_RDONLY, 0) < 0);
	return 2;
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

/* ---- answers that come late, or not at all --------------------------- */

Test(call, times_out_and_drops_the_late_answer_with_its_descriptor,
     .timeout = 10)
{
	struct played p;
	int fd;

	played_open(&p, 20);
	FAILS(wicket_open(p.w, "/a", O_RDONLY, 0), ETIMEDOUT);
	played_fd(&p, 1);
	played_fd(&p, 2);
	fd = wicket_open(p.w, "/b", O_RDONLY, 0);
	cr_assert_geq(fd, 0);
	close_fd(&fd);
	played_close(&p);
}

Test(call, drops_several_late_answers_in_order, .timeout = 10)
{
	struct op_reply no = {.op = OP_open, .id = 2, .error = ENOENT};
	struct played p;

	played_open(&p, 20);
	FAILS(wicket_open(p.w, "/a", O_RDONLY, 0), ETIMEDOUT);
	FAILS(wicket_open(p.w, "/b", O_RDONLY, 0), ETIMEDOUT);
	played_fd(&p, 1);
	played_reply(&p, &no, 0);
	played_done(&p, OP_unlink, 3);
	cr_assert_eq(wicket_unlink(p.w, "/c"), 0);
	played_close(&p);
}

Test(call, times_out_when_nobody_reads, .timeout = 10)
{
	struct played p;
	int calls = 0;

	played_open(&p, 5);
	do {
		FAILS(wicket_unlink(p.w, "/a"), ETIMEDOUT);
	} while (++calls < 1000 && p.w->engine.asked == (uint32_t)calls);
	cr_assert_lt(calls, 1000, "the queue never filled");
	cr_assert_eq(p.w->engine.broken, 0);
	played_close(&p);
}

/* As event loops make what they are given. */
static void set_nonblocking(const struct played *p)
{
	int on = 1;

	cr_assert_eq(ioctl(wicket_fd(p->w), FIONBIO, &on), 0);
}

Test(call, waits_on_a_channel_that_was_made_non_blocking, .timeout = 10)
{
	char link[8] = {0};
	struct echo helper;
	struct played p;

	for (int timeout_ms = -1; timeout_ms <= 0; timeout_ms++) {
		played_open(&p, timeout_ms);
		set_nonblocking(&p);
		echo_start(&helper, p.helper);
		for (int i = 0; i < CALLS; i++)
			cr_assert_eq(wicket_readlink(p.w, "/x", link, 7), 2);
		cr_assert_eq(shutdown(p.helper, SHUT_RDWR), 0);
		echo_join(&helper);
		played_close(&p);
	}
}

Test(call, times_out_on_such_a_channel_too, .timeout = 10)
{
	struct played p;
	int calls = 0;

	played_open(&p, 1);
	set_nonblocking(&p);
	do {
		FAILS(wicket_unlink(p.w, "/a"), ETIMEDOUT);
	} while (++calls < 1000 && p.w->engine.asked == (uint32_t)calls);
	cr_assert_lt(calls, 1000, "the queue never filled");
	cr_assert_eq(p.w->engine.broken, 0);
	played_close(&p);
}

Test(call, says_epipe_when_the_helper_is_gone, .timeout = 10)
{
	struct played p;

	played_open(&p, 0);
	close_fd(&p.helper);
	FAILS(wicket_unlink(p.w, "/a"), EPIPE);
	FAILS(wicket_unlink(p.w, "/a"), EPIPE);
	played_close(&p);
}

Test(call, says_epipe_when_the_helper_ends_without_an_answer, .timeout = 10)
{
	struct played p;

	played_open(&p, 0);
	cr_assert_eq(shutdown(p.helper, SHUT_WR), 0);
	FAILS(wicket_unlink(p.w, "/a"), EPIPE);
	FAILS(wicket_unlink(p.w, "/a"), EPIPE);
	played_close(&p);
}

/* ---- answers that are none ---------------------------------------------
 *
 * After each of them the channel is of no use, and what came with it is
 * closed, which played_close() checks.
 */

static void assert_refused(struct played *p)
{
	FAILS(wicket_open(p->w, "/a", O_RDONLY, 0), EPROTO);
	FAILS(wicket_unlink(p->w, "/a"), EPROTO);
	played_close(p);
}

Test(call, refuses_an_id_that_was_never_asked, .timeout = 10)
{
	struct played p;

	played_open(&p, 0);
	played_fd(&p, 7);
	assert_refused(&p);
}

Test(call, refuses_an_id_that_was_answered, .timeout = 10)
{
	struct played p;

	played_open(&p, 0);
	played_done(&p, OP_unlink, 1);
	cr_assert_eq(wicket_unlink(p.w, "/a"), 0);
	played_fd(&p, 1);
	assert_refused(&p);
}

Test(call, refuses_the_answer_to_another_operation, .timeout = 10)
{
	struct played p;

	played_open(&p, 0);
	played_done(&p, OP_unlink, 1);
	assert_refused(&p);
}

Test(call, refuses_success_without_the_descriptor, .timeout = 10)
{
	struct played p;

	played_open(&p, 0);
	played_reply(&p, &(struct op_reply){.op = OP_open, .id = 1}, 0);
	assert_refused(&p);
}

Test(call, refuses_a_descriptor_that_is_claimed_and_not_there, .timeout = 10)
{
	struct played p;

	played_open(&p, 0);
	played_reply(&p, &(struct op_reply){.op = OP_open, .id = 1, .nfds = 1},
		     0);
	assert_refused(&p);
}

Test(call, refuses_a_descriptor_that_is_not_claimed, .timeout = 10)
{
	struct op_reply no = {.op = OP_open, .id = 1, .error = EACCES};
	struct played p;

	played_open(&p, 0);
	played_reply(&p, &no, 1);
	assert_refused(&p);
}

Test(call, refuses_second_fd, .timeout = 10)
{
	struct played p;

	played_open(&p, 0);
	played_reply(&p, &(struct op_reply){.op = OP_open, .id = 1, .nfds = 2},
		     2);
	assert_refused(&p);
}

Test(call, refuses_an_errno_that_is_none, .timeout = 10)
{
	struct op_reply bad = {.op = OP_open, .id = 1, .error = 0x80000000};
	struct played p;

	played_open(&p, 0);
	played_reply(&p, &bad, 0);
	assert_refused(&p);
}

Test(call, refuses_a_frame_cut_short, .timeout = 10)
{
	struct played p;

	played_open(&p, 0);
	cr_assert_eq(send(p.helper, "\2\0\1\0\1", 5, 0), 5);
	assert_refused(&p);
}

Test(call, refuses_an_empty_message, .timeout = 10)
{
	struct played p;

	played_open(&p, 0);
	cr_assert_eq(send(p.helper, "", 0, 0), 0);
	assert_refused(&p);
}

Test(call, refuses_bytes_behind_the_frame, .timeout = 10)
{
	uint8_t buf[64] = {0};
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct played p;

	played_open(&p, 0);
	op_put_reply(&o, &(struct op_reply){
				 .op = OP_open, .id = 1, .error = ENOENT});
	cr_assert_eq(send(p.helper, buf, o.len + 1, 0), (ssize_t)o.len + 1);
	assert_refused(&p);
}

/* ---- who may not call, and with what --------------------------------- */

Test(call, refuses_a_forked_child, .timeout = 10)
{
	struct played p;
	pid_t child;
	int status;

	played_open(&p, 0);
	child = fork();
	if (child == 0) {
		bool refused = wicket_unlink(p.w, "/a") == -1 && errno == EPERM;

		wicket_close(p.w);
		_exit(refused ? 0 : 1);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
	cr_assert_not(played_was_asked(p.helper));
	played_done(&p, OP_unlink, 1);
	cr_assert_eq(wicket_unlink(p.w, "/a"), 0);
	played_close(&p);
}

Test(call, refuses_null_and_overlong_before_anything_is_sent, .timeout = 10)
{
	char path[BOUND_PATH + 1];
	struct stat st;
	struct played p;

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[BOUND_PATH] = '\0';
	played_open(&p, 0);
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
	cr_assert_not(played_was_asked(p.helper));
	path[BOUND_PATH - 1] = '\0';
	played_reply(
		&p, &(struct op_reply){.op = OP_stat, .id = 1, .error = ENOENT},
		0);
	FAILS(wicket_stat(p.w, path, &st), ENOENT);
	played_close(&p);
}

Test(call, says_emfile_when_the_table_is_full_and_works_again, .timeout = 10)
{
	struct rlimit old, full;
	struct played p;
	int fd;

	played_open(&p, 0);
	played_fd(&p, 1);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	full = old;
	full.rlim_cur = 3;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &full), 0);
	FAILS(wicket_open(p.w, "/a", O_RDONLY, 0), EMFILE);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	played_fd(&p, 2);
	fd = wicket_open(p.w, "/a", O_RDONLY, 0);
	cr_assert_geq(fd, 0);
	close_fd(&fd);
	played_close(&p);
}

Test(call, closes_null_and_keeps_errno, .timeout = 10)
{
	struct played p;

	played_open(&p, 0);
	errno = E2BIG;
	wicket_close(NULL);
	close_fd(&p.helper);
	wicket_syslog(p.w, 0, "%s", "nobody hears this");
	wicket_close(p.w);
	cr_assert_eq(errno, E2BIG);
	cr_assert_eq(fds_count(), p.before);
}

/* ---- threads --------------------------------------------------------- */

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
	struct echo helper;
	struct played p;

	played_open(&p, 0);
	echo_start(&helper, p.helper);
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
	echo_join(&helper);
	played_close(&p);
}
