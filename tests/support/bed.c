/* SPDX-License-Identifier: ISC */
#include "support/bed.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "helper/listen.h"
#include "wicket/fdpass.h"
#include "support/child.h"
#include "support/fds.h"

static struct policy *parse(const char *text)
{
	struct policy_note note = POLICY_NOTE_INIT;
	struct policy *p = NULL;

	CHILD_CHECK(policy_new("test", &p) == 0);
	if (policy_parse(p, "test.policy", text, strlen(text), NULL, &note) < 0)
		policy_note_print(&note, stderr);
	CHILD_CHECK(note.text[0] == '\0');
	return p;
}

void bed_start(struct bed *b, const char *policy)
{
	int sv[2];

	*b = (struct bed){.fds = fds_count(), .job.fd = -1};
	b->helper.policy = parse(policy);
	b->helper.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	b->helper.audit = -1;
	b->helper.notify = -1;
	b->helper.syslog = -1;
	b->helper.start.fsuid = geteuid();
	b->helper.start.fsgid = getegid();
	CHILD_CHECK(b->helper.root >= 0);
	CHILD_CHECK(wicket_socketpair(SOCK_SEQPACKET, sv) == 0);
	b->helper.control = sv[0];
	b->supervisor = sv[1];
}

/* What the helper has told, whose descriptors are nobody's here. */
static void hear(struct bed *b)
{
	struct control_message m = CONTROL_MESSAGE_INIT;

	while (control_recv(b->supervisor, &m) > 0) {
		b->told++;
		b->kind = m.c.kind;
		control_clear(&m);
	}
}

void bed_resolve(struct bed *b)
{
	struct policy_note note = POLICY_NOTE_INIT;

	if (policy_resolve(b->helper.policy, NULL, &note) < 0)
		policy_note_print(&note, stderr);
	CHILD_CHECK(note.text[0] == '\0');
}

int bed_ask(struct bed *b, op_handler *op, const char *object, uint64_t number)
{
	int r;

	close_fd(&b->job.fd);
	b->request = (struct op_request){
		.object = object, .target = "", .number = number};
	b->job = (struct job){.request = &b->request,
			      .worker = getpid(),
			      .missing = b->helper.missing,
			      .fd = -1};
	r = op(&b->helper, &b->job);
	hear(b);
	CHILD_CHECK(r == 0 || b->job.fd < 0);
	return r;
}

int bed_fd(struct bed *b, op_handler *op, const char *object, uint64_t number)
{
	CHILD_CHECK(bed_ask(b, op, object, number) == 0);
	CHILD_CHECK(b->job.fd >= 0);
	CHILD_CHECK(fds_cloexec(b->job.fd));
	return bed_keep(b, take_fd(&b->job.fd));
}

int bed_keep(struct bed *b, int fd)
{
	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(b->nkept < sizeof(b->kept) / sizeof(b->kept[0]));
	b->kept[b->nkept++] = fd;
	return fd;
}

void bed_close(struct bed *b, int fd)
{
	for (size_t i = 0; i < b->nkept; i++)
		if (b->kept[i] == fd)
			close_fd(&b->kept[i]);
}

void bed_end(struct bed *b)
{
	close_fd(&b->job.fd);
	close_fds(b->kept, b->nkept);
	b->helper.listeners = listeners_free(b->helper.listeners);
	b->helper.policy = policy_free(b->helper.policy);
	close_fd(&b->helper.root);
	close_fd(&b->helper.control);
	close_fd(&b->supervisor);
	close_fd(&b->helper.notify);
	close_fd(&b->helper.syslog);
	CHILD_CHECK(fds_count() == b->fds);
}
