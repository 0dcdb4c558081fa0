/* SPDX-License-Identifier: ISC */
/*
 * The Landlock plan against the kernel: for each tests/policies/locks/X.policy
 * a probe in the helper's domain tries everything on everything in a small
 * tree.  What the policy allows must work, and what works must be in the
 * policy, or in the excess that `wicket check` prints: X.wider.
 */
#include "apply/rules.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "command/locks.h"
#include "apply/lockdown.h"
#include "identity.h"
#include "plan.h"
#include "policy/load.h"
#include "support/allowed.h"
#include "support/child.h"
#include "support/netns.h"
#include "support/paths.h"
#include "supervisor/memfd.h"

TestSuite(rules, .timeout = 120);

/* One policy and all that is made of it, in the child that asks. */
static struct {
	struct scratch s;
	struct policy *p;
	struct plan_landlock *plan;
	struct plan caps;
	struct allowed allowed;
	struct probe probe;
} b;

/* The policy's: what runs in a network of its own takes no argument. */
static char file[BOUND_PATH];

/* ---- reading ------------------------------------------------------------- */

/* @/ is below the scratch directory; the lines stay where they are. */
static char *expand(const char *text)
{
	char *to = NULL;
	size_t len;
	FILE *f = open_memstream(&to, &len);

	CHILD_CHECK(f);
	for (; *text; text++)
		if (strncmp(text, "@/", 2) == 0)
			fputs(b.s.dir, f);
		else
			fputc(*text, f);
	fputs("worker 61010\nhelper 61001\n", f);
	CHILD_CHECK(fclose(f) == 0);
	return to;
}

static void load(const char *policy)
{
	_cleanup_free_ char *text = expand(policy);
	struct policy_note err = POLICY_NOTE_INIT;

	if (policy_load_text("test", "policy", text, strlen(text), NULL, &b.p,
			     NULL, &err) < 0 ||
	    plan_landlock_make(b.p, &b.plan, &err) < 0) {
		policy_note_print(&err, stderr);
		_exit(1);
	}
	CHILD_CHECK(plan_make(b.p, &b.caps) == 0);
}

static void start(const char *policy)
{
	int version = landlock_version();

	scratch_make(&b.s);
	probe_tree(&b.s);
	load(policy);
	probe_list(&b.probe, &b.s, b.p);
	b.allowed = (struct allowed){
		.s = &b.s,
		.p = b.p,
		.plan = b.plan,
		.version = version < LANDLOCK_KNOWN ? version : LANDLOCK_KNOWN,
	};
}

static void end(void)
{
	probe_free(&b.probe);
	b.plan = plan_landlock_free(b.plan);
	b.p = policy_free(b.p);
	scratch_remove(&b.s);
}

/* ---- the domain ---------------------------------------------------------- */

/* As the supervisor hands the rules over, and the helper takes them. */
static void apply(const struct plan_landlock *plan)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	void *bytes;
	size_t len;
	int fd;

	CHILD_CHECK(plan_landlock_pack(plan, &bytes, &len) == 0);
	fd = memfd_sealed("rules", bytes, len);
	CHILD_CHECK(rules_apply(root, fd, b.allowed.version) == 0);
	free(bytes);
	close(fd);
	close(root);
}

/* With every capability that the test has: nothing but Landlock refuses. */
static void enter_lock(void *plan)
{
	CHILD_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	apply(plan);
}

/* As the helper that root starts. */
static void enter_helper(void *plan)
{
	const uint64_t ids = UINT64_C(1) << CAP_SETUID | UINT64_C(1)
								 << CAP_SETGID;
	const struct identity id = {.uid = b.caps.uid, .gid = b.caps.gid};
	const struct start s = {.caps = b.caps.caps,
				.fsuid = b.caps.fsuid,
				.fsgid = b.caps.fsgid,
				.privileged = true};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const char *step = "";

	for (int to = 0; to <= 2; to++)
		CHILD_CHECK(dup2(null, to) == to);
	close(null);
	CHILD_CHECK(identity_become(&id, b.caps.caps | ids, &step) == 0);
	CHILD_CHECK(lockdown(&s, getppid(), &step) == 0);
	apply(plan);
}

/* ---- comparing ----------------------------------------------------------- */

