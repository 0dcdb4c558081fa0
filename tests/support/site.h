/* SPDX-License-Identifier: ISC */
/*
 * A scratch site for tests of the examples: a tree that only its maker can
 * enter, a certificate and a key, a directory for logs, a policy for all of
 * it, and the built programs where every user can execute them.
 */
#ifndef SUPPORT_SITE_H
#define SUPPORT_SITE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct site {
	bool root;     /* made by root: ports 80 and 443, identities change */
	char dir[512]; /* site/, tls/, log/, programs/, httpd.policy, audit */
	int netns;     /* owned: its own network, or -1 */
	unsigned http;
	unsigned https;
	uid_t worker;
	uid_t helper;
};

/* Makes it; what fails fails the test. */
void site_make(struct site *s);
/* Removes it; accepts one that was half made. */
void site_remove(struct site *s);

/* A path below the site's directory; valid until the 16th call from here. */
char *site_path(const struct site *s, const char *below);

void site_write(const struct site *s, const char *below, const char *text);
/* The file's text, as program_run() cuts it; "" when there is none. */
void site_read(const struct site *s, const char *below, char *buf, size_t size);

/* Runs a program of the site's, or of the system's, in the site's network. */
int site_run(const struct site *s, const char *const *argv, char *buf,
	     size_t size);
pid_t site_start(const struct site *s, const char *const *argv);

#endif
