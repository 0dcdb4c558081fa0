/* SPDX-License-Identifier: ISC */
#include "apply/lockdown.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

/* ---- what the supervisor must have done ---------------------------------- */

/* 0, 1 and 2 are the null device: what is printed by mistake goes nowhere. */
static int check_standard(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0)
			return -errno;
		if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
			return -EPERM;
	}
	return 0;
}

static int check_no_new_privs(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : -EPERM;
}

/* Root without a capability still owns every file of root's. */
static int check_uid(void)
{
	uid_t real;
	uid_t effective;
	uid_t saved;

	if (getresuid(&real, &effective, &saved) < 0)
		return -errno;
	return real != 0 && effective == real && saved == real ? 0 : -EPERM;
}

static int check_securebits(void)
{
	const int wanted = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
			   SECBIT_NO_SETUID_FIXUP |
			   SECBIT_NO_SETUID_FIXUP_LOCKED |
			   SECBIT_KEEP_CAPS_LOCKED;
	int bits = prctl(PR_GET_SECUREBITS);

	if (bits < 0)
		return -errno;
	return (bits & wanted) == wanted && !(bits & SECBIT_KEEP_CAPS) ? 0
								       : -EPERM;
}

static int check_bounding(void)
{
	for (int cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_READ, cap) > 0)
			return -EPERM;
	return 0;
}

/* ---- who we are to the file system --------------------------------------- */

/*
 * setfsuid() and setfsgid() tell no error, only what was before; an id that
 * is none changes nothing and tells what is now.
 */
static int take_fsgid(const struct start *s)
{
	/* Safe because: fsgid is the worker's, who has no more than its own. */
	(void)setfsgid(s->fsgid);
	return (gid_t)setfsgid((gid_t)-1) == s->fsgid ? 0 : -EPERM;
}

static int take_fsuid(const struct start *s)
{
	/*
	 * Safe because: what we make belongs to the worker then, and by its
	 * locked securebits the process neither gains nor loses a capability.
	 */
	(void)setfsuid(s->fsuid);
	return (uid_t)setfsuid((uid_t)-1) == s->fsuid ? 0 : -EPERM;
}

/* ---- capabilities -------------------------------------------------------- */

static int clear_ambient(void)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0
		       ? -errno
		       : 0;
}

static uint64_t joined(uint32_t low, uint32_t high)
{
	return low | (uint64_t)high << 32;
}

static int set_caps(uint64_t caps)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t half = (uint32_t)(caps >> (32 * i));

		data[i] = (struct __user_cap_data_struct){
			.effective = half,
			.permitted = half,
		};
	}
	/* Safe because: a set only shrinks, the kernel sees to that. */
	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

static int check_caps(uint64_t caps)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, d) < 0)
		return -errno;
	return joined(d[0].effective, d[1].effective) == caps &&
			       joined(d[0].permitted, d[1].permitted) == caps &&
			       !d[0].inheritable && !d[1].inheritable
		       ? 0
		       : -EPERM;
}

/* ---- towards other processes --------------------------------------------- */

static int hide(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : -EPERM;
}

/* The parent may have ended before it could be watched. */
static int follow_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	return getppid() == parent ? 0 : -ESRCH;
}

/* ---- all together -------------------------------------------------------- */

static int check_start(const struct start *s, const char **step)
{
	int r;

	*step = "find /dev/null at 0, 1 and 2";
	if ((r = check_standard()) < 0)
		return r;
	*step = "find no_new_privs set";
	if ((r = check_no_new_privs()) < 0)
		return r;
	if (!s->privileged)
		return 0;
	*step = "find itself a user that is not root";
	if ((r = check_uid()) < 0)
		return r;
	*step = "find the securebits locked";
	if ((r = check_securebits()) < 0)
		return r;
	*step = "find the bounding set empty";
	return check_bounding();
}

/* The group first: without CAP_SETGID it could not be taken any more. */
static int take_ids(const struct start *s, const char **step)
{
	int r;

	*step = "take on the worker's group for files";
	if ((r = take_fsgid(s)) < 0)
		return r;
	*step = "take on the worker's user for files";
	return take_fsuid(s);
}

static int keep_caps(const struct start *s, const char **step)
{
	int r;

	*step = "clear the ambient set";
	if ((r = clear_ambient()) < 0)
		return r;
	*step = "set the capability sets";
	if ((r = set_caps(s->caps)) < 0)
		return r;
	*step = "find the capability sets as planned";
	return check_caps(s->caps);
}

int lockdown(const struct start *s, pid_t parent, const char **ret_step)
{
	int r;

	(void)umask(0); /* modes are the policy's, as they stand there */
	if ((r = check_start(s, ret_step)) < 0 ||
	    (r = take_ids(s, ret_step)) < 0 || (r = keep_caps(s, ret_step)) < 0)
		return r;
	/* Only now: a change of fsuid makes void what these two do. */
	*ret_step = "become invisible to other processes";
	if ((r = hide()) < 0)
		return r;
	*ret_step = "bind itself to its parent";
	return follow_parent(parent);
}
