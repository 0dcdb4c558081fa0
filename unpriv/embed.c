/* SPDX-License-Identifier: ISC */
/*
 * The caller forks a child, which forks a grandchild and exits; the grandchild
 * becomes the supervisor and is adopted by init.  Between fork and exec only
 * what a signal handler might do is done, since the caller may have threads:
 * the arguments are made before.  Both borrow the caller's memory, as a child
 * of vfork(2) does, and write to nothing but their stacks: a copy takes the
 * longer the larger the caller is.
 */
#include "embed.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "bounds.h"
#include "chan.h"
#include "handle.h"
#include "wire.h"

/* The numbers under which the supervisor finds its descriptors. */
enum {
	CHANNEL = 3,
	STATUS = 4,
	POLICY = 5,
	END,
	ABOVE = 16, /* out of the way while they are moved */
};

enum {
	ARGUMENTS = 24,
	ENVIRONMENT = 8,
	STATUS_TEXT = BOUND_PATH + 256,
	STACK = 65536,
};

/* All that the grandchild needs. */
struct launch {
	char path[BOUND_PATH];
	char refusal[STATUS_TEXT - 4]; /* what is said if it cannot run that */
	const char *argv[ARGUMENTS];
	size_t argc;
	char *envp[ENVIRONMENT]; /* owned strings */
	int channel;		 /* the helper's end, owned */
	int status;		 /* the pipe's write end, owned */
	int policy;		 /* a sealed memfd or -1, owned */
	char *stacks;		 /* two of STACK bytes, borrowed */
};

static void launch_clear(struct launch *l)
{
	for (size_t i = 0; i < ENVIRONMENT; i++)
		free(l->envp[i]);
	close_fd(&l->channel);
	close_fd(&l->status);
	close_fd(&l->policy);
}

/* ---- before the fork ------------------------------------------------- */

