/* SPDX-License-Identifier: ISC */
#include "helper/dispatch.h"

#include <string.h>
#include <sys/socket.h>

#include "answer.h"
#include "helper/clients.h"
#include "policy/limits.h"
#include "support/site.h"
#include "wicket/fdpass.h"

static int ask(struct site *s, unsigned op, const char *object, uint64_t number)
{
	static struct limits none;

	s->request = (struct op_request){.op = (uint16_t)op,
					 .object = object,
					 .target = object,
					 .number = number};
	s->job = (struct job){.request = &s->request,
			      .limits = &none,
			      .blob = s->blob,
			      .blob_size = sizeof(s->blob),
			      .missing = s->h.missing,
			      .fd = -1};
	return dispatch(&s->h, &s->job);
}

SITE_TEST(dispatch, answers_hello_with_what_the_worker_must_know,
	  "read /a\npromise stdio accept +ftruncate\n")
{
	struct answer_hello h;
	struct wire_in in;

	s->h.start.dropped = true;
	CHILD_CHECK(ask(s, OP_hello, "", OP_PROTOCOL) == 0);
	in = wire_in(s->blob, s->job.blob_len);
	CHILD_CHECK(answer_get_hello(&in, &h) == 0);
	CHILD_CHECK(h.protocol == OP_PROTOCOL);
	CHILD_CHECK(h.dropped && !h.passrights);
	CHILD_CHECK(h.uid == s->worker && h.gid == s->h.start.fsgid);
	CHILD_CHECK(h.ngroups == s->h.policy->worker.ngroups);
	CHILD_CHECK(strcmp(h.name, "test") == 0);
	CHILD_CHECK(strcmp(h.promises, "stdio accept +ftruncate") == 0);
}

SITE_TEST(dispatch, refuses_another_protocol, "read /a\n")
{
	CHILD_CHECK(ask(s, OP_hello, "", OP_PROTOCOL + 1) == -EPROTONOSUPPORT);
	CHILD_CHECK(ask(s, OP_hello, "", UINT64_MAX) == -EPROTONOSUPPORT);
}

SITE_TEST(dispatch, does_not_know_what_the_table_does_not, "read /a\n")
{
	CHILD_CHECK(ask(s, 0, "", 0) == -ENOSYS);
	CHILD_CHECK(ask(s, OP_MAX, "", 0) == -ENOSYS);
	CHILD_CHECK(ask(s, UINT16_MAX, "", 0) == -ENOSYS);
}

SITE_TEST(dispatch, knows_every_row_of_the_table, "read /a\n")
{
	int sv[2];

	CHILD_CHECK(wicket_socketpair(SOCK_SEQPACKET, sv) == 0);
	s->h.control = sv[0];
	CHILD_CHECK(clients_new(sv[0], &s->h.clients) == 0);
	/* With an empty policy and no object each refuses by its own lights. */
	for (unsigned op = 0; op < OP_MAX; op++) {
		if (!op_name(op))
			continue;
		CHILD_CHECK(ask(s, op, "", OP_PROTOCOL) != -ENOSYS);
		close_fd(&s->job.fd);
	}
	s->h.clients = clients_free(s->h.clients);
	close_fds(sv, 2);
}

/* What an operation could be about; NULL: it needs no line of the policy. */
static const char *object_of(unsigned op)
{
	switch (op) {
	case OP_hello:
	case OP_notify:
	case OP_syslog:
	case OP_unlisten:
	case OP_sync:
	case OP_clone:
	case OP_limit:
	case OP_reload:
		return NULL;
	case OP_listen:
		return "tcp *:8080";
	case OP_bind:
		return "udp 127.0.0.1:5353";
	case OP_connect:
		return "tcp 127.0.0.1:80";
	case OP_raw:
		return "icmp";
	case OP_packet:
		return "lo";
	default:
		return "/etc/passwd";
	}
}

/* Absence is denial: there is no default that grants anything. */
SITE_TEST(dispatch, an_empty_policy_denies_every_operation, "")
{
	unsigned denied = 0;

	for (unsigned op = 0; op < OP_MAX; op++) {
		const char *object = op_name(op) ? object_of(op) : NULL;

		if (!object)
			continue;
		CHILD_CHECK(ask(s, op, object, 1) == -EACCES);
		CHILD_CHECK(s->job.refused && !s->job.rule);
		CHILD_CHECK(s->job.fd == -1);
		denied++;
	}
	CHILD_CHECK(denied == 14);
	/* There is nothing that it could let go. */
	CHILD_CHECK(ask(s, OP_unlisten, "tcp *:8080", 0) < 0);
}

SITE_TEST(dispatch, has_no_descriptor_after_a_failure, "read @/a\n")
{
	char path[BOUND_PATH + 16];

	snprintf(path, sizeof(path), "%s/a", s->scratch.dir);
	CHILD_CHECK(ask(s, OP_open, path, 0) == -ENOENT);
	CHILD_CHECK(s->job.fd == -1);
	site_file(s, "a", "", 0600, s->worker);
	CHILD_CHECK(ask(s, OP_open, path, 0) == 0);
	CHILD_CHECK(s->job.fd >= 0);
	close_fd(&s->job.fd);
}
