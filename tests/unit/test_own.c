/* SPDX-License-Identifier: ISC */
#include "own.h"

#include <criterion/criterion.h>
#include <fcntl.h>

#include "support/support.h"

TestSuite(own, .timeout = 10);

static int null_fd(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

Test(own, closes_what_leaves_scope)
{
	size_t before = fds_count();

	{
		_cleanup_fd_ int fd = null_fd();
		_cleanup_file_ FILE *f = fopen("/dev/null", "re");

		cr_assert_geq(fd, 0);
		cr_assert(f);
		cr_assert_eq(fds_count(), before + 2);
	}
	cr_assert_eq(fds_count(), before);
}

static int make(void)
{
	_cleanup_fd_ int fd = null_fd();

	return take_fd(&fd);
}

Test(own, taking_a_descriptor_keeps_it_open)
{
	int fd = make();

	cr_assert_geq(fcntl(fd, F_GETFD), 0);
	close_fd(&fd);
	cr_assert_eq(fd, -1);
}

static char *copy(const char *text)
{
	_cleanup_free_ char *s = strdup(text);

	return take_ptr(&s);
}

Test(own, taking_a_pointer_leaves_null)
{
	char *s = copy("text");
	char *t = take_ptr(&s);

	cr_assert_null(s);
	cr_assert_str_eq(t, "text");
	free_ptr(&t);
}

Test(own, take_ptr_evaluates_its_argument_once)
{
	char *texts[2] = {copy("a"), copy("b")};
	size_t i = 0;
	char *a = take_ptr(&texts[i++]);

	cr_assert_eq(i, 1);
	cr_assert_null(texts[0]);
	cr_assert_not_null(texts[1]);
	free(a);
	free(texts[1]);
}

Test(own, accepts_nothing)
{
	int fd = -1;
	char *s = NULL;
	FILE *f = NULL;

	close_fd(&fd);
	close_fds(&fd, 1);
	close_fds(NULL, 0);
	free_ptr(&s);
	close_file(&f);
	cr_assert_eq(take_fd(&fd), -1);
	cr_assert_null(take_ptr(&s));
}

Test(own, leaves_errno_alone)
{
	int fd = 1 << 20; /* not open: close fails */

	errno = ENOTTY;
	close_fd(&fd);
	cr_assert_eq(errno, ENOTTY);
}

/* runc once closed the loop's index instead. */
Test(own, close_fds_closes_the_descriptors_not_their_places)
{
	size_t before = fds_count();
	int fds[3] = {null_fd(), -1, null_fd()};
	int spared = null_fd();

	close_fds(fds, 3);
	cr_assert_eq(fds_count(), before + 1);
	for (size_t i = 0; i < 3; i++)
		cr_assert_eq(fds[i], -1);
	cr_assert_geq(fcntl(spared, F_GETFD), 0);
	close_fd(&spared);
}
