/* SPDX-License-Identifier: ISC */
#include "supervisor/notify.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bounds.h"
#include "support/child.h"
#include "support/fds.h"
#include "support/scratch.h"

/* A service manager's socket: its descriptor. */
static int manager(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int on = 1;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	cr_assert_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)),
		     0);
	return fd;
}

/* One message and the process that the kernel says it is from; 0: none. */
static pid_t received(int fd, char *text, size_t size)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = {.iov_base = text, .iov_len = size - 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
	struct ucred who;

	text[n < 0 ? 0 : n] = '\0';
	if (n < 0)
		return 0;
	memcpy(&who, CMSG_DATA(&control.header), sizeof(who));
	return who.pid;
}

Test(notify, there_is_none_without_a_known_address, .timeout = 10)
{
	static const char *const none[] = {NULL, "",	      "/",
					   "@",	 "vsock:2:1", "relative"};
	size_t before = fds_count();
	struct notify n;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		cr_assert_eq(notify_open(none[i], 0, &n), 0);
		cr_assert_eq(n.relay, -1);
		cr_assert_eq(n.helper, -1);
	}
	cr_assert_eq(fds_count(), before);
}

Test(notify, relays_as_the_main_process, .timeout = 10)
{
	char text[64];
	struct scratch s;
	struct notify n;
	int fd;

	scratch_make(&s);
	fd = manager(scratch_path(&s, "m"));
	cr_assert_eq(notify_open(scratch_path(&s, "m"), 0, &n), 0);
	cr_assert_eq(send(n.helper, "READY=1", 7, 0), 7);
	notify_relay(&n);
	cr_assert_eq(received(fd, text, sizeof(text)), getpid());
	cr_assert_str_eq(text, "READY=1");
	notify_close(&n);
	close(fd);
	scratch_remove(&s);
}

static int waits(void *arg)
{
	char c;

	return read(*(int *)arg, &c, 1) == 1 ? 0 : 1;
}

Test(notify, relays_in_the_name_of_another_where_it_may, .timeout = 10)
{
	char text[64];
	struct scratch s;
	struct notify n;
	int hold[2];
	pid_t other;
	int fd;

	scratch_make(&s);
	fd = manager(scratch_path(&s, "m"));
	cr_assert_eq(pipe(hold), 0);
	other = child_start(waits, &hold[0]);
	cr_assert_eq(notify_open(scratch_path(&s, "m"), other, &n), 0);
	cr_assert_eq(send(n.helper, "READY=1", 7, 0), 7);
	notify_relay(&n);
	cr_assert_eq(received(fd, text, sizeof(text)),
		     geteuid() == 0 ? other : getpid());
	cr_assert_str_eq(text, "READY=1");
	cr_assert_eq(write(hold[1], "x", 1), 1);
	cr_assert_eq(child_wait(other, 5000), 0);
	notify_close(&n);
	close(fd);
	scratch_remove(&s);
}

Test(notify, speaks_to_an_abstract_name, .timeout = 10)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	char name[64];
	char text[64];
	struct notify n;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int len = snprintf(name, sizeof(name), "@wicket-test-%d", getpid());

	memcpy(a.sun_path + 1, name + 1, (size_t)len - 1);
	cr_assert_eq(bind(fd, (struct sockaddr *)&a,
			  (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				      (size_t)len)),
		     0);
	cr_assert_eq(notify_open(name, 0, &n), 0);
	cr_assert_eq(send(n.helper, "STOPPING=1", 10, 0), 10);
	notify_relay(&n);
	cr_assert_eq(recv(fd, text, sizeof(text), MSG_DONTWAIT), 10);
	notify_close(&n);
	close(fd);
}

Test(notify, drops_what_is_too_long_and_never_waits, .timeout = 10)
{
	char text[BOUND_NOTIFY + 1];
	struct scratch s;
	struct notify n;
	int fd;

	scratch_make(&s);
	fd = manager(scratch_path(&s, "m"));
	cr_assert_eq(notify_open(scratch_path(&s, "m"), 0, &n), 0);
	notify_relay(&n); /* nothing there */
	memset(text, 'x', sizeof(text));
	cr_assert_eq(send(n.helper, text, sizeof(text), 0), sizeof(text));
	notify_relay(&n);
	cr_assert_eq(received(fd, text, sizeof(text)), 0);
	close(fd);
	/* The manager is gone. */
	cr_assert_eq(send(n.helper, "READY=1", 7, 0), 7);
	notify_relay(&n);
	notify_close(&n);
	scratch_remove(&s);
}

/* ---- what the supervisor says -------------------------------------------- */

Test(notify, tells_of_a_reload_only_once_the_worker_was_ready, .timeout = 10)
{
	char text[128];
	struct scratch s;
	struct notify n;
	int fd;

	scratch_make(&s);
	fd = manager(scratch_path(&s, "m"));
	cr_assert_eq(notify_open(scratch_path(&s, "m"), 0, &n), 0);
	cr_assert_eq(send(n.helper, "STATUS=NOT READY=1", 18, 0), 18);
	notify_relay(&n);
	cr_assert_eq(received(fd, text, sizeof(text)), getpid());
	notify_reloading(&n);
	notify_reloaded(&n);
	cr_assert_eq(received(fd, text, sizeof(text)), 0, "%s", text);
	cr_assert_eq(send(n.helper, "STATUS=x\nREADY=1\n", 17, 0), 17);
	notify_relay(&n);
	cr_assert_eq(received(fd, text, sizeof(text)), getpid());
	notify_reloading(&n);
	cr_assert_eq(received(fd, text, sizeof(text)), getpid());
	cr_assert_eq(strncmp(text, "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
	cr_assert_eq(strspn(text + 27, "0123456789"), strlen(text + 27));
	cr_assert_gt(strlen(text), 27u);
	notify_reloaded(&n);
	cr_assert_eq(received(fd, text, sizeof(text)), getpid());
	cr_assert_str_eq(text, "READY=1");
	notify_close(&n);
	close(fd);
	scratch_remove(&s);
}

Test(notify, tells_of_the_end_whether_it_was_ready_or_not, .timeout = 10)
{
	char text[64];
	struct scratch s;
	struct notify n;
	int fd;

	scratch_make(&s);
	fd = manager(scratch_path(&s, "m"));
	cr_assert_eq(notify_open(scratch_path(&s, "m"), 0, &n), 0);
	notify_stopping(&n);
	cr_assert_eq(received(fd, text, sizeof(text)), getpid());
	cr_assert_str_eq(text, "STOPPING=1");
	notify_close(&n);
	/* Without a service manager there is nobody to tell. */
	cr_assert_eq(notify_open(NULL, 0, &n), 0);
	n.ready = true;
	notify_reloading(&n);
	notify_reloaded(&n);
	notify_stopping(&n);
	close(fd);
	scratch_remove(&s);
}
