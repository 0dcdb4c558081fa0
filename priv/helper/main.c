/* SPDX-License-Identifier: ISC */
/*
 * The helper: it opens what the policy lets its worker have, and nothing else.
 * Started by the supervisor only (common/start.h).
 */
#include "helper/helper.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "chan.h"
#include "helper/listen.h"
#include "apply/lockdown.h"
#include "peer.h"
#include "apply/rules.h"
#include "apply/sealed.h"
#include "helper/serve.h"
#include "policy/pack.h"

/* What came with the start message; each is owned until it is taken. */
struct arrival {
	int fds[START_FD_MAX];
	size_t nfds;
};

static void arrival_close(struct arrival *a)
{
	close_fds(a->fds, a->nfds);
	a->nfds = 0;
}

/*
 * What is written of it is one page with the policy before it, as the buffer
 * for a reply comes last.  All 0 at first: else that would be in the file.
 */
struct state {
	struct policy policy;
	struct helper helper;
};

static struct helper *helper_init(struct state *s)
{
	struct helper *h = &s->helper;

	h->policy = &s->policy;
	h->control = HELPER_CONTROL;
	h->root = -1;
	h->audit = -1;
	h->notify = -1;
	h->syslog = -1;
	return h;
}

static void helper_close(struct helper *h)
{
	h->listeners = listeners_free(h->listeners);
	policy_clear(h->policy);
	close_fd(&h->root);
	close_fd(&h->audit);
	close_fd(&h->notify);
	close_fd(&h->syslog);
}

static int receive_start(struct start *ret, struct arrival *a)
{
	uint8_t buf[sizeof(*ret) + 64];
	struct wire_in i;
	ssize_t n;
	int r;

	a->nfds = START_FD_MAX;
	n = chan_recv(HELPER_CONTROL, buf, sizeof(buf), a->fds, &a->nfds, 0,
		      NULL);
	if (n <= 0) {
		a->nfds = 0;
		return n < 0 ? (int)n : -EPIPE;
	}
	i = wire_in(buf, (size_t)n);
	r = start_decode(&i, ret);
	if (r < 0)
		return r;
	return a->nfds == (ret->has_notify ? START_FD_MAX : START_NOTIFY)
		       ? 0
		       : -EPROTO;
}

static int read_policy(int fd, struct policy *p)
{
	struct sealed bytes;
	int r = sealed_map(fd, &bytes);

	if (r < 0)
		return r;
	r = policy_unpack_at(bytes.at, bytes.len, p);
	sealed_unmap(&bytes);
	return r;
}

/*
 * Of the descriptors that it may have, as many as the supervisor could get,
 * three of four are to be with clients, the others for what the helper itself
 * needs, so that it can always answer.
 */
static void reserve(struct helper *h)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &most) == 0)
		h->flying_max = most.rlim_cur / 4 * 3;
}

/*
 * What has this size and more gets a mapping of its own, which is given back
 * when it is freed; the heap grows by what is asked for.  glibc moves the limit
 * up to the largest that was freed: clients, of 130 kB each, would come from a
 * heap that does not shrink, and be written all over to be 0.
 */
static void map_from(int size)
{
#ifdef M_MMAP_THRESHOLD
	(void)mallopt(M_TOP_PAD, 0);
	(void)mallopt(M_MMAP_THRESHOLD, size);
#else
	(void)size;
#endif
}

/*
 * The audit's clock needs no time zone, but libc looks for one, and later it
 * cannot.  The buffer that its file is read with is not to stay in the heap.
 */
static void read_zone(void)
{
	map_from(4096);
	tzset();
	map_from(BOUND_MESSAGE);
}

static int prepare(struct helper *h, struct arrival *a, const char **ret_step)
{
	int r;

	*ret_step = "read the start message";
	r = receive_start(&h->start, a);
	if (r < 0)
		return r;
	read_zone();
	*ret_step = "read the policy";
	r = read_policy(a->fds[START_POLICY], h->policy);
	if (r < 0)
		return r;
	h->audit = take_fd(&a->fds[START_AUDIT]);
	if (h->start.has_notify)
		h->notify = take_fd(&a->fds[START_NOTIFY]);
	reserve(h);
	*ret_step = "open the root directory";
	h->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (h->root < 0)
		return -errno;
	r = lockdown(&h->start, peer_maker(HELPER_CONTROL), ret_step);
	if (r < 0)
		return r;
	return rules_lock(
		&(struct rules_from){
			.root = h->root,
			.version = (int)h->start.landlock,
			.rules = a->fds[START_RULES],
			.program = a->fds[START_PROGRAM],
		},
		ret_step);
}

static int report(int error, const char *step)
{
	struct report report = {.error = (uint32_t)-error};
	uint8_t buf[sizeof(report) + 16];
	struct wire_out o = wire_out(buf, sizeof(buf));
	int r;

	if (error < 0)
		(void)snprintf(report.text, sizeof(report.text), "%s: %s", step,
			       strerror(-error));
	r = report_encode(&report, &o);
	if (r < 0)
		return r;
	return chan_send(HELPER_CONTROL, buf, o.len, NULL, 0, 0);
}

static int work(struct helper *h)
{
	__attribute__((cleanup(arrival_close))) struct arrival a = {.nfds = 0};
	const char *step = "";
	int ready = prepare(h, &a, &step);
	int r = report(ready, step);

	if (ready < 0 || r < 0)
		return ready < 0 ? ready : r;
	arrival_close(&a);
	return serve(h);
}

int main(void)
{
	static struct state s;
	struct helper *h = helper_init(&s);
	int r;

	/* Executed by descriptor, older kernels call it by that number. */
	(void)prctl(PR_SET_NAME, "helper", 0, 0, 0);
	/* The supervisor has the other signals ignored: it says when to end. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)fcntl(HELPER_CONTROL, F_SETFD, FD_CLOEXEC);
	r = work(h);
	helper_close(h);
	return r < 0;
}
