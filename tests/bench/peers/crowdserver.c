/* SPDX-License-Identifier: ISC */
#include "bench/peers/crowd.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/peers/peers.h"
#include "wicket/fdpass.h"

/* One end of each client's pair: e->state of the entry is the other ends. */
struct pairs {
	int socks[CROWD_MAX];
};

/* One message: false where there is none.  Who does not read gets no answer. */
static bool answer(int sock, int root)
{
	static char paths[BARE_BATCH];
	int fds[WICKET_FDS_MAX];
	ssize_t len = recv(sock, paths, sizeof(paths), 0);
	int n;

	if (len <= 0)
		return false;
	n = bare_open_paths(root, paths, (size_t)len, fds);
	(void)bare_send(sock, fds, (size_t)n);
	bare_close(fds, n);
	return true;
}

static _Noreturn void serve(const struct pairs *p, bool naive)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int root = open("/", O_PATH | O_CLOEXEC);

	for (int i = 0; i < CROWD_MAX; i++) {
		struct epoll_event e = {.events = EPOLLIN,
					.data.fd = p->socks[i]};

		(void)fcntl(p->socks[i], F_SETFL, O_NONBLOCK);
		(void)epoll_ctl(epoll, EPOLL_CTL_ADD, p->socks[i], &e);
	}
	for (;;) {
		struct epoll_event ready[64];
		int n = epoll_wait(epoll, ready, 64, -1);

		for (int i = 0; i < n; i++)
			while (answer(ready[i].data.fd, root) && naive)
				;
	}
}

static void start(struct entry *e, bool naive)
{
	struct pairs *ours = calloc(1, sizeof(*ours));
	struct pairs *theirs = calloc(1, sizeof(*theirs));
	pid_t pid;

	if (!ours || !theirs)
		err(1, "calloc");
	for (int i = 0; i < CROWD_MAX; i++) {
		int sv[2];

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) <
		    0)
			err(1, "socketpair");
		ours->socks[i] = sv[0];
		theirs->socks[i] = sv[1];
	}
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		measure_pin(e->place, 1);
		serve(theirs, naive);
	}
	for (int i = 0; i < CROWD_MAX; i++)
		(void)close(theirs->socks[i]);
	free(theirs);
	e->state = ours;
}

void crowd_start_fair(struct entry *e)
{
	start(e, false);
}

void crowd_start_naive(struct entry *e)
{
	start(e, true);
}

void crowd_join_bare(struct entry *e, unsigned nth, struct crowd_seat *ret)
{
	const struct pairs *p = e->state;

	*ret = (struct crowd_seat){.sock = p->socks[nth]};
}
