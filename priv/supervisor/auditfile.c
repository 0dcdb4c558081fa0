/* SPDX-License-Identifier: ISC */
#include "supervisor/auditfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* name is path as seen from dir. */
static int open_file(int dir, const char *path, const char *name,
		     struct failure *f)
{
	/*
	 * Safe because: the name is root's own choice, a link in its place is
	 * not followed, and nothing in an existing file is lost.  A FIFO or a
	 * terminal does not hold us up.
	 */
	_cleanup_fd_ int fd = openat(dir, name,
				     O_WRONLY | O_APPEND | O_CREAT |
					     O_NOFOLLOW | O_NONBLOCK |
					     O_NOCTTY | O_CLOEXEC,
				     0640);
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return fail(f, -ELOOP, "audit file %s: it is a symbolic link",
			    path);
	if (fd < 0)
		return fail(f, -errno, "audit file %s: %s", path,
			    strerror(errno));
	if (fstat(fd, &st) < 0)
		return fail(f, -errno, "audit file %s: %s", path,
			    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(f, -EINVAL,
			    "audit file %s: expected a regular file", path);
	if (st.st_uid != geteuid() || (st.st_mode & 022))
		return fail(f, -EPERM,
			    "audit file %s: others than its reader can "
			    "change it",
			    path);
	return take_fd(&fd);
}

/* Makes every directory above path that is missing. */
static int make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		int r;

		*slash = '\0';
		r = mkdir(path, 0750) < 0 && errno != EEXIST ? -errno : 0;
		*slash = '/';
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * The directory of path, which nobody else may change: on some systems others
 * than root can make one in /var/log, and then choose what we append to.
 */
static int open_parent(char *path)
{
	char *slash = strrchr(path, '/');
	_cleanup_fd_ int fd = -1;
	struct stat st;

	*slash = '\0';
	fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	*slash = '/';
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || (st.st_mode & 022))
		return -EPERM;
	return take_fd(&fd);
}

static int default_path(const char *name, char *buf, size_t size)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	int n;

	if (geteuid() == 0)
		n = snprintf(buf, size, "/var/log/wicket/%s.audit", name);
	else if (state && state[0] == '/')
		n = snprintf(buf, size, "%s/wicket/%s.audit", state, name);
	else if (home && home[0] == '/')
		n = snprintf(buf, size, "%s/.local/state/wicket/%s.audit", home,
			     name);
	else
		return -ENOENT;
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static int open_default(const char *name, struct failure *f)
{
	_cleanup_fd_ int dir = -1;
	char path[BOUND_PATH];
	int r;

	/* The name becomes a file's: it must not lead anywhere else. */
	if (!*name || *name == '.' || strchr(name, '/'))
		return fail(f, -EINVAL,
			    "policy name '%s': cannot name an audit file; "
			    "use --audit FILE or --audit none",
			    name);
	if ((r = default_path(name, path, sizeof(path))) < 0)
		return fail(f, r,
			    "no place for the audit file: set HOME, or "
			    "use --audit FILE or --audit none");
	if ((r = make_parents(path)) < 0)
		return fail(f, r,
			    "audit file %s: cannot make its directory: %s; "
			    "use --audit FILE or --audit none",
			    path, strerror(-r));
	if ((r = dir = open_parent(path)) < 0)
		return fail(f, r,
			    "audit file %s: its directory is not ours alone: "
			    "%s",
			    path, strerror(-r));
	return open_file(dir, path, strrchr(path, '/') + 1, f);
}

int auditfile_open(const char *file, const char *name, struct failure *f)
{
	int fd;

	if (!file)
		return open_default(name, f);
	if (strcmp(file, "none") != 0)
		return open_file(AT_FDCWD, file, file, f);
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return fd < 0 ? fail(f, -errno, "/dev/null: %s", strerror(errno)) : fd;
}
