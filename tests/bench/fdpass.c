/* SPDX-License-Identifier: ISC */
/*
 * What passing descriptors costs: one byte asked, one byte and n descriptors
 * answered, descriptors closed.  The same work by a bare sendmsg and recvmsg
 * loop, by wicket's core, by skalibs and by Python, in the same rounds.
 */
#include "bench/measure.h"

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <skalibs/unixmessage.h>

#include "wicket/fdpass.h"

enum {
	SKA_HEADER = 6
};

static const size_t counts[] = {0, 1, 4, 16, 64, 253};
static const int types[] = {SOCK_SEQPACKET, SOCK_STREAM, SOCK_DGRAM};
static const char *const type_names[] = {"SEQPACKET", "STREAM", "DGRAM"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* One end of a pair, and what is passed over it. */
struct end {
	int sock;
	size_t n;
	int fds[WICKET_FDS_MAX];
	unixmessage_sender ska_out;
	unixmessage_receiver ska_in;
	char ska_main[UNIXMESSAGE_BUFSIZE];
	char ska_aux[UNIXMESSAGE_AUXBUFSIZE];
};

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* ---- bare ---------------------------------------------------------------- */

static int bare_answer(struct end *e)
{
	union {
		char room[CMSG_SPACE(WICKET_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte;
	struct iovec iov = {&byte, 1};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};

	if (recv(e->sock, &byte, 1, 0) != 1)
		return -1;
	if (e->n > 0) {
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(e->n * sizeof(int));
		memcpy(CMSG_DATA(&control.align), e->fds, e->n * sizeof(int));
		mh.msg_control = control.room;
		mh.msg_controllen = control.align.cmsg_len;
	}
	return sendmsg(e->sock, &mh, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static int bare_ask(struct end *e)
{
	union {
		char room[CMSG_SPACE(WICKET_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte = 1;
	struct iovec iov = {&byte, 1};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	size_t n = 0;

	if (send(e->sock, &byte, 1, MSG_NOSIGNAL) != 1)
		return -1;
	if (e->n > 0) {
		mh.msg_control = control.room;
		mh.msg_controllen = sizeof(control.room);
	}
	if (recvmsg(e->sock, &mh, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	if (e->n > 0) {
		n = (control.align.cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(e->fds, CMSG_DATA(&control.align), n * sizeof(int));
	}
	close_all(e->fds, n);
	return n == e->n ? 0 : -1;
}

/* ---- wicket -------------------------------------------------------------- */

static int wicket_answer(struct end *e)
{
	char byte;

	if (wicket_recvfds(e->sock, &byte, 1, NULL, NULL, 0) != 1)
		return -1;
	return wicket_sendfds(e->sock, &byte, 1, e->fds, e->n, 0) == 1 ? 0 : -1;
}

static int wicket_ask(struct end *e)
{
	char byte = 1;
	size_t n = e->n;

	if (wicket_sendfds(e->sock, &byte, 1, NULL, 0, 0) != 1 ||
	    wicket_recvfds(e->sock, &byte, 1, e->fds, &n, 0) != 1)
		return -1;
	close_all(e->fds, n);
	return n == e->n ? 0 : -1;
}

/* ---- skalibs, which knows streams only ----------------------------------- */

static int ska_send(struct end *e, size_t n)
{
	char byte = 1;
	unixmessage m = {&byte, 1, e->fds, (unsigned)n};

	if (!unixmessage_put(&e->ska_out, &m))
		return -1;
	return unixmessage_sender_flush(&e->ska_out) ? 0 : -1;
}

static int ska_recv(struct end *e, size_t n)
{
	struct pollfd p = {.fd = e->sock, .events = POLLIN};
	unixmessage m;
	int r;

	/* It never waits itself: its callers poll. */
	while ((r = unixmessage_receive(&e->ska_in, &m)) == 0)
		poll(&p, 1, -1);
	if (r < 0)
		return -1;
	r = m.nfds == n ? 0 : -1;
	unixmessage_drop(&m);
	return r;
}

static int ska_answer(struct end *e)
{
	return ska_recv(e, 0) < 0 ? -1 : ska_send(e, e->n);
}

static int ska_ask(struct end *e)
{
	return ska_send(e, 0) < 0 ? -1 : ska_recv(e, e->n);
}

/* ---- Python, both ends --------------------------------------------------- */

/*
 * Reads "K" from standard input and writes the nanoseconds that one of K
 * round trips took; arguments: type, n, the CPUs of the two ends.
 */
static const char python[] =
	"import os, socket, sys, time, ctypes, signal\n"
	"t = getattr(socket, 'SOCK_' + sys.argv[1]); n = int(sys.argv[2])\n"
	"a, b = socket.socketpair(socket.AF_UNIX, t)\n"
	"def pin(s): os.sched_setaffinity(0, map(int, s.split(',')))\n"
	"if os.fork() == 0:\n"
	"    ctypes.CDLL(None).prctl(1, signal.SIGKILL)\n"
	"    pin(sys.argv[4]); a.close()\n"
	"    f = [os.open('/dev/null', os.O_RDONLY)] * n\n"
	"    while b.recv(1):\n"
	"        socket.send_fds(b, [b'x'], f) if n else b.send(b'x')\n"
	"    os._exit(0)\n"
	"pin(sys.argv[3]); b.close()\n"
	"for line in sys.stdin:\n"
	"    k = int(line); s = time.perf_counter_ns()\n"
	"    for _ in range(k):\n"
	"        a.send(b'x')\n"
	"        if not n: a.recv(1); continue\n"
	"        for fd in socket.recv_fds(a, 1, n)[1]: os.close(fd)\n"
	"    print((time.perf_counter_ns() - s) / k, flush=True)\n";

struct python {
	pid_t pid;
	FILE *to;
	FILE *from;
};

static void python_start(struct python *p, const char *type, size_t n,
			 enum measure_place place)
{
	const char *both = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? "0,1" : "0";
	const char *first = place == MEASURE_UNPINNED ? both : "0";
	const char *second = place == MEASURE_SPLIT ? "1" : first;
	int to[2], from[2];
	char count[16];

	snprintf(count, sizeof(count), "%zu", n);
	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		err(1, "pipe");
	p->pid = fork();
	if (p->pid < 0)
		err(1, "fork");
	if (p->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(to[0], 0);
		dup2(from[1], 1);
		execlp("/usr/bin/python3", "python3", "-c", python, type, count,
		       first, second, (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	p->to = fdopen(to[1], "w");
	p->from = fdopen(from[0], "r");
	if (!p->to || !p->from)
		err(1, "fdopen");
}

static double python_round(struct python *p, unsigned times)
{
	double ns;

	fprintf(p->to, "%u\n", times);
	fflush(p->to);
	if (fscanf(p->from, "%lf", &ns) != 1)
		errx(1, "the Python peer failed");
	return ns;
}

static void python_stop(struct python *p)
{
	fclose(p->to);
	fclose(p->from);
	waitpid(p->pid, NULL, 0);
}

/* ---- rounds -------------------------------------------------------------- */

static const struct variant {
	const char *name;
	int (*ask)(struct end *e);
	int (*answer)(struct end *e);
	int only; /* a socket type, or 0 */
} variants[] = {
	{"bare", bare_ask, bare_answer, 0},
	{"wicket", wicket_ask, wicket_answer, 0},
	{"skalibs", ska_ask, ska_answer, SOCK_STREAM},
};

struct peer {
	struct end e;
	pid_t pid;
};

static void end_make(struct end *e, int sock, size_t n)
{
	e->sock = sock;
	e->n = n;
	for (size_t i = 0; i < n; i++)
		e->fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	unixmessage_sender_init(&e->ska_out, sock);
	if (!unixmessage_receiver_init(&e->ska_in, sock, e->ska_main,
				       sizeof(e->ska_main), e->ska_aux,
				       sizeof(e->ska_aux)))
		err(1, "unixmessage_receiver_init");
}

static void peer_start(struct peer *p, const struct variant *v, int type,
		       size_t n, enum measure_place place)
{
	int sv[2];

	if (wicket_socketpair(type, sv) < 0)
		err(1, "socketpair");
	p->pid = fork();
	if (p->pid < 0)
		err(1, "fork");
	if (p->pid == 0) {
		static struct end e;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(sv[0]);
		measure_pin(place, 1);
		end_make(&e, sv[1], n);
		while (v->answer(&e) == 0)
			;
		_exit(0);
	}
	close(sv[1]);
	end_make(&p->e, sv[0], n);
	close_all(p->e.fds, n);
}

static double peer_round(struct peer *p, const struct variant *v,
			 unsigned times)
{
	uint64_t start = measure_now();

	for (unsigned i = 0; i < times; i++)
		if (v->ask(&p->e) < 0)
			err(1, "%s", v->name);
	return (double)(measure_now() - start) / times;
}

/* What to do in one go so that it lasts long enough to be split. */
static unsigned enough(struct peer *p, const struct variant *v, double ms)
{
	double ns = peer_round(p, v, 200);

	return (unsigned)(ms * 1e6 / ns) + 1;
}

/* One row: every variant by turns, ratios to bare within the round. */
static void row(enum measure_place place, size_t t, size_t n)
{
	bool free_to_move = place == MEASURE_UNPINNED;
	int rounds = free_to_move ? 7 : MEASURE_ROUNDS;
	unsigned times = n > 16 ? 100 : 1000;

	double ratio[COUNT(variants) + 1][MEASURE_ROUNDS];
	double in_opens[MEASURE_ROUNDS];
	static struct peer peers[COUNT(variants)];
	struct python py;

	measure_pin(place, 0);
	for (size_t v = 0; v < COUNT(variants); v++)
		if (!variants[v].only || variants[v].only == types[t])
			peer_start(&peers[v], &variants[v], types[t], n, place);
	python_start(&py, type_names[t], n, place);
	if (free_to_move)
		times = enough(&peers[0], &variants[0], 500);
	for (int r = 0; r < rounds; r++) {
		double d = measure_open("/dev/null", times);
		double bare = peer_round(&peers[0], &variants[0], times);

		in_opens[r] = bare / d;
		for (size_t v = 1; v < COUNT(variants); v++) {
			ratio[v][r] = 0;
			if (!variants[v].only || variants[v].only == types[t])
				ratio[v][r] = peer_round(&peers[v],
							 &variants[v], times) /
					      bare;
		}
		ratio[COUNT(variants)][r] = python_round(&py, times) / bare;
	}
	python_stop(&py);
	printf("%-9s %-9s %4zu %8.2f", measure_place_name(place), type_names[t],
	       n, measure_median(in_opens, (size_t)rounds));
	for (size_t v = 1; v <= COUNT(variants); v++) {
		double m = measure_median(ratio[v], (size_t)rounds);

		if (m > 0)
			printf(" %8.3f", m);
		else
			printf(" %8s", "-");
	}
	if (n == 1 && types[t] == SOCK_SEQPACKET)
		printf("   wicket <= 1.05: %s",
		       measure_median(ratio[1], (size_t)rounds) <= 1.05
			       ? "met"
			       : "falls short");
	putchar('\n');
	fflush(stdout);
	for (size_t v = 0; v < COUNT(variants); v++) {
		if (variants[v].only && variants[v].only != types[t])
			continue;
		/* Its siblings hold the other end too: no end-of-file. */
		kill(peers[v].pid, SIGKILL);
		close(peers[v].e.sock);
		waitpid(peers[v].pid, NULL, 0);
	}
}

int main(void)
{
	printf("fd passing: round trips; D is an open and close of /dev/null;\n"
	       "the others are times the bare loop, medians of %d rounds\n\n",
	       MEASURE_ROUNDS);
	printf("%-9s %-9s %4s %8s %8s %8s %8s\n", "place", "type", "fds",
	       "bare/D", "wicket", "skalibs", "python");
	for (int place = 0; place < MEASURE_UNPINNED; place++)
		for (size_t t = 0; t < COUNT(types); t++)
			for (size_t c = 0; c < COUNT(counts); c++)
				row((enum measure_place)place, t, counts[c]);
	/* Runs of half a second, which the scheduler does split. */
	for (size_t t = 0; t < COUNT(types); t++)
		row(MEASURE_UNPINNED, t, 1);
	return 0;
}
