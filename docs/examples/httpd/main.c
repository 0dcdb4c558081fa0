/* SPDX-License-Identifier: ISC */
/*
 * httpd: a small HTTPS server of files, as an example of wicket.
 *
 * It runs as nobody in particular, and yet serves a tree that only root can
 * read, on ports 80 and 443, with a key that only root can read, and writes a
 * log into a directory that only root can write.  What that costs is in this
 * file: wicket_start(), wicket_confine(), and wicket_X() where X() stood.
 *
 *	main.c	options, start, the loop
 *	site.c	a request becomes an answer
 *	http.c	HTTP as text
 *	log.c	the access log
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <wicket/wicket.h>
#include "log.h"
#include "site.h"

#define KEY_MAX	       65536 /* bytes of a certificate chain or a key */
#define IDLE_SECONDS   30    /* until an idle client is sent away */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct options {
	const char *root;
	const char *http; /* "*:80", NULL: not served */
	const char *https;
	const char *cert;
	const char *key;
	const char *log;
	const char *policy; /* NULL under `wicket run` */
	const char *audit;  /* NULL: as the policy's name says */
};

struct httpd {
	struct options options;
	struct wicket *gate;
	struct log log;
	struct site site;
	int signals;
	struct MHD_Daemon *http;
	struct MHD_Daemon *https;
};

static const char usage_text[] =
	"Usage: httpd --root DIR --log FILE [--http ADDRESS]\n"
	"             [--https ADDRESS --cert FILE --key FILE] "
	"[--policy POLICY [--audit FILE]]\n"
	"\n"
	"Serves the files below DIR.  An ADDRESS is *:80, 127.0.0.1:8080 or "
	"[::]:443.\n"
	"\n"
	"  --root DIR        the tree to serve, an absolute path\n"
	"  --http ADDRESS    serve HTTP there\n"
	"  --https ADDRESS   serve HTTPS there, with\n"
	"  --cert FILE         this certificate chain (PEM) and\n"
	"  --key FILE          its private key (PEM)\n"
	"  --log FILE        the access log; SIGHUP opens it again\n"
	"  --policy POLICY   start a helper with this policy; not needed "
	"under\n"
	"                    wicket run POLICY -- httpd ...\n"
	"  --audit FILE      where that helper's audit goes, or none\n"
	"  --help            this text\n";

static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{"root", required_argument, NULL, 'r'},
		{"http", required_argument, NULL, 'p'},
		{"https", required_argument, NULL, 's'},
		{"cert", required_argument, NULL, 'c'},
		{"key", required_argument, NULL, 'k'},
		{"log", required_argument, NULL, 'l'},
		{"policy", required_argument, NULL, 'P'},
		{"audit", required_argument, NULL, 'A'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'r')
			o->root = optarg;
		else if (c == 'p')
			o->http = optarg;
		else if (c == 's')
			o->https = optarg;
		else if (c == 'c')
			o->cert = optarg;
		else if (c == 'k')
			o->key = optarg;
		else if (c == 'l')
			o->log = optarg;
		else if (c == 'P')
			o->policy = optarg;
		else if (c == 'A')
			o->audit = optarg;
		else if (c == 'h')
			exit(fputs(usage_text, stdout) < 0);
		else
			exit(2); /* getopt_long() has said why */
	}
	if (optind < argc)
		errx(2, "%s: found an operand, expected options", argv[optind]);
	if (!o->root || !o->log || (!o->http && !o->https))
		errx(2, "--root, --log and --http or --https are needed");
	if (o->https && (!o->cert || !o->key))
		errx(2, "--https needs --cert and --key");
}

/* Where wicket reports what went wrong at the start. */
static void say(void *arg, const char *text)
{
	(void)arg;
	warnx("%s", text);
}

static struct wicket *start_gate(const struct options *o)
{
	struct wicket_options w = WICKET_OPTIONS_INIT;
	struct wicket *gate;

	w.policy = o->policy;
	w.audit = o->audit;
	w.event = say;
	w.flags = WICKET_CLOSE_FDS;
	if (wicket_start(&w, &gate) < 0)
		err(1, "wicket_start");
	return gate;
}

/* The bytes of a small file, with a NUL behind them; the caller frees. */
static char *read_file(struct wicket *gate, const char *path)
{
	FILE *from = wicket_fopen(gate, path, "re");
	char *text = calloc(1, KEY_MAX + 1);
	size_t len;

	if (!from || !text)
		err(1, "%s", path);
	len = fread(text, 1, KEY_MAX + 1, from);
	if (ferror(from))
		err(1, "%s", path);
	if (len > KEY_MAX)
		errx(1, "%s: too long", path);
	(void)fclose(from);
	return text;
}

/*
 * Left to itself libmicrohttpd decodes the URL in place, and %00 would hide
 * the rest of a path; http_decode() does it with more care.
 */
static size_t no_unescape(void *cls, struct MHD_Connection *connection,
			  char *text)
{
	(void)cls;
	(void)connection;
	return strlen(text);
}

