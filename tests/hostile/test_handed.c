/* SPDX-License-Identifier: ISC */
/*
 * A hostile worker and what was handed to it: making more of a descriptor
 * than the policy meant.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "own.h"
#include "support/pair.h"

TestSuite(handed, .timeout = 60);

#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND 0x20
#endif

/* ---- 11: typing into a terminal ------------------------------------------ */

static char terminal[64];

static void make_terminal(struct pair *p)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	cr_assert_geq(master, 0);
	cr_assert_eq(grantpt(master), 0);
	cr_assert_eq(unlockpt(master), 0);
	cr_assert_eq(ptsname_r(master, terminal, sizeof(terminal)), 0);
	if (p->root)
		cr_assert_eq(chown(terminal, p->worker, p->worker), 0);
}

static void type_into_it(struct pair *p, struct wicket *w)
{
	int tty = GRANTED(wicket_open(w, terminal, O_RDWR, 0));
	char c = 'x';

	(void)p;
	REFUSED(EPERM, ioctl(tty, TIOCSTI, &c));
	/* The filter sees 64 bits, the kernel uses 32 of them. */
	REFUSED(EPERM, syscall(SYS_ioctl, tty, TIOCSTI | 1ul << 32, &c));
	REFUSED(EPERM, ioctl(tty, TIOCLINUX, &c));
	REFUSED(EPERM, ioctl(tty, TIOCSCTTY, 1));
}

Test(handed, attack_11_nothing_is_typed_into_a_terminal)
{
	struct pair p = {.policy = "read /dev/pts/* type=char\n"
				   "write /dev/pts/* type=char\n",
			 .make = make_terminal,
			 .work = type_into_it};

	pair_run(&p);
	pair_end(&p);
}

/* ---- 12: overwriting a log ----------------------------------------------- */

static void make_log(struct pair *p)
{
	scratch_mkdir(&p->s, "log", 0700);
	scratch_write(&p->s, "log/access", "first line\n", 0640);
	pair_give(p, "log/access");
}

static void overwrite(struct pair *p, struct wicket *w)
{
	int fd = GRANTED(
		wicket_open(w, pair_path(p, "log/access"), O_WRONLY, 0));
	char data[] = "BAD";
	struct iovec iov = {data, 3};
	unsigned long context = 0;

	CHILD_CHECK(fcntl(fd, F_GETFL) & O_APPEND);
	REFUSED(EPERM, fcntl(fd, F_SETFL, 0));
	REFUSED(EPERM, fcntl(fd, F_SETFL, O_NONBLOCK));
	REFUSED(EPERM, ftruncate(fd, 0));
	REFUSED(EPERM, fallocate(fd, 0, 0, 100));
	REFUSED(EPERM, fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				 0, 5));
	REFUSED(EPERM, pwritev2(fd, &iov, 1, 0, RWF_NOAPPEND));
	REFUSED(EPERM, syscall(SYS_io_setup, 1, &context));
	REFUSED(EACCES, (long)mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0));
	REFUSED(EACCES, wicket_open(w, pair_path(p, "log/access"),
				    O_WRONLY | O_TRUNC, 0));
	REFUSED(EACCES, wicket_open(w, pair_path(p, "log/access"), O_RDWR, 0));
	REFUSED(EACCES,
		wicket_open(w, pair_path(p, "log/access"), O_RDONLY, 0));
	/* Asked for a place of its own, the kernel appends all the same. */
	CHILD_CHECK(pwrite(fd, "a\n", 2, 0) == 2);
	CHILD_CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHILD_CHECK(write(fd, "b\n", 2) == 2);
	CHILD_CHECK(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK) == 0);
}

Test(handed, attack_12_an_append_only_log_keeps_its_bytes)
{
	struct pair p = {.policy = "append @/log/** create=0640\n",
			 .make = make_log,
			 .work = overwrite};
	char *text;

	pair_run(&p);
	text = scratch_read(pair_path(&p, "log/access"));
	cr_assert_str_eq(text, "first line\na\nb\n");
	free(text);
	pair_end(&p);
}

/* ---- 13: opening it anew, wider ------------------------------------------ */

static void make_readable(struct pair *p)
{
	scratch_write(&p->s, "srv/page", "page\n", 0666);
	pair_give(p, "srv/page");
}

static void reopen(struct pair *p, struct wicket *w)
{
	int fd = GRANTED(wicket_open(w, pair_path(p, "srv/page"), O_RDONLY, 0));
	char path[64];

	REFUSED(EBADF, write(fd, "x", 1));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	DENIED(open(path, O_RDWR));
	DENIED(open(path, O_WRONLY | O_TRUNC));
	DENIED(open(path, O_RDONLY));
	DENIED(openat(fd, "", O_RDWR));
	DENIED(fchmod(fd, 0777));
	DENIED(fchown(fd, 0, 0));
	DENIED(futimens(fd, NULL));
	DENIED(syscall(SYS_linkat, fd, "", -100, "/tmp/x", 0x1000));
	REFUSED(EACCES, wicket_open(w, path, O_RDWR, 0));
}

Test(handed, attack_13_a_read_only_descriptor_stays_so)
{
	struct pair p = {.policy = "read @/srv/**\n",
			 .make = make_readable,
			 .work = reopen};
	char *text;

	pair_run(&p);
	text = scratch_read(pair_path(&p, "srv/page"));
	cr_assert_str_eq(text, "page\n");
	free(text);
	pair_end(&p);
}
