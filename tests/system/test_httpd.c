/* SPDX-License-Identifier: ISC */
/*
 * The example httpd, for real: under `wicket run`, embedded, and without
 * wicket.  As root on ports 80 and 443 of a network namespace, otherwise on
 * high ports, as the same user throughout.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/capture.h"
#include "support/program.h"
#include "support/www.h"

/* The programs of a test, in its own process: Criterion forks for each. */
static struct www site;
static struct capture server; /* pid 0: none */

static void set_up(void)
{
	www_make(&site);
}

static void tear_down(void)
{
	if (server.pid > 0) {
		(void)kill(server.pid, SIGTERM);
		(void)capture_finish(&server);
		capture_free(&server);
	}
	www_remove(&site);
}

TestSuite(httpd, .init = set_up, .fini = tear_down, .timeout = 30);

/* ---- asking -------------------------------------------------------------- */

static char url_text[256];

static const char *url(const char *scheme, const char *path)
{
	(void)snprintf(
		url_text, sizeof(url_text), "%s://localhost:%u%s", scheme,
		strcmp(scheme, "https") == 0 ? site.https : site.http, path);
	return url_text;
}

static char body[65536];

/*
 * Fetches it, with two more words for curl: the status, 0 where there was no
 * answer.  What came is in body.
 */
static int fetch_with(const char *option, const char *value, const char *scheme,
		      const char *path)
{
	char status[256];
	const char *const argv[] = {"curl",
				    "--silent",
				    "--path-as-is",
				    "--cacert",
				    www_path(&site, "tls/cert.pem"),
				    "--output",
				    www_path(&site, "body"),
				    "--write-out",
				    "%{http_code}",
				    option,
				    value,
				    url(scheme, path),
				    NULL};
	int r;

	(void)unlink(www_path(&site, "body"));
	r = www_run(&site, argv, status, sizeof(status));
	www_read(&site, "body", body, sizeof(body));
	return r == 0 ? (int)strtol(status, NULL, 10) : 0;
}

static int fetch(const char *scheme, const char *path)
{
	return fetch_with("--max-time", "5", scheme, path);
}

static char said[65536];

/* For messages: what the server has said so far. */
static const char *output(void)
{
	capture_so_far(&server);
	(void)snprintf(said, sizeof(said), "%s%s", server.out, server.err);
	return said;
}

static bool answers(void *arg)
{
	(void)arg;
	cr_assert(!capture_ended(&server), "it ended: %s", output());
	return fetch("http", "/ten.txt") == 200;
}

static void await_server(void)
{
	cr_assert(program_poll(answers, NULL), "no answer: %s", output());
}

static void ends_with_zero(void)
{
	int status = capture_finish(&server);

	cr_assert(status == 0, "status %d: %s%s", status, server.out,
		  server.err);
	capture_free(&server);
	server.pid = 0;
}

static char http_address[16], https_address[16];

/* httpd's own options, behind those that begin the command line. */
#define HTTPD_OPTIONS                                                         \
	"--root", www_path(&site, "site"), "--http", http_address, "--https", \
		https_address, "--cert", www_path(&site, "tls/cert.pem"),     \
		"--key", www_path(&site, "tls/key.pem"), "--log",             \
		www_path(&site, "log/access.log")

static void set_addresses(void)
{
	(void)snprintf(http_address, sizeof(http_address), "*:%u", site.http);
	(void)snprintf(https_address, sizeof(https_address), "*:%u",
		       site.https);
}

static const char *program(const char *below)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "programs/%s", below);
	return www_path(&site, path);
}

static void start_under_run(void)
{
	set_addresses();
	www_start(&site, &server,
		  ARGV(program("bin/wicket"), "run", "--audit",
		       www_path(&site, "audit"),
		       www_path(&site, "httpd.policy"), "--",
		       program("examples/httpd"), HTTPD_OPTIONS));
	await_server();
}

/* ---- answers ------------------------------------------------------------- */

Test(httpd, serves_a_private_tree_over_both_protocols)
{
	start_under_run();
	cr_assert(fetch("http", "/") == 200);
	cr_assert_str_eq(body, "<h1>index</h1>\n");
	cr_assert(fetch("https", "/ten.txt") == 200);
	cr_assert_str_eq(body, "0123456789");
}

Test(httpd, answers_head_without_a_body)
{
	start_under_run();
	cr_assert(fetch_with("--head", "--show-error", "https", "/ten.txt") ==
		  200);
	cr_assert(strstr(body, "Content-Length: 10\r\n"), "%s", body);
	cr_assert(strstr(body, "Content-Type: text/plain"), "%s", body);
	cr_assert(!strstr(body, "0123456789"), "%s", body);
}

