/* SPDX-License-Identifier: ISC */
/*
 * Where the time of an open goes: the bare loop, and the same with one more of
 * the things that wicket's helper does for each request, and with all of them.
 */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/contest.h"
#include "bench/peers/peers.h"
#include "bench/report.h"
#include "landlock.h"
#include "policy/load.h"
#include "policy/match.h"
#include "path.h"
#include "op.h"

enum step {
	STEP_EPOLL = 1u << 0,
	STEP_RECVMSG = 1u << 1, /* with room for control data */
	STEP_FSTAT = 1u << 2,
	STEP_FCNTL = 1u << 3,
	STEP_JUDGE = 1u << 4, /* the frame, the path, the policy */
	STEP_STACK = 1u << 5, /* 64 KiB of it, touched by the compiler */
	STEP_LANDLOCK = 1u << 6,
	STEP_TIMEOUT = 1u << 7, /* on the asker's socket */
	STEP_ALL = (1u << 8) - 1,
};

static const struct {
	unsigned steps;
	const char *name;
} ladder[] = {
	{0, "bare"},
	{STEP_EPOLL, "bare, and epoll_wait"},
	{STEP_RECVMSG, "bare, and recvmsg in place of recv"},
	{STEP_FSTAT, "bare, and fstat"},
	{STEP_FCNTL, "bare, and fcntl(F_SETFL)"},
	{STEP_JUDGE, "bare, and the frame, the path and the policy"},
	{STEP_STACK, "bare, and 64 KiB of stack"},
	{STEP_LANDLOCK, "bare, and Landlock"},
	{STEP_TIMEOUT, "bare, and a time limit of the asker's"},
	{STEP_ALL, "bare, and all of these"},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What serves: all that a step may need. */
struct server {
	unsigned steps;
	int sock;
	int epoll;
	int root;
	struct policy *policy;
};

static struct policy *policy_for(const char *path)
{
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy *p = NULL;
	char text[BOUND_PATH + 64];
	int len = snprintf(text, sizeof(text),
			   "worker 61020:61020\nhelper 61021:61021\nread %s\n",
			   path);

	if (policy_load_text("bench", "bench", text, (size_t)len, NULL, &p,
			     NULL, &err) < 0)
		errx(1, "%s", err.text);
	return p;
}

/* As the helper is: that file, and all that Landlock knows taken away. */
static void lock_to(const char *path)
{
	const struct landlock_handled all = {
		.fs = LANDLOCK_ALL_FS,
		.net = LANDLOCK_ALL_NET,
		.scopes = LANDLOCK_ALL_SCOPES,
	};
	int version = landlock_version();
	_cleanup_fd_ int fd = open(path, O_PATH | O_CLOEXEC);
	_cleanup_fd_ int ruleset = -1;

	if (version <= 0)
		return;
	ruleset = landlock_ruleset(version, &all);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || ruleset < 0 ||
	    landlock_allow(ruleset, fd, LANDLOCK_READ_FILE) < 0 ||
	    landlock_restrict(ruleset) < 0)
		err(1, "Landlock");
}

/* Reads the path as the helper reads it from a frame, and judges it. */
static bool judge(const struct server *s, const char *path)
{
	struct op_request q = {.op = OP_open, .id = 1, .object = path};
	struct op_reply answer = {.op = OP_open, .id = 1, .nfds = 1};
	uint8_t buf[2 * BOUND_PATH];
	struct wire_out o = wire_out(buf, sizeof(buf));
	struct wire_in i;
	char clean[BOUND_PATH];
	bool dir;

	op_put_request(&o, &q);
	i = wire_in(buf, o.len);
	if (op_get_request(&i, &q) < 0 || path_clean(q.object, clean, &dir) < 0)
		return false;
	o = wire_out(buf, sizeof(buf));
	op_put_reply(&o, &answer);
	return policy_judge(s->policy, clean).rights & RIGHT_READ;
}

static ssize_t receive(const struct server *s, char *buf, size_t size)
{
	char control[2048];
	struct iovec iov = {buf, size};
	struct msghdr mh = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	if (s->steps & STEP_RECVMSG)
		return recvmsg(s->sock, &mh, MSG_CMSG_CLOEXEC);
	return recv(s->sock, buf, size, 0);
}