static void say(const struct probe_try *t, const char *what)
{
	fprintf(stderr, "%s %s", probe_name(t->action), t->path);
	if (*t->to)
		fprintf(stderr, " %s", t->to);
	if (t->action == PROBE_BIND || t->action == PROBE_CONNECT)
		fprintf(stderr, "%s:%u", t->any ? "*" : "127.0.0.1", t->port);
	fprintf(stderr, ": %s\n", what);
}

/* What is not as it must be with this try, or NULL. */
static const char *wrong(const struct probe_try *t)
{
	if (!allowed_is_handled(&b.allowed, t))
		return NULL;
	if (t->error && allowed_must_work(&b.allowed, t))
		return "allowed by the policy, and refused by the lock";
	if (!t->error && !allowed_may_work(&b.allowed, t))
		return "works, by no rule and by no excess that is printed";
	return NULL;
}

/* How many answers of the kernel are wrong behind this plan. */
static unsigned compare(void (*enter)(void *arg), struct plan_landlock *plan,
			void (*tell)(const struct probe_try *t,
				     const char *what))
{
	unsigned n = 0;

	probe_run(&b.probe, enter, plan);
	for (size_t i = 0; i < b.probe.n; i++) {
		const struct probe_try *t = &b.probe.tries[i];
		const char *what = wrong(t);

		if (what && tell)
			tell(t, what);
		n += what != NULL;
	}
	return n;
}

/* ---- the policies -------------------------------------------------------- */

/* A policy travels to another process: no pointers. */
struct named {
	char file[BOUND_PATH];
};

static struct criterion_test_params policies(void)
{
	const char *pattern = paths_source("tests/policies/locks/*.policy");
	struct named *v;
	glob_t found;
	size_t n;

	cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "no policies");
	n = found.gl_pathc;
	v = cr_malloc(n * sizeof(*v));
	for (size_t i = 0; i < n; i++)
		(void)snprintf(v[i].file, sizeof(v[i].file), "%s",
			       found.gl_pathv[i]);
	globfree(&found);
	return cr_make_param_array(struct named, v, n, NULL);
}

static void try_policy(void)
{
	_cleanup_free_ char *text = scratch_read(file);

	CHILD_CHECK(text);
	start(text);
	CHILD_CHECK(compare(enter_lock, b.plan, say) == 0);
	if (geteuid() == 0)
		CHILD_CHECK(compare(enter_helper, b.plan, say) == 0);
	end();
}

ParameterizedTestParameters(rules, allow_the_policy_and_the_printed_excess)
{
	return policies();
}

ParameterizedTest(struct named *policy, rules,
		  allow_the_policy_and_the_printed_excess)
{
	memcpy(file, policy->file, sizeof(file));
	cr_assert_eq(netns_run(try_policy), 0, "%s", file);
}

/* ---- what is printed ----------------------------------------------------- */

/* The lines that say where the lock is wider, @ for the scratch directory. */
static char *wider(void)
{
	_cleanup_free_ char *text = NULL;
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	FILE *to = open_memstream(&out, &len);
	char *rest;
	char *line;

	CHILD_CHECK(f && to && locks_text(b.p, b.plan, f) == 0);
	CHILD_CHECK(fclose(f) == 0);
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		char *at = strstr(line, b.s.dir);

		if (strncmp(line, "# Landlock is wider", 19) == 0 && at)
			fprintf(to, "%.*s@%s\n", (int)(at - line), line,
				at + strlen(b.s.dir));
	}
	CHILD_CHECK(fclose(to) == 0);
	return out;
}

/* X.wider beside X.policy. */
static char *expected(void)
{
	char path[BOUND_PATH];

	snprintf(path, sizeof(path), "%.*swider",
		 (int)(strlen(file) - strlen("policy")), file);
	return scratch_read(path);
}

static void print_policy(void)
{
	_cleanup_free_ char *text = scratch_read(file);
	_cleanup_free_ char *want = expected();
	_cleanup_free_ char *got = NULL;

	CHILD_CHECK(text);
	start(text);
	got = wider();
	end();
	if (!want || strcmp(got, want) != 0) {
		fprintf(stderr, "expected:\n%sgot:\n%s", want ? want : "", got);
		_exit(1);
	}
}

ParameterizedTestParameters(rules, are_wider_by_no_more_than_is_told)
{
	return policies();
}

