/* SPDX-License-Identifier: ISC */
/*
 * usage: soak [RELOADS [KILLS]]
 *
 * A worker with eight clients asks all the time; meanwhile the policy is
 * reloaded, and then the helper killed, over and over.  Nothing may be lost or
 * done twice, and no process may keep a descriptor more than before.  Prints
 * what came, and ends with 1 where it was not as promised.
 */
#include "soak/soak.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/paths.h"
#include "support/program.h"
#include "support/scratch.h"

struct site {
	struct scratch s;
	char policy[BOUND_PATH];
	pid_t supervisor;
	int to;
	int from;
};

static void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	(void)nanosleep(&t, NULL);
}

/* ---- setting up ---------------------------------------------------------- */

static void make_site(struct site *o)
{
	char text[4 * BOUND_PATH], name[64];

	scratch_make(&o->s);
	scratch_mkdir(&o->s, "new", 0777);
	for (unsigned i = 0; i < SOAK_FILES; i++) {
		(void)snprintf(name, sizeof(name), "www/file%u", i);
		scratch_write(&o->s, name, strrchr(name, '/') + 1, 0644);
	}
	(void)snprintf(
		text, sizeof(text),
		"worker 61020:61020\nhelper 61021:61021\n"
		"promise stdio threads\n"
		"read %s/www/**\nwrite %s/new/** create=0600 owner=%%worker\n"
		"remove %s/new/**\n",
		o->s.dir, o->s.dir, o->s.dir);
	scratch_write(&o->s, "soak.policy", text, 0644);
	(void)snprintf(o->policy, sizeof(o->policy), "%s",
		       scratch_path(&o->s, "soak.policy"));
	/* Where an ordinary user's supervisor has its socket. */
	(void)setenv("XDG_RUNTIME_DIR", o->s.dir, 1);
}

static void start(struct site *o, const char *self)
{
	int to[2], from[2];
	char ready[5];

	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		err(1, "pipe2");
	o->supervisor = fork();
	if (o->supervisor < 0)
		err(1, "fork");
	if (o->supervisor == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (dup2(to[0], 0) < 0 || dup2(from[1], 1) < 0)
			_exit(126);
		(void)execl(paths_built("bin/wicket"), "wicket", "run",
			    "--quiet", "--audit", "none", o->policy, "--", self,
			    "--load", o->s.dir, (char *)NULL);
		_exit(127);
	}
	(void)close(to[0]);
	(void)close(from[1]);
	o->to = to[1];
	o->from = from[0];
	if (read(o->from, ready, 5) != 5)
		errx(1, "the worker did not start");
}

static void stop(struct site *o)
{
	int status;

	(void)close(o->to);
	if (waitpid(o->supervisor, &status, 0) < 0 || status != 0)
		errx(1, "the worker ended with %d", status);
	(void)close(o->from);
	scratch_remove(&o->s);
}

/* ---- what there is to see ------------------------------------------------ */

static unsigned count_fds(pid_t pid)
{
	char path[64];
	unsigned n = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n;
}

static struct tally take(struct site *o)
{
	struct tally t;

	if (write(o->to, "x", 1) != 1 ||
	    read(o->from, &t, sizeof(t)) != sizeof(t))
		errx(1, "the worker is gone");
	return t;
}

struct fds {
	unsigned supervisor;
	unsigned helper;
	unsigned worker;
};

/*
 * While it serves a helper holds what it is about to hand out; and one that
 * has begun just now has not taken all of its channels yet.
 */
static struct fds fds_now(const struct site *o)
{
	struct fds least = {~0U, ~0U, ~0U};
	pid_t worker = program_child(o->supervisor, "soak");

	sleep_ms(500);
	for (int i = 0; i < 200; i++) {
		pid_t helper = program_child(o->supervisor, "helper");
		unsigned s = count_fds(o->supervisor);
		unsigned h = helper > 0 ? count_fds(helper) : 0;
		unsigned w = worker > 0 ? count_fds(worker) : 0;

		if (s > 0 && s < least.supervisor)
			least.supervisor = s;
		if (h > 0 && h < least.helper)
			least.helper = h;
		if (w > 0 && w < least.worker)
			least.worker = w;
		sleep_ms(2);
	}
	return least;
}

