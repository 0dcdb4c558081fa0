/* SPDX-License-Identifier: ISC */
/*
 * What an open costs through the helper: a small file opened and closed,
 *
 *	direct		by open(2): the unit D
 *	bare		by a peer that does openat2(2) and sends the descriptor,
 *			and nothing else: the floor
 *	wicket		by wicket_open()
 *	confined	by wicket_open() after wicket_confine()
 *
 * Each is a process of its own, and they run by turns.
 */
#include "bench/measure.h"

#include <err.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/paths.h"
#include "support/scratch.h"
#include "wicket/fdpass.h"
#include "wicket/wicket.h"

enum kind {
	DIRECT,
	BARE,
	WICKET,
	CONFINED,
	KIND_MAX,
};

static const char *const names[KIND_MAX] = {"direct", "bare", "wicket",
					    "confined"};

/* One process that opens on command, and tells how long it took. */
struct opener {
	enum kind kind;
	const char *path;
	char policy[BOUND_PATH + 128];
	struct wicket *w;
	int peer;
};

static _Noreturn void bare_peer(int sock, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_SYMLINKS,
	};
	int root = open("/", O_PATH | O_CLOEXEC);
	char byte;

	while (recv(sock, &byte, 1, 0) == 1) {
		int fd = (int)syscall(SYS_openat2, root, path + 1, &how,
				      sizeof(how));

		if (fd < 0 || wicket_sendfds(sock, &byte, 1, &fd, 1, 0) < 0)
			_exit(1);
		close(fd);
	}
	_exit(0);
}

static void start_bare(struct opener *o, enum measure_place place)
{
	int sv[2];

	if (wicket_socketpair(SOCK_SEQPACKET, sv) < 0)
		err(1, "socketpair");
	if (fork() == 0) {
		close(sv[0]);
		measure_pin(place, 1);
		bare_peer(sv[1], o->path);
	}
	close(sv[1]);
	o->peer = sv[0];
}

static void say(void *unused, const char *text)
{
	(void)unused;
	warnx("%s", text);
}

/* The helper is where we are when it is started. */
static void start_wicket(struct opener *o, enum measure_place place)
{
	struct wicket_options options = WICKET_OPTIONS_INIT;

	options.policy_text = o->policy;
	options.name = "bench";
	options.audit = "none";
	options.event = say;
	options.libexecdir = paths_built("libexec/wicket");
	measure_pin(place, 1);
	if (wicket_start(&options, &o->w) < 0)
		err(1, "wicket_start");
	measure_pin(place, 0);
	if (o->kind == CONFINED && wicket_confine(o->w, NULL) < 0)
		err(1, "wicket_confine");
}

static int open_once(struct opener *o)
{
	char byte = 0;
	int fd;
	size_t nfds = 1;

	switch (o->kind) {
	case DIRECT:
		return open(o->path, O_RDONLY | O_CLOEXEC);
	case BARE:
		if (send(o->peer, &byte, 1, MSG_NOSIGNAL) != 1 ||
		    wicket_recvfds(o->peer, &byte, 1, &fd, &nfds, 0) != 1)
			return -1;
		return fd;
	default:
		return wicket_open(o->w, o->path, O_RDONLY, 0);
	}
}

/* Answers each count that comes with the nanoseconds of one open and close. */
static _Noreturn void serve(struct opener *o, int in, int out)
{
	unsigned times;

	while (read(in, &times, sizeof(times)) == sizeof(times)) {
		uint64_t start = measure_now();
		double ns;

		for (unsigned i = 0; i < times; i++) {
			int fd = open_once(o);

			if (fd < 0)
				err(1, "%s", names[o->kind]);
			close(fd);
		}
		ns = (double)(measure_now() - start) / times;
		if (write(out, &ns, sizeof(ns)) != sizeof(ns))
			break;
	}
	_exit(0);
}

struct line {
	pid_t pid;
	int to;
	int from;
};

