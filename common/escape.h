/* SPDX-License-Identifier: ISC */
/*
 * Bytes of the worker's as text that is safe in a line of a log.
 */
#ifndef COMMON_ESCAPE_H
#define COMMON_ESCAPE_H

#include <stddef.h>

/*
 * Writes len bytes of s as printable ASCII: a quote, a backslash and whatever
 * does not print become \xHH, so that no byte can end the line, close a quote
 * or reach a terminal.  What does not fit into size bytes, a NUL among them,
 * is cut at a whole byte of s and ends in "...".
 *
 * Returns the length written; buf is terminated always, where size is not 0.
 */
size_t escape_text(const char *s, size_t len, char *buf, size_t size);

/* The same for text that stands in no quotes: a quote is left as it is. */
size_t escape_line(const char *s, size_t len, char *buf, size_t size);

#endif