/* ---- changing the helper ------------------------------------------------- */

/* As `wicket reload` does it: the answer comes when the next one serves. */
static void reload(const struct site *o)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char text[512] = "";
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int n = snprintf(un.sun_path, sizeof(un.sun_path), "%s/wicket/soak.%d",
			 geteuid() == 0 ? "/run" : o->s.dir, o->supervisor);

	if (fd < 0 || n < 0 || (size_t)n >= sizeof(un.sun_path))
		errx(1, "no socket to ask at");
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) < 0)
		err(1, "%s", un.sun_path);
	if (send(fd, "reload", 6, 0) != 6 ||
	    recv(fd, text, sizeof(text) - 1, 0) < 2 ||
	    strncmp(text, "ok", 2) != 0)
		errx(1, "reload: %s", text);
	(void)close(fd);
}

/*
 * At any instruction: so not always as late; but late enough for most of them
 * to have begun to serve.
 */
static void kill_helper(const struct site *o, unsigned n)
{
	pid_t helper;

	while ((helper = program_child(o->supervisor, "helper")) <= 0)
		sleep_ms(1);
	sleep_ms(30 + (long)(n * 7 % 61));
	(void)kill(helper, SIGKILL);
	while (program_child(o->supervisor, "helper") == helper)
		sleep_ms(1);
}

/* ---- the whole ----------------------------------------------------------- */

static bool print(const char *what, unsigned times, const struct tally *t,
		  const struct fds *before, const struct fds *after,
		  bool unknown_allowed)
{
	bool flat = after->supervisor == before->supervisor &&
		    after->helper == before->helper &&
		    after->worker == before->worker;
	bool good = flat && t->wrong == 0 && t->doubled == 0 && t->again == 0 &&
		    (unknown_allowed || t->unknown == 0) &&
		    t->requests == t->answered + t->unknown;

	printf("%-8s %6u %9llu %9llu %8llu %6llu %8llu %9.0f %9.0f  "
	       "%u/%u/%u -> %u/%u/%u  %s\n",
	       what, times, (unsigned long long)t->requests,
	       (unsigned long long)t->answered, (unsigned long long)t->unknown,
	       (unsigned long long)(t->wrong + t->again),
	       (unsigned long long)t->doubled, tally_within(t, 0.5),
	       tally_within(t, 0.99), before->supervisor, before->helper,
	       before->worker, after->supervisor, after->helper, after->worker,
	       good ? "as promised" : "NOT AS PROMISED");
	(void)fflush(stdout);
	return good;
}

static bool soak(struct site *o, unsigned reloads, unsigned kills)
{
	struct fds before = fds_now(o);
	struct fds after;
	struct tally t;
	bool good;

	printf("%-8s %6s %9s %9s %8s %6s %8s %9s %9s  %s\n", "what", "times",
	       "requests", "answered", "unknown", "wrong", "doubled", "p50 us",
	       "p99 us", "descriptors of supervisor/helper/worker");
	(void)take(o);
	sleep_ms(1000);
	t = take(o);
	after = fds_now(o);
	good = print("nothing", 0, &t, &before, &after, false);
	(void)take(o);
	for (unsigned i = 0; i < reloads; i++)
		reload(o);
	t = take(o);
	after = fds_now(o);
	good = print("reload", reloads, &t, &before, &after, false) && good;
	(void)take(o);
	for (unsigned i = 0; i < kills; i++)
		kill_helper(o, i);
	t = take(o);
	after = fds_now(o);
	return print("kill", kills, &t, &before, &after, true) && good;
}

static unsigned number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || n > 1000000)
		errx(1, "%s: expected a number", text);
	return (unsigned)n;
}

int main(int argc, char **argv)
{
	static struct site site;
	char self[BOUND_PATH];
	ssize_t n;
	bool good;

	/* Confined, it cannot do all that exit(3) may want. */
	if (argc == 3 && strcmp(argv[1], "--load") == 0)
		_exit(load_main(argv[2]));
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		err(1, "/proc/self/exe");
	self[n] = '\0';
	make_site(&site);
	start(&site, self);
	good = soak(&site, argc > 1 ? number(argv[1]) : 1000,
		    argc > 2 ? number(argv[2]) : 500);
	stop(&site);
	return good ? 0 : 1;
}
