/* SPDX-License-Identifier: ISC */
#include "policy/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "path.h"
#include "policy/lex.h"
#include "policy/resolve.h"

#define SUFFIX ".policy"

/* A policy in the making. */
struct loader {
	struct policy *p;
	const char *instance;
	struct policy_note *err;
	bool privileged;
};

static int fail(struct loader *ld, const char *path, int error, const char *fmt,
		...) __attribute__((format(printf, 4, 5)));
static int fail(struct loader *ld, const char *path, int error, const char *fmt,
		...)
{
	va_list ap;

	va_start(ap, fmt);
	policy_note_vset(ld->err, path, 0, 0, fmt, ap);
	va_end(ap);
	return error;
}

/* ---- who can change it -------------------------------------------------- */

static const char *owners(const struct loader *ld)
{
	return ld->privileged ? "root" : "root and you";
}

static int check_way(struct loader *ld, const char *path,
		     const struct follow *f)
{
	const struct lex_quoted where = lex_quote(f->where);

	switch (f->end) {
	case FOLLOW_FOUND:
		break;
	case FOLLOW_ABSENT:
		return fail(ld, path, -ENOENT, "'%s' does not exist",
			    where.text);
	case FOLLOW_UNSEEN:
		return fail(ld, path, -f->error, "cannot look at '%s': %s",
			    where.text, strerror(f->error));
	case FOLLOW_LOOP:
		return fail(ld, path, -ELOOP, "too many links at '%s'",
			    where.text);
	case FOLLOW_TOO_LONG:
		return fail(ld, path, -ENAMETOOLONG, "too long a path");
	case FOLLOW_RETURNS:
		return fail(ld, path, -EINVAL,
			    "found the link '%s' into a directory and out "
			    "again, expected no .. behind a name",
			    where.text);
	case FOLLOW_PROCFS:
	case FOLLOW_UNTRUSTED:
		return fail(ld, path, -EPERM,
			    "found the link '%s', expected none that others "
			    "than %s can change",
			    where.text, owners(ld));
	}
	if (!f->ours)
		return fail(ld, path, -EPERM,
			    "found the directory '%s', expected none that "
			    "others than %s can change",
			    lex_quote(f->weak).text, owners(ld));
	return 0;
}

