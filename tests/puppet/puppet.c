/* SPDX-License-Identifier: ISC */
/*
 * usage: puppet [--policy PATH | --text FILE] [--hup ignore|handle|default]
 *
 * A daemon that is confined and then obeys: an order is a line of standard
 * input, the answer a line of standard output, "ok ..." or the name of an
 * errno.  It begins with "ready", and ends with standard input.  Without
 * --policy and --text it expects to be under `wicket run`.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own.h"
#include "puppet/puppet.h"
#include "support/scratch.h"

struct wicket *w;
static int listener = -1;

void say(const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n > sizeof(line) - 2)
		_exit(2);
	line[n] = '\n';
	if (write(1, line, (size_t)n + 1) != n + 1)
		_exit(2);
}

void say_done(int r)
{
	say("%s", r < 0 ? strerrorname_np(errno) : "ok");
}

/* ---- SIGHUP -------------------------------------------------------------- */

static volatile sig_atomic_t hups;
static char hup_path[1024];
static char hup_saw[64] = "-";

static void on_hup(int sig)
{
	(void)sig;
	hups++;
}

/* What it sees of a file at once, by a request of its own. */
static void look(const char *path, char *text, size_t size)
{
	_cleanup_fd_ int fd = wicket_open(w, path, O_RDONLY, 0);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (n < 0) {
		snprintf(text, size, "%s", strerrorname_np(errno));
		return;
	}
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

static void heed_hup(void)
{
	static sig_atomic_t seen;

	if (seen == hups)
		return;
	seen = hups;
	if (hup_path[0])
		look(hup_path, hup_saw, sizeof(hup_saw));
}

static void set_hup(const char *how)
{
	struct sigaction sa = {.sa_handler = SIG_DFL};

	if (strcmp(how, "ignore") == 0)
		sa.sa_handler = SIG_IGN;
	else if (strcmp(how, "handle") == 0)
		sa.sa_handler = on_hup;
	if (sigaction(SIGHUP, &sa, NULL) < 0)
		err(1, "sigaction");
}

/* ---- orders -------------------------------------------------------------- */

/* open PATH: what the file begins with. */
static void order_open(char *arg)
{
	char text[200];
	_cleanup_fd_ int fd = wicket_open(w, arg, O_RDONLY, 0);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0) {
		say_done(-1);
		return;
	}
	text[n] = '\0';
	say("ok %.*s", (int)strcspn(text, "\n"), text);
}

/* opens N PATH: so many times, and closes it. */
static void order_opens(char *arg)
{
	int wanted = (int)strtol(strsep(&arg, " "), NULL, 10);
	int n = 0;

	while (n < wanted) {
		_cleanup_fd_ int fd = wicket_open(w, arg, O_RDONLY, 0);

		if (fd < 0)
			break;
		n++;
	}
	say("ok %04d", n);
}

/* append PATH TEXT: a line at the end of a file, which may be made. */
static void order_append(char *arg)
{
	char *path = strsep(&arg, " ");
	_cleanup_fd_ int fd = wicket_open(w, path,
					  O_WRONLY | O_APPEND | O_CREAT, 0);

	say_done(fd < 0 || dprintf(fd, "%s\n", arg ? arg : "") < 0 ? -1 : 0);
}

/* make PATH: a file that was not there. */
static void order_make(char *arg)
{
	_cleanup_fd_ int fd = wicket_open(w, arg, O_WRONLY | O_CREAT | O_EXCL,
					  0);

	say_done(fd);
}

static void order_unlink(char *arg)
{
	say_done(wicket_unlink(w, arg));
}

/* rename FROM TO */
static void order_rename(char *arg)
{
	char *from = strsep(&arg, " ");

	say_done(wicket_rename(w, from, arg));
}

/* listen INDEX ADDRESS: which socket it is. */
static void order_listen(char *arg)
{
	int index = (int)strtol(strsep(&arg, " "), NULL, 10);
	int fd = wicket_listen(w, arg, index);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		say_done(-1);
		return;
	}
	close_fd(&listener);
	listener = fd;
	say("ok %lu", (unsigned long)st.st_ino);
}

static void order_unlisten(char *arg)
{
	int index = (int)strtol(strsep(&arg, " "), NULL, 10);

	say_done(wicket_unlisten(w, arg, index));
}

