/* SPDX-License-Identifier: ISC */
/*
 * What memory the helper takes, in kB, as the kernel counts it for the running
 * process (/proc/PID/smaps_rollup):
 *
 *	private dirty	what it alone has, and nobody else could have
 *	PSS		that, and its share of what it maps with others
 *
 * just started, after requests of many kinds, and with more clients; for
 * policies of one rule, of a daemon's, and of a thousand.  To look at a helper
 * takes root.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/report.h"
#include "own.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/scratch.h"
#include "wicket/wicket.h"

enum {
	REQUESTS = 1000,
	CLIENTS = 16,
	RULES = 1000,
	DIRTY_KB = 100,
	PSS_KB = 400,
};

static struct scratch s;

/* ---- policies ------------------------------------------------------------ */

static void one(FILE *to)
{
	fprintf(to, "read %s/**\nlist %s/**\n", s.dir, s.dir);
}

static void daemons(FILE *to)
{
	one(to);
	fprintf(to,
		"append %s/log/*.log create=0640\ndeny %s/**/.git\n"
		"listen tcp *:80 *:443\nlisten tcp [::]:80 [::]:443\n"
		"connect unix /run/postgresql/.s.PGSQL.5432\n"
		"promise stdio accept threads\n",
		s.dir, s.dir);
}

static void thousand(FILE *to)
{
	one(to);
	for (int i = 0; i < RULES; i++)
		fprintf(to, "read /srv/sites/number-%d/htdocs/**\n", i);
}

static const struct {
	const char *name;
	void (*write)(FILE *to);
	bool counts; /* the target is for such a policy */
} policies[] = {
	{"one tree", one, true},
	{"a daemon's policy", daemons, true},
	{"1,000 rules", thousand, false},
};

/* ---- the worker ---------------------------------------------------------- */

static void say(void *unused, const char *text)
{
	(void)unused;
	warnx("%s", text);
}

static struct wicket *start(size_t which)
{
	struct wicket_options options = WICKET_OPTIONS_INIT;
	_cleanup_free_ char *text = NULL;
	struct wicket *w;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		err(1, "open_memstream");
	fputs("worker 61020:61020\nhelper 61021:61021\n", f);
	policies[which].write(f);
	if (fclose(f) != 0)
		err(1, "fclose");
	options.policy_text = text;
	options.name = "bench";
	options.audit = scratch_path(&s, "audit");
	options.event = say;
	options.libexecdir = paths_built("libexec/wicket");
	if (wicket_start(&options, &w) < 0)
		err(1, "wicket_start");
	return w;
}

/* Granted, denied, and not there; the longest message in both directions. */
static void ask(struct wicket *w)
{
	struct stat st;

	for (int i = 0; i < REQUESTS; i++) {
		int fd = wicket_open(w, scratch_path(&s, "file"), O_RDONLY, 0);

		if (fd < 0 || wicket_stat(w, scratch_path(&s, "file"), &st) < 0)
			err(1, "%s", s.dir);
		close(fd);
		if (wicket_open(w, "/etc/shadow", O_RDONLY, 0) >= 0 ||
		    wicket_open(w, scratch_path(&s, "none"), O_RDONLY, 0) >= 0)
			errx(1, "it was opened");
	}
}

/* More clients, which stay. */
static void join(struct wicket *w)
{
	for (int i = 1; i < CLIENTS; i++) {
		struct wicket *clone;
		int fd;

		if (wicket_clone(w, &clone) < 0)
			err(1, "wicket_clone");
		fd = wicket_open(clone, scratch_path(&s, "file"), O_RDONLY, 0);
		if (fd < 0)
			err(1, "%s", s.dir);
		close(fd);
	}
}

/* ---- looking ------------------------------------------------------------- */

static pid_t helper(void)
{
	pid_t supervisor = program_child(getpid(), "supervisor");
	pid_t pid = supervisor ? program_child(supervisor, "helper") : 0;

	if (!pid)
		errx(1, "there is no helper");
	return pid;
}

static unsigned field(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	unsigned kb;

	if (!at || sscanf(at + strlen(name), ": %u kB", &kb) != 1)
		errx(1, "smaps_rollup has no %s", name);
	return kb;
}

static void report(size_t which, const char *when, const char *what, double kb,
		   double most)
{
	char work[96];
	const struct report_row row = {
		.group = "memory",
		.place = "",
		.work = work,
		.unit = "kB",
		.target = policies[which].counts ? most : 0,
	};

	(void)snprintf(work, sizeof(work), "wicket, %s, %s, %s",
		       policies[which].name, when, what);
	report_values(&row, &kb, 1);
}

/* The targets are for a helper with one client. */
static void print(size_t which, const char *when, pid_t pid, bool alone)
{
	char path[64];
	_cleanup_free_ char *text = NULL;

	(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	text = scratch_read(path);
	if (!text)
		err(1, "%s", path);
	report(which, when, "private dirty", field(text, "\nPrivate_Dirty"),
	       alone ? DIRTY_KB : 0);
	report(which, when, "PSS", field(text, "\nPss"), alone ? PSS_KB : 0);
}

/* In a process of its own, whose child a supervisor becomes. */
static _Noreturn void look(size_t which)
{
	struct wicket *w;
	pid_t pid;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	w = start(which);
	pid = helper();
	print(which, "just started", pid, true);
	ask(w);
	print(which, "after 4,000 requests", pid, true);
	join(w);
	print(which, "with 16 clients", pid, false);
	wicket_close(w);
	if (fflush(stdout) != 0)
		_exit(1);
	_exit(0);
}

/* What was just built and is not on the disk yet would count as dirty. */
static void settle(void)
{
	_cleanup_fd_ int fd = open(paths_built("libexec/wicket/helper"),
				   O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		err(1, "helper");
}

int main(void)
{
	int failed = 0;

	if (geteuid() != 0)
		errx(1, "memory: to look at a helper takes root");
	settle();
	scratch_make(&s);
	scratch_write(&s, "file", "small\n", 0644);
	report_title("The helper's memory");
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		int status = 0;
		pid_t pid;

		pid = fork();
		if (pid == 0)
			look(i);
		failed |= pid < 0 || waitpid(pid, &status, 0) != pid || status;
	}
	scratch_remove(&s);
	return failed;
}
