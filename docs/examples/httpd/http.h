/* SPDX-License-Identifier: ISC */
/*
 * HTTP as text: paths, types, ranges, escapes.  Pure functions: none looks at
 * a file, none knows of wicket or of libmicrohttpd.
 */
#ifndef HTTPD_HTTP_H
#define HTTPD_HTTP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Decodes the path of a request ("/a%20b") into path: 0, or
 * -EINVAL	not from the root, a broken escape, a NUL, or a .. component
 * -ENAMETOOLONG	it does not fit
 */
int http_decode(const char *url, char *path, size_t size);

/* "text/html; charset=utf-8" for "/a/b.html"; never NULL. */
const char *http_type(const char *path);

/* The status that an errno of the file system deserves: 404 for ENOENT. */
unsigned http_status(int error);

/* "Not Found" for 404. */
const char *http_reason(unsigned status);

struct http_range {
	uint64_t start;
	uint64_t length;
};

/*
 * Reads a Range header (or NULL) for a file of that size: 1 and *ret is the
 * part to send, 0 to send all of it (no header, several ranges, one that we do
 * not understand: RFC 9110 lets a server ignore those), -ERANGE where nothing
 * of the file is asked for.
 */
int http_range(const char *header, uint64_t size, struct http_range *ret);

/* Writes text for HTML: &, <, >, " and ' escaped, control bytes as "?". */
void http_put_text(FILE *to, const char *text);

/* Writes one component of a path for a URL, as %XX where it has to be. */
void http_put_component(FILE *to, const char *name);

#endif
