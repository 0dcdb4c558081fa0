/* SPDX-License-Identifier: ISC */
/*
 * The Landlock plan against the kernel: for each of twenty policies a probe in
 * the helper's domain tries everything on every file of a small tree.  What
 * the policy allows must work, and what works must be in the policy, or in the
 * excess that `wicket check` prints.
 */
#include "helper/rules.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own.h"
#include "path.h"
#include "plan_landlock.h"
#include "policy/load.h"
#include "policy/match.h"
#include "support/child.h"
#include "support/scratch.h"
#include "supervisor/memfd.h"

/* @ is the scratch directory, in which this tree is made. */
static const char *const tree[] = {
	"a/f",	   "a/g.pem",	"a/sub/h.pem", "a/sub/.git/x",
	"a/b.d/z", "log/x.log", "log/y.txt",   "top",
};

#define NTREE (sizeof(tree) / sizeof(tree[0]))

static const char *const policies[] = {
	"",
	"stat @/**\n",
	"read @/a/f\n",
	"read @/a/**\n",
	"read @/a/*.pem\n",
	"read @/a/*/h.pem\n",
	"read @/a/**\ndeny @/a/**/.git\n",
	"read @/to/f\n",
	"read @/to/**\nlist @/to/**\n",
	"list @/a\n",
	"list @/a/**\n",
	"write @/top\n",
	"write @/log/*.log\n",
	"append @/log/x.log create=0640\n",
	"append @/log/** create=0640\n",
	"write @/log/** create=0640\nremove @/log/**\n",
	"write @/a/** create=0640\nread @/a/new/f\nlist @/a/sub\n",
	"remove @/a/sub/**\n",
	"remove @/a/f\nwrite @/log/new create=0600\nread @/log/new\n",
	"read @/** \nlist @/**\nwrite @/** create=0640\nremove @/**\n",
	"read @/a/f @/none/x\nlist @/none/**\nlisten unix @/log/s\n",
};

#define NPOLICIES (sizeof(policies) / sizeof(policies[0]))

static struct scratch s;

static char *expand(const char *policy)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert(f);
	fputs("worker 61010\nhelper 61001\n", f);
	for (; *policy; policy++)
		if (*policy == '@')
			fputs(s.dir, f);
		else
			fputc(*policy, f);
	fclose(f);
	return text;
}

static struct policy *load(const char *policy)
{
	_cleanup_free_ char *text = expand(policy);
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy *p = NULL;

	cr_assert_eq(policy_load_text("test", "test", text, strlen(text), NULL,
				      &p, NULL, &err),
		     0, "%s", err.text);
	return p;
}

/* ---- what should be -------------------------------------------------------
 */

struct probe {
	const struct policy *p;
	struct plan_landlock *plan;
};

static bool in_excess(const struct probe *b, const char *path, uint64_t right)
{
	for (size_t i = 0; i < b->plan->nplaces; i++) {
		const struct plan_place *place = &b->plan->places[i];

		if (!path_within(path, place->path) || !(place->tree & right))
			continue;
		if (plan_excess(b->p, place) & right ||
		    plan_denied(b->p, place))
			return true;
	}
	return false;
}

/* One answer of the kernel against the policy's. */
static void compare(const struct probe *b, const char *path, bool works,
		    unsigned granted_by, uint64_t right)
{
	struct policy_grant g = policy_judge(b->p, path);
	bool granted = g.rights & granted_by;

	if (granted && !works)
		fprintf(stderr, "%s: granted (%x), but does not work: %s\n",
			path, granted_by, strerror(errno));
	if (works && !granted && !in_excess(b, path, right))
		fprintf(stderr, "%s: works (%x), but neither rule nor excess\n",
			path, granted_by);
	CHILD_CHECK(works || !granted);
	CHILD_CHECK(granted || !works || in_excess(b, path, right));
}

/* ---- what is --------------------------------------------------------------
 */

