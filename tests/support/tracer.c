/* SPDX-License-Identifier: ISC */
#include "support/tracer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "own.h"
#include "support/child.h"

/* What tells the stop at a system call from a trap that the process met. */
#define AT_CALL (SIGTRAP | 0x80)

static int wait_for(pid_t pid, pid_t *ret)
{
	int status;

	do
		*ret = waitpid(pid, &status, __WALL);
	while (*ret < 0 && errno == EINTR);
	CHILD_CHECK(*ret > 0 && WIFSTOPPED(status));
	return status;
}

void tracer_attach(struct tracer *t, const pid_t *pids, size_t n)
{
	CHILD_CHECK(n <= TRACER_PROCESSES);
	*t = (struct tracer){.n = n};
	for (size_t i = 0; i < n; i++) {
		t->pids[i] = pids[i];
		CHILD_CHECK(ptrace(PTRACE_SEIZE, pids[i], NULL,
				   PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) ==
			    0);
		CHILD_CHECK(ptrace(PTRACE_INTERRUPT, pids[i], NULL, NULL) == 0);
		(void)wait_for(pids[i], &t->pids[i]);
		t->stopped[i] = true;
	}
}

static void go_on(struct tracer *t, size_t who, int signal)
{
	CHILD_CHECK(ptrace(PTRACE_SYSCALL, t->pids[who], NULL, signal) == 0);
	t->stopped[who] = false;
}

/* The next stop of any of them, and how it came to it. */
static size_t next_stop(struct tracer *t, int *ret_status)
{
	pid_t pid;
	size_t who = 0;

	*ret_status = wait_for(-1, &pid);
	while (who < t->n && t->pids[who] != pid)
		who++;
	CHILD_CHECK(who < t->n);
	t->stopped[who] = true;
	return who;
}

/* Counts the call that begins there; says which one it is that has ended. */
static struct tracer_stop look(struct tracer *t, size_t who)
{
	struct __ptrace_syscall_info info;
	struct tracer_stop s = {.who = who};

	CHILD_CHECK(ptrace(PTRACE_GET_SYSCALL_INFO, t->pids[who], sizeof(info),
			   &info) > 0);
	s.enters = info.op == PTRACE_SYSCALL_INFO_ENTRY;
	if (s.enters) {
		CHILD_CHECK(info.entry.nr < TRACER_NUMBERS);
		t->number[who] = (int)info.entry.nr;
		t->count[who].of[info.entry.nr]++;
		for (size_t i = 0; i < 6; i++)
			s.args[i] = info.entry.args[i];
	} else {
		s.result = info.exit.rval;
	}
	s.number = t->number[who];
	return s;
}

void tracer_run(struct tracer *t,
		bool (*done)(void *arg, const struct tracer_stop *s), void *arg)
{
	struct tracer_stop s;
	int status;
	size_t who;
	bool over = false;

	for (size_t i = 0; i < t->n; i++)
		if (t->stopped[i])
			go_on(t, i, 0);
	while (!over) {
		who = next_stop(t, &status);
		if (WSTOPSIG(status) != AT_CALL) {
			/* A signal for it, or our own word to stop. */
			go_on(t, who, status >> 16 ? 0 : WSTOPSIG(status));
			continue;
		}
		s = look(t, who);
		over = done(arg, &s);
		if (!over)
			go_on(t, who, 0);
	}
}

void tracer_detach(struct tracer *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (!t->stopped[i]) {
			CHILD_CHECK(ptrace(PTRACE_INTERRUPT, t->pids[i], NULL,
					   NULL) == 0);
			(void)wait_for(t->pids[i], &t->pids[i]);
		}
		CHILD_CHECK(ptrace(PTRACE_DETACH, t->pids[i], NULL, NULL) == 0);
	}
}

unsigned long tracer_sum(const struct tracer_count *c)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < TRACER_NUMBERS; i++)
		sum += c->of[i];
	return sum;
}

struct tracer_count tracer_less(const struct tracer_count *all,
				const struct tracer_count *before)
{
	struct tracer_count less;

	for (size_t i = 0; i < TRACER_NUMBERS; i++)
		less.of[i] = all->of[i] > before->of[i]
				     ? all->of[i] - before->of[i]
				     : 0;
	return less;
}

static const char *name_of(int number)
{
	switch (number) {
#define KNOWN(number, name) \
	case number:        \
		return #name;
#define ABSENT(name)
#include "calls.def"
#undef KNOWN
#undef ABSENT
	default:
		return "?";
	}
}

char *tracer_text(const struct tracer_count *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	CHILD_CHECK(f);
	for (int i = 0; i < TRACER_NUMBERS; i++) {
		if (c->of[i] > 0)
			fprintf(f, "%s%lu %s", ftell(f) > 0 ? ", " : "",
				c->of[i], name_of(i));
	}
	CHILD_CHECK(fclose(f) == 0);
	return text;
}
