/* SPDX-License-Identifier: ISC */
/*
 * Text in the making, piece by piece, in a buffer of the caller's.
 *
 *	struct text t = text_in(buf, sizeof(buf));
 *
 *	text_put(&t, "%s=%u", name, n);
 *	return t.failed ? -ENOSPC : 0;
 */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *buf; /* ends in a NUL always, where size is not 0 */
	size_t size;
	size_t len;
	bool failed; /* a piece did not fit */
};

static inline struct text text_in(char *buf, size_t size)
{
	if (size > 0)
		buf[0] = '\0';
	return (struct text){.buf = buf, .size = size};
}

/* Adds a piece; one that does not fit is left out whole. */
__attribute__((format(printf, 2, 3))) void text_put(struct text *t,
						    const char *fmt, ...);

#endif
