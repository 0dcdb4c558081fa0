/* SPDX-License-Identifier: ISC */
/*
 * The fd-passing core with peers that we did not write: Python's
 * socket.send_fds and recv_fds, and skalibs' unixmessage.
 */
#include "wicket/fdpass.h"
#include "wicket/fdstream.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <skalibs/unixmessage.h>

TestSuite(interop, .timeout = 30);

static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
static const char *const type_names[] = {"SOCK_STREAM", "SOCK_SEQPACKET",
					 "SOCK_DGRAM"};
static const size_t counts[] = {1, 2, 16, 253};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Takes what was sent, opens a pipe of its own in place of the first
 * descriptor, and sends everything back with the data turned round.
 */
static const char python_peer[] =
	"import os, socket, sys\n"
	"s = socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[1]), 0,\n"
	"                  int(sys.argv[2]))\n"
	"data, fds, flags, _ = socket.recv_fds(s, 4096, 253)\n"
	"assert flags & ~socket.MSG_CMSG_CLOEXEC == 0, flags\n"
	"assert len(fds) == int(sys.argv[3]), fds\n"
	"for i, fd in enumerate(fds):\n"
	"    os.lseek(fd, i, os.SEEK_SET)\n"
	"    assert os.read(fd, 1) == b'%c' % (ord('a') + i % 26)\n"
	"socket.send_fds(s, [data[::-1]], fds[::-1])\n";

static pid_t start_python(const char *type, int sock, size_t nfds)
{
	char fd[16], n[16];
	pid_t pid;

	snprintf(fd, sizeof(fd), "%d", sock);
	snprintf(n, sizeof(n), "%zu", nfds);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fcntl(sock, F_SETFD, 0);
	execlp("python3", "python3", "-c", python_peer, type, fd, n,
	       (char *)NULL);
	_exit(127);
}

/* A file whose byte at i is a letter that belongs to i. */
static int alphabet(void)
{
	int fd = memfd_create("alphabet", MFD_CLOEXEC);

	cr_assert_geq(fd, 0);
	for (int i = 0; i < 253; i++) {
		char c = (char)('a' + i % 26);

		cr_assert_eq(write(fd, &c, 1), 1);
	}
	return fd;
}