/* Begins to serve on an address; more: the options of TLS, or none. */
static struct MHD_Daemon *serve(struct httpd *h, const char *address,
				unsigned flags,
				const struct MHD_OptionItem *more)
{
	struct MHD_Daemon *daemon;
	char *text = NULL;
	int listener;

	if (asprintf(&text, "tcp %s", address) < 0)
		err(1, "memory");
	listener = wicket_listen(h->gate, text, 0);
	if (listener < 0)
		err(1, "listen %s", text);
	free(text);
	/* SIGPIPE is ignored: only then may it use sendfile(2). */
	daemon = MHD_start_daemon(
		MHD_USE_EPOLL | flags, 0, NULL, NULL, site_serve, &h->site,
		MHD_OPTION_LISTEN_SOCKET, listener,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
		MHD_OPTION_UNESCAPE_CALLBACK, no_unescape, NULL,
		MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY, more,
		MHD_OPTION_END);
	if (!daemon)
		errx(1, "cannot serve on %s", address);
	return daemon;
}

static struct MHD_Daemon *serve_tls(struct httpd *h)
{
	char *cert = read_file(h->gate, h->options.cert);
	char *key = read_file(h->gate, h->options.key);
	char priorities[] = TLS_PRIORITIES;
	const struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, cert},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, key},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, priorities},
		{MHD_OPTION_END, 0, NULL},
	};
	struct MHD_Daemon *daemon = serve(h, h->options.https, MHD_USE_TLS,
					  tls);

	/* GnuTLS has its own copy by now. */
	explicit_bzero(key, KEY_MAX);
	free(key);
	free(cert);
	return daemon;
}

/* Signals become readable on a descriptor, so that the loop sees them. */
static int open_signals(void)
{
	sigset_t set;
	int fd;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		err(1, "sigprocmask");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		err(1, "signalfd");
	return fd;
}

static void start(struct httpd *h)
{
	const struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
	int r;

	h->gate = start_gate(&h->options);
	h->log = (struct log){
		.gate = h->gate, .path = h->options.log, .fd = -1};
	h->site = (struct site){
		.gate = h->gate, .root = h->options.root, .log = &h->log};
	r = log_open(&h->log);
	if (r < 0) {
		errno = -r;
		err(1, "%s", h->options.log);
	}
	h->signals = open_signals();
	if (h->options.http)
		h->http = serve(h, h->options.http, 0, none);
	if (h->options.https)
		h->https = serve_tls(h);
	/*
	 * From here on there is no privilege to lose, and no way back: NULL
	 * takes the promises from the policy.  Nobody was served yet.
	 */
	if (wicket_confine(h->gate, NULL) < 0)
		err(1, "wicket_confine");
	(void)wicket_notify(h->gate, "READY=1");
}

/* Acts on the signals that came; false when one of them says stop. */
static bool handle_signals(struct httpd *h)
{
	struct signalfd_siginfo info;

	while (read(h->signals, &info, sizeof(info)) == sizeof(info)) {
		int r;

		if (info.ssi_signo != SIGHUP)
			return false;
		r = log_open(&h->log);
		if (r < 0)
			warnx("%s: %s; the old log stays open", h->log.path,
			      strerror(-r));
	}
	return true;
}

static void watch(struct MHD_Daemon *daemon, struct pollfd *ret_poll,
		  int *timeout)
{
	const union MHD_DaemonInfo *info;
	MHD_UNSIGNED_LONG_LONG ms;

	ret_poll->fd = -1;
	ret_poll->events = POLLIN;
	if (!daemon)
		return;
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (info)
		ret_poll->fd = info->epoll_fd;
	if (MHD_get_timeout(daemon, &ms) == MHD_YES &&
	    (*timeout < 0 || ms < (unsigned)*timeout))
		*timeout = (int)ms;
}

/* One thread serves everybody; until a signal says stop. */
static void run(struct httpd *h)
{
	for (;;) {
		struct pollfd polls[3];
		int timeout = -1;

		polls[0] = (struct pollfd){.fd = h->signals, .events = POLLIN};
		watch(h->http, &polls[1], &timeout);
		watch(h->https, &polls[2], &timeout);
		if (poll(polls, 3, timeout) < 0 && errno != EINTR)
			err(1, "poll");
		if (polls[0].revents && !handle_signals(h))
			return;
		if (h->http)
			(void)MHD_run(h->http);
		if (h->https)
			(void)MHD_run(h->https);
	}
}

static void stop(struct httpd *h)
{
	(void)wicket_notify(h->gate, "STOPPING=1");
	if (h->http)
		MHD_stop_daemon(h->http);
	if (h->https)
		MHD_stop_daemon(h->https);
	(void)close(h->signals);
	(void)close(h->log.fd);
	wicket_close(h->gate);
}

int main(int argc, char **argv)
{
	struct httpd h = {.signals = -1};

	parse_options(argc, argv, &h.options);
	start(&h);
	run(&h);
	stop(&h);
	return 0;
}