static bool is_safe(const struct loader *ld, const struct stat *st)
{
	return (st->st_uid == 0 ||
		(!ld->privileged && st->st_uid == geteuid())) &&
	       !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static int check_file(struct loader *ld, const char *path,
		      const struct stat *st, const char *what)
{
	if (!S_ISREG(st->st_mode))
		return fail(ld, path, -EINVAL,
			    "found no regular file, expected %s", what);
	if (!is_safe(ld, st))
		return fail(ld, path, -EPERM,
			    "found uid %u and mode %04o, expected a file that "
			    "only %s can change",
			    st->st_uid, st->st_mode & 07777, owners(ld));
	return 0;
}

/* From the current directory on, .. taken out as text. */
static int make_absolute(struct loader *ld, const char *path, char *ret)
{
	_cleanup_free_ char *here = getcwd(NULL, 0);
	int r;

	if (!here)
		return fail(ld, path, -errno, "cannot tell where it is: %s",
			    strerror(errno));
	r = path_follow(here, path, "", ret);
	return r < 0 ? fail(ld, path, r, "%s", strerror(-r)) : 0;
}

/* Walks along the path, and tells where its links lead. */
static int check_path(struct loader *ld, const char *path, char *ret)
{
	/* What the worker may change by asking is another matter. */
	static const struct policy none;
	const struct resolver rs = {
		.p = ld->p,
		.changers = &none,
		.privileged = ld->privileged,
	};
	struct follow f;
	int r = make_absolute(ld, path, ret);

	if (r < 0)
		return r;
	follow(&rs, ret, true, &f);
	r = check_way(ld, path, &f);
	if (r == 0)
		memcpy(ret, f.path, strlen(f.path) + 1);
	return r;
}

/* Where nobody but root can change a name, nothing can change meanwhile. */
static int open_checked(struct loader *ld, const char *path, int flags,
			const char *what, int *ret_fd)
{
	char resolved[BOUND_PATH];
	_cleanup_fd_ int fd = -1;
	struct stat st;
	int r = check_path(ld, path, resolved);

	if (r < 0)
		return r;
	fd = open(resolved, flags | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(ld, path, -errno, "cannot open it: %s",
			    strerror(errno));
	r = check_file(ld, path, &st, what);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

int policy_open_program(const char *path, int *ret_fd, struct policy_note *err)
{
	/* The worker, of whom there is none yet. */
	struct policy none = {0};
	struct loader ld = {
		.p = &none,
		.err = err,
		.privileged = geteuid() == 0,
	};

	return open_checked(&ld, path, O_PATH, "a program", ret_fd);
}

/* ---- reading ------------------------------------------------------------ */

/* One byte more than is allowed, so that the parser sees it is too long. */
static int read_all(int fd, char **ret, size_t *ret_len)
{
	const size_t size = BOUND_POLICY_BYTES + 1;
	_cleanup_free_ char *text = malloc(size);
	size_t len = 0;
	ssize_t n;

	if (!text)
		return -ENOMEM;
	do {
		n = read(fd, text + len, size - len);
		if (n < 0 && errno != EINTR)
			return -errno;
		len += n > 0 ? (size_t)n : 0;
	} while (n != 0 && len < size);
	*ret = take_ptr(&text);
	*ret_len = len;
	return 0;
}

/* A file that is cut short may deny less than it was to. */
static int check_whole(struct loader *ld, const char *path, const char *text,
		       size_t len)
{
	const char *line = text;
	const char *newline;
	unsigned n = 1;

	if (len == 0 || text[len - 1] == '\n')
		return 0;
	while ((newline = memchr(line, '\n', len - (size_t)(line - text)))) {
		line = newline + 1;
		n++;
	}
	policy_note_set(ld->err, path, n, (unsigned)(text + len - line) + 1,
			"found the end of the file, expected a newline: it may "
			"be cut short");
	return -EINVAL;
}

static int add_file(struct loader *ld, const char *path)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_fd_ int fd = -1;
	size_t len = 0;
	int r = open_checked(ld, path, O_RDONLY | O_NONBLOCK | O_NOCTTY,
			     "a policy", &fd);

	if (r < 0)
		return r;
	r = read_all(fd, &text, &len);
	if (r < 0)
		return fail(ld, path, r, "cannot read it: %s", strerror(-r));
	r = policy_parse(ld->p, path, text, len, ld->instance, ld->err);
	return r < 0 ? r : check_whole(ld, path, text, len);
}

/* ---- looking up --------------------------------------------------------- */

/* A link that leads nowhere is there, too: it must not be passed over. */
static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static int is_policy(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > strlen(SUFFIX) && entry->d_name[0] != '.' &&
	       strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX) == 0;
}

/* The order of bytes, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int join(struct loader *ld, char path[static BOUND_PATH],
		const char *dir, const char *name, const char *suffix)
{
	int n = snprintf(path, BOUND_PATH, "%s/%s%s", dir, name, suffix);

	if (n < 0 || n >= BOUND_PATH)
		return fail(ld, name, -ENAMETOOLONG, "too long a path");
	return 0;
}

static int add_entries(struct loader *ld, const char *dir,
		       struct dirent **entries, int n)
{
	char path[BOUND_PATH];
	int r = 0;

	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = join(ld, path, dir, entries[i]->d_name, "");
		if (r == 0)
			r = add_file(ld, path);
		free(entries[i]);
	}
	return r;
}

/* Also an empty one: what others took away would be missed. */
static int add_dropins(struct loader *ld, const char *dir)
{
	struct dirent **entries = NULL;
	char resolved[BOUND_PATH];
	int n, r;

	if (!exists(dir))
		return 0;
	r = check_path(ld, dir, resolved);
	if (r < 0)
		return r;
	n = scandir(resolved, &entries, is_policy, by_name);
	if (n < 0)
		return fail(ld, dir, -errno, "cannot list it: %s",
			    strerror(errno));
	r = add_entries(ld, dir, entries, n);
	free(entries);
	return r;
}

bool policy_is_name(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_@.+-";
	size_t len = strlen(name);

	return len > 0 && len < BOUND_COMPONENT - 16 && name[0] != '.' &&
	       strspn(name, good) == len;
}

static int add_named(struct loader *ld, const struct policy_places *places,
		     const char *name)
{
	const char *dirs[] = {places->local, places->vendor};
	char path[BOUND_PATH];
	bool found = false;
	int r;

	if (!policy_is_name(name))
		return fail(ld, name, -EINVAL,
			    "found no name of a policy, expected letters, "
			    "digits and _@.+-, or a path with a slash");
	for (size_t i = 0; !found && i < 2; i++) {
		r = join(ld, path, dirs[i], name, SUFFIX);
		if (r < 0)
			return r;
		found = exists(path);
	}
	if (!found)
		return fail(ld, name, -ENOENT,
			    "found no such policy, expected %s/%s" SUFFIX
			    " or %s/%s" SUFFIX,
			    dirs[0], name, dirs[1], name);
	r = add_file(ld, path);
	if (r == 0)
		r = join(ld, path, places->local, name, SUFFIX ".d");
	return r < 0 ? r : add_dropins(ld, path);
}

/* ---- the whole ---------------------------------------------------------- */

char *policy_name_of(const char *name_or_path)
{
	const char *slash = strrchr(name_or_path, '/');
	char *name = strdup(slash ? slash + 1 : name_or_path);
	size_t len = name ? strlen(name) : 0;

	if (slash && len > strlen(SUFFIX) &&
	    strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0)
		name[len - strlen(SUFFIX)] = '\0';
	return name;
}

static int new_policy(const char *name_or_path, struct policy **ret)
{
	_cleanup_free_ char *name = policy_name_of(name_or_path);

	return name ? policy_new(name, ret) : -ENOMEM;
}

int policy_load_from(const struct policy_places *places,
		     const char *name_or_path, const char *instance,
		     struct policy **ret, struct policy_notes *warnings,
		     struct policy_note *err)
{
	__attribute__((cleanup(policy_freep))) struct policy *p = NULL;
	struct loader ld = {
		.instance = instance,
		.err = err,
		.privileged = geteuid() == 0,
	};
	int r = new_policy(name_or_path, &p);

	if (r < 0)
		return fail(&ld, name_or_path, r, "out of memory");
	ld.p = p;
	r = strchr(name_or_path, '/') ? add_file(&ld, name_or_path)
				      : add_named(&ld, places, name_or_path);
	if (r == 0)
		r = policy_resolve(p, warnings, err);
	if (r == 0)
		*ret = take_ptr(&p);
	return r;
}

int policy_load(const char *name_or_path, const char *instance,
		struct policy **ret, struct policy_notes *warnings,
		struct policy_note *err)
{
	static const struct policy_places places = {
		.local = "/etc/wicket",
		.vendor = "/usr/lib/wicket",
	};

	return policy_load_from(&places, name_or_path, instance, ret, warnings,
				err);
}

int policy_load_text(const char *name, const char *source, const char *text,
		     size_t len, const char *instance, struct policy **ret,
		     struct policy_notes *warnings, struct policy_note *err)
{
	char *sources[] = {(char *)source};
	struct policy_text texts[] = {{.bytes = (char *)text, .len = len}};
	const struct policy from = {
		.name = (char *)name,
		.sources = sources,
		.texts = texts,
		.nsources = 1,
	};

	return policy_load_again(&from, instance, ret, warnings, err);
}

int policy_load_again(const struct policy *from, const char *instance,
		      struct policy **ret, struct policy_notes *warnings,
		      struct policy_note *err)
{
	__attribute__((cleanup(policy_freep))) struct policy *p = NULL;
	int r = policy_new(from->name, &p);

	if (r < 0)
		policy_note_set(err, from->name, 0, 0, "out of memory");
	for (size_t i = 0; r == 0 && i < from->nsources; i++)
		r = policy_parse(p, from->sources[i], from->texts[i].bytes,
				 from->texts[i].len, instance, err);
	if (r == 0)
		r = policy_resolve(p, warnings, err);
	if (r == 0)
		*ret = take_ptr(&p);
	return r;
}
