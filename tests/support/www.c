/* SPDX-License-Identifier: ISC */
#include "support/www.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own.h"
#include "support/netns.h"
#include "support/paths.h"

/* A uid that nobody has: numeric ids need not be in the password file. */
#define HELPER_UID 60990

#define PATIENCE_MS 10000

char *www_path(const struct www *s, const char *below)
{
	static char paths[16][2 * BOUND_PATH];
	static unsigned next;
	char *path = paths[next++ % 16];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", s->scratch.dir, below);
	return path;
}

void www_read(const struct www *s, const char *below, char *buf, size_t size)
{
	_cleanup_file_ FILE *from = fopen(www_path(s, below), "re");
	size_t n = from ? fread(buf, 1, size - 1, from) : 0;

	buf[n] = '\0';
}

void www_start(const struct www *s, struct capture *c, const char *const *argv)
{
	capture_start_in(c, argv, s->netns);
	c->patience_ms = PATIENCE_MS;
}

int www_run(const struct www *s, const char *const *argv, char *buf,
	    size_t size)
{
	struct capture c;
	int r;

	www_start(s, &c, argv);
	r = capture_finish(&c);
	(void)snprintf(buf, size, "%s%s", c.out, c.err);
	capture_free(&c);
	return r;
}

static void must_run(const struct www *s, const char *const *argv)
{
	char out[4096];
	int r = www_run(s, argv, out, sizeof(out));

	cr_assert(r == 0, "%s: status %d: %s", argv[0], r, out);
}

/* A port that was free a moment ago. */
static unsigned free_port(void)
{
	_cleanup_fd_ int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof(in);

	cr_assert(bind(sock, (struct sockaddr *)&in, sizeof(in)) == 0);
	cr_assert(getsockname(sock, (struct sockaddr *)&in, &len) == 0);
	return ntohs(in.sin_port);
}

static void choose_places(struct www *s)
{
	struct passwd *nobody = getpwnam("nobody");

	s->worker = s->helper = getuid();
	s->netns = -1;
	if (s->root) {
		cr_assert(nobody, "this machine has no user nobody");
		s->worker = nobody->pw_uid;
		s->helper = HELPER_UID;
		s->netns = netns_make();
	}
	/* Without a namespace of our own port 80 may be somebody's. */
	s->http = s->netns >= 0 ? 80 : free_port();
	s->https = s->netns >= 0 ? 443 : free_port();
}

/* Copied, since the source tree may be where only its owner can go. */
static void copy_programs(const struct www *s)
{
	static const char *const parts[] = {"bin", "libexec", "examples"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		must_run(s, ARGV("cp", "-R", paths_built(parts[i]),
				 www_path(s, "programs")));
}

static void make_certificate(const struct www *s)
{
	must_run(s, ARGV("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
			 "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
			 "-subj", "/CN=localhost", "-addext",
			 "subjectAltName=DNS:localhost", "-keyout",
			 www_path(s, "tls/key.pem"), "-out",
			 www_path(s, "tls/cert.pem")));
	cr_assert(chmod(www_path(s, "tls/key.pem"), 0600) == 0);
}

static void write_policy(struct www *s)
{
	char text[8 * BOUND_PATH];

	(void)snprintf(text, sizeof(text),
		       "worker  %u\n"
		       "helper  %u\n"
		       "promise stdio accept\n"
		       "read    %s/site/** %s/tls/*.pem\n"
		       "list    %s/site/**\n"
		       "deny    %s/site/**/.git\n"
		       "append  %s/log/*.log create=0640\n"
		       "listen  tcp *:%u *:%u\n",
		       s->worker, s->helper, s->scratch.dir, s->scratch.dir,
		       s->scratch.dir, s->scratch.dir, s->scratch.dir, s->http,
		       s->https);
	scratch_write(&s->scratch, "httpd.policy", text, 0644);
}

static void make_files(struct www *s)
{
	scratch_mkdir(&s->scratch, "programs", 0755);
	scratch_mkdir(&s->scratch, "site", 0700);
	scratch_mkdir(&s->scratch, "tls", 0700);
	scratch_mkdir(&s->scratch, "log", 0700);
	scratch_write(&s->scratch, "site/index.html", "<h1>index</h1>\n", 0600);
	scratch_write(&s->scratch, "site/ten.txt", "0123456789", 0600);
	scratch_write(&s->scratch, "site/docs/a&b <c>.txt", "text\n", 0600);
	scratch_write(&s->scratch, "site/.git/config", "secret\n", 0600);
	scratch_link(&s->scratch, "site/passwords", "/etc/shadow");
}

void www_make(struct www *s)
{
	memset(s, 0, sizeof(*s));
	s->root = geteuid() == 0;
	choose_places(s);
	scratch_make(&s->scratch);
	make_files(s);
	copy_programs(s);
	/* For programs that start their helper themselves. */
	cr_assert(setenv("WICKET_LIBEXECDIR",
			 www_path(s, "programs/libexec/wicket"), 1) == 0);
	/*
	 * At its end LeakSanitizer stops a process from a second one, which
	 * confinement forbids: it would fail whatever leaked.
	 */
	cr_assert(setenv("LSAN_OPTIONS", "detect_leaks=0", 1) == 0);
	make_certificate(s);
	write_policy(s);
}

void www_remove(struct www *s)
{
	close_fd(&s->netns);
	scratch_remove(&s->scratch);
}
