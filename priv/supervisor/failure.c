/* SPDX-License-Identifier: ISC */
#include "supervisor/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fail(struct failure *f, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return error;
}

int fail_note(struct failure *f, int error, const struct policy_note *n)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		return fail(f, error, "%s", n->text);
	policy_note_print(n, to);
	if (fclose(to) != 0)
		return fail(f, error, "%s", n->text);
	text[strcspn(text, "\n")] = '\0';
	return fail(f, error, "%s", text);
}
