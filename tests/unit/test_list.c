/* SPDX-License-Identifier: ISC */
/* do_list(): a directory, page by page. */
#include "helper/helper.h"

#include <fcntl.h>
#include <string.h>

#include "answer.h"
#include "support/site.h"

/* What a whole listing gave. */
struct listing {
	unsigned entries;
	unsigned pages;
	bool seen[5000];	   /* names that are numbers */
	struct answer_entry named; /* the entry of the wanted name */
	char name[BOUND_COMPONENT + 1];
};

static int page(struct site *s, const char *path, uint64_t number,
		struct listing *l)
{
	char object[BOUND_PATH + 16];
	struct answer_entry e;
	struct wire_in in;
	int r;

	snprintf(object, sizeof(object), "%s/%s", s->scratch.dir, path);
	s->request = (struct op_request){.op = OP_list,
					 .object = object,
					 .target = "",
					 .number = number};
	s->job = (struct job){.request = &s->request,
			      .blob = s->blob,
			      .blob_size = sizeof(s->blob),
			      .missing = s->h.missing,
			      .fd = -1};
	r = do_list(&s->h, &s->job);
	if (r < 0)
		return r;
	in = wire_in(s->blob, s->job.blob_len);
	while ((r = answer_get_entry(&in, &e)) > 0) {
		unsigned long n = strtoul(e.name, NULL, 10);

		l->entries++;
		CHILD_CHECK(n < 5000);
		if (e.name[0] >= '0' && e.name[0] <= '9') {
			CHILD_CHECK(!l->seen[n]);
			l->seen[n] = true;
		}
		if (strcmp(e.name, l->name) == 0)
			l->named = e;
	}
	l->pages++;
	return r;
}

/* All of a directory; wanted's entry into *l. */
static int list(struct site *s, const char *path, const char *wanted,
		struct listing *l)
{
	uint64_t next = 0;
	int r;

	*l = (struct listing){.entries = 0};
	snprintf(l->name, sizeof(l->name), "%s", wanted);
	do {
		r = page(s, path, next, l);
		if (r < 0)
			return r;
		CHILD_CHECK(s->job.number == 0 || s->job.number != next);
		next = s->job.number;
	} while (next != 0);
	return 0;
}

SITE_TEST(list, tells_name_type_size_and_time, "list @/d/**\n")
{
	struct listing l;
	struct stat st;

	site_file(s, "d/a", "12345", 0600, s->worker);
	site_directory(s, "d/dir", 0755, s->worker);
	site_link(s, "/etc/shadow", "d/link");
	CHILD_CHECK(mkfifo("d/fifo", 0600) == 0);
	CHILD_CHECK(list(s, "d", "a", &l) == 0);
	CHILD_CHECK(l.entries == 4);
	CHILD_CHECK(stat("d/a", &st) == 0);
	CHILD_CHECK(S_ISREG(l.named.type) && l.named.size == 5);
	CHILD_CHECK(l.named.mtime == st.st_mtim.tv_sec);
	CHILD_CHECK(list(s, "d", "dir", &l) == 0);
	CHILD_CHECK(S_ISDIR(l.named.type));
	CHILD_CHECK(list(s, "d", "link", &l) == 0);
	CHILD_CHECK(S_ISLNK(l.named.type));
	CHILD_CHECK(list(s, "d", "fifo", &l) == 0);
	CHILD_CHECK(S_ISFIFO(l.named.type));
}

SITE_TEST(list, pages_through_five_thousand_names, "list @/d\n")
{
	struct listing l;
	char name[64];

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "d/%d", i);
		site_file(s, name, "", 0600, s->worker);
	}
	CHILD_CHECK(list(s, "d", "", &l) == 0);
	CHILD_CHECK(l.entries == 5000);
	CHILD_CHECK(l.pages > 1);
	for (int i = 0; i < 5000; i++)
		CHILD_CHECK(l.seen[i]);
}

SITE_TEST(list, ends_a_page_that_is_all_hidden, "list @/d\ndeny @/d/*\n")
{
	struct listing l;
	char name[64];

	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "d/%d", i);
		site_file(s, name, "", 0600, s->worker);
	}
	CHILD_CHECK(list(s, "d", "", &l) == 0);
	CHILD_CHECK(l.entries == 0);
	CHILD_CHECK(l.pages > 1);
}

SITE_TEST(list, hides_what_is_denied, "list @/d/**\ndeny @/d/.git\n")
{
	struct listing l;

	site_file(s, "d/a", "", 0600, s->worker);
	site_file(s, "d/.git/config", "", 0600, s->worker);
	CHILD_CHECK(list(s, "d", "a", &l) == 0);
	CHILD_CHECK(l.entries == 1 && l.named.type == S_IFREG);
	CHILD_CHECK(list(s, "d/.git", "", &l) == -EACCES);
}

SITE_TEST(list, tells_no_more_than_names_where_stat_is_not_granted,
	  "list @/d\n")
{
	struct listing l;

	site_file(s, "d/a", "12345", 0600, s->worker);
	CHILD_CHECK(list(s, "d", "a", &l) == 0);
	CHILD_CHECK(l.entries == 1);
	CHILD_CHECK(l.named.size == 0 && l.named.mtime == 0);
}

SITE_TEST(list, needs_list_and_a_directory,
	  "read @/r/**\nstat @/r/**\nlist @/a\nlist @/l\n")
{
	struct listing l;

	site_directory(s, "r", 0755, s->worker);
	site_file(s, "a", "", 0600, s->worker);
	site_link(s, "r", "l");
	CHILD_CHECK(list(s, "r", "", &l) == -EACCES);
	CHILD_CHECK(strncmp(s->job.missing, "list ", 5) == 0);
	CHILD_CHECK(list(s, "a", "", &l) == -ENOTDIR);
	CHILD_CHECK(list(s, "l", "", &l) == -EACCES);
	CHILD_CHECK(list(s, "none", "", &l) == -EACCES);
}

SITE_TEST(list, refuses_a_place_that_is_none, "list @/d\n")
{
	struct listing l = {.entries = 0};

	site_directory(s, "d", 0755, s->worker);
	CHILD_CHECK(page(s, "d", UINT64_MAX, &l) == -EINVAL);
	CHILD_CHECK(page(s, "d", (uint64_t)INT64_MAX + 1, &l) == -EINVAL);
}

SITE_TEST(list, takes_names_of_any_bytes, "list @/d/**\n")
{
	struct listing l;
	char name[BOUND_COMPONENT + 3] = "d/";

	memset(name + 2, '\n', BOUND_COMPONENT);
	site_file(s, name, "12", 0600, s->worker);
	site_file(s, "d/\x1b\"\\\xff", "", 0600, s->worker);
	CHILD_CHECK(list(s, "d", name + 2, &l) == 0);
	CHILD_CHECK(l.entries == 2 && l.named.size == 2);
}
