/* SPDX-License-Identifier: ISC */
#include "helper/unix.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "beneath.h"
#include "helper/owner.h"
#include "path.h"

/* A name that nobody can have put there before. */
static int random_name(struct sockaddr_un *ret)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	(void)snprintf(un.sun_path, sizeof(un.sun_path), ".wicket-%016" PRIx64,
		       random);
	*ret = un;
	return 0;
}

/*
 * There is no bindat(): the helper, which has one thread, goes there and back.
 * The mode is the socket's before it has a name, so that at no time a peer
 * can connect whom the mode keeps out.
 */
static int bind_in(const struct helper *h, int dir, int fd, mode_t mode,
		   const struct sockaddr_un *un)
{
	mode_t mask;
	int r = 0;

	if (fchmod(fd, mode) < 0 || fchdir(dir) < 0)
		return -errno;
	mask = umask(0);
	/*
	 * Safe because: the directory was reached without a link by a path
	 * that the rule covers, and the name is new in it.
	 */
	if (bind(fd, (const struct sockaddr *)un, sizeof(*un)) < 0)
		r = -errno;
	(void)umask(mask);
	if (fchdir(h->root) < 0)
		r = -errno;
	return r;
}

/* A socket of the worker's, or of the owner that the rule gives to its own. */
static bool is_ours(const struct helper *h, const struct policy_owner *owner,
		    const struct stat *st)
{
	return S_ISSOCK(st->st_mode) && (st->st_uid == h->start.fsuid ||
					 st->st_uid == owner_uid(h, owner));
}

/*
 * Moves the socket to its name.  Between the look at what has the name and the
 * second rename, only who can write to the directory can put something else
 * there, and could as well remove it.
 */
static int claim(const struct helper *h, const struct policy_owner *owner,
		 int dir, const char *temporary, const char *name)
{
	struct stat st;

	if (syscall(SYS_renameat2, dir, temporary, dir, name,
		    RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !is_ours(h, owner, &st))
		return -EADDRINUSE;
	/*
	 * Safe because: what is replaced is a socket that an earlier run of
	 * this worker left behind.
	 */
	return syscall(SYS_renameat2, dir, temporary, dir, name, 0) < 0 ? -errno
									: 0;
}

static int bind_named(const struct helper *h, const struct policy_net *net,
		      const char *path, int fd, struct unix_name *ret)
{
	_cleanup_fd_ int dir = -1;
	struct sockaddr_un un;
	struct stat st;
	mode_t mode = net->mode_set ? net->mode : 0600;
	int r = dir = beneath_parent(h->root, path);

	if (r >= 0)
		r = random_name(&un);
	if (r < 0)
		return r;
	r = bind_in(h, dir, fd, mode, &un);
	if (r == 0)
		r = owner_give_name(h, &net->owner, dir, un.sun_path, S_IFSOCK,
				    &st);
	if (r == -EAGAIN)
		r = -EADDRINUSE;
	if (r == 0)
		r = claim(h, &net->owner, dir, un.sun_path, path_base(path));
	if (r == 0)
		*ret = (struct unix_name){.dev = st.st_dev, .ino = st.st_ino};
	else
		(void)unlinkat(dir, un.sun_path, 0);
	return r;
}

static int make_socket(const struct asked *a, int flags)
{
	int type = net_kind_type(a->address.kind);

	return socket(AF_UNIX, type | SOCK_CLOEXEC | flags, 0);
}

static int bind_abstract(const struct net_addr *a, int fd)
{
	/* Safe because: the rule names this address; it is no file. */
	return bind(fd, &a->sa, a->len) < 0 ? -errno : 0;
}

int unix_bind(const struct helper *h, const struct policy_rule *rule,
	      const struct asked *a, struct unix_name *ret_name, int *ret_fd)
{
	_cleanup_fd_ int fd = make_socket(a, 0);
	struct unix_name name = {.ino = 0};
	int r;

	if (fd < 0)
		return -errno;
	if (a->path[0])
		r = bind_named(h, &rule->net, a->path, fd, &name);
	else
		r = bind_abstract(&a->address, fd);
	if (r < 0)
		return r;
	*ret_name = name;
	*ret_fd = take_fd(&fd);
	return 0;
}

int unix_refused(const struct helper *h, struct job *j, const struct asked *a,
		 int error)
{
	_cleanup_fd_ int dir = -1;

	if (error != -EACCES || a->path[0] == '\0')
		return error;
	dir = beneath_parent(h->root, a->path);
	return dir < 0 ? error : refuse_lock(h, j, error, dir, W_OK | X_OK);
}

void unix_unname(const struct helper *h, const struct asked *a,
		 const struct unix_name *name)
{
	_cleanup_fd_ int dir = -1;
	const char *base = path_base(a->path);
	struct stat st;

	if (name->ino == 0)
		return;
	dir = beneath_parent(h->root, a->path);
	if (dir < 0 || fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	/* Safe because: it is the file that unix_bind() made. */
	if (st.st_dev == name->dev && st.st_ino == name->ino)
		(void)unlinkat(dir, base, 0);
}

/*
 * connect(2) would follow a link whatever it says: the socket itself is opened,
 * looked at, and then connected to by its descriptor.
 */
static int connect_named(struct helper *h, struct job *j, const struct asked *a,
			 int fd)
{
	_cleanup_fd_ int target = -1;
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct stat st;
	struct walk w;
	int r = walk_start_socket(&w, h, j, a->address.kind, a->path);

	if (r == 0)
		r = target = walk_open(&w, O_PATH);
	if (r < 0)
		return r;
	if (fstat(target, &st) < 0)
		return -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ECONNREFUSED;
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "/proc/self/fd/%d",
		       target);
	/*
	 * Safe because: a rule covers the path and each that a link led to,
	 * and the file is a socket.  The helper's capabilities, where the
	 * policy gave it any over files, count here: the rule grants what the
	 * mode of the socket may deny to the worker.
	 */
	if (connect(fd, (const struct sockaddr *)&un, sizeof(un)) < 0)
		return -errno;
	return 0;
}

static int connect_abstract(const struct net_addr *a, int fd)
{
	/* Safe because: the rule names this address; it is no file. */
	return connect(fd, &a->sa, a->len) < 0 ? -errno : 0;
}

int unix_connect(struct helper *h, struct job *j, const struct asked *a,
		 int *ret_fd)
{
	_cleanup_fd_ int fd = make_socket(a, SOCK_NONBLOCK);
	int r;

	if (fd < 0)
		return -errno;
	r = a->path[0] ? connect_named(h, j, a, fd)
		       : connect_abstract(&a->address, fd);
	if (r < 0)
		return r;
	*ret_fd = take_fd(&fd);
	return 0;
}
