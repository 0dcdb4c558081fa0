/* SPDX-License-Identifier: ISC */
#include "support/site.h"

#include <fcntl.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "policy/load.h"

/* The policy's text with @ replaced. */
static char *expand(const char *dir, uid_t worker, const char *policy)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	cr_assert(f);
	fprintf(f, "worker %u:%u\nhelper 61001\n", worker, worker);
	for (; *policy; policy++)
		if (*policy == '@')
			fputs(dir, f);
		else
			fputc(*policy, f);
	fclose(f);
	return text;
}

static struct policy *load(struct site *s, const char *policy)
{
	char *text = expand(s->scratch.dir, s->worker, policy);
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy *p = NULL;

	cr_assert_eq(policy_load_text("test", "test.policy", text, strlen(text),
				      NULL, &p, NULL, &err),
		     0, "%u:%u: %s", err.line, err.column, err.text);
	free(text);
	return p;
}

void site_make(struct site *s, const char *policy)
{
	*s = (struct site){.root = geteuid() == 0};
	s->worker = s->root ? SITE_WORKER : geteuid();
	s->owner = geteuid();
	scratch_make(&s->scratch);
	s->h.policy = load(s, policy);
	s->h.start.fsuid = s->worker;
	s->h.start.fsgid = s->root ? SITE_WORKER : getegid();
	s->h.start.audit_grants = true;
	s->h.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	s->h.audit = memfd_create("audit", MFD_CLOEXEC);
	cr_assert_eq(fcntl(s->h.audit, F_SETFL, O_APPEND), 0);
	s->h.control = -1;
	s->h.notify = -1;
	s->h.syslog = -1;
}

void site_remove(struct site *s)
{
	scratch_remove(&s->scratch);
	close_fd(&s->h.root);
	close_fd(&s->h.audit);
	s->h.policy = policy_free(s->h.policy);
}

void site_enter(struct site *s)
{
	umask(0);
	CHILD_CHECK(chdir(s->scratch.dir) == 0);
	if (!s->root)
		return;
	CHILD_CHECK(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) == 0);
	(void)setfsgid(s->h.start.fsgid);
	(void)setfsuid(s->worker);
	CHILD_CHECK((uid_t)setfsuid((uid_t)-1) == s->worker);
}

void site_leave(struct site *s)
{
	s->h.policy = policy_free(s->h.policy);
}

/* ---- making files -------------------------------------------------------- */

static void make_above(const char *path)
{
	char dir[BOUND_PATH];

	for (size_t i = 1; path[i]; i++) {
		if (path[i] != '/')
			continue;
		memcpy(dir, path, i);
		dir[i] = '\0';
		CHILD_CHECK(mkdir(dir, 0755) == 0 || errno == EEXIST);
	}
}

static void give(struct site *s, const char *path, uid_t owner)
{
	if (s->root)
		CHILD_CHECK(lchown(path, owner, owner) == 0);
}

void site_file(struct site *s, const char *path, const char *text, mode_t mode,
	       uid_t owner)
{
	int fd;

	make_above(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	CHILD_CHECK(close(fd) == 0);
	give(s, path, owner);
}

void site_directory(struct site *s, const char *path, mode_t mode, uid_t owner)
{
	make_above(path);
	CHILD_CHECK(mkdir(path, mode) == 0);
	give(s, path, owner);
}

void site_link(struct site *s, const char *target, const char *path)
{
	make_above(path);
	CHILD_CHECK(symlink(target, path) == 0);
	give(s, path, s->worker);
}

/* ---- asking -------------------------------------------------------------- */

static const char *absolute(struct site *s, const char *path, char *buf)
{
	if (path[0] == '/')
		return path;
	(void)snprintf(buf, 2 * BOUND_PATH, "%s/%s", s->scratch.dir, path);
	return buf;
}

static int ask(struct site *s, op_handler *handler)
{
	s->job = (struct job){
		.request = &s->request,
		.worker = 4711,
		.blob = s->blob,
		.blob_size = sizeof(s->blob),
		.missing = s->h.missing,
		.fd = -1,
	};
	return handler(&s->h, &s->job);
}

int site_ask(struct site *s, op_handler *handler, const char *path)
{
	char object[2 * BOUND_PATH];

	s->request = (struct op_request){.object = absolute(s, path, object),
					 .target = ""};
	return ask(s, handler);
}

int site_open(struct site *s, const char *path, int flags)
{
	char object[2 * BOUND_PATH];
	int r;

	s->request = (struct op_request){.op = OP_open,
					 .object = absolute(s, path, object),
					 .target = "",
					 .flags = (uint32_t)flags,
					 /* It must not count. */
					 .mode = 07777};
	r = ask(s, do_open);
	return r < 0 ? r : take_fd(&s->job.fd);
}

int site_stat(struct site *s, const char *path, uint32_t flags)
{
	char object[2 * BOUND_PATH];

	s->request = (struct op_request){.op = OP_stat,
					 .object = absolute(s, path, object),
					 .target = "",
					 .flags = flags};
	return ask(s, do_stat);
}

int site_access(struct site *s, const char *path, uint32_t mode)
{
	char object[2 * BOUND_PATH];

	s->request = (struct op_request){.op = OP_access,
					 .object = absolute(s, path, object),
					 .target = "",
					 .mode = mode};
	return ask(s, do_access);
}

int site_rename(struct site *s, const char *from, const char *to)
{
	char object[2 * BOUND_PATH];
	char target[2 * BOUND_PATH];

	s->request = (struct op_request){.op = OP_rename,
					 .object = absolute(s, from, object),
					 .target = absolute(s, to, target)};
	return ask(s, do_rename);
}

/* ---- looking ------------------------------------------------------------- */

char *site_audit(struct site *s)
{
	struct stat st;
	char *text;

	CHILD_CHECK(fstat(s->h.audit, &st) == 0);
	text = calloc(1, (size_t)st.st_size + 1);
	CHILD_CHECK(text);
	CHILD_CHECK(pread(s->h.audit, text, (size_t)st.st_size, 0) ==
		    st.st_size);
	return text;
}

bool site_has(const char *path, const char *text)
{
	char buf[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) &&
	       memcmp(buf, text, strlen(text)) == 0;
}