Test(httpd, sends_the_part_that_was_asked_for)
{
	start_under_run();
	cr_assert(fetch_with("--range", "2-4", "http", "/ten.txt") == 206);
	cr_assert_str_eq(body, "234");
	cr_assert(fetch_with("--range", "-3", "https", "/ten.txt") == 206);
	cr_assert_str_eq(body, "789");
	cr_assert(fetch_with("--range", "10-", "http", "/ten.txt") == 416);
}

Test(httpd, lists_directories_with_escaped_names)
{
	start_under_run();
	cr_assert(fetch("http", "/docs") == 301);
	cr_assert(fetch("http", "/docs/") == 200);
	cr_assert(strstr(body, "href=\"./a%26b%20%3Cc%3E.txt\""), "%s", body);
	cr_assert(strstr(body, ">a&amp;b &lt;c&gt;.txt<"), "%s", body);
	cr_assert(fetch("https", "/docs/a%26b%20%3Cc%3E.txt") == 200);
	cr_assert_str_eq(body, "text\n");
}

Test(httpd, answers_404_for_what_is_not_there)
{
	start_under_run();
	cr_assert(fetch("http", "/nothing") == 404);
	cr_assert(fetch("http", "/ten.txt/") == 404);
	cr_assert(fetch("http", "/nothing/") == 404);
}

Test(httpd, answers_405_for_other_methods)
{
	start_under_run();
	cr_assert(fetch_with("--request", "DELETE", "http", "/ten.txt") == 405);
	cr_assert(fetch_with("--data", "x", "http", "/ten.txt") == 405);
	cr_assert(fetch("http", "/ten.txt") == 200);
}

Test(httpd, is_polite_to_hostile_paths)
{
	static const struct {
		const char *path;
		int status;
	} cases[] = {
		{"/../../etc/passwd", 400},
		{"/%2e%2e/%2E%2E/etc/passwd", 400},
		{"/docs/..%2f..%2fetc/passwd", 400},
		{"/ten.txt%00.html", 400},
		{"/%", 400},
		{"/%4", 400},
		{"/%zz", 400},
		{"//ten.txt", 200},
		{"/.//docs/./../ten.txt", 400},
		{"/./ten.txt", 200},
		{"/proc/self/maps", 404},
	};

	start_under_run();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = fetch("http", cases[i].path);

		cr_expect(status == cases[i].status, "%s: %d", cases[i].path,
			  status);
	}
}

Test(httpd, does_not_follow_a_link_out_of_its_tree)
{
	char audit[65536];

	start_under_run();
	cr_assert(fetch("http", "/passwords") == 403);
	cr_assert(fetch("https", "/.git/config") == 403);
	cr_assert(fetch("https", "/.git/") == 403);
	www_read(&site, "audit", audit, sizeof(audit));
	cr_assert(strstr(audit, "missing=\"read /etc/shadow\""), "%s", audit);
	cr_assert(strstr(audit, "verdict=denied rule=httpd.policy:6"), "%s",
		  audit);
}

/* ---- the process --------------------------------------------------------- */

static void read_status(pid_t pid, char *buf, size_t size)
{
	char path[64];
	FILE *from;
	size_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	from = fopen(path, "re");
	cr_assert(from);
	n = fread(buf, 1, size - 1, from);
	buf[n] = '\0';
	(void)fclose(from);
}

Test(httpd, worker_has_no_privilege)
{
	char status[8192], uid[64];
	pid_t worker;

	start_under_run();
	worker = program_child(server.pid, "httpd");
	cr_assert(worker > 0);
	read_status(worker, status, sizeof(status));
	(void)snprintf(uid, sizeof(uid), "\nUid:\t%u\t%u\t%u\t%u\n",
		       site.worker, site.worker, site.worker, site.worker);
	cr_assert(strstr(status, uid), "%s", status);
	cr_assert(strstr(status, "\nCapPrm:\t0000000000000000\n"));
	cr_assert(strstr(status, "\nCapEff:\t0000000000000000\n"));
	cr_assert(strstr(status, "\nCapAmb:\t0000000000000000\n"));
	cr_assert(!site.root || strstr(status, "\nCapBnd:\t0000000000000000"));
	cr_assert(strstr(status, "\nNoNewPrivs:\t1\n"));
	cr_assert(strstr(status, "\nSeccomp:\t2\n"));
}

static bool log_is_back(void *arg)
{
	(void)arg;
	return access(www_path(&site, "log/access.log"), F_OK) == 0;
}

Test(httpd, opens_its_log_again_on_hangup)
{
	char log[65536];
	struct stat st;

	start_under_run();
	cr_assert(fetch("http", "/ten.txt?before") == 200);
	cr_assert(rename(www_path(&site, "log/access.log"),
			 www_path(&site, "log/old.log")) == 0);
	cr_assert(kill(server.pid, SIGHUP) == 0);
	cr_assert(program_poll(log_is_back, NULL), "%s", output());
	cr_assert(fetch("https", "/docs/?after") == 200);
	www_read(&site, "log/access.log", log, sizeof(log));
	cr_assert(strstr(log, "\"GET /docs/ HTTP/"), "%s", log);
	cr_assert(!strstr(log, "GET /ten.txt"), "%s", log);
	cr_assert(stat(www_path(&site, "log/access.log"), &st) == 0);
	cr_assert(st.st_uid == site.worker && (st.st_mode & 07777) == 0640);
}

