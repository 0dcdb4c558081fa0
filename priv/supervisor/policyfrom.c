/* SPDX-License-Identifier: ISC */
#include "supervisor/policyfrom.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/lex.h"
#include "policy/load.h"
#include "supervisor/clock.h"
#include "supervisor/policyprogram.h"
#include "supervisor/supervisor.h"

/* ---- the words ----------------------------------------------------------- */

/* What a shell would read otherwise than we do, and what nobody sees. */
static int check_bytes(const char *command, struct failure *f)
{
	for (const char *at = command; *at; at++)
		if (strchr("\"'\\", *at) || (unsigned char)*at < ' ' ||
		    *at == 0x7f)
			return fail(f, -EINVAL,
				    "--policy-from: found '%s', expected words "
				    "with blanks between them, and no quotes",
				    lex_quote((char[]){*at, '\0'}).text);
	return 0;
}

int policyfrom_split(const char *command, struct policyfrom_words *ret,
		     struct failure *f)
{
	char *rest = ret->text;
	size_t n = 0;
	char *word;
	int r = check_bytes(command, f);

	if (r < 0)
		return r;
	if (strlen(command) >= sizeof(ret->text))
		return fail(f, -E2BIG, "--policy-from: too long a command");
	memcpy(ret->text, command, strlen(command) + 1);
	while ((word = strsep(&rest, " "))) {
		if (!*word)
			continue;
		if (n == BOUND_POLICY_COMMAND)
			return fail(f, -E2BIG,
				    "--policy-from: expected at most %d words",
				    BOUND_POLICY_COMMAND);
		ret->argv[n++] = word;
	}
	ret->argv[n] = NULL;
	if (n == 0 || ret->argv[0][0] != '/')
		return fail(f, -EINVAL,
			    "--policy-from: found '%s', expected the absolute "
			    "path of a program",
			    n ? lex_quote(ret->argv[0]).text : "");
	return 0;
}

/* ---- its start ----------------------------------------------------------- */

static void conclude(struct policyfrom *p, int error)
{
	close_fd(&p->output);
	close_fd(&p->told);
	p->error = error;
	p->runs = false;
	p->done = true;
}

/* Ends of pipes: *ret_ours does not block, *ret_theirs does. */
static int make_pipe(int *ret_ours, int *ret_theirs)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ret_ours = fds[0];
	*ret_theirs = fds[1];
	return fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static int start(struct policyfrom *p, const struct supervisor *s, int program,
		 char **argv)
{
	_cleanup_fd_ int output = -1;
	_cleanup_fd_ int told = -1;
	int r;

	/* One byte more than is allowed, to see that there are too many. */
	p->text = malloc(BOUND_POLICY_BYTES + 1);
	if (!p->text)
		return -ENOMEM;
	if ((r = make_pipe(&p->output, &output)) < 0 ||
	    (r = make_pipe(&p->told, &told)) < 0)
		return r;
	r = policyprogram_start(s, &(struct policyprogram){
					   .program = program,
					   .output = output,
					   .told = told,
					   .argv = argv,
				   });
	if (r < 0)
		return r;
	p->pid = r;
	p->runs = true;
	return 0;
}

void policyfrom_begin(struct policyfrom *p, const struct supervisor *s)
{
	struct policy_note err = POLICY_NOTE_INIT;
	struct policyfrom_words words = {0};
	_cleanup_fd_ int program = -1;
	int r;

	policyfrom_stop(p);
	p->begun = clock_ms();
	r = policyfrom_split(s->options.policy_from, &words, &p->failure);
	if (r < 0) {
		conclude(p, r);
		return;
	}
	(void)snprintf(p->source, sizeof(p->source), "output of %s",
		       words.argv[0]);
	r = policy_open_program(words.argv[0], &program, &err);
	if (r < 0) {
		conclude(p, fail_note(&p->failure, r, &err));
		return;
	}
	r = start(p, s, program, words.argv);
	if (r < 0)
		conclude(p, fail(&p->failure, r, "%s: cannot start it: %s",
				 p->source, strerror(-r)));
}

/* ---- its end ------------------------------------------------------------- */

static void kill_all(const struct policyfrom *p)
{
	/*
	 * Safe because: it is our child and not yet reaped, so neither its pid
	 * nor its group's can be another's.  Before it has made its group, it
	 * is alone.
	 */
	if (p->pid > 0 && kill(-p->pid, SIGKILL) < 0)
		(void)kill(p->pid, SIGKILL);
}

