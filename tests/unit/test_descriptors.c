/* SPDX-License-Identifier: ISC */
#include "supervisor/descriptors.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "support/child.h"
#include "support/fds.h"

static bool open_fd(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* In a child: 3 to 19 are open afterwards, all else above 2 is not. */
static void fill(void)
{
	CHILD_CHECK(descriptors_close(3, NULL, 0) == 0);
	for (int fd = 3; fd < 20; fd++)
		CHILD_CHECK(open("/dev/null", O_RDONLY) == fd);
}

static int keeps_the_named(void *arg)
{
	const int keep[] = {17, 5, -1, 4};

	(void)arg;
	fill();
	CHILD_CHECK(descriptors_close(4, keep, 4) == 0);
	for (int fd = 0; fd < 40; fd++)
		CHILD_CHECK(open_fd(fd) == (fd < 6 || fd == 17));
	return 0;
}

Test(descriptors, close_keeps_what_is_named, .timeout = 10)
{
	cr_assert_eq(child_run(keeps_the_named, NULL), 0);
}

static int closes_all(void *arg)
{
	(void)arg;
	fill();
	CHILD_CHECK(descriptors_close(3, NULL, 0) == 0);
	for (int fd = 0; fd < 40; fd++)
		CHILD_CHECK(open_fd(fd) == (fd < 3));
	return 0;
}

Test(descriptors, close_leaves_none_where_none_is_named, .timeout = 10)
{
	cr_assert_eq(child_run(closes_all, NULL), 0);
}

static int fills_gaps(void *arg)
{
	struct stat st;

	(void)arg;
	close(0);
	close(2);
	CHILD_CHECK(descriptors_standard() == 0);
	CHILD_CHECK(open_fd(0) && open_fd(1) && open_fd(2));
	CHILD_CHECK(fstat(2, &st) == 0 && S_ISCHR(st.st_mode));
	return 0;
}

Test(descriptors, standard_fills_the_gaps, .timeout = 10)
{
	cr_assert_eq(child_run(fills_gaps, NULL), 0);
}

static int silences(void *arg)
{
	(void)arg;
	CHILD_CHECK(descriptors_silence() == 0);
	for (int fd = 0; fd < 3; fd++) {
		int null = open("/dev/null", O_RDWR);

		CHILD_CHECK(fds_same(fd, null));
		close(null);
	}
	return 0;
}

Test(descriptors, silence_leaves_dev_null, .timeout = 10)
{
	cr_assert_eq(child_run(silences, NULL), 0);
}

static int gives(void *arg)
{
	int fd;

	(void)arg;
	fill();
	fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	CHILD_CHECK(descriptors_give(fd, 7) == 0);
	CHILD_CHECK(fds_same(fd, 7) && !fds_cloexec(7) && fds_cloexec(fd));
	/* To where it is already. */
	CHILD_CHECK(descriptors_give(fd, fd) == 0 && !fds_cloexec(fd));
	return 0;
}

Test(descriptors, give_survives_an_exec, .timeout = 10)
{
	cr_assert_eq(child_run(gives, NULL), 0);
}

static unsigned listen_with(const char *pid, const char *fds)
{
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", fds, 1);
	return descriptors_listen();
}

static int listens(void *arg)
{
	char self[16];

	(void)arg;
	fill();
	snprintf(self, sizeof(self), "%d", getpid());
	CHILD_CHECK(listen_with(self, "2") == 2);
	CHILD_CHECK(listen_with(self, "17") == 17);
	CHILD_CHECK(listen_with(self, "18") == 0); /* 20 is not open */
	CHILD_CHECK(listen_with(self, "-1") == 0);
	CHILD_CHECK(listen_with(self, "2x") == 0);
	CHILD_CHECK(listen_with(self, "4294967297") == 0);
	CHILD_CHECK(listen_with(self, "") == 0);
	CHILD_CHECK(listen_with("1", "2") == 0);
	unsetenv("LISTEN_PID");
	CHILD_CHECK(descriptors_listen() == 0);
	return 0;
}

Test(descriptors, listen_believes_only_what_is_meant_for_us, .timeout = 10)
{
	cr_assert_eq(child_run(listens, NULL), 0);
}
