/* SPDX-License-Identifier: ISC */
#include "support/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own.h"
#include "support/child.h"

enum {
	TRIES = 4096, /* more than the tree has */
};

/* ---- the tree ------------------------------------------------------------ */

static const char *const directories[] = {
	"", "a", "a/sub", "a/sub/.git", "ab", "log", "out", "run",
};

static const char *const files[] = {
	"top",	     ".hidden",	    "a/f",	    "a/g.pem",
	"a/.hide",   "a/sub/h.pem", "a/sub/.git/x", "ab/f",
	"log/x.log", "log/y.txt",   "out/secret",
};

static const struct {
	const char *name;
	const char *target;
	const char *leads;
} links[] = {
	{"a/in", "f", "a/f"},
	{"a/out", "../out/secret", "out/secret"},
	{"out/in", "../a/g.pem", "a/g.pem"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int binds(const char *path)
{
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	CHILD_CHECK(strlen(path) < sizeof(un.sun_path));
	memcpy(un.sun_path, path, strlen(path));
	return bind(fd, (const struct sockaddr *)&un, sizeof(un));
}

void probe_tree(struct scratch *s)
{
	char name[64];

	for (size_t i = 0; i < COUNT(files); i++)
		scratch_write(s, files[i], "text", 0600);
	scratch_mkdir(s, "run", 0755);
	for (size_t i = 0; i < COUNT(directories); i++) {
		snprintf(name, sizeof(name), "%s/empty", directories[i]);
		scratch_mkdir(s, name, 0755);
		snprintf(name, sizeof(name), "%s/there", directories[i]);
		scratch_write(s, name, "text", 0600);
	}
	for (size_t i = 0; i < COUNT(links); i++)
		scratch_link(s, links[i].name, links[i].target);
	scratch_link(s, "to", "a");
	/* One file, and so one rule, whatever its names. */
	CHILD_CHECK(link(scratch_path(s, "a/f"), scratch_path(s, "out/same")) ==
		    0);
	CHILD_CHECK(mkfifo(scratch_path(s, "a/fifo"), 0600) == 0);
	CHILD_CHECK(binds(scratch_path(s, "a/sock")) == 0);
	scratch_mkdir(s, "attic", 0700);
}

/* Every name keeps its file there, to come back to. */
static const char *attic(const struct probe *b, const char *name)
{
	char kept[128];

	snprintf(kept, sizeof(kept), "attic/%s", name);
	for (char *c = kept + strlen("attic/"); *c; c++)
		if (*c == '/')
			*c = '_';
	return scratch_path(b->s, kept);
}

static void keep(const struct probe *b, const char *name)
{
	CHILD_CHECK(link(scratch_path(b->s, name), attic(b, name)) == 0);
}

/* ---- what is to be tried ------------------------------------------------- */

static struct probe_try *add(struct probe *b, enum probe_action action,
			     const char *directory, const char *name)
{
	struct probe_try *t = &b->tries[b->n++];

	CHILD_CHECK(b->n <= TRIES);
	t->action = action;
	snprintf(t->path, sizeof(t->path), "%s%s%s", directory,
		 *directory && *name ? "/" : "", name);
	memcpy(t->leads, t->path, sizeof(t->leads));
	return t;
}

static void add_to(struct probe *b, enum probe_action action, const char *path,
		   mode_t type, const char *directory, const char *name)
{
	struct probe_try *t = add(b, action, path, "");

	t->type = type;
	snprintf(t->to, sizeof(t->to), "%s%s%s", directory,
		 *directory ? "/" : "", name);
	/* From a name to itself. */
	if (strcmp(t->path, t->to) == 0)
		b->n--;
}

static void add_names(struct probe *b, const char *path, mode_t type)
{
	add(b, PROBE_UNLINK, path, "")->type = type;
	for (size_t i = 0; i < COUNT(directories); i++) {
		const char *d = directories[i];

		add_to(b, PROBE_RENAME, path, type, d, "made");
		add_to(b, PROBE_RENAME, path, type, d, "made.log");
		add_to(b, PROBE_REPLACE, path, type, d, "there");
		add_to(b, PROBE_LINK, path, type, d, "made");
	}
	keep(b, path);
}

/* leads, where path is a link; type is of what it leads to. */
static void add_object(struct probe *b, const char *path, const char *leads,
		       mode_t type)
{
	for (int a = PROBE_READ; a <= PROBE_TRUNCATE; a++) {
		struct probe_try *t;

		if (type != S_IFREG && a == PROBE_TRUNCATE)
			continue;
		t = add(b, (enum probe_action)a, path, "");
		t->type = type;
		snprintf(t->leads, sizeof(t->leads), "%s", leads);
	}
}

static void add_made(struct probe *b, const char *directory, const char *name)
{
	for (int a = PROBE_CREATE; a <= PROBE_LISTEN; a++)
		add(b, (enum probe_action)a, directory, name);
}

static void add_tree(struct probe *b)
{
	char there[64];

	for (size_t i = 0; i < COUNT(files); i++) {
		add_object(b, files[i], files[i], S_IFREG);
		add_names(b, files[i], S_IFREG);
	}
	for (size_t i = 0; i < COUNT(links); i++) {
		add_object(b, links[i].name, links[i].leads, S_IFREG);
		add_names(b, links[i].name, S_IFLNK);
	}
	add_object(b, "out/same", "a/f", S_IFREG);
	add_object(b, "a/fifo", "a/fifo", S_IFIFO);
	add_names(b, "a/fifo", S_IFIFO);
	add_names(b, "a/sock", S_IFSOCK);
	for (size_t i = 0; i < COUNT(directories); i++) {
		const char *d = directories[i];

		add(b, PROBE_LIST, d, "")->type = S_IFDIR;
		add_made(b, d, "made");
		add_made(b, d, "made.log");
		snprintf(there, sizeof(there), "%s%sthere", d, *d ? "/" : "");
		add_object(b, there, there, S_IFREG);
		add_names(b, there, S_IFREG);
	}
}

/* What the policy names and is not there, in a directory that is. */
static void add_absent(struct probe *b, const char *path)
{
	size_t len = strlen(b->s->dir);
	struct stat st;
	char dir[BOUND_PATH];

	if (!path || strncmp(path, b->s->dir, len) != 0 || path[len] != '/' ||
	    strpbrk(path, "*\\") || lstat(path, &st) == 0)
		return;
	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path),
		 path);
	if (stat(dir, &st) == 0)
		add_made(b, "", path + len + 1);
}

