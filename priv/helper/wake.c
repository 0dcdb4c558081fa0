/* SPDX-License-Identifier: ISC */
#include "helper/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* A signal handler is given nothing: what it needs has to lie here. */
static _Thread_local volatile sig_atomic_t listening;
static _Thread_local volatile sig_atomic_t spoke = 1;
static _Thread_local volatile sig_atomic_t armed = -1;

static void set_timeout(int fd, long usec)
{
	struct timeval t = {.tv_usec = usec};

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
}

static void on_word(int signal)
{
	int saved = errno;

	(void)signal;
	spoke = 1;
	if (armed >= 0)
		set_timeout(armed, 1);
	errno = saved;
}

void wake_start(int control)
{
	const struct sigaction action = {.sa_handler = on_word,
					 .sa_flags = SA_RESTART};
	struct f_owner_ex us = {.type = F_OWNER_TID, .pid = gettid()};
	int flags = fcntl(control, F_GETFL);

	listening = flags >= 0 && sigaction(SIGIO, &action, NULL) == 0 &&
		    fcntl(control, F_SETOWN_EX, &us) == 0 &&
		    fcntl(control, F_SETFL, flags | O_ASYNC) == 0;
}

bool wake_spoke(void)
{
	return spoke;
}

void wake_quiet(void)
{
	spoke = !listening;
}

void wake_more(void)
{
	spoke = 1;
}

bool wake_arm(int fd)
{
	/* In this order: a word in between is seen by one or the other. */
	armed = fd;
	return !spoke;
}

void wake_disarm(void)
{
	int fd = armed;

	/* In this order, that nothing is set once it was put back. */
	armed = -1;
	if (spoke && fd >= 0)
		set_timeout(fd, 0);
}

void wake_clean(int fd)
{
	set_timeout(fd, 0);
}
