/* SPDX-License-Identifier: ISC */
#include "policy/policy.h"

#include <errno.h>
#include <string.h>

void policy_note_vset(struct policy_note *ret, const char *source,
		      unsigned line, unsigned column, const char *fmt,
		      va_list ap)
{
	(void)snprintf(ret->source, sizeof(ret->source), "%s", source);
	ret->line = line;
	ret->column = column;
	(void)vsnprintf(ret->text, sizeof(ret->text), fmt, ap);
}

void policy_note_set(struct policy_note *ret, const char *source, unsigned line,
		     unsigned column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	policy_note_vset(ret, source, line, column, fmt, ap);
	va_end(ap);
}

void policy_notes_free(struct policy_notes *n)
{
	free(n->v);
	n->v = NULL;
	n->n = 0;
}

int policy_notes_add(struct policy_notes *n, const char *source, unsigned line,
		     unsigned column, const char *fmt, ...)
{
	struct policy_note *v;
	va_list ap;

	if (n->n == BOUND_POLICY_WARNINGS)
		return -E2BIG;
	v = reallocarray(n->v, n->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	n->v = v;
	va_start(ap, fmt);
	policy_note_vset(&v[n->n++], source, line, column, fmt, ap);
	va_end(ap);
	return 0;
}

void policy_note_print(const struct policy_note *n, FILE *to)
{
	if (n->source[0])
		(void)fprintf(to, "%s:", n->source);
	if (n->line)
		(void)fprintf(to, "%u:", n->line);
	if (n->column)
		(void)fprintf(to, "%u:", n->column);
	(void)fprintf(to, "%s%s\n", n->source[0] || n->line ? " " : "",
		      n->text);
}