static void add_port(struct probe *b, long port)
{
	struct probe_try *t;

	if (port < 0 || port > UINT16_MAX)
		return;
	add(b, PROBE_CONNECT, "", "")->port = (uint16_t)port;
	add(b, PROBE_BIND, "", "")->port = (uint16_t)port;
	t = add(b, PROBE_BIND, "", "");
	t->port = (uint16_t)port;
	t->any = true;
}

static void add_named(struct probe *b, const struct policy_rule *r)
{
	const struct net_range *range = &r->net.range;

	add_absent(b, r->path.pattern);
	if (range->family == AF_UNIX)
		add_absent(b, range->path);
	if (range->kind != NET_TCP)
		return;
	for (int i = -1; i <= 1; i++) {
		add_port(b, range->port_low + i);
		add_port(b, range->port_high + i);
	}
}

void probe_list(struct probe *b, struct scratch *s, const struct policy *p)
{
	static const long ports[] = {0, 1, 79, 80, 81, 443, 1024, 8080, 65535};
	void *shared = mmap(NULL, TRIES * sizeof(*b->tries),
			    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);

	CHILD_CHECK(shared != MAP_FAILED);
	*b = (struct probe){.s = s, .tries = shared};
	add_tree(b);
	for (size_t i = 0; i < p->nrules; i++)
		add_named(b, &p->rules[i]);
	for (size_t i = 0; i < COUNT(ports); i++)
		add_port(b, ports[i]);
	add(b, PROBE_ABSTRACT, "", "");
	add(b, PROBE_SIGNAL, "", "");
	/* The last: a directory that is made again is another one. */
	for (size_t i = 0; i < COUNT(directories); i++)
		add(b, PROBE_RMDIR, directories[i], "empty")->type = S_IFDIR;
}

void probe_free(struct probe *b)
{
	(void)munmap(b->tries, TRIES * sizeof(*b->tries));
}

/* ---- in the child, in the scratch directory ------------------------------ */

static int opens(const char *path, int flags)
{
	_cleanup_fd_ int fd = open(*path ? path : ".",
				   flags | O_CLOEXEC | O_NONBLOCK, 0600);

	return fd < 0 ? -1 : 0;
}

static int listens(const char *path)
{
	static const char name[] = ".wicket-1";
	char beside[128];
	const char *slash = strrchr(path, '/');

	snprintf(beside, sizeof(beside), "%.*s%s",
		 slash ? (int)(slash + 1 - path) : 0, path, name);
	if (binds(beside) < 0)
		return -1;
	return rename(beside, path);
}

static int reaches(const struct probe_try *t)
{
	_cleanup_fd_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
				     IPPROTO_TCP);
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons(t->port),
		.sin_addr.s_addr = t->any ? 0 : htonl(INADDR_LOOPBACK),
	};

	return (t->action == PROBE_CONNECT ? connect : bind)(
		fd, (const struct sockaddr *)&in, sizeof(in));
}

static struct sockaddr_un abstract(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	memcpy(un.sun_path + 1, PROBE_NAME, sizeof(PROBE_NAME) - 1);
	return un;
}

static socklen_t abstract_len(void)
{
	return offsetof(struct sockaddr_un, sun_path) + sizeof(PROBE_NAME);
}

static int calls_abstract(void)
{
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un un = abstract();

	return connect(fd, (const struct sockaddr *)&un, abstract_len());
}