ParameterizedTest(struct named *policy, rules,
		  are_wider_by_no_more_than_is_told)
{
	memcpy(file, policy->file, sizeof(file));
	cr_assert_eq(netns_run(print_policy), 0, "%s", file);
}

/* ---- a lock that is not the plan's --------------------------------------- */

static const char some[] = "read @/a/f\nread @/log/*.log\nlist @/log\n"
			   "append @/run/** create=0600\nremove @/run/**\n"
			   "listen tcp *:80\nconnect tcp *:443\n";

/* With one right more at the scratch directory. */
static void add_right(uint64_t right)
{
	struct plan_landlock l = *b.plan;
	struct plan_place places[16];

	CHILD_CHECK(l.nplaces < 16);
	memcpy(places, l.places, l.nplaces * sizeof(*places));
	places[l.nplaces++] = (struct plan_place){.path = b.s.dir,
						  .tree = right};
	l.places = places;
	if (compare(enter_lock, &l, NULL) == 0) {
		fprintf(stderr, "one right more is not seen: %llx\n",
			(unsigned long long)right);
		_exit(1);
	}
}

static void add_rights(void)
{
	/*
	 * All that the probe tries, and that says something by itself: to move
	 * between directories takes rights on their names as well.
	 */
	static const uint64_t rights[] = {
		LANDLOCK_WRITE_FILE, LANDLOCK_READ_FILE,   LANDLOCK_READ_DIR,
		LANDLOCK_REMOVE_DIR, LANDLOCK_REMOVE_FILE, LANDLOCK_MAKE_DIR,
		LANDLOCK_MAKE_REG,   LANDLOCK_MAKE_SOCK,   LANDLOCK_MAKE_FIFO,
		LANDLOCK_MAKE_SYM,   LANDLOCK_MAKE_CHAR,   LANDLOCK_TRUNCATE,
	};

	start(some);
	CHILD_CHECK(compare(enter_lock, b.plan, say) == 0);
	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
		add_right(rights[i]);
	end();
}

Test(rules, probe_sees_a_lock_with_one_right_more)
{
	cr_assert_eq(netns_run(add_rights), 0);
}

static void lose_places(void)
{
	start(some);
	CHILD_CHECK(compare(enter_lock, b.plan, say) == 0);
	for (size_t i = 0; i < b.plan->nplaces; i++) {
		struct plan_place kept = b.plan->places[i];

		b.plan->places[i].file = b.plan->places[i].tree = 0;
		CHILD_CHECK(compare(enter_lock, b.plan, NULL) > 0);
		b.plan->places[i] = kept;
	}
	for (size_t i = 0; i < b.plan->nports; i++) {
		uint64_t kept = b.plan->ports[i].rights;

		b.plan->ports[i].rights = 0;
		CHILD_CHECK(compare(enter_lock, b.plan, NULL) > 0);
		b.plan->ports[i].rights = kept;
	}
	end();
}

Test(rules, probe_sees_a_lock_with_one_rule_less)
{
	cr_assert_eq(netns_run(lose_places), 0);
}

static void open_network(void)
{
	const struct landlock_handled all = {LANDLOCK_ALL_FS, LANDLOCK_ALL_NET,
					     LANDLOCK_ALL_SCOPES};

	start(some);
	b.plan->handled.net = LANDLOCK_CONNECT_TCP;
	CHILD_CHECK(compare(enter_lock, b.plan, NULL) > 0);
	b.plan->handled.net = LANDLOCK_BIND_TCP;
	CHILD_CHECK(compare(enter_lock, b.plan, NULL) > 0);
	b.plan->handled = all;
	b.plan->handled.scopes = LANDLOCK_SIGNAL;
	CHILD_CHECK(compare(enter_lock, b.plan, NULL) > 0);
	b.plan->handled.scopes = LANDLOCK_ABSTRACT;
	CHILD_CHECK(compare(enter_lock, b.plan, NULL) > 0);
	b.plan->handled.scopes = LANDLOCK_ALL_SCOPES;
	CHILD_CHECK(compare(enter_lock, b.plan, NULL) == 0);
	end();
}

Test(rules, probe_sees_a_lock_that_leaves_something_alone)
{
	cr_assert_eq(netns_run(open_network), 0);
}
