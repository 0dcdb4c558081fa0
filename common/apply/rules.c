/* SPDX-License-Identifier: ISC */
#include "apply/rules.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "apply/sealed.h"
#include "beneath.h"
#include "bounds.h"
#include "landlock.h"
#include "wire.h"

/* ---- Landlock ------------------------------------------------------------ */

struct rules {
	struct wire_in in;
	struct landlock_handled handled; /* at the version in use */
	int ruleset;			 /* owned */
	int root;
};

static bool is_absent(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -ELOOP ||
	       error == -EACCES;
}

/* What a rule does not name is denied: a place that is not there as well. */
static int add_place(struct rules *u)
{
	uint64_t file = wire_get_u64(&u->in);
	uint64_t tree = wire_get_u64(&u->in);
	const char *path = wire_get_string(&u->in, BOUND_PATH - 1);
	_cleanup_fd_ int fd = -1;
	struct stat st;
	uint64_t rights;
	int r;

	if (u->in.failed)
		return -EPROTO;
	fd = beneath_open(u->root, path, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return is_absent(fd) ? 0 : fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	rights = S_ISDIR(st.st_mode) ? tree : file & LANDLOCK_FILE;
	rights &= u->handled.fs;
	r = rights ? landlock_allow(u->ruleset, fd, rights) : 0;
	/*
	 * A rule is on an inode, and procfs makes a file's anew when memory
	 * was short: one that stays open stays the same, until we end.
	 */
	if (r == 0 && (r = beneath_proc(fd)) > 0)
		(void)take_fd(&fd);
	return r < 0 ? r : 0;
}

static int add_ports(struct rules *u)
{
	uint64_t rights = wire_get_u64(&u->in) & u->handled.net;
	unsigned low = wire_get_u16(&u->in);
	unsigned high = wire_get_u16(&u->in);
	int r = u->in.failed ? -EPROTO : 0;

	for (unsigned port = low; rights && r == 0 && port <= high; port++)
		r = landlock_allow_port(u->ruleset, (uint16_t)port, rights);
	return r;
}

static int add_each(struct rules *u, int (*add)(struct rules *u))
{
	int r = 0;

	for (uint32_t n = wire_get_u32(&u->in); r == 0 && n > 0; n--)
		r = add(u);
	return r;
}

static int add_all(struct rules *u, int version)
{
	struct landlock_handled all;
	int r;

	all.fs = wire_get_u64(&u->in);
	all.net = wire_get_u64(&u->in);
	all.scopes = wire_get_u64(&u->in);
	if (u->in.failed)
		return -EPROTO;
	u->handled = landlock_at(version, &all);
	r = u->ruleset = landlock_ruleset(version, &all);
	if (r >= 0)
		r = add_each(u, add_place);
	if (r >= 0)
		r = add_each(u, add_ports);
	if (r >= 0 && !wire_done(&u->in))
		r = -EPROTO;
	return r;
}

int rules_apply(int root, int fd, int version)
{
	struct rules u = {.ruleset = -1, .root = root};
	struct sealed bytes;
	int r;

	if (version == 0)
		return 0;
	r = sealed_map(fd, &bytes);
	if (r < 0)
		return r;
	u.in = wire_in(bytes.at, bytes.len);
	r = add_all(&u, version);
	/* Safe because: it takes rights away, and gives none. */
	if (r >= 0)
		r = landlock_restrict(u.ruleset);
	close_fd(&u.ruleset);
	sealed_unmap(&bytes);
	return r;
}

/* ---- seccomp ------------------------------------------------------------- */

static int load(const struct sealed *bytes)
{
	struct sock_fprog program = {
		.len = (unsigned short)(bytes->len /
					sizeof(struct sock_filter)),
		.filter = (struct sock_filter *)bytes->at,
	};

	if (bytes->len % sizeof(struct sock_filter) != 0 ||
	    bytes->len / sizeof(struct sock_filter) > BPF_MAXINSNS)
		return -EPROTO;
	/* Safe because: no_new_privs is set, and a filter only takes away. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return -errno;
	return 0;
}

int rules_filter(int fd)
{
	struct sealed bytes;
	int r = sealed_map(fd, &bytes);

	if (r < 0)
		return r;
	r = load(&bytes);
	/* The program allows it. */
	sealed_unmap(&bytes);
	return r;
}

/* ---- both ---------------------------------------------------------------- */

int rules_lock(const struct rules_from *from, const char **ret_step)
{
	int r;

	*ret_step = "restrict itself by Landlock";
	r = rules_apply(from->root, from->rules, from->version);
	if (r < 0)
		return r;
	*ret_step = "restrict itself by seccomp";
	return rules_filter(from->program);
}
