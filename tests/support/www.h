/* SPDX-License-Identifier: ISC */
/*
 * A scratch site for tests of the examples: a tree that only its maker can
 * enter, a certificate and a key, a directory for logs, a policy for all of
 * it, and the built programs where every user can execute them.
 */
#ifndef SUPPORT_WWW_H
#define SUPPORT_WWW_H

#include <stdbool.h>
#include <sys/types.h>

#include "support/capture.h"
#include "support/scratch.h"

struct www {
	struct scratch scratch; /* site/ tls/ log/ programs/ httpd.policy */
	bool root; /* made by root: ports 80 and 443, identities change */
	int netns; /* owned: its own network, or -1 */
	unsigned http;
	unsigned https;
	uid_t worker;
	uid_t helper;
};

/* Makes it; what fails fails the test. */
void www_make(struct www *s);
/* Removes it; accepts one that was half made. */
void www_remove(struct www *s);

/* A path below the site's directory; valid until the 16th call from here. */
char *www_path(const struct www *s, const char *below);

/* The file's text, cut to size; "" when there is none. */
void www_read(const struct www *s, const char *below, char *buf, size_t size);

/*
 * Runs a program of the site's, or of the system's, in the site's network:
 * what capture_finish() returns, and what it said in buf, stdout before
 * stderr, as a string that is cut to size.  Neither may take more than ten
 * seconds to its end once that is waited for.
 */
int www_run(const struct www *s, const char *const *argv, char *buf,
	    size_t size);
void www_start(const struct www *s, struct capture *c, const char *const *argv);

#endif
