/* SPDX-License-Identifier: ISC */
#include "bench/peers/peers.h"

#include <err.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Debian's, which the package python3 brings. */
#define PYTHON "/usr/bin/python3"

/* ---- opening ------------------------------------------------------------- */

/* The socket is standard input. */
static const char broker[] =
	"import os, socket\n"
	"s = socket.socket(fileno=0)\n"
	"flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY\n"
	"while path := s.recv(4096):\n"
	"    fd = os.open(path[:-1], flags)\n"
	"    socket.send_fds(s, [b'x'], [fd])\n"
	"    os.close(fd)\n";

/* The same for many paths in one message. */
static const char batch_broker[] =
	"import os, socket\n"
	"s = socket.socket(fileno=0)\n"
	"flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY\n"
	"while paths := s.recv(65536):\n"
	"    fds = [os.open(p, flags) for p in paths[:-1].split(b'\\0')]\n"
	"    socket.send_fds(s, [b'x'], fds)\n"
	"    for fd in fds: os.close(fd)\n";

static void run(struct entry *e, const char *program)
{
	if (dup2(e->sock, STDIN_FILENO) < 0)
		return;
	(void)execl(PYTHON, "python3", "-c", program, (char *)NULL);
	err(1, PYTHON);
}

static void serve_open(struct entry *e)
{
	run(e, broker);
}

static void serve_batch(struct entry *e)
{
	run(e, batch_broker);
}

void python_open_start(struct entry *e)
{
	contest_peer(e, SOCK_SEQPACKET, serve_open);
}

int python_open(struct entry *e)
{
	return bare_open(e);
}

void python_batch_start(struct entry *e)
{
	contest_peer(e, SOCK_SEQPACKET, serve_batch);
}

/* ---- passing, both ends -------------------------------------------------- */

/* As an entry answers; arguments: type, n, the CPUs of the other end. */
static const char both[] =
	"import os, socket, sys, time, ctypes, signal\n"
	"t = getattr(socket, 'SOCK_' + sys.argv[1]); n = int(sys.argv[2])\n"
	"a, b = socket.socketpair(socket.AF_UNIX, t)\n"
	"if os.fork() == 0:\n"
	"    ctypes.CDLL(None).prctl(1, signal.SIGKILL)\n"
	"    os.sched_setaffinity(0, map(int, sys.argv[3].split(',')))\n"
	"    a.close()\n"
	"    f = [os.open('/dev/null', os.O_RDONLY)] * n\n"
	"    while b.recv(1):\n"
	"        socket.send_fds(b, [b'x'], f) if n else b.send(b'x')\n"
	"    os._exit(0)\n"
	"b.close()\n"
	"for line in sys.stdin:\n"
	"    k = int(line); s = time.perf_counter_ns()\n"
	"    for _ in range(k):\n"
	"        a.send(b'x')\n"
	"        if not n: a.recv(1); continue\n"
	"        for fd in socket.recv_fds(a, 1, n)[1]: os.close(fd)\n"
	"    print((time.perf_counter_ns() - s) / k, 0, 0, 0, flush=True)\n";

static const char *type_name(int type)
{
	switch (type) {
	case SOCK_STREAM:
		return "STREAM";
	case SOCK_DGRAM:
		return "DGRAM";
	default:
		return "SEQPACKET";
	}
}

static const char *second_cpus(enum measure_place place)
{
	if (place == MEASURE_UNPINNED && sysconf(_SC_NPROCESSORS_ONLN) > 1)
		return "0,1";
	return place == MEASURE_SPLIT ? "1" : "0";
}

void python_pass_start(struct entry *e)
{
	char n[16];

	(void)snprintf(n, sizeof(n), "%zu", e->n);
	(void)execl(PYTHON, "python3", "-c", both, type_name(e->type), n,
		    second_cpus(e->place), (char *)NULL);
	err(1, PYTHON);
}
