/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>

#include "support/bed.h"
#include "support/support.h"

TestSuite(helper_notify, .timeout = 10);

/* A bed whose helper has a service manager; returns the manager's end. */
static int start(struct bed *b)
{
	int sv[2];

	bed_start(b, "");
	cr_assert_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sv), 0);
	b->helper.notify = sv[0];
	return bed_keep(b, sv[1]);
}

static bool hears(int manager, const char *text)
{
	char buf[2 * BOUND_NOTIFY];
	ssize_t n = recv(manager, buf, sizeof(buf), MSG_DONTWAIT);

	return n == (ssize_t)strlen(text) && memcmp(buf, text, n) == 0;
}

static bool hears_nothing(int manager)
{
	char c;

	return recv(manager, &c, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

Test(helper_notify, passes_on_how_the_worker_is)
{
	static const char *const states[] = {
		"READY=1",
		"READY=1\n",
		"RELOADING=1\nMONOTONIC_USEC=12345",
		"STOPPING=1",
		"STATUS=Serving 3 clients, na\xc3\xafvely",
		"WATCHDOG=1",
		"ERRNO=2\nSTATUS=gone\n",
		"EXTEND_TIMEOUT_USEC=5000000",
	};
	struct bed b;
	int manager = start(&b);

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
		cr_assert_eq(bed_ask(&b, do_notify, states[i], 0), 0);
		cr_assert(hears(manager, states[i]), "%s", states[i]);
	}
	bed_end(&b);
}

Test(helper_notify, keeps_back_what_tells_the_manager_what_to_do)
{
	static const char *const states[] = {
		"",
		"\n",
		"READY",
		"READY\n=1",
		"=1",
		"MAINPID=1",
		"READY=1\nMAINPID=1",
		"READY=1\n\nSTATUS=x",
		"FDSTORE=1",
		"FDSTOREREMOVE=1\nFDNAME=x",
		"NOTIFYACCESS=all",
		"WATCHDOG_USEC=1",
		"BARRIER=1",
		"ready=1",
		" READY=1",
		"READYX=1",
		"STATUS=a\rb",
		"STATUS=\033[2J",
		"STATUS=\177",
	};
	struct bed b;
	int manager = start(&b);

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		cr_assert_eq(bed_ask(&b, do_notify, states[i], 0), -EINVAL,
			     "%s", states[i]);
	cr_assert(hears_nothing(manager));
	bed_end(&b);
}

Test(helper_notify, takes_a_message_of_the_bound_and_no_longer)
{
	char state[BOUND_NOTIFY + 1] = "STATUS=";
	struct bed b;
	int manager = start(&b);

	memset(state + 7, 'x', BOUND_NOTIFY - 7);
	cr_assert_eq(bed_ask(&b, do_notify, state, 0), -EINVAL);
	cr_assert(hears_nothing(manager));
	state[BOUND_NOTIFY - 1] = '\0';
	cr_assert_eq(bed_ask(&b, do_notify, state, 0), 0);
	cr_assert(hears(manager, state));
	bed_end(&b);
}

Test(helper_notify, needs_no_manager)
{
	struct bed b;

	bed_start(&b, "");
	cr_assert_eq(bed_ask(&b, do_notify, "READY=1", 0), 0);
	cr_assert_eq(bed_ask(&b, do_notify, "MAINPID=1", 0), -EINVAL);
	bed_end(&b);
}

Test(helper_notify, does_not_wait_for_a_busy_manager)
{
	struct bed b;
	int manager = start(&b);
	int r = 0;

	while (r == 0)
		r = bed_ask(&b, do_notify, "WATCHDOG=1", 0);
	cr_assert_eq(r, -EAGAIN);
	cr_assert(hears(manager, "WATCHDOG=1"));
	cr_assert_eq(bed_ask(&b, do_notify, "WATCHDOG=1", 0), 0);
	bed_end(&b);
}
