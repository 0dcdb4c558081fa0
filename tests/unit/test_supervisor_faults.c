/* SPDX-License-Identifier: ISC */
/*
 * Whatever call fails between supervisor and helper: nothing is lost that was
 * kept, and nothing is left open.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chan.h"
#include "helper/clients.h"
#include "helper/orders.h"
#include "supervisor/channels.h"
#include "supervisor/edition.h"
#include "supervisor/listeners.h"
#include "support/fault.h"
#include "support/support.h"
#include "wicket/fdpass.h"

TestSuite(supervisor_faults, .timeout = 60);

static int ends[2];
static size_t fds;

static void open_ends(void)
{
	fds = fds_count();
	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, ends), 0);
}

static void close_ends(void)
{
	close_fds(ends, 2);
	cr_assert_eq(fds_count(), fds);
}

static const struct control listener = {
	.kind = CONTROL_LISTENER, .id = 2, .object = "tcp *:80", .path = ""};

static struct control_message received(void)
{
	struct control_message m = CONTROL_MESSAGE_INIT;

	cr_assert_eq(control_send(ends[0], &listener, &ends[0], 1), 0);
	cr_assert_eq(control_recv(ends[1], &m), 1);
	return m;
}

Test(supervisor_faults, a_message_is_sent_whole_or_not_at_all)
{
	struct control_message m = CONTROL_MESSAGE_INIT;

	open_ends();
	fault_arm(FAULT_MALLOC, 1, ENOMEM);
	cr_assert_eq(control_send(ends[0], &listener, ends, 2), -ENOMEM);
	cr_assert(fault_disarm());
	fault_arm(FAULT_SENDMSG, 1, ETOOMANYREFS);
	cr_assert_eq(control_send(ends[0], &listener, ends, 2), -ETOOMANYREFS);
	cr_assert(fault_disarm());
	cr_assert_eq(control_recv(ends[1], &m), -EAGAIN);
	close_ends();
}

Test(supervisor_faults, a_message_stays_where_it_was_until_it_is_taken)
{
	struct control_message m = CONTROL_MESSAGE_INIT;

	open_ends();
	cr_assert_eq(control_send(ends[0], &listener, ends, 2), 0);
	fault_arm(FAULT_MALLOC, 1, ENOMEM);
	cr_assert_eq(control_recv(ends[1], &m), -ENOMEM);
	cr_assert(fault_disarm());
	fault_arm(FAULT_RECVMSG, 1, ENOMEM);
	cr_assert_eq(control_recv(ends[1], &m), -ENOMEM);
	cr_assert(fault_disarm());
	cr_assert_eq(m.nfds, 0u);
	/* The reset is the end of the peer, and what it said is behind it. */
	fault_arm(FAULT_RECVMSG, 1, ECONNRESET);
	cr_assert_eq(control_recv(ends[1], &m), 1);
	cr_assert(fault_disarm());
	cr_assert_eq(m.nfds, 2u);
	control_clear(&m);
	close_ends();
}

Test(supervisor_faults, a_channel_is_added_or_closed)
{
	struct channels t = {.n = 0};
	struct channel *made;

	open_ends();
	fault_arm(FAULT_MALLOC, 1, ENOMEM);
	cr_assert_eq(channels_add(&t, dup(ends[0]), 0, &made), -ENOMEM);
	cr_assert(fault_disarm());
	cr_assert_eq(t.n, 0u);
	cr_assert_eq(t.last, 0u);
	cr_assert_eq(channels_add(&t, dup(ends[0]), 0, &made), 0);
	channels_free(&t);
	close_ends();
}

Test(supervisor_faults, what_was_left_is_kept_or_closed)
{
	struct channels t = {.n = 0};
	struct control_message m;
	struct channel *made;

	open_ends();
	cr_assert_eq(channels_add(&t, dup(ends[0]), 0, &made), 0);
	m = received();
	fault_arm(FAULT_MALLOC, 1, ENOMEM);
	cr_assert_eq(channels_left(&t, &m), -ENOMEM);
	cr_assert(fault_disarm());
	cr_assert_null(made->left);
	channels_free(&t);
	close_ends();
}

