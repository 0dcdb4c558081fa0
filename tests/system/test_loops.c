/* SPDX-License-Identifier: ISC */
/*
 * The examples epoll, evhttp and uv: servers on three kinds of event loop,
 * whose files are opened while they serve others.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own.h"
#include "support/capture.h"
#include "support/program.h"
#include "support/www.h"

enum {
	VISITORS = 100,
	BIG = 3 << 20, /* more than a socket holds */
};

static struct www site;
static struct capture server;
static char out[65536];

/* ---- asking ---------------------------------------------------------- */

static int connect_to_server(void)
{
	const struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)site.http),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_geq(fd, 0);
	if (connect(fd, (const struct sockaddr *)&in, sizeof(in)) < 0)
		close_fd(&fd);
	return fd;
}

static int ask(const char *path)
{
	char request[256];
	int n = snprintf(request, sizeof(request),
			 "GET %s HTTP/1.1\r\n"
			 "Host: localhost\r\n"
			 "Connection: close\r\n"
			 "\r\n",
			 path);
	int fd = connect_to_server();

	if (fd >= 0)
		cr_assert_eq(send(fd, request, (size_t)n, 0), n);
	return fd;
}

/* All that comes until the end, as a string, cut: its length uncut. */
static size_t read_answer(int fd, char *buf, size_t size)
{
	char more[65536];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, more, sizeof(more))) > 0) {
		for (ssize_t i = 0; i < n && len + (size_t)i + 1 < size; i++)
			buf[len + (size_t)i] = more[i];
		len += (size_t)n;
	}
	cr_assert_geq(n, 0);
	buf[len < size ? len : size - 1] = '\0';
	(void)close(fd);
	return len;
}

/* body is NULL where the server may say what it likes. */
static void expect(int fd, const char *status, const char *body)
{
	char text[4096];

	(void)read_answer(fd, text, sizeof(text));
	cr_assert(strncmp(text, "HTTP/1.1 ", 9) == 0 &&
			  strncmp(text + 9, status, 3) == 0,
		  "expected %s: %s", status, text);
	cr_assert(strstr(text, "\r\n\r\n"));
	if (body)
		cr_assert_str_eq(strstr(text, "\r\n\r\n") + 4, body);
}

/* ---- the server ------------------------------------------------------ */

static bool answers(void *arg)
{
	int fd = ask("/ten.txt");

	(void)arg;
	if (fd < 0) {
		if (capture_ended(&server))
			(void)capture_finish(&server);
		cr_assert_null(server.err, "it ended: %s", server.err);
		return false;
	}
	(void)read_answer(fd, out, sizeof(out));
	return true;
}

static void start_server(const char *name)
{
	char address[32], program[64];

	www_make(&site);
	if (site.netns >= 0)
		cr_assert_eq(setns(site.netns, CLONE_NEWNET), 0);
	(void)snprintf(address, sizeof(address), "tcp *:%u", site.http);
	(void)snprintf(program, sizeof(program), "programs/examples/%s", name);
	www_start(&site, &server,
		  ARGV(www_path(&site, "programs/bin/wicket"), "run", "--audit",
		       www_path(&site, "audit"),
		       www_path(&site, "httpd.policy"), "--",
		       www_path(&site, program), address,
		       www_path(&site, "site")));
	cr_assert(program_poll(answers, NULL));
}

static void tear_down(void)
{
	if (server.pid > 0 && kill(server.pid, SIGTERM) == 0)
		(void)capture_finish(&server);
	capture_free(&server);
	www_remove(&site);
}

static void start_epoll(void)
{
	start_server("epoll");
}

static void start_evhttp(void)
{
	start_server("evhttp");
}

static void start_uv(void)
{
	start_server("uv");
}

TestSuite(epoll, .init = start_epoll, .fini = tear_down, .timeout = 30);
TestSuite(evhttp, .init = start_evhttp, .fini = tear_down, .timeout = 30);
TestSuite(uv, .init = start_uv, .fini = tear_down, .timeout = 30);

/* One claim, of each of the three. */
#define CLAIM(name)                     \
	static void name##_holds(void); \
	Test(epoll, name)               \
	{                               \
		name##_holds();         \
	}                               \
	Test(evhttp, name)              \
	{                               \
		name##_holds();         \
	}                               \
	Test(uv, name)                  \
	{                               \
		name##_holds();         \
	}                               \
	static void name##_holds(void)

/* ---- claims ---------------------------------------------------------- */

CLAIM(serves_a_private_tree)
{
	expect(ask("/"), "200", "<h1>index</h1>\n");
	expect(ask("/ten.txt?query"), "200", "0123456789");
	expect(ask("/no/such"), "404", NULL);
}

CLAIM(serves_nothing_that_the_policy_denies)
{
	expect(ask("/.git/config"), "403", NULL);
	expect(ask("/passwords"), "403", NULL);
	expect(ask("/../tls/key.pem"), "403", NULL);
	www_read(&site, "audit", out, sizeof(out));
	cr_assert(strstr(out, "op=open"), "%s", out);
}

Test(epoll, sends_away_what_is_no_request)
{
	static char line[20000];
	int fd = connect_to_server();

	cr_assert_eq(send(fd, "POST / HTTP/1.1\r\n\r\n", 19, 0), 19);
	expect(fd, "501", "");
	memset(line, 'x', sizeof(line));
	fd = connect_to_server();
	cr_assert_eq(send(fd, line, 16383, 0), 16383);
	expect(fd, "431", "");
}

CLAIM(serves_many_at_once_and_those_who_leave_harm_nobody)
{
	int fds[VISITORS];

	for (int i = 0; i < VISITORS; i++) {
		fds[i] = ask(i % 2 ? "/ten.txt" : "/no/such");
		cr_assert_geq(fds[i], 0);
		if (i % 5 == 0)
			close_fd(&fds[i]);
	}
	for (int i = VISITORS - 1; i >= 0; i--)
		if (fds[i] >= 0)
			expect(fds[i], i % 2 ? "200" : "404",
			       i % 2 ? "0123456789" : NULL);
}

CLAIM(sends_all_of_a_large_file_while_it_serves_others)
{
	_cleanup_fd_ int file = open(www_path(&site, "site/big"),
				     O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	int slow;

	cr_assert_eq(ftruncate(file, BIG), 0);
	slow = ask("/big");
	expect(ask("/ten.txt"), "200", "0123456789");
	cr_assert_gt(read_answer(slow, out, sizeof(out)), (size_t)BIG);
	cr_assert(strstr(out, "Content-Length: 3145728\r\n"), "%s", out);
}
