/* SPDX-License-Identifier: ISC */
#include "supervisor/console.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "rundir.h"
#include "supervisor/change.h"
#include "supervisor/clock.h"
#include "supervisor/memfd.h"
#include "supervisor/status.h"
#include "supervisor/sweep.h"
#include "wicket/fdpass.h"

enum {
	/* --policy-from and a helper that starts may take as long as that. */
	RELOAD_MS = 50000,
	STATUS_MS = 2000,
	NEW_MS = 10000,
};

/* ---- the socket ---------------------------------------------------------- */

static int make_directory(char *buf, size_t size)
{
	struct stat st;
	int r = rundir_path(buf, size);

	if (r < 0)
		return r;
	if (mkdir(buf, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (lstat(buf, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
			       !(st.st_mode & 022)
		       ? 0
		       : -EPERM;
}

static int make_path(const char *name, char *buf, size_t size)
{
	int r = make_directory(buf, size);
	size_t len;
	int n;

	if (r < 0)
		return r;
	if (!*name || *name == '.' || strchr(name, '/'))
		return -EINVAL;
	len = strlen(buf);
	n = snprintf(buf + len, size - len, "/%s.%d", name, getpid());
	return n < 0 || (size_t)n >= size - len ? -ENAMETOOLONG : 0;
}

/*
 * It has its name when it listens: another supervisor's sweep() would take it
 * away before.
 */
static int listen_at(struct console *c)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	const char *name = strrchr(c->path, '/') + 1;
	int above = (int)(name - c->path);
	int n = snprintf(un.sun_path, sizeof(un.sun_path), "%.*s.%s", above,
			 c->path, name);
	_cleanup_fd_ int fd = socket(
		AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int r;

	if (fd < 0)
		return -errno;
	if (n < 0 || (size_t)n >= sizeof(un.sun_path))
		return -ENAMETOOLONG;
	/* Whose number this was is gone. */
	(void)unlink(un.sun_path);
	mask = umask(0177);
	r = bind(fd, (const struct sockaddr *)&un, sizeof(un)) < 0 ? -errno : 0;
	(void)umask(mask);
	if (r == 0 && listen(fd, CONSOLE_ASKERS) < 0)
		r = -errno;
	if (r == 0 && rename(un.sun_path, c->path) < 0)
		r = -errno;
	if (r == 0)
		c->fd = take_fd(&fd);
	else
		(void)unlink(un.sun_path);
	return r;
}

int console_open(struct supervisor *s, struct failure *f)
{
	struct console *c = &s->console;
	int r = make_path(s->edition->policy->name, c->path, sizeof(c->path));

	for (size_t i = 0; i < CONSOLE_ASKERS; i++)
		c->askers[i].fd = -1;
	if (r == 0) {
		sweep(c->path);
		r = listen_at(c);
	}
	return r < 0 ? fail(f, r, "no socket for 'wicket status': %s",
			    strerror(-r))
		     : 0;
}

void console_close(struct console *c)
{
	if (c->fd < 0)
		return;
	close_fd(&c->fd);
	(void)unlink(c->path);
	for (size_t i = 0; i < CONSOLE_ASKERS; i++)
		close_fd(&c->askers[i].fd);
}

/* ---- answers ------------------------------------------------------------- */

/* Who does not take it, or has gone, does without. */
static void answer(struct asker *a, const char *text, const int *fds, size_t n)
{
	(void)!wicket_sendfds(a->fd, text, strlen(text), fds, n, MSG_DONTWAIT);
	close_fd(&a->fd);
}

static void answer_all(struct console *c, enum asker_state state,
		       const char *text, const int *fds, size_t n)
{
	for (size_t i = 0; i < CONSOLE_ASKERS; i++)
		if (c->askers[i].fd >= 0 && c->askers[i].state == state)
			answer(&c->askers[i], text, fds, n);
}

static void answer_reload(struct console *c, const char *verdict,
			  const char *text)
{
	char line[sizeof(((struct failure *)0)->text) + 8];

	(void)snprintf(line, sizeof(line), "%s %s", verdict, text);
	answer_all(c, ASKER_SERVED, line, NULL, 0);
}

/* Who asks from now on may have changed the policy since. */
void console_begun(struct console *c)
{
	for (size_t i = 0; i < CONSOLE_ASKERS; i++)
		if (c->askers[i].fd >= 0 && c->askers[i].state == ASKER_RELOAD)
			c->askers[i].state = ASKER_SERVED;
}

void console_reloaded(struct supervisor *s, const char *hup)
{
	char text[160];

	(void)snprintf(text, sizeof(text), "helper %u (pid %d) serves; %s",
		       s->helper.number, s->helper.pid, hup);
	answer_reload(&s->console, "ok", text);
}

void console_refused(struct supervisor *s, int error, const char *text)
{
	answer_reload(&s->console, "no",
		      text && *text ? text : strerror(-error));
}

void console_counts(struct supervisor *s, const void *counts, size_t len)
{
	_cleanup_free_ char *text = NULL;
	size_t text_len = 0;
	_cleanup_fd_ int fd = -1;

	if (status_text(s, counts, len, &text, &text_len) == 0)
		fd = memfd_sealed("wicket-status", text, text_len);
	if (fd < 0)
		answer_all(&s->console, ASKER_STATUS, "no memory", NULL, 0);
	else
		answer_all(&s->console, ASKER_STATUS, "ok", &fd, 1);
}

/* ---- questions ----------------------------------------------------------- */

static bool may_ask(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	       (who.uid == 0 || who.uid == geteuid());
}

static void welcome(struct console *c)
{
	_cleanup_fd_ int fd = accept4(c->fd, NULL, NULL,
				      SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 || !may_ask(fd))
		return;
	for (size_t i = 0; i < CONSOLE_ASKERS; i++) {
		struct asker *a = &c->askers[i];

		if (a->fd >= 0)
			continue;
		a->fd = take_fd(&fd);
		a->state = ASKER_NEW;
		a->until = clock_ms() + NEW_MS;
		return;
	}
}

/* Without a helper that could count, there are no counters. */
static void ask_status(struct supervisor *s, struct asker *a)
{
	static const struct control count = {.kind = CONTROL_COUNT};
	bool serves = s->helper.pid > 0 && !s->change.stopping;

	a->state = ASKER_STATUS;
	a->until = clock_ms() + STATUS_MS;
	if (!serves || control_send(s->helper.control, &count, NULL, 0) < 0)
		console_counts(s, NULL, 0);
}

static void ask_reload(struct supervisor *s, struct asker *a)
{
	a->state = ASKER_RELOAD;
	a->until = clock_ms() + RELOAD_MS;
	change_want(s, WANT_CONSOLE);
}

static void hear(struct supervisor *s, struct asker *a)
{
	char text[16];
	ssize_t n = recv(a->fd, text, sizeof(text) - 1, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	text[n > 0 ? n : 0] = '\0';
	if (n <= 0 || a->state != ASKER_NEW)
		close_fd(&a->fd);
	else if (strcmp(text, "status") == 0)
		ask_status(s, a);
	else if (strcmp(text, "reload") == 0)
		ask_reload(s, a);
	else
		answer(a, "no such question", NULL, 0);
}

void console_watch(const struct console *c, struct pollfd *p)
{
	p[0] = (struct pollfd){.fd = c->fd, .events = POLLIN};
	for (size_t i = 0; i < CONSOLE_ASKERS; i++)
		p[1 + i] = (struct pollfd){
			.fd = c->fd < 0 ? -1 : c->askers[i].fd,
			.events = POLLIN,
		};
}

void console_take(struct supervisor *s, const struct pollfd *p)
{
	struct console *c = &s->console;

	for (size_t i = 0; i < CONSOLE_ASKERS; i++)
		if (p[1 + i].revents && p[1 + i].fd == c->askers[i].fd)
			hear(s, &c->askers[i]);
	if (p[0].revents)
		welcome(c);
}

/* ---- time ---------------------------------------------------------------- */

void console_step(struct supervisor *s)
{
	struct console *c = &s->console;
	int64_t now = clock_ms();

	for (size_t i = 0; c->fd >= 0 && i < CONSOLE_ASKERS; i++) {
		struct asker *a = &c->askers[i];

		if (a->fd < 0 || now < a->until)
			continue;
		if (a->state == ASKER_STATUS)
			console_counts(s, NULL, 0);
		else
			answer(a, "no answer in time", NULL, 0);
	}
}

int console_timeout(const struct console *c)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; c->fd >= 0 && i < CONSOLE_ASKERS; i++)
		if (c->askers[i].fd >= 0 && c->askers[i].until < at)
			at = c->askers[i].until;
	return clock_until(at);
}
