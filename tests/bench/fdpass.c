/* SPDX-License-Identifier: ISC */
/*
 * What passing descriptors costs: one byte asked, one byte and n descriptors
 * answered, descriptors closed.  The same work by a bare sendmsg and recvmsg
 * loop, by wicket's core, by skalibs and by Python.
 *
 * Like is compared with like.  The bare loop and Python block in the receive,
 * and so does "wicket"; skalibs polls, and so does "until", which is wicket
 * with a deadline.  On one CPU the first is less work; on two the second wins
 * on a STREAM, where the kernel wakes who blocks in a receive once more, for
 * nothing, when the peer takes what he had sent.
 *
 * A round has all of them one after the other, and each round begins with the
 * next: what one leaves behind, a CPU that sleeps deeper or a warmer cache,
 * falls to each in turn.  What is compared was measured in one round.
 */
#include "bench/measure.h"

#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <skalibs/unixmessage.h>

#include "bench/report.h"
#include "wicket/fdpass.h"

enum {
	ROUNDS = 63,
	FREE_ROUNDS = 9, /* of half a second: the scheduler moves those */
	WARM = 20,	 /* round trips before each measurement */
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

/* ---- wicket, without a deadline and with one ----------------------------- */

static const struct timespec far = {.tv_sec = LONG_MAX};

static int until_answer(struct end *e)
{
	char byte;

	if (wicket_recvfds_until(e->sock, &byte, 1, NULL, NULL, 0, &far) != 1 ||
	    wicket_sendfds_until(e->sock, &byte, 1, e->fds, e->n, 0, &far) != 1)
		return -1;
	return 0;
}

static int until_ask(struct end *e)
{
	char byte = 1;
	size_t n = e->n;

	if (wicket_sendfds_until(e->sock, &byte, 1, NULL, 0, 0, &far) != 1 ||
	    wicket_recvfds_until(e->sock, &byte, 1, e->fds, &n, 0, &far) != 1)
		return -1;
	close_all(e->fds, n);
	return n == e->n ? 0 : -1;
}

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

/* ---- skalibs, whose frame is the same on every type ---------------------- */

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

struct python {
	pid_t pid;
	FILE *to;
	FILE *from;
};

static void python_exec(const char *type, size_t n, enum measure_place place)
{
	const char *both = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? "0,1" : "0";
	const char *first = place == MEASURE_UNPINNED ? both : "0";
	const char *second = place == MEASURE_SPLIT ? "1" : first;
	char count[16];

	snprintf(count, sizeof(count), "%zu", n);
	execlp("/usr/bin/python3", "python3", "tests/bench/fdpass.py", type,
	       count, first, second, (char *)NULL);
	_exit(127);
}

static void python_start(struct python *p, const char *type, size_t n,
			 enum measure_place place)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		err(1, "pipe");
	p->pid = fork();
	if (p->pid < 0)
		err(1, "fork");
	if (p->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(to[0], 0);
		dup2(from[1], 1);
		python_exec(type, n, place);
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

	fprintf(p->to, "%d %u\n", WARM, times);
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

/* ---- the five ------------------------------------------------------------ */

enum {
	BARE,
	WICKET,
	UNTIL,
	SKALIBS,
	PYTHON,
	VARIANTS,
};

static const struct variant {
	const char *name;
	int (*ask)(struct end *e);
	int (*answer)(struct end *e);
} variants[VARIANTS] = {
	{"bare", bare_ask, bare_answer},
	{"wicket", wicket_ask, wicket_answer},
	{"until", until_ask, until_answer},
	{"skalibs", ska_ask, ska_answer},
	{"python", NULL, NULL},
};

struct peer {
	const struct variant *v;
	struct end e;
	pid_t pid;
	struct python py;
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

static void peer_serve(const struct variant *v, int sock, size_t n,
		       enum measure_place place)
{
	static struct end e;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	measure_pin(place, 1);
	end_make(&e, sock, n);
	while (v->answer(&e) == 0)
		;
	_exit(0);
}

static void peer_start(struct peer *p, int type, size_t n,
		       enum measure_place place)
{
	int sv[2];

	if (wicket_socketpair(type, sv) < 0)
		err(1, "socketpair");
	p->pid = fork();
	if (p->pid < 0)
		err(1, "fork");
	if (p->pid == 0) {
		close(sv[0]);
		peer_serve(p->v, sv[1], n, place);
	}
	close(sv[1]);
	end_make(&p->e, sv[0], n);
	close_all(p->e.fds, n);
}

/* Its siblings hold the other end too: there is no end-of-file. */
static void peer_stop(struct peer *p)
{
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	close(p->e.sock);
	unixmessage_sender_free(&p->e.ska_out);
	unixmessage_receiver_free(&p->e.ska_in);
}

static void ask(struct peer *p, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		if (p->v->ask(&p->e) < 0)
			err(1, "%s", p->v->name);
}

/* The nanoseconds of one round trip. */
static double peer_round(struct peer *p, unsigned times)
{
	uint64_t start;

	if (!p->v->ask)
		return python_round(&p->py, times);
	ask(p, WARM);
	start = measure_now();
	ask(p, times);
	return (double)(measure_now() - start) / times;
}

/* ---- rows ---------------------------------------------------------------- */

/* What one row asks for, and what came of it. */
struct row {
	enum measure_place place;
	size_t type;
	size_t n;
	size_t rounds;
	unsigned times;
	double opens[ROUNDS]; /* one open and close, in ns */
	double ns[VARIANTS][ROUNDS];
	double sleeps[VARIANTS]; /* of who asks, in one round trip */
};

/* How often wicket was ahead, level and behind, of skalibs and of Python. */
static unsigned tally[VARIANTS][3];

static long sleeps(void)
{
	struct rusage u;

	return getrusage(RUSAGE_SELF, &u) < 0 ? 0 : u.ru_nvcsw;
}

static void round_of(struct row *r, struct peer *p, size_t v, size_t i)
{
	long before = sleeps();

	r->ns[v][i] = peer_round(p, r->times);
	r->sleeps[v] += (double)(sleeps() - before) / (r->times + WARM) /
			(double)r->rounds;
}

static void measure(struct row *r)
{
	static struct peer peers[VARIANTS];

	for (size_t v = 0; v < VARIANTS; v++) {
		peers[v].v = &variants[v];
		if (v == PYTHON)
			python_start(&peers[v].py, type_names[r->type], r->n,
				     r->place);
		else
			peer_start(&peers[v], types[r->type], r->n, r->place);
	}
	/* Half a second each. */
	if (r->place == MEASURE_UNPINNED)
		r->times = (unsigned)(500e6 / peer_round(&peers[BARE], 1000));
	for (size_t i = 0; i < r->rounds; i++) {
		r->opens[i] = measure_open("/dev/null", 300);
		for (size_t v = i; v < i + VARIANTS; v++)
			round_of(r, &peers[v % VARIANTS], v % VARIANTS, i);
	}
	for (size_t v = 0; v < PYTHON; v++)
		peer_stop(&peers[v]);
	python_stop(&peers[PYTHON].py);
}

/* A ratio within each round: its median, and its quartiles. */
struct ratio {
	double low;
	double middle;
	double high;
};

static struct ratio ratio(const double *a, const double *b, size_t n)
{
	double r[ROUNDS];
	struct ratio q;

	for (size_t i = 0; i < n; i++)
		r[i] = a[i] / b[i];
	q.middle = measure_median(r, n);
	q.low = r[n / 4];
	q.high = r[n - 1 - n / 4];
	return q;
}

/*
 * Who wins must win in three rounds of four, or nobody has: two runs would say
 * one thing and the other.
 */
static void against(const struct row *r, size_t peer, size_t ours)
{
	static const char *const words[] = {"ahead", "level", "falls short"};
	struct ratio q = ratio(r->ns[peer], r->ns[ours], r->rounds);
	size_t i = q.low > 1 ? 0 : q.high < 1 ? 2 : 1;

	tally[peer][i]++;
	printf("  %5.3f %5.3f..%5.3f %-11s", q.middle, q.low, q.high, words[i]);
}

/* Sorts what was measured: the last that is asked of a row. */
static const char *winner(struct row *r)
{
	double best = 0;
	size_t who = BARE;

	for (size_t v = WICKET; v < VARIANTS; v++) {
		double ns = measure_median(r->ns[v], r->rounds);

		if (who == BARE || ns < best) {
			best = ns;
			who = v;
		}
	}
	return variants[who].name;
}

static void print_row(struct row *r)
{
	struct ratio d = ratio(r->ns[BARE], r->opens, r->rounds);
	struct ratio w = ratio(r->ns[WICKET], r->ns[BARE], r->rounds);
	struct ratio u = ratio(r->ns[UNTIL], r->ns[BARE], r->rounds);

	printf("%-8s %-9s %3zu %6.2f  %5.3f %5.3f..%5.3f  %5.3f",
	       measure_place_name(r->place), type_names[r->type], r->n,
	       d.middle, w.middle, w.low, w.high, u.middle);
	against(r, SKALIBS, UNTIL);
	against(r, PYTHON, WICKET);
	printf("  %4.1f %4.1f  %-7s", r->sleeps[BARE], r->sleeps[UNTIL],
	       winner(r));
	if (r->n == 1 && types[r->type] == SOCK_SEQPACKET)
		printf("  wicket <= 1.05: %s",
		       w.middle <= 1.05 ? "met" : "falls short");
	putchar('\n');
	fflush(stdout);
}

/* ---- for the pictures ---------------------------------------------------- */

/* Before what was measured is sorted; skalibs beside wicket with a deadline. */
static void record_row(const struct row *r)
{
	static const char *const names[VARIANTS] = {
		[BARE] = "bare",
		[WICKET] = "wicket",
		[UNTIL] = "wicket, with a deadline",
		[SKALIBS] = "skalibs",
		[PYTHON] = "Python",
	};
	const bool aim = r->n == 1 && types[r->type] == SOCK_SEQPACKET;
	char work[96];
	struct report_row row = {
		.group = "fdpass",
		.place = measure_place_name(r->place),
		.work = work,
		.unit = "of a direct open",
		.x = (double)r->n,
	};

	for (size_t v = 0; v < VARIANTS; v++) {
		(void)snprintf(work, sizeof(work), "%s, %s, %zu descriptors",
			       names[v], type_names[r->type], r->n);
		if (v == BARE) {
			report_record(&row, r->ns[v], r->opens, (int)r->rounds);
			row.unit = "of bare";
			continue;
		}
		row.target = v == WICKET && aim ? 1.05 : 0;
		report_record(&row, r->ns[v], r->ns[BARE], (int)r->rounds);
	}
}

static void row(enum measure_place place, size_t type, size_t n)
{
	static struct row r;

	memset(r.sleeps, 0, sizeof(r.sleeps));
	r.place = place;
	r.type = type;
	r.n = n;
	r.rounds = place == MEASURE_UNPINNED ? FREE_ROUNDS : ROUNDS;
	r.times = n > 16 ? 50 : 200;
	measure_pin(place, 0);
	measure(&r);
	record_row(&r);
	print_row(&r);
}

static void rows(enum measure_place place, size_t type)
{
	for (size_t c = 0; c < COUNT(counts); c++)
		if (place != MEASURE_UNPINNED || counts[c] == 1)
			row(place, type, counts[c]);
}

static void print_head(void)
{
	printf("fd passing, round trips; medians and quartiles of ratios\n"
	       "within %d rounds (unpinned: %d).  bare is in opens and closes\n"
	       "of /dev/null.  Targets: above 1 of each peer; ahead is who\n"
	       "wins three rounds of four.  At the end: how often who asks\n"
	       "sleeps in a round trip, bare and until; the fastest but "
	       "bare\n\n",
	       ROUNDS, FREE_ROUNDS);
	printf("%-8s %-9s %3s %6s  %-18s  %-5s  %-30s  %-30s  %-9s  %s\n",
	       "place", "type", "fds", "bare", "wicket / bare", "until",
	       "skalibs / until", "python / wicket", "sleeps", "fastest");
}

/* fdpass [PLACE [TYPE]]: all rows, or those of a place, or of one type there */
int main(int argc, char **argv)
{
	print_head();
	for (int p = 0; p < MEASURE_PLACE_MAX; p++) {
		enum measure_place place = (enum measure_place)p;

		if (argc > 1 && strcmp(argv[1], measure_place_name(place)))
			continue;
		for (size_t t = 0; t < COUNT(types); t++)
			if (argc < 3 || strcmp(argv[2], type_names[t]) == 0)
				rows(place, t);
	}
	putchar('\n');
	for (size_t v = SKALIBS; v < VARIANTS; v++)
		printf("against %s: ahead in %u rows, level in %u, falls short "
		       "in %u\n",
		       variants[v].name, tally[v][0], tally[v][1], tally[v][2]);
	return 0;
}