/* -fstack-clash-protection touches each of its pages. */
static __attribute__((noinline)) void touch_stack(const char *path)
{
	char room[BOUND_MESSAGE];

	room[0] = path[0];
	__asm__ volatile("" : : "r"(room) : "memory");
}

static int open_one(const struct server *s, const char *path)
{
	int fd;
	struct stat st;

	if (s->steps & STEP_STACK)
		touch_stack(path);
	if (s->steps & STEP_JUDGE && !judge(s, path))
		return -1;
	fd = bare_openat2(s->root, path);
	if (s->steps & STEP_FSTAT && fstat(fd, &st) < 0)
		return -1;
	if (s->steps & STEP_FCNTL && fcntl(fd, F_SETFL, 0) < 0)
		return -1;
	return fd;
}

static void serve(struct entry *e)
{
	struct server s = {
		.steps = (unsigned)e->n,
		.sock = e->sock,
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.root = open("/", O_PATH | O_CLOEXEC),
	};
	struct epoll_event event = {.events = EPOLLIN};
	static char path[BOUND_MESSAGE];

	if (s.steps & STEP_JUDGE)
		s.policy = policy_for(e->path);
	if (s.steps & STEP_LANDLOCK)
		lock_to(e->path);
	if (epoll_ctl(s.epoll, EPOLL_CTL_ADD, s.sock, &event) < 0)
		return;
	for (;;) {
		int fd;

		if (s.steps & STEP_EPOLL)
			(void)epoll_wait(s.epoll, &event, 1, -1);
		if (receive(&s, path, sizeof(path)) <= 0)
			return;
		fd = open_one(&s, path);
		if (fd < 0 || bare_send(s.sock, &fd, 1) < 0)
			return;
		(void)close(fd);
	}
}

static void start(struct entry *e)
{
	const struct timeval limit = {.tv_sec = 30};

	contest_peer(e, SOCK_SEQPACKET, serve);
	if (e->n & STEP_TIMEOUT && setsockopt(e->sock, SOL_SOCKET, SO_RCVTIMEO,
					      &limit, sizeof(limit)) < 0)
		err(1, "SO_RCVTIMEO");
}

/* The helper asked by a bare client: what wicket's library adds is missing. */
static int ask_helper(struct entry *e)
{
	const struct op_request q = {.op = OP_open, .id = 2, .object = e->path};
	uint8_t buf[2 * BOUND_PATH];
	struct wire_out o = wire_out(buf, sizeof(buf));
	int fd;

	op_put_request(&o, &q);
	if (send(wicket_fd(e->w), buf, o.len, MSG_NOSIGNAL) < 0)
		return -1;
	fd = bare_take(wicket_fd(e->w), buf, sizeof(buf));
	return fd < 0 ? -1 : close(fd);
}

int main(void)
{
	struct scratch *s = measure_scratch();
	static struct entry e[COUNT(ladder) + 2];
	const size_t n = COUNT(ladder) + 2;

	scratch_write(s, "file", "small\n", 0644);
	for (size_t i = 0; i < COUNT(ladder); i++)
		e[i] = (struct entry){.name = ladder[i].name,
				      .start = start,
				      .work = bare_open,
				      .n = ladder[i].steps};
	e[n - 2] = (struct entry){.name = "wicket's helper, asked by the bare",
				  .start = gate_start,
				  .work = ask_helper};
	e[n - 1] = (struct entry){.name = "wicket, worker not confined",
				  .start = gate_start,
				  .work = gate_open};
	for (size_t i = 0; i < n; i++)
		e[i].path = scratch_path(s, "file");
	report_title("Where the time of an open goes");
	contest_run(e, n, MEASURE_SAME);
	for (size_t i = 1; i < n; i++) {
		const struct report_row row = {
			.group = "steps",
			.place = "same",
			.work = e[i].name,
			.unit = "of bare",
		};

		report_ratio(&row, e[i].got[0], e[0].got[0], MEASURE_ROUNDS);
	}
	return 0;
}