static bool serve_one(void)
{
	struct pollfd p = {.fd = listener, .events = POLLIN};
	_cleanup_fd_ int fd = -1;

	if (poll(&p, 1, 10000) != 1)
		return false;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return fd >= 0 && send(fd, "y", 1, MSG_NOSIGNAL) == 1;
}

/* accept N: serves so many of those who connect, a byte each. */
static void order_accept(char *arg)
{
	int wanted = (int)strtol(arg, NULL, 10);
	int n = 0;

	while (n < wanted && serve_one())
		n++;
	say("ok %d", n);
}

static void order_reload(char *arg)
{
	(void)arg;
	say_done(wicket_reload(w));
}

/* hup PATH: what to look at when SIGHUP comes. */
static void order_hup(char *arg)
{
	snprintf(hup_path, sizeof(hup_path), "%s", arg);
	say("ok");
}

/* hups: how many came, and what the last one saw. */
static void order_hups(char *arg)
{
	(void)arg;
	say("ok %d %s", (int)hups, hup_saw);
}

static void order_notify(char *arg)
{
	say_done(wicket_notify(w, arg));
}

/* getenv NAME */
static void order_getenv(char *arg)
{
	const char *value = getenv(arg);

	say("ok %s", value ? value : "-");
}

/* inode FD: which file it is. */
static void order_inode(char *arg)
{
	struct stat st;
	int r = fstat((int)strtol(arg, NULL, 10), &st);

	if (r < 0)
		say_done(r);
	else
		say("ok %lu", (unsigned long)st.st_ino);
}

static void order_pid(char *arg)
{
	(void)arg;
	say("ok %d", getpid());
}

static _Noreturn void order_exit(char *arg)
{
	_exit((int)strtol(arg, NULL, 10));
}

static const struct {
	const char *name;
	void (*obey)(char *arg);
} orders[] = {
	{"open", order_open},	      {"append", order_append},
	{"make", order_make},	      {"unlink", order_unlink},
	{"rename", order_rename},     {"listen", order_listen},
	{"unlisten", order_unlisten}, {"accept", order_accept},
	{"reload", order_reload},     {"hup", order_hup},
	{"hups", order_hups},	      {"notify", order_notify},
	{"getenv", order_getenv},     {"inode", order_inode},
	{"storm", order_storm},	      {"calm", order_calm},
	{"clones", order_clones},     {"all", order_all},
	{"abandon", order_abandon},   {"half", order_half},
	{"deaf", order_deaf},	      {"pid", order_pid},
	{"exit", order_exit},	      {"opens", order_opens},
	{"lie", order_lie},
};

static void obey(char *line)
{
	const char *name = strsep(&line, " ");

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (strcmp(name, orders[i].name) != 0)
			continue;
		orders[i].obey(line ? line : (char[]){""});
		return;
	}
	say("no such order");
}

/*
 * Byte by byte: what is not read yet is the next one's, should this one be
 * killed and started again.
 */
static bool read_line(char *line, size_t size)
{
	size_t n = 0;

	for (;;) {
		ssize_t r = read(0, line + n, 1);
		int error = errno;

		heed_hup();
		if (r < 0 && error == EINTR)
			continue;
		if (r <= 0 || n == size - 1)
			return false;
		if (line[n++] == '\n')
			break;
	}
	line[n - 1] = '\0';
	return true;
}

/* ---- the whole ----------------------------------------------------------- */

static void complain(void *arg, const char *text)
{
	(void)arg;
	warnx("%s", text);
}

int main(int argc, char **argv)
{
	struct wicket_options o = WICKET_OPTIONS_INIT;
	char line[4096];

	o.audit = "none";
	o.event = complain;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--policy") == 0)
			o.policy = argv[i + 1];
		else if (strcmp(argv[i], "--text") == 0)
			o.policy_text = scratch_read(argv[i + 1]);
		else if (strcmp(argv[i], "--name") == 0)
			o.name = argv[i + 1];
		else if (strcmp(argv[i], "--hup") == 0)
			set_hup(argv[i + 1]);
	}
	if (wicket_start(&o, &w) < 0 || wicket_confine(w, NULL) < 0)
		err(1, "wicket");
	say("ready");
	while (read_line(line, sizeof(line)))
		obey(line);
	wicket_close(w);
	_exit(0);
}
