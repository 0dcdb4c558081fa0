/* SPDX-License-Identifier: ISC */
#include "helper/audit.h"

#include <time.h>

#include "auditline.h"

/* After a torn line, ours must not become its end. */
static void write_text(struct helper *h, const char *text, size_t len)
{
	ssize_t n;

	if (h->audit_torn && write(h->audit, "\n", 1) == 1)
		h->audit_torn = false;
	n = h->audit_torn ? -1 : write(h->audit, text, len);
	if (n == (ssize_t)len) {
		h->audit_dropped = 0;
		return;
	}
	h->audit_torn = h->audit_torn || n > 0;
	h->audit_dropped++;
}

static void write_line(struct helper *h, struct auditline *a)
{
	char buf[BOUND_AUDIT_LINE];

	a->seq = ++h->audit_seq;
	a->policy = h->policy;
	a->dropped = h->audit_dropped;
	(void)clock_gettime(CLOCK_REALTIME, &a->time);
	write_text(h, buf, auditline_print(a, buf));
}

static const char *verdict(const struct job *j, int result)
{
	if (j->refused)
		return "denied";
	return result < 0 ? "failed" : "allowed";
}

void audit_decision(struct helper *h, const struct job *j, int result)
{
	struct auditline a;

	if (!j->refused && !h->start.audit_grants)
		return;
	a = (struct auditline){
		.worker = j->worker,
		.request = j->request,
		.verdict = verdict(j, result),
		.rule = j->rule,
		.error = result < 0 ? -result : 0,
		.why = j->why,
		.missing = j->refused ? j->missing : "",
	};
	write_line(h, &a);
}

void audit_closed(struct helper *h, pid_t worker, int error)
{
	struct auditline a = {
		.worker = worker,
		.verdict = "closed",
		.error = error,
		.missing = "",
	};

	write_line(h, &a);
}