static bool opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool works = fd >= 0;

	close_fd(&fd);
	return works;
}

static void probe_file(const struct probe *b, const char *path)
{
	compare(b, path, opens(path, O_RDONLY), RIGHT_READ, LANDLOCK_READ_FILE);
	compare(b, path, opens(path, O_WRONLY), RIGHT_WRITE | RIGHT_APPEND,
		LANDLOCK_WRITE_FILE);
	compare(b, path, opens(path, O_WRONLY | O_TRUNC), RIGHT_WRITE,
		LANDLOCK_TRUNCATE);
}

/* Directories: a new name, listed, a name taken away. */
static void probe_names(const struct probe *b, const char *dir)
{
	char path[2 * BOUND_PATH];
	char to[2 * BOUND_PATH];

	compare(b, dir, opens(dir, O_RDONLY | O_DIRECTORY), RIGHT_LIST,
		LANDLOCK_READ_DIR);
	(void)snprintf(path, sizeof(path), "%s/made", dir);
	compare(b, path, opens(path, O_WRONLY | O_CREAT | O_EXCL), RIGHT_CREATE,
		LANDLOCK_MAKE_REG);
	(void)snprintf(path, sizeof(path), "%s/there", dir);
	(void)snprintf(to, sizeof(to), "%s/sock", dir);
	compare(b, path, unlink(path) == 0, RIGHT_REMOVE, LANDLOCK_REMOVE_FILE);
	CHILD_CHECK(symlink("x", to) < 0 ||
		    in_excess(b, dir, LANDLOCK_MAKE_SYM) ||
		    policy_judge(b->p, to).rights & RIGHT_CREATE);
	CHILD_CHECK(mknod(to, S_IFCHR | 0600, 0) < 0);
}

static void lock(const struct probe *b)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	void *bytes;
	size_t len;
	int fd;

	CHILD_CHECK(plan_landlock_pack(b->plan, &bytes, &len) == 0);
	fd = memfd_sealed("rules", bytes, len);
	CHILD_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHILD_CHECK(rules_apply(root, fd, LANDLOCK_KNOWN) == 0);
	free(bytes);
	close(fd);
	close(root);
}

static int probe_all(void *arg)
{
	static const char *const dirs[] = {"", "a", "a/sub", "log", "a/b.d"};
	const struct probe *b = arg;

	lock(b);
	for (size_t i = 0; i < NTREE; i++)
		probe_file(b, scratch_path(&s, tree[i]));
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		probe_names(b, scratch_path(&s, dirs[i]));
	CHILD_CHECK(!opens("/etc/passwd", O_RDONLY));
	CHILD_CHECK(!opens("/proc/self/status", O_RDONLY));
	return 0;
}

static void make_tree(void)
{
	scratch_make(&s);
	for (size_t i = 0; i < NTREE; i++)
		scratch_write(&s, tree[i], "text", 0644);
	scratch_write(&s, "there", "", 0644);
	scratch_write(&s, "a/there", "", 0644);
	scratch_write(&s, "a/sub/there", "", 0644);
	scratch_write(&s, "a/b.d/there", "", 0644);
	scratch_write(&s, "log/there", "", 0644);
	scratch_link(&s, "to", "a");
}

static bool has_landlock(void)
{
	return landlock_version() >= 3;
}

Test(rules, allow_the_policy_and_the_printed_excess, .timeout = 60)
{
	for (size_t i = 0; has_landlock() && i < NPOLICIES; i++) {
		struct policy_note err = POLICY_NOTE_INIT;
		struct probe b;
		struct policy *p;

		make_tree();
		b.p = p = load(policies[i]);
		cr_assert_eq(plan_landlock_make(p, &b.plan, &err), 0, "%s",
			     err.text);
		cr_assert_eq(child_run(probe_all, &b), 0, "policy %zu:\n%s", i,
			     policies[i]);
		plan_landlock_free(b.plan);
		policy_free(p);
		scratch_remove(&s);
	}
}
