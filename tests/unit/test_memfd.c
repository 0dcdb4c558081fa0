/* SPDX-License-Identifier: ISC */
#include "supervisor/memfd.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "support/fds.h"

Test(memfd, holds_the_bytes_from_its_beginning, .timeout = 10)
{
	char buf[8];
	int fd = memfd_sealed("x", "abc", 3);

	cr_assert_geq(fd, 0);
	cr_assert(fds_cloexec(fd));
	cr_assert_eq(read(fd, buf, sizeof(buf)), 3);
	cr_assert_eq(memcmp(buf, "abc", 3), 0);
	close(fd);
}

Test(memfd, nobody_can_change_it, .timeout = 10)
{
	int fd = memfd_sealed("x", "abc", 3);

	cr_assert_eq(pwrite(fd, "x", 1, 0), -1);
	cr_assert_eq(errno, EPERM);
	cr_assert_eq(ftruncate(fd, 0), -1);
	cr_assert_eq(ftruncate(fd, 9), -1);
	cr_assert_eq(mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0),
		     MAP_FAILED);
	close(fd);
}

Test(memfd, may_be_empty, .timeout = 10)
{
	int fd = memfd_sealed("x", "", 0);

	cr_assert_geq(fd, 0);
	close(fd);
}
