/* SPDX-License-Identifier: ISC */
/*
 * The fd-passing core interrupted: by a full socket in the middle of a message,
 * and by signals at any point.
 */
#include "wicket/fdpass.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "own.h"
#include "support/support.h"

TestSuite(fdpass_signals, .timeout = 60);

static int sv[2] = {-1, -1};
static int file = -1;

static void make_pair(int type)
{
	cr_assert_eq(wicket_socketpair(type, sv), 0);
	file = fds_file("text");
}

static void close_all(void)
{
	close_fds(sv, 2);
	close_fd(&file);
}

static void seqpacket(void)
{
	make_pair(SOCK_SEQPACKET);
}

static void stream(void)
{
	make_pair(SOCK_STREAM);
}

#define LARGE (4 << 20)

static void *send_large(void *unused)
{
	static char large[LARGE];

	(void)unused;
	for (size_t i = 0; i < LARGE; i++)
		large[i] = (char)(i % 251);
	return (void *)(intptr_t)wicket_sendfds(sv[0], large, LARGE, &file, 1,
						0);
}

/* Counts what was received, for a storm of signals. */
static _Atomic int received;

/* Reads the stream whole: the bytes that differ, the descriptors that came. */
static size_t read_large(size_t *ret_fds)
{
	static char room[65536];
	size_t done = 0, wrong = 0;

	*ret_fds = 0;
	while (done < LARGE) {
		int fds[4];
		size_t nfds = 4;
		ssize_t n = wicket_recvfds(sv[1], room, sizeof(room), fds,
					   &nfds, 0);

		cr_assert_gt(n, 0);
		for (ssize_t i = 0; i < n; i++)
			wrong += room[i] != (char)((done + (size_t)i) % 251);
		done += (size_t)n;
		received++;
		*ret_fds += nfds;
		close_fds(fds, nfds);
	}
	return wrong;
}

Test(fdpass_signals, a_partial_write_is_finished_and_descriptors_come_once,
     .init = stream, .fini = close_all)
{
	size_t nfds;
	pthread_t t;
	void *sent;

	cr_assert_eq(pthread_create(&t, NULL, send_large, NULL), 0);
	cr_assert_eq(read_large(&nfds), 0);
	cr_assert_eq(pthread_join(t, &sent), 0);
	cr_assert_eq((intptr_t)sent, LARGE);
	cr_assert_eq(nfds, 1);
}

/* The next signal in so many microseconds; 0: none. */
static void alarm_in(suseconds_t us)
{
	struct itimerval it = {.it_value = {0, us}};

	(void)setitimer(ITIMER_REAL, &it, NULL);
}

/*
 * On a machine that is slower than they come, signals would be all that it has
 * time for: where nothing was received, the next one waits twice as long.
 */
static void on_alarm(int signo)
{
	/* Either thread may be interrupted: of the kinds that need no lock. */
	static _Atomic int before;
	static _Atomic long us = 100;
	int saved = errno;

	(void)signo;
	us = received != before ? 100 : us < 100000 ? 2 * us : us;
	before = received;
	alarm_in(us);
	errno = saved;
}

/* Without SA_RESTART, some thousand times a second, on both threads. */
static void storm(bool on)
{
	struct sigaction sa = {.sa_handler = on ? on_alarm : SIG_IGN};

	cr_assert_eq(sigaction(SIGALRM, &sa, NULL), 0);
	alarm_in(on ? 100 : 0);
}

Test(fdpass_signals, a_storm_of_signals_loses_nothing_and_doubles_nothing,
     .init = stream, .fini = close_all)
{
	size_t nfds;
	pthread_t t;
	void *sent;

	storm(true);
	for (int round = 0; round < 5; round++) {
		cr_assert_eq(pthread_create(&t, NULL, send_large, NULL), 0);
		cr_assert_eq(read_large(&nfds), 0);
		cr_assert_eq(pthread_join(t, &sent), 0);
		cr_assert_eq((intptr_t)sent, LARGE);
		cr_assert_eq(nfds, 1);
	}
	storm(false);
}

enum {
	MESSAGES = 2000
};

static void *send_many(void *deadline)
{
	for (unsigned i = 0; i < MESSAGES; i++)
		if (wicket_sendfds_until(sv[0], &i, sizeof(i), &file, 1, 0,
					 deadline) != sizeof(i))
			return NULL;
	return deadline;
}

/* With deadlines the waits are poll's, which no SA_RESTART repeats. */
Test(fdpass_signals, a_storm_of_signals_does_not_break_a_wait,
     .init = seqpacket, .fini = close_all)
{
	struct timespec far;
	pthread_t t;
	void *sent;

	cr_assert_eq(clock_gettime(CLOCK_MONOTONIC, &far), 0);
	far.tv_sec += 50;
	storm(true);
	cr_assert_eq(pthread_create(&t, NULL, send_many, &far), 0);
	for (unsigned i = 0; i < MESSAGES; i++) {
		unsigned got;
		int fd;
		size_t nfds = 1;

		cr_assert_eq(wicket_recvfds_until(sv[1], &got, sizeof(got), &fd,
						  &nfds, 0, &far),
			     sizeof(got));
		cr_assert_eq(got, i);
		received++;
		cr_assert_eq(nfds, 1);
		close_fd(&fd);
	}
	cr_assert_eq(pthread_join(t, &sent), 0);
	cr_assert_eq(sent, &far);
	storm(false);
}