static void start(struct line *l, struct opener *o, enum measure_place place)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		err(1, "pipe2");
	fflush(stdout);
	l->pid = fork();
	if (l->pid < 0)
		err(1, "fork");
	if (l->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to[1]);
		close(from[0]);
		measure_pin(place, 0);
		if (o->kind == BARE)
			start_bare(o, place);
		else if (o->kind != DIRECT)
			start_wicket(o, place);
		serve(o, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	l->to = to[1];
	l->from = from[0];
}

static double ask(const struct line *l, unsigned times)
{
	double ns;

	if (write(l->to, &times, sizeof(times)) != sizeof(times) ||
	    read(l->from, &ns, sizeof(ns)) != sizeof(ns))
		errx(1, "an opener ended");
	return ns;
}

struct figures {
	double bare_d[MEASURE_ROUNDS];
	double wicket_bare[MEASURE_ROUNDS];
	double confined_bare[MEASURE_ROUNDS];
	double confined_d[MEASURE_ROUNDS];
};

static void measure(struct line lines[KIND_MAX], struct figures *f, int rounds,
		    const unsigned times[KIND_MAX])
{
	for (int r = 0; r < rounds; r++) {
		double ns[KIND_MAX];

		for (int k = 0; k < KIND_MAX; k++)
			ns[k] = ask(&lines[k], times[k]);
		f->bare_d[r] = ns[BARE] / ns[DIRECT];
		f->wicket_bare[r] = ns[WICKET] / ns[BARE];
		f->confined_bare[r] = ns[CONFINED] / ns[BARE];
		f->confined_d[r] = ns[CONFINED] / ns[DIRECT];
	}
}

static void print(const char *what, double *v, int rounds, double target)
{
	double m = measure_median(v, (size_t)rounds);

	printf("  %-36s %7.2f", what, m);
	if (target > 0)
		printf("   <= %.2f: %s", target,
		       m <= target ? "met" : "falls short");
	putchar('\n');
}

static void place(enum measure_place where, struct scratch *s)
{
	bool same = where == MEASURE_SAME;
	int rounds = where == MEASURE_UNPINNED ? 7 : MEASURE_ROUNDS;
	double ms = where == MEASURE_UNPINNED ? 500 : 20;
	struct opener openers[KIND_MAX];
	struct line lines[KIND_MAX];
	unsigned times[KIND_MAX];
	static struct figures f;

	for (int k = 0; k < KIND_MAX; k++) {
		openers[k] = (struct opener){.kind = (enum kind)k,
					     .path = scratch_path(s, "file")};
		snprintf(openers[k].policy, sizeof(openers[k].policy),
			 "worker 61020:61020\nhelper 61021:61021\nread %s\n",
			 openers[k].path);
		start(&lines[k], &openers[k], where);
		/* Long enough, in each round, to be moved where it may be. */
		times[k] = (unsigned)(ms * 1e6 / ask(&lines[k], 500)) + 1;
	}
	measure(lines, &f, rounds, times);
	printf("%s\n", measure_place_name(where));
	print("bare, in D", f.bare_d, rounds, 0);
	print("wicket, in bare", f.wicket_bare, rounds, same ? 1.10 : 0);
	print("confined, in bare", f.confined_bare, rounds, same ? 1.25 : 0);
	print("confined, in D", f.confined_d, rounds, same ? 0 : 4.5);
	for (int k = 0; k < KIND_MAX; k++) {
		close(lines[k].to);
		close(lines[k].from);
	}
}

int main(void)
{
	struct scratch s;

	(void)signal(SIGCHLD, SIG_IGN);
	scratch_make(&s);
	scratch_write(&s, "file", "small\n", 0644);
	printf("medians of ratios; D is open(2) and close(2) of that file\n\n");
	for (int p = 0; p < MEASURE_PLACE_MAX; p++)
		place((enum measure_place)p, &s);
	scratch_remove(&s);
	return 0;
}