static int attempt(const struct probe_try *t)
{
	switch (t->action) {
	case PROBE_READ:
		return opens(t->path, O_RDONLY);
	case PROBE_WRITE:
		return opens(t->path, O_WRONLY);
	case PROBE_TRUNCATE:
		return opens(t->path, O_WRONLY | O_TRUNC);
	case PROBE_LIST:
		return opens(t->path, O_RDONLY | O_DIRECTORY);
	case PROBE_CREATE:
		return opens(t->path, O_WRONLY | O_CREAT | O_EXCL);
	case PROBE_MKNOD:
		return mknod(t->path, S_IFREG | 0600, 0);
	case PROBE_MKDIR:
		return mkdir(t->path, 0700);
	case PROBE_FIFO:
		return mkfifo(t->path, 0600);
	case PROBE_SYMLINK:
		return symlink("x", t->path);
	case PROBE_DEVICE:
		return mknod(t->path, S_IFCHR | 0600, 0);
	case PROBE_SOCKET:
		return binds(t->path);
	case PROBE_LISTEN:
		return listens(t->path);
	case PROBE_UNLINK:
		return unlink(t->path);
	case PROBE_RENAME:
	case PROBE_REPLACE:
		return rename(t->path, t->to);
	case PROBE_LINK:
		return link(t->path, t->to);
	case PROBE_BIND:
	case PROBE_CONNECT:
		return reaches(t);
	case PROBE_ABSTRACT:
		return calls_abstract();
	case PROBE_SIGNAL:
		return kill(getppid(), 0);
	case PROBE_RMDIR:
		return rmdir(t->path);
	default:
		abort();
	}
}

/* The lock's own words; with any other it has let the call through. */
static bool is_refusal(int error)
{
	return error == EACCES || error == EPERM || error == EXDEV;
}

static _Noreturn void child(const struct probe *b, int control,
			    void (*enter)(void *arg), void *arg)
{
	char byte = 0;

	if (chdir(b->s->dir) < 0)
		_exit(2);
	enter(arg);
	for (size_t i = 0; i < b->n; i++) {
		struct probe_try *t = &b->tries[i];

		t->error = attempt(t) < 0 && is_refusal(errno) ? errno : 0;
		if (send(control, &byte, 1, 0) != 1 ||
		    recv(control, &byte, 1, 0) != 1)
			_exit(3);
	}
	_exit(0);
}

/* ---- in the parent ------------------------------------------------------- */

static void restore(const struct probe *b, const char *name)
{
	CHILD_CHECK(link(attic(b, name), scratch_path(b->s, name)) == 0);
}

/* What was made, whatever it is and whether it was. */
static void undo_made(const struct probe *b, const struct probe_try *t)
{
	static const char beside[] = ".wicket-1";
	char dir[64];
	const char *slash = strrchr(t->path, '/');

	(void)remove(scratch_path(b->s, t->path));
	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - t->path) : 0,
		 t->path);
	snprintf(dir + strlen(dir), sizeof(dir) - strlen(dir), "/%s", beside);
	(void)remove(scratch_path(b->s, dir));
}

static void undo(const struct probe *b, const struct probe_try *t)
{
	if (t->action >= PROBE_CREATE && t->action <= PROBE_LISTEN)
		undo_made(b, t);
	if (t->error)
		return;
	if (t->action == PROBE_UNLINK)
		restore(b, t->path);
	if (t->action == PROBE_RMDIR)
		CHILD_CHECK(mkdir(scratch_path(b->s, t->path), 0755) == 0);
	if (t->action == PROBE_LINK)
		CHILD_CHECK(unlink(scratch_path(b->s, t->to)) == 0);
	if (t->action != PROBE_RENAME && t->action != PROBE_REPLACE)
		return;
	CHILD_CHECK(rename(scratch_path(b->s, t->to),
			   scratch_path(b->s, t->path)) == 0);
	if (t->action == PROBE_REPLACE)
		restore(b, t->to);
}

static int abstract_listen(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un un = abstract();

	CHILD_CHECK(bind(fd, (const struct sockaddr *)&un, abstract_len()) ==
		    0);
	CHILD_CHECK(listen(fd, 8) == 0);
	return fd;
}

void probe_run(struct probe *b, void (*enter)(void *arg), void *arg)
{
	int listener = abstract_listen();
	pid_t pid;
	int sv[2];
	int status;
	char byte;

	CHILD_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == 0);
	pid = fork();
	CHILD_CHECK(pid >= 0);
	if (pid == 0) {
		close(sv[0]);
		child(b, sv[1], enter, arg);
	}
	close(sv[1]);
	for (size_t i = 0; i < b->n; i++) {
		/* Else the child ended, and its status says where. */
		if (recv(sv[0], &byte, 1, 0) != 1)
			break;
		undo(b, &b->tries[i]);
		CHILD_CHECK(send(sv[0], &byte, 1, MSG_NOSIGNAL) == 1);
	}
	CHILD_CHECK(waitpid(pid, &status, 0) == pid);
	CHILD_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(sv[0]);
	close(listener);
}

const char *probe_name(enum probe_action a)
{
	static const char *const names[PROBE_MAX] = {
		"read",	    "write",  "truncate", "list",   "create", "mknod",
		"mkdir",    "fifo",   "symlink",  "device", "socket", "listen",
		"unlink",   "rename", "replace",  "link",   "bind",   "connect",
		"abstract", "signal", "rmdir",
	};

	return names[a];
}
