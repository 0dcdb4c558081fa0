/* SPDX-License-Identifier: ISC */
/*
 * A scratch directory, a policy for it, and a helper's state made by hand, so
 * that handlers can be called as functions.
 *
 *	SITE_TEST(open, reads_what_is_granted, "read @/www/a\n")
 *	{
 *		site_file(s, "www/a", "text", 0600, SITE_ROOT);
 *		CHILD_CHECK(site_open(s, "www/a", O_RDONLY) >= 0);
 *	}
 *
 * The body runs in a child that stands in the scratch directory, with a
 * helper's privilege where the test is root: every capability, and the
 * worker's fsuid.  It must leave as many descriptors open as it found.
 */
#ifndef SUPPORT_SITE_H
#define SUPPORT_SITE_H

#include <criterion/criterion.h>
#include <sys/stat.h>

#include "helper/helper.h"
#include "support/support.h"

struct site {
	struct scratch scratch;
	bool root; /* the test has privilege */
	uid_t worker;
	uid_t owner; /* another than the worker: root, where we are */
	struct helper h;
	uint8_t blob[BOUND_MESSAGE - 64];
	struct op_request request;
	struct job job; /* the last one */
};

/* The test's own user where it is not root: there is no other one then. */
#define SITE_WORKER 61010

/*
 * @ in the policy stands for the scratch directory; the worker line is added.
 * A policy that does not parse ends the test.
 */
void site_make(struct site *s, const char *policy);
void site_remove(struct site *s);

/* In the child. */
void site_enter(struct site *s);
/* What else there is to free: the child is the only one who would miss it. */
void site_leave(struct site *s);

/*
 * Each makes what its name says, below the scratch directory, with the
 * directories above it (mode 0755, the worker's).
 */
void site_file(struct site *s, const char *path, const char *text, mode_t mode,
	       uid_t owner);
void site_directory(struct site *s, const char *path, mode_t mode, uid_t owner);
void site_link(struct site *s, const char *target, const char *path);

/*
 * Each asks a handler; a path without a slash at its beginning is one below
 * the scratch directory.  What the handler returns, and s->job is the job.
 */
int site_ask(struct site *s, op_handler *handler, const char *path);
int site_open(struct site *s, const char *path, int flags); /* fd or -errno */
int site_stat(struct site *s, const char *path, uint32_t flags);
int site_access(struct site *s, const char *path, uint32_t mode);
int site_rename(struct site *s, const char *from, const char *to);

/* The whole text of the audit so far; the caller frees it. */
char *site_audit(struct site *s);

/* The file below the scratch directory has this text and no more. */
bool site_has(const char *path, const char *text);

#define SITE_TEST(suite, name, policy)                                     \
	static void suite##_##name(struct site *s);                        \
	static int suite##_##name##_child(void *arg)                       \
	{                                                                  \
		size_t before = fds_count();                               \
                                                                           \
		site_enter(arg);                                           \
		suite##_##name(arg);                                       \
		CHILD_CHECK(fds_count() == before);                        \
		site_leave(arg);                                           \
		return 0;                                                  \
	}                                                                  \
	Test(suite, name, .timeout = 10)                                   \
	{                                                                  \
		static struct site site;                                   \
                                                                           \
		site_make(&site, policy);                                  \
		cr_assert_eq(child_run(suite##_##name##_child, &site), 0); \
		site_remove(&site);                                        \
	}                                                                  \
	static void suite##_##name(struct site *s)

#endif
