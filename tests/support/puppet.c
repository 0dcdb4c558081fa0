/* SPDX-License-Identifier: ISC */
#include "support/puppet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own.h"
#include "support/capture.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/user.h"

/* Long enough for a machine that is busy with other things. */
#define PATIENCE_MS 30000

/* ---- setting up ---------------------------------------------------------- */

/* Where the worker's user can execute it, wherever the build is. */
static void copy_program(struct puppet *p)
{
	_cleanup_fd_ int from = open(paths_built("tests/puppet/puppet"),
				     O_RDONLY | O_CLOEXEC);
	_cleanup_fd_ int to = open(p->program, O_WRONLY | O_CREAT | O_CLOEXEC,
				   0755);
	ssize_t n;

	CHILD_CHECK(from >= 0 && to >= 0 && fchmod(to, 0755) == 0);
	while ((n = sendfile(to, from, NULL, 1 << 20)) > 0)
		;
	CHILD_CHECK(n == 0);
}

void puppet_make(struct puppet *p)
{
	static unsigned made;

	*p = (struct puppet){.root = geteuid() == 0, .to = -1, .from = -1};
	p->err = memfd_create("stderr", MFD_CLOEXEC);
	/* Many write to it: each behind the other. */
	CHILD_CHECK(p->err >= 0 && fcntl(p->err, F_SETFL, O_APPEND) == 0);
	scratch_make(&p->s);
	snprintf(p->name, sizeof(p->name), "puppet%d-%u", getpid(), made++);
	snprintf(p->policy, sizeof(p->policy), "%.200s/%.30s.policy", p->s.dir,
		 p->name);
	snprintf(p->program, sizeof(p->program), "%.200s/puppet", p->s.dir);
	copy_program(p);
	/* An order to one that has ended is an answer that does not come. */
	(void)signal(SIGPIPE, SIG_IGN);
	/* Where an ordinary user's supervisor has its socket. */
	CHILD_CHECK(setenv("XDG_RUNTIME_DIR", p->s.dir, 1) == 0);
	CHILD_CHECK(setenv("WICKET_LIBEXECDIR", paths_built("libexec/wicket"),
			   1) == 0);
}

/* The text with its @ replaced; malloced. */
static char *expand(const struct puppet *p, const char *text)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	CHILD_CHECK(f);
	for (const char *c = text; *c; c++) {
		if (*c == '@')
			fputs(p->s.dir, f);
		else
			fputc(*c, f);
	}
	CHILD_CHECK(fclose(f) == 0);
	return out;
}

/* By another name first: who reads it never meets the half of it. */
void puppet_policy_whole(struct puppet *p, const char *text)
{
	_cleanup_free_ char *expanded = expand(p, text);

	scratch_write(&p->s, "next", expanded, 0644);
	CHILD_CHECK(rename(scratch_path(&p->s, "next"), p->policy) == 0);
}

void puppet_policy(struct puppet *p, const char *text)
{
	_cleanup_free_ char *whole = NULL;
	uid_t helper = user_own(USER_OF_PUPPET);

	CHILD_CHECK(asprintf(&whole,
			     "worker %d:%d\nhelper %u:%u\n"
			     "promise stdio accept threads\n%s",
			     PUPPET_WORKER, PUPPET_WORKER, helper, helper,
			     text) > 0);
	puppet_policy_whole(p, whole);
}

/* ---- starting ------------------------------------------------------------ */

