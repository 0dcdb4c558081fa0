/* SPDX-License-Identifier: ISC */
#include "helper/audit.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "escape.h"

/* A piece of a line in the making; what does not fit is left out. */
struct text {
	char buf[BOUND_AUDIT_LINE];
	size_t len;
};

#define TEXT_INIT        \
	{                \
		.len = 0 \
	}

__attribute__((format(printf, 2, 3))) static void put(struct text *t,
						      const char *fmt, ...)
{
	size_t room = sizeof(t->buf) - t->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < room)
		t->len += (size_t)n;
	t->buf[t->len] = '\0';
}

/* key="text", of at most room bytes. */
static void put_quoted(struct text *t, const char *key, const char *s,
		       size_t room)
{
	char escaped[BOUND_AUDIT_LINE];
	size_t frame = strlen(key) + strlen(" =\"\"");

	if (room <= frame)
		return;
	escape_text(s, strlen(s), escaped, room - frame + 1);
	put(t, " %s=\"%s\"", key, escaped);
}

static void put_time(struct text *t)
{
	struct timespec now;
	struct tm tm;
	char date[64];

	if (clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    !gmtime_r(&now.tv_sec, &tm) ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return;
	put(t, " time=%s.%03ldZ", date, now.tv_nsec / 1000000);
}

static void put_errno(struct text *t, int error)
{
	const char *name = NULL;

#ifdef __GLIBC__
	name = error ? strerrorname_np(error) : NULL;
#endif
	if (name)
		put(t, " errno=%s", name);
	else
		put(t, " errno=%d", error);
}

/* The policy's file by its last name: the operator knows the folder. */
static void put_rule(struct text *t, const struct policy *p,
		     const struct policy_rule *rule)
{
	const char *source;
	char escaped[BOUND_COMPONENT];

	if (!rule || rule->source >= p->nsources) {
		put(t, " rule=-");
		return;
	}
	source = strrchr(p->sources[rule->source], '/');
	source = source ? source + 1 : p->sources[rule->source];
	escape_text(source, strlen(source), escaped, sizeof(escaped));
	put(t, " rule=%s:%u", escaped, rule->line);
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

	put(t, " flags=%s", modes[flags & O_ACCMODE]);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((flags & names[i].flag) != names[i].flag)
			continue;
		put(t, ",%s", names[i].name);
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
		put(t, r->flags ? " flags=nofollow" : " flags=follow");
		break;
	case OP_access:
		put(t, " mode=0%" PRIo32, r->mode);
		break;
	case OP_hello:
	case OP_list:
	case OP_listen:
	case OP_unlisten:
	case OP_packet:
	case OP_syslog:
		put(t, " number=%" PRIu64, r->number);
		break;
	default:
		break;
	}
}

static void put_head(struct text *t, struct helper *h, pid_t worker)
{
	put(t, "seq=%" PRIu64, ++h->audit_seq);
	put_time(t);
	put(t, " worker=%d", (int)worker);
}

static void put_op(struct text *t, unsigned op)
{
	const char *name = op_name(op);

	if (name)
		put(t, " op=%s", name);
	else
		put(t, " op=%u", op);
}

/* After a torn line, ours must not become its end. */
static void write_line(struct helper *h, struct text *t)
{
	ssize_t n;

	t->buf[t->len++] = '\n';
	if (h->audit_torn && write(h->audit, "\n", 1) == 1)
		h->audit_torn = false;
	n = h->audit_torn ? -1 : write(h->audit, t->buf, t->len);
	if (n == (ssize_t)t->len) {
		h->audit_dropped = 0;
		return;
	}
	h->audit_torn = h->audit_torn || n > 0;
	h->audit_dropped++;
}

/*
 * Joins a line from its pieces.  What the worker wrote comes last in the
 * sharing of room, so that it cannot push the verdict out of the line.
 */
static void join(struct text *line, const struct text *tail,
		 const struct job *j)
{
	const char *target = j->request->target;
	size_t used = line->len + tail->len + 1;
	size_t room = used < sizeof(line->buf) ? sizeof(line->buf) - used : 0;
	size_t shares = 1 + (target[0] != '\0') + (j->missing[0] != '\0');

	put_quoted(line, "object", j->request->object, room / shares);
	if (target[0] != '\0')
		put_quoted(line, "target", target, room / shares);
	put(line, "%s", tail->buf);
	if (j->missing[0] != '\0')
		put_quoted(line, "missing", j->missing, room / shares);
}

static const char *verdict(const struct job *j, int result)
{
	if (j->refused)
		return "denied";
	return result < 0 ? "failed" : "allowed";
}

void audit_decision(struct helper *h, const struct job *j, int result)
{
	struct text line = TEXT_INIT;
	struct text tail = TEXT_INIT;

	if (!j->refused && !h->start.audit_grants)
		return;
	put_head(&line, h, j->worker);
	put_op(&line, j->request->op);
	put_arguments(&tail, j->request);
	put(&tail, " verdict=%s", verdict(j, result));
	put_rule(&tail, h->policy, j->rule);
	put_errno(&tail, result < 0 ? -result : 0);
	if (j->why)
		put(&tail, " why=%s", j->why);
	if (h->audit_dropped > 0)
		put(&tail, " dropped=%" PRIu64, h->audit_dropped);
	join(&line, &tail, j);
	write_line(h, &line);
}

void audit_closed(struct helper *h, pid_t worker, int error)
{
	struct text line = TEXT_INIT;

	put_head(&line, h, worker);
	put(&line, " op=session verdict=closed rule=-");
	put_errno(&line, error);
	if (h->audit_dropped > 0)
		put(&line, " dropped=%" PRIu64, h->audit_dropped);
	write_line(h, &line);
}
