/* SPDX-License-Identifier: ISC */
#include "command/unitdirs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define STANDARD                                                \
	"/etc/systemd/system:/run/systemd/system:"              \
	"/usr/local/lib/systemd/system:/usr/lib/systemd/system" \
	":/lib/systemd/system"

char *unitdirs_path(void)
{
	const char *path = secure_getenv("SYSTEMD_UNIT_PATH");
	char *joined;
	size_t len;

	if (!path || !*path)
		return strdup(STANDARD);
	len = strlen(path);
	if (path[len - 1] != ':')
		return strdup(path);
	if (asprintf(&joined, "%s%s", path, STANDARD) < 0)
		return NULL;
	return joined;
}

static int fail(struct policy_note *err, const char *file, int error,
		const char *text)
{
	policy_note_set(err, file, 0, 0, "%s", text);
	return error;
}

/* The next directory of *path into dir: false at the end. */
static bool next_dir(const char **path, char dir[static BOUND_PATH])
{
	size_t len;

	*path += strspn(*path, ":");
	len = strcspn(*path, ":");
	if (len == 0)
		return false;
	(void)snprintf(dir, BOUND_PATH, "%.*s", (int)len, *path);
	*path += len;
	return true;
}

/* ---- one file ------------------------------------------------------------ */

static int read_text(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read(fd, text + len, size - len)) != 0) {
		if (n < 0)
			return -errno;
		len += (size_t)n;
	}
	return (int)len;
}

/*
 * 1, 0 for one that is not there, or -errno.  An empty file, or a link to
 * /dev/null, has *ret_masked.
 */
static int read_file(const char *file, struct unitfile *u, bool *ret_masked,
		     struct policy_note *err)
{
	_cleanup_fd_ int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY |
						 O_CLOEXEC);
	_cleanup_free_ char *text = malloc(BOUND_UNIT_BYTES + 1);
	struct stat st;
	int n;

	if (!text)
		return fail(err, file, -ENOMEM, "out of memory");
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(err, file, -errno, strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
		return fail(err, file, -EINVAL, "expected a regular file");
	n = S_ISCHR(st.st_mode) ? 0 : read_text(fd, text, BOUND_UNIT_BYTES + 1);
	if (n < 0)
		return fail(err, file, n, strerror(-n));
	if (n > BOUND_UNIT_BYTES)
		return fail(err, file, -E2BIG, "too long for a unit");
	*ret_masked = n == 0;
	n = unitfile_add(u, file, text, (size_t)n, err);
	return n < 0 ? n : 1;
}

static int read_unit(const char *path, const char *name, struct unitfile *u,
		     struct policy_note *err)
{
	char dir[BOUND_PATH], file[2 * BOUND_PATH];
	bool masked = false;
	int r = 0;

	while (r == 0 && next_dir(&path, dir)) {
		(void)snprintf(file, sizeof(file), "%s/%s.service", dir, name);
		r = read_file(file, u, &masked, err);
	}
	if (r > 0 && masked)
		return fail(err, file, -ENOENT,
			    "the unit is masked, expected one that starts "
			    "something");
	return r;
}

/* ---- drop-ins ------------------------------------------------------------ */

/* Their names and where they are, each name once. */
struct dropins {
	size_t n;
	struct {
		char name[NAME_MAX + 1];
		char file[3 * BOUND_PATH];
	} v[BOUND_UNIT_DROPINS];
};

static bool is_dropin(const struct dropins *d, const char *name)
{
	size_t len = strlen(name);

	if (len <= strlen(".conf") || name[0] == '.' ||
	    strcmp(name + len - strlen(".conf"), ".conf") != 0 ||
	    strcmp(name, UNITDIRS_OURS) == 0)
		return false;
	/* The first directory's outweighs the later ones'. */
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->v[i].name, name) == 0)
			return false;
	return true;
}

static int find_in(struct dropins *d, const char *folder,
		   struct policy_note *err)
{
	DIR *dir = opendir(folder);
	const struct dirent *e;
	int r = 0;

	if (!dir)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : fail(err, folder, -errno, strerror(errno));
	while (r == 0 && (e = readdir(dir))) {
		if (!is_dropin(d, e->d_name))
			continue;
		if (d->n == BOUND_UNIT_DROPINS) {
			r = fail(err, folder, -E2BIG, "too many drop-ins");
			break;
		}
		(void)snprintf(d->v[d->n].name, sizeof(d->v[0].name), "%s",
			       e->d_name);
		(void)snprintf(d->v[d->n++].file, sizeof(d->v[0].file), "%s/%s",
			       folder, e->d_name);
	}
	(void)closedir(dir);
	return r;
}

/* What stands in v[] begins with its name. */
static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* What comes after ours and starts something would start it without wicket. */
static int check_order(const struct unitfile *u, size_t before,
		       const char *name, struct policy_note *err)
{
	for (size_t i = before; i < u->n; i++) {
		if (strcmp(u->v[i].key, "ExecStart") != 0 ||
		    strcmp(name, UNITDIRS_OURS) < 0)
			continue;
		unitfile_note(&u->v[i], err,
			      "found ExecStart= in a drop-in that systemd "
			      "reads after " UNITDIRS_OURS
			      ", expected an earlier name");
		return -EINVAL;
	}
	return 0;
}

static int read_dropins(const struct dropins *d, struct unitfile *u,
			struct policy_note *err)
{
	bool masked;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < d->n; i++) {
		size_t before = u->n;

		r = read_file(d->v[i].file, u, &masked, err);
		if (r >= 0)
			r = check_order(u, before, d->v[i].name, err);
	}
	return r;
}

int unitdirs_read(const char *path, const char *name, struct unitfile *u,
		  struct policy_note *err)
{
	_cleanup_free_ struct dropins *d = calloc(1, sizeof(*d));
	char dir[BOUND_PATH], folder[2 * BOUND_PATH];
	int r = read_unit(path, name, u, err);

	if (!d)
		return fail(err, name, -ENOMEM, "out of memory");
	if (r <= 0)
		return r;
	while (r >= 0 && next_dir(&path, dir)) {
		(void)snprintf(folder, sizeof(folder), "%s/%s.service.d", dir,
			       name);
		r = find_in(d, folder, err);
	}
	if (r < 0)
		return r;
	qsort(d->v, d->n, sizeof(d->v[0]), by_name);
	r = read_dropins(d, u, err);
	return r < 0 ? r : 1;
}
