/* SPDX-License-Identifier: ISC */
#include "support/pair.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "peer.h"
#include "support/paths.h"
#include "support/user.h"

/* Long enough for a machine that is busy with other things. */
#define SECONDS 50

const char *pair_path(struct pair *p, const char *name)
{
	return scratch_path(&p->s, name);
}

void pair_give(struct pair *p, const char *name)
{
	scratch_chown(&p->s, name, p->worker, p->worker);
}

static void told(void *arg, int result, int error)
{
	(void)result;
	(void)error;
	*(bool *)arg = true;
}

/* Who sends the answer to a question, whatever that is. */
pid_t pair_helper(struct wicket *w)
{
	struct pollfd in = {.fd = wicket_fd(w), .events = POLLIN};
	bool answered = false;
	pid_t pid;

	peer_watch(in.fd);
	CHILD_CHECK(wicket_submit_open(w, "/", O_RDONLY, 0, told, &answered) >
		    0);
	CHILD_CHECK(poll(&in, 1, 1000 * SECONDS) == 1);
	pid = peer_pid(in.fd);
	while (!answered)
		CHILD_CHECK(poll(&in, 1, 1000 * SECONDS) == 1 &&
			    wicket_dispatch(w) >= 0);
	CHILD_CHECK(pid > 0 && pid != getpid());
	return pid;
}

/* The policy with its @ replaced and its users named; malloced. */
static char *policy_text(const struct pair *p)
{
	char *text = NULL;
	size_t len;
	uid_t helper = user_own(USER_OF_PAIR);
	FILE *f = open_memstream(&text, &len);

	CHILD_CHECK(f);
	fprintf(f, "worker %d:%d\nhelper %u:%u\npromise %s\n", PAIR_WORKER,
		PAIR_WORKER, helper, helper, p->promise ? p->promise : "stdio");
	for (const char *c = p->policy; *c; c++) {
		if (*c == '@')
			fputs(p->s.dir, f);
		else
			fputc(*c, f);
	}
	CHILD_CHECK(fclose(f) == 0);
	return text;
}

static void say(void *unused, const char *text)
{
	(void)unused;
	fprintf(stderr, "wicket_start: %s\n", text);
}

static int worker(void *arg)
{
	struct pair *p = arg;
	struct wicket_options options = WICKET_OPTIONS_INIT;
	_cleanup_free_ char *text = policy_text(p);
	struct wicket *w;

	if (p->network)
		netns_enter_plain();
	options.policy_text = text;
	options.name = "hostile";
	options.audit = pair_path(p, "audit");
	options.libexecdir = paths_built(p->libexec ? p->libexec
						    : "libexec/wicket");
	options.flags = p->grants ? WICKET_AUDIT_GRANTS : 0;
	options.event = say;
	if (wicket_start(&options, &w) < 0) {
		perror("wicket_start");
		return 1;
	}
	if (p->before)
		p->before(p, w);
	if (p->work) {
		if (wicket_confine(w, NULL) < 0) {
			perror("wicket_confine");
			return 1;
		}
		p->work(p, w);
	}
	wicket_close(w);
	return 0;
}

int pair_status(struct pair *p)
{
	int status;

	p->root = geteuid() == 0;
	p->worker = p->root ? PAIR_WORKER : geteuid();
	scratch_make(&p->s);
	if (p->make)
		p->make(p);
	status = child_wait(child_start(worker, p),
			    1000 * (p->seconds ? p->seconds : SECONDS));
	p->audit = scratch_read(pair_path(p, "audit"));
	return status;
}

/* The end of a long text. */
static const char *tail(const char *text, size_t max)
{
	size_t len = text ? strlen(text) : 0;

	if (!text)
		return "none";
	return len > max ? text + len - max : text;
}

void pair_run(struct pair *p)
{
	int status = pair_status(p);

	cr_assert_eq(status, 0, "the worker ended with %d; audit:\n%s", status,
		     tail(p->audit, 2000));
}

void pair_end(struct pair *p)
{
	free(p->audit);
	p->audit = NULL;
	scratch_remove(&p->s);
}

static bool has_words(const char *line, const char *words)
{
	while (*words) {
		char word[256];
		size_t len = strcspn(words, " ");

		snprintf(word, sizeof(word), "%.*s", (int)len, words);
		if (!strstr(line, word))
			return false;
		words += len + strspn(words + len, " ");
	}
	return true;
}

unsigned pair_audited(const struct pair *p, const char *words)
{
	_cleanup_free_ char *text = strdup(p->audit ? p->audit : "");
	char *rest = text;
	char *line;
	unsigned n = 0;

	while ((line = strsep(&rest, "\n")))
		n += *line && has_words(line, words);
	return n;
}

void pair_refused(int why, long result, const char *expression,
		  const char *file, int line)
{
	int got = errno;

	if (result == -1 && got == why)
		return;
	fprintf(stderr, "%s:%d: %s: expected -1 and %s, got %ld", file, line,
		expression, strerrorname_np(why), result);
	if (result == -1)
		fprintf(stderr, " and %s", strerrorname_np(got));
	fprintf(stderr, "\n");
	_exit(1);
}

void pair_denied(long result, const char *expression, const char *file,
		 int line)
{
	int got = errno;
	bool locked = got == EPERM || got == EACCES || got == ENOSYS;

	pair_refused(locked ? got : EPERM, result, expression, file, line);
}

int pair_granted(long result, const char *expression, const char *file,
		 int line)
{
	if (result >= 0)
		return (int)result;
	fprintf(stderr, "%s:%d: %s: %s\n", file, line, expression,
		strerror(errno));
	_exit(1);
}