static bool same_file(int a, int b)
{
	struct stat sa, sb;

	cr_assert_eq(fstat(a, &sa), 0);
	cr_assert_eq(fstat(b, &sb), 0);
	return sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static void through_python(size_t t, size_t n)
{
	int sv[2], out[WICKET_FDS_MAX], in[WICKET_FDS_MAX];
	size_t nfds = WICKET_FDS_MAX;
	char msg[64];
	int file = alphabet();
	int status;
	pid_t pid;

	cr_assert_eq(wicket_socketpair(types[t], sv), 0);
	pid = start_python(type_names[t], sv[1], n);
	for (size_t i = 0; i < n; i++)
		out[i] = file;
	cr_assert_eq(wicket_sendfds(sv[0], "drawer", 6, out, n, 0), 6);
	cr_assert_eq(wicket_recvfds(sv[0], msg, sizeof(msg), in, &nfds, 0), 6);
	cr_assert_eq(memcmp(msg, "reward", 6), 0);
	cr_assert_eq(nfds, n);
	for (size_t i = 0; i < n; i++) {
		cr_assert(same_file(in[i], file));
		close(in[i]);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		  "the Python peer failed");
	close(file);
	close(sv[0]);
	close(sv[1]);
}

Test(interop, python_takes_what_we_send_and_we_take_what_python_sends)
{
	for (size_t t = 0; t < COUNT(types); t++)
		for (size_t c = 0; c < COUNT(counts); c++)
			through_python(t, counts[c]);
}

/* skalibs' frame: u32 length and u16 descriptors, both big-endian. */
enum {
	SKA_HEADER = 6
};

static size_t get_be(const unsigned char *p, size_t n)
{
	size_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

/* One message for each count, all of them sent before any is received. */
static void skalibs_sends(int sock, int file)
{
	int fds[WICKET_FDS_MAX];
	unixmessage_sender sender;

	unixmessage_sender_init(&sender, sock);
	for (size_t i = 0; i < WICKET_FDS_MAX; i++)
		fds[i] = file;
	for (size_t c = 0; c < COUNT(counts); c++) {
		unixmessage m = {.s = (char *)"from skalibs",
				 .len = 12,
				 .fds = fds,
				 .nfds = (unsigned)counts[c]};

		cr_assert(unixmessage_put(&sender, &m));
	}
	cr_assert(unixmessage_sender_flush(&sender));
	unixmessage_sender_free(&sender);
}

static void is_from_skalibs(const char *msg, size_t len, const int *fds,
			    size_t nfds, int file)
{
	const unsigned char *h = (const unsigned char *)msg;

	cr_assert_eq(len, SKA_HEADER + 12);
	cr_assert_eq(get_be(h, 4), 12);
	cr_assert_eq(get_be(h + 4, 2), nfds);
	cr_assert_eq(memcmp(msg + SKA_HEADER, "from skalibs", 12), 0);
	for (size_t i = 0; i < nfds; i++) {
		cr_assert(same_file(fds[i], file));
		close(fds[i]);
	}
}

Test(interop, our_stream_reader_takes_what_skalibs_sends)
{
	int sv[2], file = alphabet();
	char room[256], got[64];
	struct wicket_stream s;

	cr_assert_eq(wicket_socketpair(SOCK_STREAM, sv), 0);
	s = (struct wicket_stream)WICKET_STREAM_INIT(sv[1], room, sizeof(room));
	skalibs_sends(sv[0], file);
	for (size_t c = 0; c < COUNT(counts); c++) {
		int in[WICKET_FDS_MAX];
		size_t nfds = WICKET_FDS_MAX, len;

		cr_assert_eq(wicket_stream_want(&s, SKA_HEADER, NULL), 1);
		len = SKA_HEADER + get_be(wicket_stream_data(&s), 4);
		cr_assert_eq(wicket_stream_want(&s, len, NULL), 1);
		cr_assert_eq(wicket_stream_take(&s, got, len, in, &nfds), 0);
		cr_assert_eq(nfds, counts[c]);
		is_from_skalibs(got, len, in, nfds, file);
	}
	wicket_stream_drop(&s);
	close(file);
	close(sv[0]);
	close(sv[1]);
}

/* Each of its messages is a piece, and where there are packets, a packet. */
Test(interop, we_take_what_skalibs_sends_on_every_type)
{
	int file = alphabet();

	for (size_t t = 0; t < COUNT(types); t++) {
		int sv[2];

		cr_assert_eq(wicket_socketpair(types[t], sv), 0);
		skalibs_sends(sv[0], file);
		for (size_t c = 0; c < COUNT(counts); c++) {
			int in[WICKET_FDS_MAX];
			size_t nfds = WICKET_FDS_MAX;
			char got[64];
			ssize_t n = wicket_recvfds(sv[1], got, sizeof(got), in,
						   &nfds, 0);

			cr_assert_eq(nfds, counts[c]);
			is_from_skalibs(got, (size_t)n, in, nfds, file);
		}
		close(sv[0]);
		close(sv[1]);
	}
	close(file);
}

/* A message for each count, and each taken before the next is sent. */
static void to_skalibs(int sock, unixmessage_receiver *receiver, int file)
{
	int fds[WICKET_FDS_MAX];

	for (size_t i = 0; i < WICKET_FDS_MAX; i++)
		fds[i] = file;
	for (size_t c = 0; c < COUNT(counts); c++) {
		unsigned char msg[SKA_HEADER + 5] = {0};
		unixmessage m;

		msg[3] = 5;
		msg[5] = (unsigned char)counts[c];
		memcpy(msg + SKA_HEADER, "hello", 5);
		cr_assert_eq(wicket_sendfds(sock, msg, sizeof(msg), fds,
					    counts[c], 0),
			     (ssize_t)sizeof(msg));
		cr_assert_eq(unixmessage_receive(receiver, &m), 1);
		cr_assert_eq(m.len, 5);
		cr_assert_eq(memcmp(m.s, "hello", 5), 0);
		cr_assert_eq(m.nfds, counts[c]);
		for (size_t i = 0; i < m.nfds; i++)
			cr_assert(same_file(m.fds[i], file));
		unixmessage_drop(&m);
	}
}

Test(interop, skalibs_takes_what_we_send)
{
	static char mainb[UNIXMESSAGE_BUFSIZE], auxb[UNIXMESSAGE_AUXBUFSIZE];
	int file = alphabet();

	for (size_t t = 0; t < COUNT(types); t++) {
		unixmessage_receiver receiver;
		int sv[2];

		cr_assert_eq(wicket_socketpair(types[t] | SOCK_NONBLOCK, sv),
			     0);
		cr_assert(unixmessage_receiver_init(&receiver, sv[1], mainb,
						    sizeof(mainb), auxb,
						    sizeof(auxb)));
		to_skalibs(sv[0], &receiver, file);
		unixmessage_receiver_free(&receiver);
		close(sv[0]);
		close(sv[1]);
	}
	close(file);
}
