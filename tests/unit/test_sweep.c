/* SPDX-License-Identifier: ISC */
#include "supervisor/sweep.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "own.h"
#include "support/support.h"

static struct scratch s;
static size_t fds;

static void set_up(void)
{
	fds = fds_count();
	scratch_make(&s);
}

static void tear_down(void)
{
	scratch_remove(&s);
	cr_assert_eq(fds_count(), fds);
}

TestSuite(sweep, .timeout = 10, .init = set_up, .fini = tear_down);

static int bound(const char *name, int type)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s",
		       scratch_path(&s, name));
	cr_assert_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

static bool is_there(const char *name)
{
	return access(scratch_path(&s, name), F_OK) == 0;
}

Test(sweep, takes_away_what_nobody_listens_at_and_no_more)
{
	int left = bound("left.1", SOCK_SEQPACKET);
	int live = bound("live.2", SOCK_SEQPACKET);
	int young = bound(".young.3", SOCK_SEQPACKET);
	int other = bound("stream.4", SOCK_STREAM);

	cr_assert_eq(listen(left, 1), 0);
	cr_assert_eq(listen(live, 1), 0);
	cr_assert_eq(listen(other, 1), 0);
	close_fd(&left);
	scratch_write(&s, "file.5", "text", 0600);
	sweep(scratch_path(&s, "mine.6"));
	cr_assert_not(is_there("left.1"));
	cr_assert(is_there("live.2"));
	cr_assert(is_there(".young.3"));
	cr_assert(is_there("stream.4"));
	cr_assert(is_there("file.5"));
	close_fd(&live);
	close_fd(&young);
	close_fd(&other);
}

Test(sweep, leaves_one_whose_queue_is_full)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int live = bound("live.1", SOCK_SEQPACKET);
	int client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s",
		       scratch_path(&s, "live.1"));
	cr_assert_eq(listen(live, 0), 0);
	cr_assert_eq(connect(client, (struct sockaddr *)&un, sizeof(un)), 0);
	sweep(scratch_path(&s, "mine.2"));
	cr_assert(is_there("live.1"));
	close_fd(&live);
	close_fd(&client);
}

Test(sweep, has_nothing_to_do_without_a_directory)
{
	sweep(scratch_path(&s, "no/such"));
	sweep("");
	sweep("name");
}
