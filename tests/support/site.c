/* SPDX-License-Identifier: ISC */
#include "support/site.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own.h"
#include "support/program.h"

/* A uid that nobody has: numeric ids need not be in the password file. */
#define HELPER_UID 60990

char *site_path(const struct site *s, const char *below)
{
	static char paths[16][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % 16];

	(void)snprintf(path, PATH_MAX, "%s/%s", s->dir, below);
	return path;
}

void site_write(const struct site *s, const char *below, const char *text)
{
	_cleanup_file_ FILE *to = fopen(site_path(s, below), "we");

	cr_assert(to && fputs(text, to) >= 0, "%s", below);
}

void site_read(const struct site *s, const char *below, char *buf, size_t size)
{
	_cleanup_file_ FILE *from = fopen(site_path(s, below), "re");
	size_t n = from ? fread(buf, 1, size - 1, from) : 0;

	buf[n] = '\0';
}

int site_run(const struct site *s, const char *const *argv, char *buf,
	     size_t size)
{
	struct program p = {.argv = argv, .netns = s->netns, .output = -1};

	return program_run(&p, buf, size);
}

pid_t site_start(const struct site *s, const char *const *argv)
{
	_cleanup_fd_ int out = open(site_path(s, "output"),
				    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
				    0600);
	struct program p = {.argv = argv, .netns = s->netns, .output = out};
	pid_t pid = program_start(&p);

	cr_assert(pid > 0 && out >= 0);
	return pid;
}

static void must_run(const struct site *s, const char *const *argv)
{
	char out[4096];
	int r = site_run(s, argv, out, sizeof(out));

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

static void choose_places(struct site *s)
{
	struct passwd *nobody = getpwnam("nobody");

	s->worker = s->helper = getuid();
	s->netns = -1;
	if (s->root) {
		cr_assert(nobody, "this machine has no user nobody");
		s->worker = nobody->pw_uid;
		s->helper = HELPER_UID;
		s->netns = program_netns();
	}
	/* Without a namespace of our own port 80 may be somebody's. */
	s->http = s->netns >= 0 ? 80 : free_port();
	s->https = s->netns >= 0 ? 443 : free_port();
}

/* Copied, since the source tree may be where only its owner can go. */
static void copy_programs(const struct site *s)
{
	char from[3][PATH_MAX];
	static const char *const parts[] = {"bin", "libexec", "examples"};

	for (int i = 0; i < 3; i++)
		(void)snprintf(from[i], PATH_MAX, "%s/%s", program_build(),
			       parts[i]);
	must_run(s, ARGV("cp", "-R", from[0], from[1], from[2],
			 site_path(s, "programs")));
}

static void make_certificate(const struct site *s)
{
	must_run(s, ARGV("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
			 "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
			 "-subj", "/CN=localhost", "-addext",
			 "subjectAltName=DNS:localhost", "-keyout",
			 site_path(s, "tls/key.pem"), "-out",
			 site_path(s, "tls/cert.pem")));
	cr_assert(chmod(site_path(s, "tls/key.pem"), 0600) == 0);
}

static void write_policy(const struct site *s)
{
	char text[4096];

	(void)snprintf(text, sizeof(text),
		       "worker  %u\n"
		       "helper  %u\n"
		       "promise stdio accept\n"
		       "read    %s/site/** %s/tls/*.pem\n"
		       "list    %s/site/**\n"
		       "deny    %s/site/**/.git\n"
		       "append  %s/log/*.log create=0640\n"
		       "listen  tcp *:%u *:%u\n",
		       s->worker, s->helper, s->dir, s->dir, s->dir, s->dir,
		       s->dir, s->http, s->https);
	site_write(s, "httpd.policy", text);
}

void site_make(struct site *s)
{
	static const char *const dirs[] = {"programs",	"site", "site/docs",
					   "site/.git", "tls",	"log"};

	const char *tmp = getenv("TMPDIR");

	memset(s, 0, sizeof(*s));
	s->root = geteuid() == 0;
	choose_places(s);
	(void)snprintf(s->dir, sizeof(s->dir), "%s/wicket-site.XXXXXX",
		       tmp ? tmp : "/tmp");
	cr_assert(mkdtemp(s->dir));
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		cr_assert(mkdir(site_path(s, dirs[i]), 0700) == 0);
	cr_assert(chmod(s->dir, 0711) == 0);
	cr_assert(chmod(site_path(s, "programs"), 0755) == 0);
	copy_programs(s);
	make_certificate(s);
	site_write(s, "site/index.html", "<h1>index</h1>\n");
	site_write(s, "site/ten.txt", "0123456789");
	site_write(s, "site/docs/a&b <c>.txt", "text\n");
	site_write(s, "site/.git/config", "secret\n");
	cr_assert(symlink("/etc/shadow", site_path(s, "site/passwords")) == 0);
	write_policy(s);
}

void site_remove(struct site *s)
{
	char out[256];

	close_fd(&s->netns);
	if (s->dir[0] == '/')
		(void)site_run(s, ARGV("rm", "-rf", s->dir), out, sizeof(out));
}
