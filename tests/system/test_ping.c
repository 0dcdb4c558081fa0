/* SPDX-License-Identifier: ISC */
/*
 * The example ping: a raw socket for somebody who may not make one.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/capture.h"
#include "support/www.h"

static struct www site;
static char out[65536];

static void set_up(void)
{
	char policy[256];

	www_make(&site);
	(void)snprintf(policy, sizeof(policy),
		       "worker %u\nhelper %u\npromise stdio\nraw icmp\n",
		       site.worker, site.helper);
	scratch_write(&site.scratch, "ping.policy", policy, 0644);
}

static void tear_down(void)
{
	www_remove(&site);
}

TestSuite(ping, .init = set_up, .fini = tear_down, .timeout = 30);

static int ping_under_run(const char *policy, const char *host)
{
	return www_run(&site,
		       ARGV(www_path(&site, "programs/bin/wicket"), "run",
			    "--quiet", "--audit", www_path(&site, "audit"),
			    www_path(&site, policy), "--",
			    www_path(&site, "programs/examples/ping"),
			    "--count", "3", "--interval", "10", host),
		       out, sizeof(out));
}

/* An ordinary user's helper has no capability to make the socket with. */
static void check_answered(int status)
{
	if (site.root) {
		cr_assert(status == 0, "status %d: %s", status, out);
		cr_assert(strstr(out, "3 sent, 3 received, 0% lost"), "%s",
			  out);
		cr_assert(strstr(out, "icmp_seq=3 ttl=64"), "%s", out);
	} else {
		cr_assert(status == 2, "status %d: %s", status, out);
		cr_assert(strstr(out, "raw icmp: Operation not permitted"),
			  "%s", out);
	}
}

Test(ping, hears_from_the_loopback)
{
	check_answered(ping_under_run("ping.policy", "127.0.0.1"));
}

Test(ping, hears_from_the_loopback_when_embedded)
{
	check_answered(www_run(&site,
			       ARGV(www_path(&site, "programs/examples/ping"),
				    "--policy", www_path(&site, "ping.policy"),
				    "--audit", "none", "--count", "3",
				    "--interval", "10", "127.0.0.1"),
			       out, sizeof(out)));
}

Test(ping, is_refused_a_socket_that_the_policy_lacks)
{
	cr_assert(ping_under_run("httpd.policy", "127.0.0.1") == 2);
	cr_assert(strstr(out, "raw icmp: Permission denied"), "%s", out);
	www_read(&site, "audit", out, sizeof(out));
	cr_assert(strstr(out, "op=raw"), "%s", out);
	cr_assert(strstr(out, "missing=\"raw icmp\""), "%s", out);
}

Test(ping, ends_with_one_where_nobody_answers)
{
	int status;

	if (!site.root)
		return check_answered(ping_under_run("ping.policy", "0.0.0.1"));
	/* In the test's own network there is no route to there. */
	status = ping_under_run("ping.policy", "192.0.2.1");
	cr_assert(status == 1, "status %d: %s", status, out);
	cr_assert(strstr(out, "3 sent, 0 received, 100% lost"), "%s", out);
}

Test(ping, says_what_it_expected)
{
	const char *ping = www_path(&site, "programs/examples/ping");

	cr_assert(www_run(&site, ARGV(ping, "--count", "0x", "127.0.0.1"), out,
			  sizeof(out)) == 2);
	cr_assert(strstr(out, "--count: found '0x', expected a number"), "%s",
		  out);
	cr_assert(www_run(&site, ARGV(ping), out, sizeof(out)) == 2);
	cr_assert(strstr(out, "expected one host"), "%s", out);
	cr_assert(www_run(&site, ARGV(ping, "--help"), out, sizeof(out)) == 0);
}