void policyfrom_hear(struct policyfrom *p)
{
	ssize_t n = -1;

	while (p->output >= 0 && p->len <= BOUND_POLICY_BYTES &&
	       (n = read(p->output, p->text + p->len,
			 BOUND_POLICY_BYTES + 1 - p->len)) > 0)
		p->len += (size_t)n;
	if (n == 0) {
		p->complete = true;
		close_fd(&p->output);
	}
	if (!p->runs || p->len <= BOUND_POLICY_BYTES)
		return;
	conclude(p,
		 fail(&p->failure, -E2BIG, "%s: it printed more than %d bytes",
		      p->source, BOUND_POLICY_BYTES));
	kill_all(p);
}

/* How it ended, where that was not in order; -EIO. */
static int judge_status(struct policyfrom *p, int status)
{
	char why[256];
	ssize_t n = read(p->told, why, sizeof(why) - 1);

	if (n > 0) {
		why[n] = '\0';
		return fail(&p->failure, -EIO, "%s: %s", p->source, why);
	}
	if (WIFSIGNALED(status))
		return fail(&p->failure, -EIO, "%s: it was killed by SIG%s",
			    p->source, sigabbrev_np(WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		return fail(&p->failure, -EIO, "%s: it ended with status %d",
			    p->source, WEXITSTATUS(status));
	return 0;
}

static int judge(struct policyfrom *p, int status)
{
	int r = judge_status(p, status);

	if (r < 0)
		return r;
	if (!p->complete)
		return fail(&p->failure, -EBUSY,
			    "%s: it ended and left a process behind that could "
			    "print more",
			    p->source);
	if (p->len == 0)
		return fail(&p->failure, -ENODATA, "%s: it printed nothing",
			    p->source);
	/* What is cut short may deny less than it was to. */
	if (p->text[p->len - 1] != '\n')
		return fail(&p->failure, -EINVAL,
			    "%s: it does not end with a newline: it may be cut "
			    "short",
			    p->source);
	return 0;
}

bool policyfrom_ended(struct policyfrom *p, pid_t pid)
{
	int status = 0;

	if (pid <= 0 || pid != p->pid)
		return false;
	/* Before the others are killed: were there any that held it open? */
	policyfrom_hear(p);
	kill_all(p);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	p->pid = 0;
	if (p->runs)
		conclude(p, judge(p, status));
	return true;
}

/* ---- time ---------------------------------------------------------------- */

struct pollfd policyfrom_watch(const struct policyfrom *p)
{
	return (struct pollfd){.fd = p->output, .events = POLLIN};
}

int policyfrom_timeout(const struct policyfrom *p)
{
	return clock_until(p->runs ? p->begun + POLICYFROM_MS : INT64_MAX);
}

void policyfrom_step(struct policyfrom *p)
{
	if (policyfrom_timeout(p) != 0)
		return;
	conclude(p, fail(&p->failure, -ETIMEDOUT,
			 "%s: it did not end within %d seconds", p->source,
			 POLICYFROM_MS / 1000));
	kill_all(p);
}

void policyfrom_wait(struct policyfrom *p)
{
	_cleanup_fd_ int ended = -1;

	if (p->pid > 0)
		ended = (int)syscall(SYS_pidfd_open, p->pid, 0);
	while (p->pid > 0 && ended >= 0) {
		struct pollfd v[] = {policyfrom_watch(p),
				     {.fd = ended, .events = POLLIN}};

		if (poll(v, 2, policyfrom_timeout(p)) < 0 && errno != EINTR)
			break;
		policyfrom_hear(p);
		if (v[1].revents)
			(void)policyfrom_ended(p, p->pid);
		policyfrom_step(p);
	}
	/* What cannot be waited for is not let run. */
	kill_all(p);
	(void)policyfrom_ended(p, p->pid);
}

int policyfrom_take(struct policyfrom *p, char **ret_text, size_t *ret_len,
		    struct failure *f)
{
	_cleanup_free_ char *text = take_ptr(&p->text);

	p->done = false;
	if (p->error < 0)
		return fail(f, p->error, "%s", p->failure.text);
	*ret_text = take_ptr(&text);
	*ret_len = p->len;
	return 0;
}

void policyfrom_stop(struct policyfrom *p)
{
	kill_all(p);
	(void)policyfrom_ended(p, p->pid);
	conclude(p, 0);
	free(p->text);
	*p = (struct policyfrom)POLICYFROM_INIT;
}
