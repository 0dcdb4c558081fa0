/* SPDX-License-Identifier: ISC */
#include "deny_all.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "support/child.h"

/* What this kernel has, by its own word; 0 for none. */
static int kernel_version(void)
{
	long version = syscall(444 /* landlock_create_ruleset */, NULL, 0, 1);

	return version < 0 ? 0 : (int)version;
}

#define CLAIM(name)                                                 \
	static int name##_holds(void *arg __attribute__((unused))); \
	Test(deny_all, name, .timeout = 10)                         \
	{                                                           \
		cr_assert_eq(child_run(name##_holds, NULL), 0);     \
	}                                                           \
	static int name##_holds(void *arg __attribute__((unused)))

#define REFUSED(call, error)                                 \
	do {                                                 \
		errno = 0;                                   \
		CHILD_CHECK((call) < 0 && errno == (error)); \
	} while (0)

static int deny_all(void)
{
	CHILD_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	return landlock_deny_all();
}

CLAIM(uses_all_that_the_kernel_has)
{
	int version = kernel_version();

	CHILD_CHECK(deny_all() == version);
	return 0;
}

/* Where there is no Landlock the filter is alone, and says so by 0. */
CLAIM(takes_the_file_system_away)
{
	int before = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (deny_all() == 0)
		return 0;
	REFUSED(open("/etc/passwd", O_RDONLY), EACCES);
	REFUSED(open("/dev/null", O_WRONLY), EACCES);
	REFUSED(mkdir("/tmp/wicket-landlock", 0700), EACCES);
	REFUSED(truncate("/etc/wicket-none", 0), ENOENT);
	REFUSED(execl("/bin/true", "true", NULL), EACCES);
	CHILD_CHECK(write(before, "x", 1) == 1);
	return 0;
}

CLAIM(takes_tcp_away)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (deny_all() < 4)
		return 0;
	REFUSED(bind(fd, (struct sockaddr *)&in, sizeof(in)), EACCES);
	in.sin_port = htons(9);
	REFUSED(connect(fd, (struct sockaddr *)&in, sizeof(in)), EACCES);
	return 0;
}

CLAIM(keeps_signals_and_abstract_sockets_to_its_own)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int there = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int here = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(un);

	/* The kernel picks an abstract name. */
	CHILD_CHECK(bind(there, (struct sockaddr *)&un, sizeof(sa_family_t)) ==
		    0);
	CHILD_CHECK(listen(there, 1) == 0);
	CHILD_CHECK(getsockname(there, (struct sockaddr *)&un, &len) == 0);
	if (deny_all() < 6)
		return 0;
	REFUSED(connect(here, (struct sockaddr *)&un, len), EPERM);
	REFUSED(kill(getppid(), 0), EPERM);
	CHILD_CHECK(kill(getpid(), 0) == 0);
	return 0;
}

CLAIM(needs_no_new_privs)
{
	/* Root may do without. */
	CHILD_CHECK(geteuid() == 0 || kernel_version() == 0 ||
		    landlock_deny_all() == -EPERM);
	return 0;
}
