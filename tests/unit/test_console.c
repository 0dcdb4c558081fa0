/* SPDX-License-Identifier: ISC */
/* console.c: who asks, and what is answered to whom. */
#include "supervisor/console.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervisor/supervisor.h"
#include "support/child.h"
#include "support/support.h"
#include "wicket/fdpass.h"

TestSuite(console, .timeout = 20);

static struct supervisor sv;

/* An asker that has been let in: its own end. */
static int asker(size_t i)
{
	int ends[2];

	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, ends), 0);
	sv.console.askers[i].fd = ends[0];
	sv.console.askers[i].state = ASKER_NEW;
	return ends[1];
}

static void set_up(void)
{
	sv = (struct supervisor){.console = CONSOLE_INIT,
				 .helper = {.number = 3, .pid = 0}};
	for (size_t i = 0; i < CONSOLE_ASKERS; i++)
		sv.console.askers[i].fd = -1;
	/* None of the others is asked for anything here. */
	sv.console.fd = dup(0);
}

/* Asks, and has the supervisor take it. */
static void ask(int fd, const char *what)
{
	struct pollfd p[CONSOLE_POLL];

	cr_assert_eq(send(fd, what, strlen(what), 0), (ssize_t)strlen(what));
	console_watch(&sv.console, p);
	p[0].fd = -1;
	cr_assert_eq(poll(p, CONSOLE_POLL, 1000), 1);
	p[0].revents = 0;
	console_take(&sv, p);
}

/* The answer begins with this; NULL: there is none yet. */
static void expect(int fd, const char *answer)
{
	char text[256] = "";
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (!answer) {
		cr_assert_eq(n, -1, "%s", text);
		return;
	}
	cr_assert_gt(n, 0);
	cr_assert_eq(strncmp(text, answer, strlen(answer)), 0, "%s", text);
	/* And that was all. */
	cr_assert_eq(recv(fd, text, 1, 0), 0);
}

Test(console, answers_a_reload_by_one_that_was_begun_after_it, .init = set_up)
{
	int first = asker(0), second = asker(1);

	ask(first, "reload");
	cr_assert_eq(sv.change.wants, (unsigned)WANT_CONSOLE);
	console_begun(&sv.console);
	ask(second, "reload");
	console_reloaded(&sv, "x");
	expect(first, "ok helper 3");
	expect(second, NULL);
	console_begun(&sv.console);
	console_refused(&sv, -EINVAL, "p.policy:1:1: wrong");
	expect(second, "no p.policy:1:1: wrong");
	close_fd(&first);
	close_fd(&second);
	close_fd(&sv.console.fd);
}

Test(console, knows_two_questions_and_is_asked_once, .init = set_up)
{
	int other = asker(0), twice = asker(1);

	ask(other, "stop");
	expect(other, "no such question");
	ask(twice, "reload");
	ask(twice, "reload");
	console_begun(&sv.console);
	console_reloaded(&sv, "x");
	cr_assert_eq(recv(twice, &(char){0}, 1, 0), 0);
	close_fd(&other);
	close_fd(&twice);
	close_fd(&sv.console.fd);
}

Test(console, says_what_is_wrong_where_there_is_no_text, .init = set_up)
{
	int fd = asker(0);

	ask(fd, "reload");
	console_begun(&sv.console);
	console_refused(&sv, -EPERM, "");
	expect(fd, "no Operation not permitted");
	close_fd(&fd);
	close_fd(&sv.console.fd);
}

/* ---- the socket ---------------------------------------------------------- */

static int opens_at_a_name_of_its_own(void *arg)
{
	struct failure f = FAILURE_INIT;
	struct policy *p = NULL;
	struct edition e = {.policy = NULL};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct stat st;
	int fd;

	CHILD_CHECK(geteuid() != 0 || setuid(65534) == 0);
	CHILD_CHECK(setenv("XDG_RUNTIME_DIR", arg, 1) == 0);
	CHILD_CHECK(policy_new("site", &p) == 0);
	e.policy = p;
	sv.edition = &e;
	sv.console = (struct console)CONSOLE_INIT;
	CHILD_CHECK(console_open(&sv, &f) == 0);
	CHILD_CHECK(lstat(sv.console.path, &st) == 0 && S_ISSOCK(st.st_mode));
	CHILD_CHECK((st.st_mode & 0777) == 0600);
	memcpy(un.sun_path, sv.console.path, sizeof(sv.console.path));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	CHILD_CHECK(connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0);
	console_close(&sv.console);
	CHILD_CHECK(lstat(un.sun_path, &st) < 0);
	/* Its name while it did not listen yet is gone too. */
	*strrchr(un.sun_path, '/') = '\0';
	CHILD_CHECK(rmdir(un.sun_path) == 0);
	policy_free(p);
	return 0;
}

Test(console, opens_at_a_name_of_its_own)
{
	struct scratch s;

	scratch_make(&s);
	scratch_mkdir(&s, "run", 0777);
	cr_assert_eq(chmod(s.dir, 0755), 0);
	cr_assert_eq(child_run(opens_at_a_name_of_its_own,
			       (void *)scratch_path(&s, "run")),
		     0);
	scratch_remove(&s);
}
