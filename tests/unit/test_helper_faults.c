/* SPDX-License-Identifier: ISC */
/*
 * Every error path denies.  Each request is asked again and again, and each
 * time the next of its system calls fails, until one passes without.
 */
#include "helper/helper.h"

#include <fcntl.h>

#include "support/fault.h"
#include "support/site.h"

#define POLICY                                                       \
	"read @/www/**\nlist @/www/**\nwrite @/www/** create=0640\n" \
	"remove @/www/**\nread @/srv/*\n"                            \
	"append @/var/log create=0640 owner=61011:61012\n"

/* Opens and closes: 0 or -errno. */
static int try(struct site *s, const char *path, int flags)
{
	_cleanup_fd_ int fd = site_open(s, path, flags);

	return fd < 0 ? fd : 0;
}

static int opens_through_a_link(struct site *s)
{
	return try(s, "www/link", O_WRONLY | O_TRUNC | O_CREAT);
}

static int opens_anothers(struct site *s)
{
	return try(s, "srv/anothers", O_RDONLY);
}

static int makes_a_file(struct site *s)
{
	return try(s, "www/new", O_WRONLY | O_CREAT | O_EXCL);
}

static int makes_a_file_of_another(struct site *s)
{
	return try(s, "var/log", O_WRONLY | O_CREAT);
}

static int lists(struct site *s)
{
	return site_ask(s, do_list, "www");
}

static int looks(struct site *s)
{
	return site_stat(s, "www/link", 0);
}

static int asks_for_access(struct site *s)
{
	return site_access(s, "www/link", R_OK | W_OK);
}

static int reads_a_link(struct site *s)
{
	return site_ask(s, do_readlink, "www/link");
}

static int unlinks(struct site *s)
{
	return site_ask(s, do_unlink, "www/gone");
}

static int renames(struct site *s)
{
	return site_rename(s, "www/gone", "www/new");
}

static int makes_a_directory(struct site *s)
{
	return site_ask(s, do_mkdir, "www/new");
}

static int (*const requests[])(struct site *) = {
	opens_through_a_link,
	opens_anothers,
	makes_a_file,
	makes_a_file_of_another,
	lists,
	looks,
	asks_for_access,
	reads_a_link,
	unlinks,
	renames,
	makes_a_directory,
};

/* What there is before each request, whatever the last one has done. */
static void put_in_order(struct site *s)
{
	(void)unlink("var/log");
	if (unlink("www/new") < 0)
		(void)rmdir("www/new");
	(void)unlink("www/gone");
	site_file(s, "www/gone", "", 0600, s->worker);
}

/* Returns how many calls there were to fail. */
static unsigned fail_each(struct site *s, int (*request)(struct site *),
			  int error)
{
	for (unsigned nth = 1;; nth++) {
		size_t before;
		int r;

		put_in_order(s);
		before = fds_count();
		fault_arm(FAULT_FILE, nth, error);
		r = request(s);
		if (!fault_disarm()) {
			CHILD_CHECK(r == 0);
			return nth - 1;
		}
		/* Whose file it is cannot be found out: refused is denied. */
		CHILD_CHECK(r == -error || r == -EACCES);
		CHILD_CHECK(s->job.fd == -1 && fds_count() == before);
	}
}

SITE_TEST(helper_faults, whatever_call_fails_the_request_is_denied, POLICY)
{
	static const int errors[] = {EMFILE, ENOMEM, EIO, ETIMEDOUT};

	site_file(s, "www/a", "text", 0600, s->worker);
	site_link(s, "a", "www/link");
	site_directory(s, "var", 0755, s->worker);
	site_file(s, "srv/anothers", "text", 0600, s->owner);
	CHILD_CHECK(!s->root || chown("srv", 0, 0) == 0);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		for (size_t e = 0; e < 4; e++)
			CHILD_CHECK(fail_each(s, requests[i], errors[e]) > 0);
}