static _Noreturn void child(struct puppet *p, const char *const *argv,
			    pid_t parent, int in, int out)
{
	CHILD_CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
	CHILD_CHECK(getppid() == parent);
	CHILD_CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	CHILD_CHECK(dup2(in, 0) == 0 && dup2(out, 1) == 1);
	CHILD_CHECK(dup2(p->err, 2) == 2);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

static void start(struct puppet *p, const char *const *argv)
{
	pid_t parent = getpid();
	int in[2], out[2];

	CHILD_CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
	p->pid = fork();
	CHILD_CHECK(p->pid >= 0);
	if (p->pid == 0)
		child(p, argv, parent, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	p->to = in[1];
	p->from = out[0];
	puppet_await(p);
}

static size_t add(const char **argv, size_t n, const char *const *words)
{
	for (; words && *words; words++) {
		CHILD_CHECK(n < 30);
		argv[n++] = *words;
	}
	argv[n] = NULL;
	return n;
}

void puppet_run(struct puppet *p, const char *const *options,
		const char *const *words)
{
	_cleanup_free_ char *wicket = strdup(paths_built("bin/wicket"));
	const char *argv[32];
	size_t n;

	n = add(argv, 0, ARGV(wicket, "run", "--quiet", "--audit", "none"));
	n = add(argv, n, options);
	n = add(argv, n, ARGV(p->policy, "--", p->program));
	(void)add(argv, n, words);
	start(p, argv);
}

void puppet_embed(struct puppet *p, const char *const *words)
{
	const char *argv[32];
	size_t n = add(argv, 0, ARGV(p->program));

	(void)add(argv, n, words);
	start(p, argv);
}

/* ---- orders -------------------------------------------------------------- */

const char *puppet_answer(struct puppet *p)
{
	struct pollfd in = {.fd = p->from, .events = POLLIN};
	size_t n = 0;

	do {
		CHILD_CHECK(n < sizeof(p->line) - 1);
		CHILD_CHECK(poll(&in, 1, PATIENCE_MS) == 1);
		if (read(p->from, p->line + n, 1) != 1) {
			_cleanup_free_ char *err = puppet_stderr(p);

			fprintf(stderr, "the puppet has ended: %s\n", err);
			_exit(1);
		}
	} while (p->line[n++] != '\n');
	p->line[n - 1] = '\0';
	return p->line;
}

void puppet_await(struct puppet *p)
{
	const char *answer = puppet_answer(p);

	CHILD_CHECK(strcmp(answer, "ready") == 0);
}

void puppet_tell(struct puppet *p, const char *order)
{
	_cleanup_free_ char *expanded = expand(p, order);
	size_t len = strlen(expanded);

	expanded[len] = '\n';
	CHILD_CHECK(write(p->to, expanded, len + 1) == (ssize_t)len + 1);
}

const char *puppet_ask(struct puppet *p, const char *order)
{
	puppet_tell(p, order);
	return puppet_answer(p);
}

struct wanted {
	struct puppet *p;
	const char *order;
	const char *answer;
};

static bool has_come(void *arg)
{
	const struct wanted *w = arg;

	return strcmp(puppet_ask(w->p, w->order), w->answer) == 0;
}

bool puppet_comes_to(struct puppet *p, const char *expected, const char *order)
{
	struct wanted w = {p, order, expected};

	return program_poll(has_come, &w);
}

/* ---- looking ------------------------------------------------------------- */

char *puppet_stderr(const struct puppet *p)
{
	off_t len = lseek(p->err, 0, SEEK_END);
	char *text = calloc((size_t)len + 1, 1);

	CHILD_CHECK(text && pread(p->err, text, (size_t)len, 0) == len);
	return text;
}

pid_t puppet_helper(const struct puppet *p)
{
	return program_child(p->pid, "helper");
}

pid_t puppet_worker(const struct puppet *p)
{
	return program_child(p->pid, "puppet");
}

unsigned long puppet_fact(const struct puppet *p, const char *name)
{
	struct capture c;
	unsigned long value;
	char key[64];
	char *at;

	CHILD_CHECK(capture_wicket(&c, ARGV("status", p->name)) == 0);
	snprintf(key, sizeof(key), "\n  %s ", name);
	at = strstr(c.out, key);
	CHILD_CHECK(at);
	value = strtoul(at + strlen(key), NULL, 10);
	capture_free(&c);
	return value;
}

struct killed {
	struct puppet *p;
	pid_t helper;
};

static bool is_replaced(void *arg)
{
	const struct killed *k = arg;
	pid_t now = puppet_helper(k->p);

	return now > 0 && now != k->helper;
}

void puppet_kill_helper(struct puppet *p)
{
	struct killed k = {p, puppet_helper(p)};

	CHILD_CHECK(k.helper > 0 && kill(k.helper, SIGKILL) == 0);
	CHILD_CHECK(program_poll(is_replaced, &k));
}

/* ---- the end ------------------------------------------------------------- */

int puppet_wait(struct puppet *p)
{
	int status = child_wait(p->pid, PATIENCE_MS);

	if (status != 0) {
		_cleanup_free_ char *err = puppet_stderr(p);

		fprintf(stderr, "%s", err);
	}
	close_fd(&p->to);
	close_fd(&p->from);
	close_fd(&p->err);
	scratch_remove(&p->s);
	return status;
}

int puppet_end(struct puppet *p)
{
	close_fd(&p->to);
	return puppet_wait(p);
}

const char *puppet_text(const char *fmt, ...)
{
	static char texts[4][1024];
	static unsigned turn;
	char *text = texts[turn++ % 4];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(texts[0]), fmt, ap);
	va_end(ap);
	CHILD_CHECK(n >= 0 && (size_t)n < sizeof(texts[0]));
	return text;
}

unsigned puppet_port(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof(in);
	_cleanup_fd_ int fd = -1;

	if (geteuid() == 0)
		netns_enter();
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHILD_CHECK(fd >= 0 &&
		    bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0 &&
		    getsockname(fd, (struct sockaddr *)&in, &len) == 0);
	return ntohs(in.sin_port);
}
