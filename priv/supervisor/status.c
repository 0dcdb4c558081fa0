/* SPDX-License-Identifier: ISC */
#include "supervisor/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "supervisor/clock.h"

static void put_policy(const struct supervisor *s, FILE *to)
{
	const struct policy *p = s->edition->policy;

	fprintf(to, "name %s\n", p->name);
	for (size_t i = 0; i < p->nsources; i++)
		fprintf(to, "source %s\n", p->sources[i]);
	fprintf(to, "hash %016" PRIx64 "\n", s->edition->hash);
	fprintf(to, "warnings %zu\n",
		edition_warnings(&s->options, s->edition)->n);
}

static void put_process(const char *role, pid_t pid, FILE *to)
{
	if (pid > 0)
		fprintf(to, "%s %d\n", role, pid);
}

static void put_processes(const struct supervisor *s, FILE *to)
{
	fprintf(to, "mode %s\n", s->options.embedded ? "embedded" : "run");
	put_process("supervisor", getpid(), to);
	put_process("helper", s->helper.pid, to);
	put_process("next_helper", s->change.next.pid, to);
	put_process("worker", s->worker, to);
	fprintf(to, "generation %u\n", s->helper.number);
	fprintf(to, "helpers_started %u\n", s->generations);
	fprintf(to, "worker_restarts %u\n", s->restart.times);
	fprintf(to, "uptime_ms %" PRId64 "\n", clock_ms() - s->started);
}

static void put_locks(const struct supervisor *s, FILE *to)
{
	const struct edition *e = s->edition;
	char caps[512];

	if (plan_caps_print(s->privileged ? e->plan.caps : 0, caps,
			    sizeof(caps)) < 0)
		(void)snprintf(caps, sizeof(caps), "many");
	fprintf(to, "capabilities %s\n", caps);
	fprintf(to, "landlock %d\n", e->version);
	fprintf(to, "passrights %s\n", s->passrights ? "on" : "off");
	fprintf(to, "uids %s\n",
		s->privileged && e->plan.uid != e->plan.fsuid ? "on" : "off");
	fprintf(to, "seccomp on\n");
}

static void put_clients(const void *counts, size_t len, FILE *to)
{
	struct wire_in i = wire_in(counts, len);
	struct control_count c;

	while (control_get_count(&i, &c) > 0)
		fprintf(to,
			"client %" PRIu64 " %" PRIu32 " %" PRIu64 " %" PRIu64
			" %" PRIu64 "\n",
			c.id, c.pid, c.requests, c.denied, c.fds);
}

/* The worker has chosen the name: it must not end the line. */
static void put_listener(const struct control *c, FILE *to)
{
	fprintf(to, "listener %" PRIu64 " ", c->number);
	for (const char *at = c->object; *at; at++)
		if (*at < ' ' || *at > '~' || *at == '\\')
			fprintf(to, "\\x%02x", (unsigned char)*at);
		else
			fputc(*at, to);
	fputc('\n', to);
}

static void put_listeners(const struct supervisor *s, FILE *to)
{
	for (size_t i = 0; i < s->listeners.n; i++)
		put_listener(&s->listeners.v[i].c, to);
}

int status_text(const struct supervisor *s, const void *counts, size_t len,
		char **ret, size_t *ret_len)
{
	FILE *to = open_memstream(ret, ret_len);

	if (!to)
		return -errno;
	put_policy(s, to);
	put_processes(s, to);
	put_locks(s, to);
	fprintf(to, "channels %zu\n", s->channels.n);
	put_clients(counts, len, to);
	put_listeners(s, to);
	return fclose(to) == 0 ? 0 : -errno;
}
