/* SPDX-License-Identifier: ISC */
#include "support/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "own.h"
#include "support/child.h"

static void write_map(const char *path, const char *text)
{
	_cleanup_file_ FILE *f = fopen(path, "we");

	CHILD_CHECK(f);
	CHILD_CHECK(fputs(text, f) >= 0 && fflush(f) == 0);
}

static void enter_user(uid_t uid, gid_t gid)
{
	char map[64];

	CHILD_CHECK(unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0);
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	write_map("/proc/self/uid_map", map);
	write_map("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	write_map("/proc/self/gid_map", map);
}

static void raise_loopback(void)
{
	struct ifreq lo = {.ifr_flags = IFF_UP | IFF_RUNNING};
	_cleanup_fd_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHILD_CHECK(fd >= 0);
	memcpy(lo.ifr_name, "lo", sizeof("lo"));
	CHILD_CHECK(ioctl(fd, SIOCSIFFLAGS, &lo) == 0);
}

void netns_enter(void)
{
	if (geteuid() == 0)
		CHILD_CHECK(unshare(CLONE_NEWNET) == 0);
	else
		enter_user(geteuid(), getegid());
	raise_loopback();
}

/* Leaves the test's own namespace only for as long as it takes. */
int netns_make(void)
{
	_cleanup_fd_ int old = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int fd;

	CHILD_CHECK(old >= 0);
	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	raise_loopback();
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	CHILD_CHECK(fd >= 0 && setns(old, CLONE_NEWNET) == 0);
	return fd;
}

void netns_enter_plain(void)
{
	cap_t none;

	netns_enter();
	if (geteuid() == 0)
		return;
	none = cap_init();
	CHILD_CHECK(none && cap_set_proc(none) == 0);
	cap_free(none);
}

static int enter_and_work(void *arg)
{
	void (**work)(void) = arg;

	netns_enter();
	(*work)();
	return 0;
}

int netns_run(void (*work)(void))
{
	return child_run(enter_and_work, &work);
}
