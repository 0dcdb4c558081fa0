/* SPDX-License-Identifier: ISC */
#include "bench/peers/peers.h"

#include <err.h>
#include <fcntl.h>
#include <unistd.h>

#include "wicket/fdpass.h"

static void say(void *unused, const char *text)
{
	(void)unused;
	warnx("%s", text);
}

/* The helper is where we are when it is started. */
void gate_start(struct entry *e)
{
	struct wicket_options options = WICKET_OPTIONS_INIT;
	char policy[BOUND_PATH + 128];

	(void)snprintf(policy, sizeof(policy),
		       "worker 61020:61020\nhelper 61021:61021\n"
		       "promise stdio threads\nread %s\n",
		       e->path);
	options.policy_text = e->policy ? e->policy : policy;
	options.name = "bench";
	options.audit = "none";
	options.event = say;
	/* NULL: what the environment's WICKET_LIBEXECDIR says. */
	options.libexecdir = e->libexec;
	measure_pin(e->place, 1);
	if (wicket_start(&options, &e->w) < 0)
		err(1, "wicket_start");
	measure_pin(e->place, 0);
}

void gate_start_locked(struct entry *e)
{
	gate_start(e);
	if (wicket_confine(e->w, NULL) < 0)
		err(1, "wicket_confine");
}

int gate_open(struct entry *e)
{
	int fd = wicket_open(e->w, e->path, O_RDONLY, 0);

	return fd < 0 ? -1 : close(fd);
}

int gate_batch(struct entry *e)
{
	struct wicket_open_item v[WICKET_FDS_MAX];
	int opened;

	for (size_t i = 0; i < e->n; i++)
		v[i] = (struct wicket_open_item){.path = e->path,
						 .flags = O_RDONLY};
	opened = wicket_openv(e->w, v, e->n);
	for (size_t i = 0; i < e->n; i++)
		if (v[i].fd >= 0)
			(void)close(v[i].fd);
	return opened == (int)e->n ? 0 : -1;
}

/* ---- the core ------------------------------------------------------------ */

static void serve_pass(struct entry *e)
{
	int fds[WICKET_FDS_MAX];
	char byte;

	for (size_t i = 0; i < e->n; i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (wicket_recvfds(e->sock, &byte, 1, NULL, NULL, 0) == 1)
		if (wicket_sendfds(e->sock, &byte, 1, fds, e->n, 0) != 1)
			return;
}

void core_pass_start(struct entry *e)
{
	contest_peer(e, e->type, serve_pass);
}

int core_pass(struct entry *e)
{
	int fds[WICKET_FDS_MAX];
	size_t n = e->n;
	char byte = 1;

	if (wicket_sendfds(e->sock, &byte, 1, NULL, 0, 0) != 1 ||
	    wicket_recvfds(e->sock, &byte, 1, fds, &n, 0) != 1)
		return -1;
	for (size_t i = 0; i < n; i++)
		(void)close(fds[i]);
	return n == e->n ? 0 : -1;
}