/* The text as a file that nobody can change any more. */
static int seal_text(const char *text, int *ret)
{
	_cleanup_fd_ int fd = memfd_create("wicket policy",
					   MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t left = strnlen(text, BOUND_POLICY_BYTES + 1);

	if (fd < 0)
		return -errno;
	if (left > BOUND_POLICY_BYTES)
		return -E2BIG;
	while (left > 0) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		left -= (size_t)n;
	}
	/* The supervisor shares the offset and reads from there. */
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	if (fcntl(fd, F_ADD_SEALS,
		  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -errno;
	*ret = take_fd(&fd);
	return 0;
}

static void tell(const struct wicket_options *o, const char *text)
{
	if (o->event && *text)
		o->event(o->arg, text);
}

static int find_supervisor(const struct wicket_options *o, struct launch *l)
{
	const char *dir = o->libexecdir;
	int n, r;

	if (!dir)
		dir = secure_getenv("WICKET_LIBEXECDIR");
	if (!dir)
		dir = WICKET_LIBEXECDIR;
	n = snprintf(l->path, sizeof(l->path), "%s/supervisor", dir);
	if (n < 0 || (size_t)n >= sizeof(l->path))
		return -ENAMETOOLONG;
	(void)snprintf(l->refusal, sizeof(l->refusal),
		       "cannot execute '%s': options.libexecdir or the "
		       "environment's WICKET_LIBEXECDIR must be the directory "
		       "of wicket's supervisor",
		       l->path);
	r = access(l->path, X_OK) < 0 ? -errno : 0;
	if (r < 0)
		tell(o, l->refusal);
	return r;
}

static void add(struct launch *l, const char *argument)
{
	if (l->argc < ARGUMENTS - 1)
		l->argv[l->argc++] = argument;
}

static void add_option(struct launch *l, const char *name, const char *value)
{
	if (!value)
		return;
	add(l, name);
	add(l, value);
}

_Static_assert(CHANNEL == 3 && STATUS == 4 && POLICY == 5, "as text below");

static void make_argv(struct launch *l, const struct wicket_options *o,
		      bool passrights)
{
	add(l, "wicket-supervisor");
	add(l, "embed");
	add_option(l, "--channel", "3");
	add_option(l, "--status", "4");
	add_option(l, "--audit", o->audit);
	add_option(l, "--instance", o->instance);
	add_option(l, "--syslog", o->syslog);
	if (o->flags & WICKET_AUDIT_GRANTS)
		add(l, "--audit-grants");
	if (passrights)
		add(l, "--passrights");
	if (o->policy_text) {
		add_option(l, "--policy-fd", "5");
		add_option(l, "--name",
			   o->name ? o->name : program_invocation_short_name);
	} else {
		add(l, "--");
		add(l, o->policy);
	}
}

/*
 * Only what the supervisor reads, and nothing of a set-user-ID program's:
 * whoever called that is not to speak to the supervisor.
 */
static int make_envp(struct launch *l)
{
	static const char *const names[] = {
		"NOTIFY_SOCKET", "HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = secure_getenv(names[i]);

		if (!value)
			continue;
		if (asprintf(&l->envp[n], "%s=%s", names[i], value) < 0) {
			l->envp[n] = NULL;
			return -ENOMEM;
		}
		n++;
	}
	return 0;
}

/* ---- in the child and the grandchild --------------------------------- */

/*
 * Tells the parent why there is no supervisor: u32 errno, little-endian, and a
 * line of text.  Returns the status to end with.
 */
static int report(int status, int error, const char *text)
{
	uint8_t room[STATUS_TEXT];
	struct wire_out o = wire_out(room, sizeof(room));
	ssize_t n;

	wire_put_u32(&o, (uint32_t)error);
	wire_put_bytes(&o, text, strlen(text));
	n = write(status, o.buf, o.len);
	(void)n;
	return 125;
}

/* Handlers would run the caller's code in a process that is not the caller. */
static void reset_signals(void)
{
	struct sigaction act = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		(void)sigaction(s, &act, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* fd under the number to, surviving the exec; -1 leaves nothing there. */
static int place(int fd, int to)
{
	if (fd >= 0)
		return dup2(fd, to);
	(void)close(to);
	return to;
}

/* Returns where that fails: the status to end with. */
static int become_supervisor(const struct launch *l)
{
	int channel, status;
	int policy = -1;

	reset_signals();
	channel = fcntl(l->channel, F_DUPFD_CLOEXEC, ABOVE);
	status = fcntl(l->status, F_DUPFD_CLOEXEC, ABOVE);
	if (l->policy >= 0)
		policy = fcntl(l->policy, F_DUPFD_CLOEXEC, ABOVE);
	if (channel < 0 || status < 0 || (l->policy >= 0 && policy < 0))
		return report(l->status, errno,
			      "cannot duplicate a descriptor");
	if (place(channel, CHANNEL) < 0 || place(status, STATUS) < 0 ||
	    place(policy, POLICY) < 0)
		return report(status, errno, "cannot place a descriptor");
	/* Nothing of the caller's is the supervisor's to hold. */
	if (syscall(SYS_close_range, END, ~0U, 0) < 0)
		return report(STATUS, errno, "cannot close descriptors");
	(void)execve(l->path, (char *const *)l->argv, l->envp);
	return report(STATUS, errno, l->refusal);
}

/*
 * vfork(2) without an exit signal: the caller sees no SIGCHLD, and neither its
 * handlers, nor SIG_IGN, nor a wait(2) of its own meets this child.  Handlers
 * of pthread_atfork(3) do not run, which in a child that only makes system
 * calls is as it should be.  Returns when work has executed another program or
 * has returned the status to end with: on a stack that a sanitizer does not
 * know it calls nothing that does not return.
 */
static pid_t fork_unseen(int (*work)(void *arg), char *stack,
			 const struct launch *l)
{
	return clone(work, stack + STACK, CLONE_VM | CLONE_VFORK, (void *)l);
}

static int be_grandchild(void *arg)
{
	return become_supervisor(arg);
}

static int be_child(void *arg)
{
	const struct launch *l = arg;

	if (fork_unseen(be_grandchild, l->stacks + STACK, l) < 0)
		return report(l->status, errno, "cannot fork");
	return 0;
}

static int launch_twice(const struct launch *l)
{
	pid_t child = fork_unseen(be_child, l->stacks, l);

	if (child < 0)
		return -errno;
	while (waitpid(child, NULL, __WCLONE) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* The caller's own stack may be small. */
static int launch_with_stacks(struct launch *l)
{
	int r;

	l->stacks = mmap(NULL, 2 * STACK, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (l->stacks == MAP_FAILED)
		return -errno;
	r = launch_twice(l);
	(void)munmap(l->stacks, 2 * STACK);
	return r;
}

/*
 * A handler of the caller's must not run in the child before reset_signals().
 */
static int launch(struct launch *l)
{
	sigset_t all, before;
	int r;

	(void)sigfillset(&all);
	r = -pthread_sigmask(SIG_SETMASK, &all, &before);
	if (r < 0)
		return r;
	r = launch_with_stacks(l);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

/* ---- waiting for the supervisor -------------------------------------- */

/*
 * Reads until the pipe's end, each wait at most timeout_ms: a supervisor that
 * fails writes once.
 */
static ssize_t read_status(int fd, int timeout_ms, char *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int ready = poll(&p, 1, timeout_ms);
		ssize_t n;

		if (ready == 0)
			return -ETIMEDOUT;
		n = ready < 0 ? -1 : read(fd, buf + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int judge_status(const struct wicket_options *o, char *buf, size_t len)
{
	struct wire_in i = wire_in(buf, len);
	uint32_t error = wire_get_u32(&i);
	char *text = buf + 4;

	if (len == 0)
		return 0;
	if (i.failed || error == 0 || error > ERRNO_MAX)
		return -EPROTO;
	buf[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	tell(o, text);
	return -(int)error;
}

static int await_supervisor(const struct wicket_options *o, int status)
{
	char buf[STATUS_TEXT];
	int timeout = o->timeout_ms ? o->timeout_ms : HANDLE_TIMEOUT_MS;
	ssize_t n = read_status(status, timeout, buf, sizeof(buf) - 1);

	return n < 0 ? (int)n : judge_status(o, buf, (size_t)n);
}

/* ---- all of it ------------------------------------------------------- */

static int prepare(struct launch *l, const struct wicket_options *o,
		   int *ret_channel, int *ret_status)
{
	bool passrights;
	int status[2];
	int r = find_supervisor(o, l);

	if (r >= 0)
		r = make_envp(l);
	if (r >= 0 && o->policy_text)
		r = seal_text(o->policy_text, &l->policy);
	if (r < 0)
		return r;
	if (pipe2(status, O_CLOEXEC) < 0)
		return -errno;
	*ret_status = status[0];
	l->status = status[1];
	r = chan_pair(ret_channel, &l->channel, &passrights);
	if (r < 0)
		return r;
	make_argv(l, o, passrights);
	return 0;
}

int embed_start(const struct wicket_options *o, int *ret_channel)
{
	_cleanup_fd_ int channel = -1;
	_cleanup_fd_ int status = -1;
	struct launch l = {.channel = -1, .status = -1, .policy = -1};
	int r = prepare(&l, o, &channel, &status);

	if (r >= 0)
		r = launch(&l);
	/* The pipe must end with the supervisor's copy. */
	launch_clear(&l);
	if (r >= 0)
		r = await_supervisor(o, status);
	if (r < 0)
		return r;
	*ret_channel = take_fd(&channel);
	return 0;
}
