/* SPDX-License-Identifier: ISC */
#include "auditline.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "escape.h"
#include "text.h"

/* key="text", of at most room bytes. */
static void put_quoted(struct text *t, const char *key, const char *s,
		       size_t room)
{
	char escaped[BOUND_AUDIT_LINE];
	size_t frame = strlen(key) + strlen(" =\"\"");

	if (room <= frame)
		return;
	escape_text(s, strlen(s), escaped, room - frame + 1);
	text_put(t, " %s=\"%s\"", key, escaped);
}

static void put_time(struct text *t, const struct timespec *time)
{
	struct tm tm;
	char date[64];

	if (!gmtime_r(&time->tv_sec, &tm) ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return;
	text_put(t, " time=%s.%03ldZ", date, time->tv_nsec / 1000000);
}

static void put_errno(struct text *t, int error)
{
	const char *name = NULL;

#ifdef __GLIBC__
	name = error ? strerrorname_np(error) : NULL;
#endif
	if (name)
		text_put(t, " errno=%s", name);
	else
		text_put(t, " errno=%d", error);
}

/* The policy's file by its last name: the operator knows the folder. */
static void put_rule(struct text *t, const struct policy *p,
		     const struct policy_rule *rule)
{
	const char *source;
	char escaped[BOUND_COMPONENT];

	if (!rule || rule->source >= p->nsources) {
		text_put(t, " rule=-");
		return;
	}
	source = strrchr(p->sources[rule->source], '/');
	source = source ? source + 1 : p->sources[rule->source];
	escape_text(source, strlen(source), escaped, sizeof(escaped));
	text_put(t, " rule=%s:%u", escaped, rule->line);
}

static void put_open_flags(struct text *t, unsigned flags)
{
	static const char *const modes[] = {"rdonly", "wronly", "rdwr", "3"};
	static const struct {
		unsigned flag;
		const char *name;
	} names[] = {
		{O_APPEND, "append"},	  {O_CREAT, "creat"},
		{O_EXCL, "excl"},	  {O_TRUNC, "trunc"},
		{O_NOFOLLOW, "nofollow"}, {O_PATH, "path"},
		{O_TMPFILE, "tmpfile"},	  {O_DIRECTORY, "directory"},
		{O_NONBLOCK, "nonblock"},
	};

	text_put(t, " flags=%s", modes[flags & O_ACCMODE]);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((flags & names[i].flag) != names[i].flag)
			continue;
		text_put(t, ",%s", names[i].name);
		flags &= ~names[i].flag;
	}
}

static void put_arguments(struct text *t, const struct op_request *r)
{
	switch (r->op) {
	case OP_open:
		put_open_flags(t, r->flags);
		break;
	case OP_stat:
		text_put(t, r->flags ? " flags=nofollow" : " flags=follow");
		break;
	case OP_access:
		text_put(t, " mode=0%" PRIo32, r->mode);
		break;
	case OP_hello:
	case OP_list:
	case OP_listen:
	case OP_unlisten:
	case OP_packet:
	case OP_syslog:
		text_put(t, " number=%" PRIu64, r->number);
		break;
	default:
		break;
	}
}

static void put_head(struct text *t, const struct auditline *a)
{
	const char *name = a->request ? op_name(a->request->op) : "session";

	text_put(t, "seq=%" PRIu64, a->seq);
	put_time(t, &a->time);
	text_put(t, " worker=%d", (int)a->worker);
	if (name)
		text_put(t, " op=%s", name);
	else
		text_put(t, " op=%u", a->request->op);
}

static void put_tail(struct text *t, const struct auditline *a)
{
	if (a->request)
		put_arguments(t, a->request);
	text_put(t, " verdict=%s", a->verdict);
	put_rule(t, a->policy, a->rule);
	put_errno(t, a->error);
	if (a->why)
		text_put(t, " why=%s", a->why);
	if (a->dropped > 0)
		text_put(t, " dropped=%" PRIu64, a->dropped);
}

/*
 * Joins the line from its pieces, of which the worker's come last in the
 * sharing of room, so that they cannot push the verdict out of the line.
 */
static void join(struct text *line, const struct text *tail,
		 const struct auditline *a)
{
	const char *target = a->request ? a->request->target : "";
	size_t used = line->len + tail->len + 1;
	size_t room = used < line->size ? line->size - used : 0;
	size_t shares = 1 + (target[0] != '\0') + (a->missing[0] != '\0');

	if (a->request)
		put_quoted(line, "object", a->request->object, room / shares);
	if (target[0] != '\0')
		put_quoted(line, "target", target, room / shares);
	text_put(line, "%s", tail->buf);
	if (a->missing[0] != '\0')
		put_quoted(line, "missing", a->missing, room / shares);
}

size_t auditline_print(const struct auditline *a,
		       char buf[static BOUND_AUDIT_LINE])
{
	char room[BOUND_AUDIT_LINE];
	struct text line = text_in(buf, BOUND_AUDIT_LINE);
	struct text tail = text_in(room, sizeof(room));

	put_head(&line, a);
	put_tail(&tail, a);
	join(&line, &tail, a);
	buf[line.len] = '\n';
	return line.len + 1;
}