Test(supervisor_faults, a_listener_is_kept_whole_or_not)
{
	struct kept_listeners t = {.n = 0};
	unsigned nth = 0;
	int r;

	open_ends();
	do {
		struct control_message m = received();

		fault_arm(FAULT_MALLOC, ++nth, ENOMEM);
		r = listeners_keep(&t, &m);
		cr_assert_eq(fault_disarm(), r < 0);
		cr_assert_eq(t.n, r < 0 ? 0u : 1u);
		control_clear(&m);
	} while (r < 0);
	/* The address, the path, the limits, the table. */
	cr_assert_eq(nth, 5u);
	listeners_close(&t);
	close_ends();
}

Test(supervisor_faults, an_edition_is_made_whole_or_not)
{
	struct options o = {.policy_fd = -1};
	struct edition *e = NULL;
	struct scratch s;
	unsigned nth = 0;
	char path[BOUND_PATH];
	int r;

	fds = fds_count();
	scratch_make(&s);
	scratch_write(&s, "p.policy",
		      "worker 61000\nhelper 61001\nread /etc/**\n"
		      "listen tcp *:80\n",
		      0644);
	(void)snprintf(path, sizeof(path), "%s", scratch_path(&s, "p.policy"));
	o.policy = path;
	do {
		struct failure f = FAILURE_INIT;

		fault_arm(FAULT_MALLOC, ++nth, ENOMEM);
		r = edition_load(&o, NULL, &e, &f);
		if (!fault_disarm())
			break;
		cr_assert_lt(r, 0, "allocation %u", nth);
		cr_assert_null(e);
		cr_assert_neq(f.text[0], '\0', "allocation %u", nth);
		cr_assert_eq(fds_count(), fds, "allocation %u", nth);
	} while (nth < 10000);
	cr_assert_eq(r, 0);
	cr_assert_gt(nth, 10u);
	edition_free(e);
	scratch_remove(&s);
	cr_assert_eq(fds_count(), fds);
}

/* ---- the helper's side --------------------------------------------------- */

/* A helper that serves as many clients, which have a frame each. */
static void busy(struct helper *h, size_t n, int *workers)
{
	*h = (struct helper){.control = ends[1]};
	cr_assert_eq(clients_new(h->control, &h->clients), 0);
	for (size_t i = 0; i < n; i++) {
		struct client *c;
		bool refuses;
		int helper;

		cr_assert_eq(chan_pair(&workers[i], &helper, &refuses), 0);
		cr_assert_eq(clients_add(h->clients, helper, i + 1, &c), 0);
		c->state = CLIENT_WAITING;
		c->in = wire_in(c->message, 1);
	}
}

Test(supervisor_faults, one_that_cannot_be_given_back_costs_no_other_its_part)
{
	static const struct control stop = {.kind = CONTROL_STOP};
	struct control_message m = CONTROL_MESSAGE_INIT;
	static struct helper h;
	int workers[3];

	open_ends();
	busy(&h, 3, workers);
	cr_assert_eq(control_send(ends[0], &stop, NULL, 0), 0);
	fault_arm(FAULT_SENDMSG, 2, ETOOMANYREFS);
	/* It does not end as if all were given back. */
	cr_assert_eq(orders_take(&h), -ETOOMANYREFS);
	cr_assert(fault_disarm());
	for (uint64_t id = 1; id <= 3; id += 2) {
		cr_assert_eq(control_recv(ends[0], &m), 1);
		cr_assert_eq(m.c.kind, CONTROL_LEFT);
		cr_assert_eq(m.c.id, id);
		control_clear(&m);
	}
	cr_assert_eq(control_recv(ends[0], &m), -EAGAIN);
	clients_free(h.clients);
	close_fds(workers, 3);
	close_ends();
}