Test(httpd, escapes_what_clients_write_into_the_log)
{
	char log[65536];

	start_under_run();
	(void)fetch_with("--request", "G\"T\\", "http", "/x\"y\\z%0a");
	www_read(&site, "log/access.log", log, sizeof(log));
	cr_assert(
		strstr(log, "\"G\\x22T\\x5c /x\\x22y\\x5cz%0a HTTP/1.1\" 405"),
		"%s", log);
}

Test(httpd, ends_cleanly_on_term)
{
	start_under_run();
	cr_assert(kill(server.pid, SIGTERM) == 0);
	ends_with_zero();
	cr_assert(fetch("http", "/") == 0);
}

/* ---- other ways to run it ------------------------------------------------ */

Test(httpd, keeps_its_pid_when_embedded)
{
	char status[8192];

	set_addresses();
	www_start(&site, &server,
		  ARGV(program("examples/httpd"), "--policy",
		       www_path(&site, "httpd.policy"), "--audit",
		       www_path(&site, "audit"), HTTPD_OPTIONS));
	await_server();
	cr_assert(fetch("https", "/docs/") == 200);
	read_status(server.pid, status, sizeof(status));
	cr_assert(strstr(status, "\nCapEff:\t0000000000000000\n"));
	cr_assert(strstr(status, "\nSeccomp:\t2\n"));
	cr_assert(kill(server.pid, SIGINT) == 0);
	ends_with_zero();
}

Test(httpd, serves_without_wicket)
{
	set_addresses();
	/* Not confined: here leaks can be found. */
	cr_assert(unsetenv("LSAN_OPTIONS") == 0);
	www_start(&site, &server,
		  ARGV(program("examples/httpd-none"), HTTPD_OPTIONS));
	await_server();
	cr_assert(fetch("https", "/docs/") == 200);
	cr_assert(fetch("http", "/../ten.txt") == 400);
	cr_assert(kill(server.pid, SIGTERM) == 0);
	ends_with_zero();
}

/* ---- why it does not start ----------------------------------------------- */

static char out[65536];

static int run_httpd(const char *http, const char *log)
{
	return www_run(&site,
		       ARGV(program("bin/wicket"), "run", "--quiet", "--audit",
			    www_path(&site, "audit"),
			    www_path(&site, "httpd.policy"), "--",
			    program("examples/httpd"), "--root",
			    www_path(&site, "site"), "--http", http, "--log",
			    www_path(&site, log)),
		       out, sizeof(out));
}

Test(httpd, says_which_port_was_refused)
{
	cr_assert(run_httpd("*:81", "log/access.log") == 1);
	cr_assert(strstr(out, "listen tcp *:81: Permission denied"), "%s", out);
}

Test(httpd, says_which_log_was_refused)
{
	cr_assert(run_httpd(http_address, "tls/key.pem") == 1);
	cr_assert(strstr(out, "tls/key.pem: Permission denied"), "%s", out);
}

Test(httpd, says_what_it_lacks)
{
	const char *httpd = program("examples/httpd");

	cr_assert(www_run(&site, ARGV(httpd, "--help"), out, sizeof(out)) == 0);
	cr_assert(strncmp(out, "Usage: httpd", 12) == 0, "%s", out);
	cr_assert(www_run(&site, ARGV(httpd), out, sizeof(out)) == 2);
	cr_assert(strstr(out, "--root"), "%s", out);
	set_addresses();
	cr_assert(www_run(&site, ARGV(httpd, HTTPD_OPTIONS), out,
			  sizeof(out)) == 1);
	cr_assert(strstr(out, "wicket_start"), "%s", out);
}

/* ---- cat ----------------------------------------------------------------- */

static int run_cat(const char *path)
{
	return www_run(&site,
		       ARGV(program("bin/wicket"), "run", "--quiet", "--audit",
			    "none", www_path(&site, "httpd.policy"), "--",
			    program("examples/cat"), path),
		       out, sizeof(out));
}

Test(httpd, cat_shows_what_is_granted_and_nothing_else)
{
	cr_assert(run_cat(www_path(&site, "site/ten.txt")) == 0, "%s", out);
	cr_assert_str_eq(out, "0123456789");
	cr_assert(run_cat("/etc/passwd") == 1);
	cr_assert(strstr(out, "/etc/passwd: Permission denied"), "%s", out);
	cr_assert(run_cat(www_path(&site, "site/../site/ten.txt")) == 1);
	cr_assert(strstr(out, "Permission denied"), "%s", out);
}
