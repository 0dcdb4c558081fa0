/* SPDX-License-Identifier: ISC */
#include "supervisor/edition.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/support.h"

#define WHO "worker 61001\nhelper 61002\n"

static struct scratch s;
static struct options o;
static struct failure f;
static size_t fds;
static char path[BOUND_PATH];

static void set_up(void)
{
	fds = fds_count();
	scratch_make(&s);
	(void)snprintf(path, sizeof(path), "%s", scratch_path(&s, "p.policy"));
	o = (struct options){.policy = path, .policy_fd = -1};
	f = (struct failure)FAILURE_INIT;
}

static void tear_down(void)
{
	scratch_remove(&s);
	cr_assert_eq(fds_count(), fds);
}

TestSuite(edition, .timeout = 10, .init = set_up, .fini = tear_down);

static struct edition *loaded(const char *rules)
{
	struct edition *e = NULL;
	char text[4096];

	(void)snprintf(text, sizeof(text), WHO "%s", rules);
	scratch_write(&s, "p.policy", text, 0644);
	cr_assert_eq(edition_load(&o, NULL, &e, &f), 0, "%s", f.text);
	return e;
}

static struct edition *renewed(const struct edition *before)
{
	struct edition *e = NULL;

	cr_assert_eq(edition_renew(&o, before, &e, &f), 0, "%s", f.text);
	return e;
}

static bool is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & F_SEAL_WRITE) && (seals & F_SEAL_GROW) &&
	       (seals & F_SEAL_SHRINK) && fds_cloexec(fd) &&
	       lseek(fd, 0, SEEK_END) > 0;
}

Test(edition, looks_for_warnings_once_and_when_asked)
{
	struct edition *e = loaded("read /nonexistent/wicket\n");

	cr_assert_eq(e->warnings.n, 0u);
	cr_assert_eq(edition_warnings(&o, e)->n, 1u);
	cr_assert_eq(edition_warnings(&o, e)->n, 1u);
	edition_free(e);
}

Test(edition, has_all_that_a_helper_is_given)
{
	struct edition *e = loaded("read /etc/passwd\n");

	cr_assert_eq(e->policy->nrules, 1u);
	cr_assert(is_sealed(e->policy_fd));
	cr_assert(is_sealed(e->rules_fd));
	cr_assert(is_sealed(e->program_fd));
	/* Without privilege the worker is who asks. */
	cr_assert_eq(e->plan.fsuid, geteuid() == 0 ? 61001u : geteuid());
	cr_assert_not_null(e->landlock);
	cr_assert_null(edition_free(e));
	cr_assert_null(edition_free(NULL));
}

Test(edition, is_told_from_another_by_its_texts)
{
	struct edition *a = loaded("read /etc/passwd\n");
	struct edition *b = loaded("read /etc/passwd\n");
	struct edition *c = loaded("read /etc/passwe\n");

	cr_assert_eq(a->hash, b->hash);
	cr_assert_neq(a->hash, c->hash);
	edition_free(a);
	edition_free(b);
	edition_free(c);
}

Test(edition, keeps_its_text_when_it_is_renewed)
{
	struct edition *a = loaded("read /etc/passwd\n");
	struct edition *b;

	scratch_write(&s, "p.policy", "nonsense\n", 0644);
	b = renewed(a);
	cr_assert_eq(a->hash, b->hash);
	/* The one before is of no more use to it. */
	edition_free(a);
	cr_assert_eq(unlink(path), 0);
	a = renewed(b);
	cr_assert_eq(a->hash, b->hash);
	cr_assert_eq(a->policy->nrules, 1u);
	cr_assert_str_eq(a->policy->rules[0].path.pattern, "/etc/passwd");
	edition_free(a);
	edition_free(b);
}

/* Where the first rule's path leads to. */
static const char *leads(const struct edition *e)
{
	const struct policy_path *p = &e->policy->rules[0].path;

	return p->resolved ? p->resolved : p->pattern;
}

Test(edition, sees_where_a_link_leads_by_now_when_it_is_renewed)
{
	struct edition *a, *b;
	char rule[2 * BOUND_PATH];

	scratch_write(&s, "v1/x", "1", 0644);
	scratch_write(&s, "v2/x", "2", 0644);
	scratch_link(&s, "current", "v1");
	(void)snprintf(rule, sizeof(rule), "read %s/**\n",
		       scratch_path(&s, "current"));
	a = loaded(rule);
	cr_assert_not_null(strstr(leads(a), "/v1/"), "%s", leads(a));
	cr_assert_eq(unlink(scratch_path(&s, "current")), 0);
	scratch_link(&s, "current", "v2");
	b = renewed(a);
	cr_assert_not_null(strstr(leads(b), "/v2/"), "%s", leads(b));
	cr_assert_not_null(strstr(leads(a), "/v1/"), "%s", leads(a));
	cr_assert_eq(a->hash, b->hash);
	edition_free(a);
	edition_free(b);
}

Test(edition, that_is_wrong_says_where_and_is_none)
{
	struct edition *e = NULL;

	scratch_write(&s, "p.policy", WHO "reed /x\n", 0644);
	cr_assert_eq(edition_load(&o, NULL, &e, &f), -EINVAL);
	cr_assert_null(e);
	cr_assert_not_null(strstr(f.text, "p.policy:3:1: "), "%s", f.text);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(edition_load(&o, NULL, &e, &f), -ENOENT);
	cr_assert_null(e);
}

Test(edition, of_a_text_reads_its_descriptor_once_and_is_renewed_without)
{
	static const char text[] = WHO "read /etc/passwd\n";
	struct edition *a = NULL, *b;

	o.policy = NULL;
	o.name = "text";
	o.policy_fd = fds_file(text);
	cr_assert_eq(edition_load(&o, NULL, &a, &f), 0, "%s", f.text);
	cr_assert_eq(o.policy_fd, -1);
	cr_assert_str_eq(a->policy->name, "text");
	b = renewed(a);
	cr_assert_eq(a->hash, b->hash);
	edition_free(a);
	edition_free(b);
}

Test(edition, of_a_text_is_bounded_and_its_descriptor_closed)
{
	struct edition *e = NULL;

	o.policy = NULL;
	o.name = "text";
	o.policy_fd = memfd_create("policy", MFD_CLOEXEC);
	cr_assert_eq(ftruncate(o.policy_fd, BOUND_POLICY_BYTES + 1), 0);
	cr_assert_eq(edition_load(&o, NULL, &e, &f), -E2BIG);
	cr_assert_eq(o.policy_fd, -1);
	/* There is no other where that came from. */
	cr_assert_lt(edition_load(&o, NULL, &e, &f), 0);
	cr_assert_null(e);
}
