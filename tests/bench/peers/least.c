/* SPDX-License-Identifier: ISC */
#include "bench/peers/least.h"

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "bench/peers/peers.h"
#include "bench/peers/prototype.h"
#include "op.h"
#include "path.h"
#include "policy/load.h"
#include "policy/match.h"
#include "wicket/fdpass.h"

/*
 * So often in vain, and nobody asks at the moment: the other contestants are
 * there too, and who looked on would take a CPU from each of them.
 */
#define LOOKS 1000

/* What serves: all that a step may need. */
struct server {
	unsigned steps;
	int sock;
	int epoll;
	int root;
	struct policy *policy;
};

static unsigned steps_of(const struct entry *e)
{
	return *(const unsigned *)e->arg;
}

/* ---- who serves ---------------------------------------------------------- */

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

	if (s->steps & LEAST_STACK)
		touch_stack(path);
	if (s->steps & LEAST_JUDGE && !judge(s, path))
		return -1;
	fd = bare_openat2(s->root, path);
	if (s->steps & LEAST_FSTAT && fstat(fd, &st) < 0)
		return -1;
	if (s->steps & LEAST_FCNTL && fcntl(fd, F_SETFL, 0) < 0)
		return -1;
	return fd;
}

static int open_all(const struct server *s, const char *paths, size_t len,
		    int *ret_fds)
{
	int n = 0;

	for (size_t at = 0; at < len; at += strlen(paths + at) + 1) {
		int fd = n < WICKET_FDS_MAX ? open_one(s, paths + at) : -1;

		if (fd < 0)
			break;
		ret_fds[n++] = fd;
	}
	return n;
}

static ssize_t receive(const struct server *s, char *buf, size_t size,
		       int flags)
{
	char control[2048];
	struct iovec iov = {buf, size};
	struct msghdr mh = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	if (s->steps & LEAST_RECVMSG)
		return recvmsg(s->sock, &mh, flags | MSG_CMSG_CLOEXEC);
	return recv(s->sock, buf, size, flags);
}

static ssize_t await(const struct server *s, char *buf, size_t size)
{
	struct epoll_event event;

	if (s->steps & LEAST_EPOLL)
		(void)epoll_wait(s->epoll, &event, 1, -1);
	for (int i = 0; s->steps & LEAST_LOOK && i < LOOKS; i++) {
		ssize_t n = receive(s, buf, size, MSG_DONTWAIT);

		if (n >= 0 || errno != EAGAIN)
			return n;
	}
	return receive(s, buf, size, 0);
}

static void lock(const struct server *s, const char *path)
{
	if (s->steps & LEAST_LANDLOCK && prototype_landlock(path) < 0)
		err(1, "Landlock");
	if (s->steps & LEAST_FILTER && prototype_filter() < 0)
		err(1, "seccomp");
}

/* Opened one after the other by who opens nothing else. */
static void close_all(const struct server *s, const int *fds, int n)
{
	bool in_a_row = s->steps & LEAST_RANGE && n > 1 &&
			fds[n - 1] - fds[0] == n - 1;

	if (!in_a_row ||
	    close_range((unsigned)fds[0], (unsigned)fds[n - 1], 0) < 0)
		bare_close(fds, n);
}

static void serve(struct entry *e)
{
	struct server s = {
		.steps = steps_of(e),
		.sock = e->sock,
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.root = open("/", O_PATH | O_CLOEXEC),
	};
	struct epoll_event event = {.events = EPOLLIN};
	static char paths[BARE_BATCH];
	int fds[WICKET_FDS_MAX];
	ssize_t len;

	if (s.steps & LEAST_JUDGE)
		s.policy = policy_for(e->path);
	if (epoll_ctl(s.epoll, EPOLL_CTL_ADD, s.sock, &event) < 0)
		return;
	lock(&s, e->path);
	while ((len = await(&s, paths, sizeof(paths))) > 0) {
		int n = open_all(&s, paths, (size_t)len, fds);

		if (bare_send(s.sock, fds, (size_t)n) < 0)
			return;
		close_all(&s, fds, n);
	}
}

/* ---- who asks ------------------------------------------------------------ */

void least_start(struct entry *e)
{
	const struct timeval limit = {.tv_sec = 30};
	const unsigned steps = steps_of(e);

	contest_peer(e, SOCK_SEQPACKET, serve);
	if (steps & LEAST_TIMEOUT &&
	    setsockopt(e->sock, SOL_SOCKET, SO_RCVTIMEO, &limit,
		       sizeof(limit)) < 0)
		err(1, "SO_RCVTIMEO");
	if (steps & LEAST_LOOK && fcntl(e->sock, F_SETFL, O_NONBLOCK) < 0)
		err(1, "O_NONBLOCK");
	if (steps & LEAST_CONFINED &&
	    (prototype_landlock(NULL) < 0 || prototype_filter() < 0))
		err(1, "confinement");
}

int least_work(struct entry *e)
{
	static char paths[BARE_BATCH];
	const size_t wanted = e->n ? e->n : 1;
	int len = bare_put_paths(e->path, wanted, paths, sizeof(paths));
	int fds[WICKET_FDS_MAX];
	int n;

	if (len < 0 || send(e->sock, paths, (size_t)len, MSG_NOSIGNAL) != len)
		return -1;
	do
		n = bare_recv(e->sock, fds, wanted);
	while (n < 0 && errno == EAGAIN && steps_of(e) & LEAST_LOOK);
	bare_close(fds, n);
	return n == (int)wanted ? 0 : -1;
}
