/* SPDX-License-Identifier: ISC */
/*
 * A helper that says yes to all: linked in place of what judges, into a helper
 * that is never installed.  What stands between it and the machine is the
 * kernel's locks (tests/hostile/test_locks.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "beneath.h"
#include "helper/owner.h"
#include "policy/match.h"
#include "path.h"

struct policy_grant __wrap_policy_judge(const struct policy *p,
					const char *path);
const struct policy_rule *__wrap_policy_judge_net(const struct policy *p,
						  enum policy_verb verb,
						  const struct net_addr *a);
bool __wrap_path_names_process(const char *clean);
int __wrap_beneath_proc(int fd);
int __wrap_owner_check(struct walk *w, const struct policy_rule *rule,
		       const struct stat *st);
int __wrap_do_notify(struct helper *h, struct job *j);

struct policy_grant __wrap_policy_judge(const struct policy *p,
					const char *path)
{
	static const struct policy_rule all = {
		.path = {.create = true, .mode = 0644, .types = POLICY_ANY},
	};
	struct policy_grant g = {.rights = ~0u, .create = &all};

	(void)p;
	(void)path;
	for (size_t i = 0; i < POLICY_VERB_MAX; i++) {
		g.types_by[i] = POLICY_ANY;
		g.rule[i] = &all;
	}
	return g;
}

/* Of a socket it needs some rule, for its options. */
const struct policy_rule *__wrap_policy_judge_net(const struct policy *p,
						  enum policy_verb verb,
						  const struct net_addr *a)
{
	(void)a;
	for (size_t i = 0; i < p->nrules; i++)
		if (p->rules[i].verb == verb)
			return &p->rules[i];
	return NULL;
}

bool __wrap_path_names_process(const char *clean)
{
	(void)clean;
	return false;
}

int __wrap_beneath_proc(int fd)
{
	(void)fd;
	return 0;
}

int __wrap_owner_check(struct walk *w, const struct policy_rule *rule,
		       const struct stat *st)
{
	(void)w;
	(void)rule;
	(void)st;
	return 0;
}

/* ---- what code that was brought in would do -------------------------------
 */

static long execute(void)
{
	static char *const none[] = {NULL};

	return syscall(SYS_execve, "/nonexistent", none, none);
}

static long change_mode(void)
{
	return syscall(SYS_fchmodat, AT_FDCWD, "/", 0755);
}

static long trace(void)
{
	/* It traces nobody: ESRCH where it may ask. */
	return ptrace(PTRACE_CONT, getpid(), NULL, NULL);
}

static long fork_one(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid;
}

static long open_plainly(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/", 0);
}

/* Each is refused by EPERM; else what it would do does not succeed or harm. */
static const struct {
	const char *word;
	long (*call)(void);
} calls[] = {
	{"STATUS=execve", execute},	 {"STATUS=chmod", change_mode},
	{"STATUS=ptrace", trace},	 {"STATUS=fork", fork_one},
	{"STATUS=openat", open_plainly},
};

int __wrap_do_notify(struct helper *h, struct job *j)
{
	(void)h;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(j->request->object, calls[i].word) == 0)
			return calls[i].call() < 0 ? -errno : 0;
	return -ENOSYS;
}
