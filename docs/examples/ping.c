/* SPDX-License-Identifier: ISC */
/*
 * ping: ICMP echo without root and without a set-user-ID bit, as an example of
 * wicket.  The raw socket comes from the helper; then ping confines itself
 * before it reads the first byte that a stranger sent.
 *
 *	wicket run ping.policy -- ping 127.0.0.1
 *	ping --policy ping.policy 127.0.0.1
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <wicket/wicket.h>

enum {
	PAYLOAD = 56,
	PACKET_MAX = 65536,
	NS_PER_MS = 1000000,
};

struct options {
	const char *policy; /* NULL under `wicket run` */
	const char *audit;
	unsigned count; /* 0: until a signal */
	unsigned interval_ms;
	unsigned timeout_ms; /* for the last reply */
	const char *host;
};

/* An echo, as it travels. */
struct echo {
	struct icmphdr header;
	uint8_t payload[PAYLOAD];
};

/* A request that was sent; kept here, because a reply may say anything. */
struct sent {
	int64_t at; /* nanoseconds; 0: never */
	bool answered;
};

struct ping {
	struct options options;
	int sock;
	struct sockaddr_in to;
	uint16_t id; /* network order: tells our replies from others' */
	unsigned sent;
	unsigned received;
	unsigned repeated;
	struct sent requests[65536]; /* by sequence number */
	int64_t min, max, sum;	     /* nanoseconds */
};

static volatile sig_atomic_t stopped;

static void on_signal(int signo)
{
	(void)signo;
	stopped = 1;
}

static const char usage_text[] =
	"Usage: ping [--count N] [--interval MS] [--timeout MS]\n"
	"            [--policy POLICY [--audit FILE]] HOST\n"
	"\n"
	"Sends ICMP echo requests to an IPv4 host and shows the replies.\n"
	"\n"
	"  --count N         stop after N requests; default: until SIGINT\n"
	"  --interval MS     between requests; default: 1000\n"
	"  --timeout MS      wait for the last reply; default: 1000\n"
	"  --policy POLICY   start a helper with this policy; not needed "
	"under\n"
	"                    wicket run POLICY -- ping ...\n"
	"  --audit FILE      where that helper's audit goes, or none\n"
	"  --help            this text\n"
	"\n"
	"Exit status: 0 a reply came, 1 none came, 2 an error.\n";

static unsigned parse_number(const char *name, const char *text, unsigned max)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end || n < 1 || n > max)
		errx(2, "%s: found '%s', expected a number from 1 to %u", name,
		     text, max);
	return (unsigned)n;
}

static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{"count", required_argument, NULL, 'c'},
		{"interval", required_argument, NULL, 'i'},
		{"timeout", required_argument, NULL, 'W'},
		{"policy", required_argument, NULL, 'P'},
		{"audit", required_argument, NULL, 'A'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'c')
			o->count = parse_number("--count", optarg, 65535);
		else if (c == 'i')
			o->interval_ms = parse_number("--interval", optarg,
						      3600000);
		else if (c == 'W')
			o->timeout_ms = parse_number("--timeout", optarg,
						     3600000);
		else if (c == 'P')
			o->policy = optarg;
		else if (c == 'A')
			o->audit = optarg;
		else if (c == 'h')
			exit(fputs(usage_text, stdout) < 0 ? 2 : 0);
		else
			exit(2); /* getopt_long() has said why */
	}
	if (optind + 1 != argc)
		errx(2, "expected one host; see --help");
	o->host = argv[optind];
}

/* Before confinement, because a resolver opens files and sockets. */
static struct sockaddr_in find_host(const char *host)
{
	const struct addrinfo hints = {.ai_family = AF_INET};
	struct addrinfo *found;
	struct sockaddr_in to;
	int r = getaddrinfo(host, NULL, &hints, &found);

	if (r != 0)
		errx(2, "%s: %s", host, gai_strerror(r));
	memcpy(&to, found->ai_addr, sizeof(to));
	freeaddrinfo(found);
	return to;
}

static void say(void *arg, const char *text)
{
	(void)arg;
	warnx("%s", text);
}

/* Leaves the process with a raw socket and nothing else. */
static int open_socket(const struct options *o)
{
	struct wicket_options w = WICKET_OPTIONS_INIT;
	/* Only replies; the kernel throws the rest away. */
	uint32_t filter = ~(1u << ICMP_ECHOREPLY);
	struct wicket *gate;
	int sock;

	w.policy = o->policy;
	w.audit = o->audit;
	w.event = say;
	w.flags = WICKET_CLOSE_FDS;
	if (wicket_start(&w, &gate) < 0)
		err(2, "wicket_start");
	sock = wicket_raw(gate, "icmp");
	if (sock < 0)
		err(2, "raw icmp");
	if (setsockopt(sock, SOL_RAW, 1 /* ICMP_FILTER */, &filter,
		       sizeof(filter)) < 0)
		err(2, "ICMP_FILTER");
	if (wicket_confine(gate, "stdio") < 0)
		err(2, "wicket_confine");
	wicket_close(gate); /* there is nothing more to ask for */
	return sock;
}

static int64_t now_ns(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		err(2, "clock_gettime");
	return (int64_t)t.tv_sec * 1000 * NS_PER_MS + t.tv_nsec;
}

/* The Internet checksum (RFC 1071). */
static uint16_t checksum(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	if (len % 2)
		sum += (uint32_t)(p[len - 1] << 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static void send_echo(struct ping *p)
{
	uint16_t sequence = (uint16_t)++p->sent;
	struct echo echo = {.header.type = ICMP_ECHO};

	echo.header.un.echo.id = p->id;
	echo.header.un.echo.sequence = htons(sequence);
	for (size_t i = 0; i < PAYLOAD; i++)
		echo.payload[i] = (uint8_t)i;
	echo.header.checksum = checksum(&echo, sizeof(echo));
	p->requests[sequence] = (struct sent){.at = now_ns()};
	if (sendto(p->sock, &echo, sizeof(echo), 0,
		   (const struct sockaddr *)&p->to, sizeof(p->to)) < 0)
		warn("sendto");
}

/* Counts the reply to a request, whose round trip took so long. */
static void count_reply(struct ping *p, struct sent *request, int64_t took)
{
	if (request->answered) {
		p->repeated++;
		return;
	}
	request->answered = true;
	if (p->received++ == 0 || took < p->min)
		p->min = took;
	if (took > p->max)
		p->max = took;
	p->sum += took;
}

static double ms(int64_t ns)
{
	return (double)ns / NS_PER_MS;
}

/*
 * Finds the ICMP message in a packet (a raw socket gives the IP header too)
 * and whether it is a reply to us.  Nothing in the packet is to be trusted.
 */
static bool parse_reply(const struct ping *p, const uint8_t *packet, size_t len,
			size_t *ret_header, uint16_t *ret_sequence)
{
	struct icmphdr icmp;
	size_t header;

	if (len < sizeof(struct iphdr))
		return false;
	header = (packet[0] & 0xfu) * 4;
	if (len < header + sizeof(icmp))
		return false;
	memcpy(&icmp, packet + header, sizeof(icmp));
	*ret_header = header;
	*ret_sequence = ntohs(icmp.un.echo.sequence);
	return icmp.type == ICMP_ECHOREPLY && icmp.un.echo.id == p->id &&
	       checksum(packet + header, len - header) == 0 &&
	       p->requests[*ret_sequence].at != 0;
}

static void receive(struct ping *p)
{
	static uint8_t packet[PACKET_MAX];
	struct sockaddr_in from = {0};
	socklen_t fromlen = sizeof(from);
	char address[INET_ADDRSTRLEN];
	ssize_t n = recvfrom(p->sock, packet, sizeof(packet), MSG_DONTWAIT,
			     (struct sockaddr *)&from, &fromlen);
	struct sent *request;
	uint16_t sequence;
	size_t header;
	int64_t took;

	if (n < 0 || from.sin_addr.s_addr != p->to.sin_addr.s_addr ||
	    !parse_reply(p, packet, (size_t)n, &header, &sequence))
		return;
	request = &p->requests[sequence];
	took = now_ns() - request->at;
	printf("%zu bytes from %s: icmp_seq=%u ttl=%u time=%.3f ms%s\n",
	       (size_t)n - header,
	       inet_ntop(AF_INET, &from.sin_addr, address, sizeof(address)),
	       sequence, packet[8], ms(took),
	       request->answered ? " (again)" : "");
	count_reply(p, request, took);
}

/* Takes replies until then, or until all were answered and more is false. */
static void receive_until(struct ping *p, int64_t until, bool more)
{
	while (!stopped && (more || p->received < p->sent)) {
		struct pollfd poll_fd = {.fd = p->sock, .events = POLLIN};
		int64_t left = until - now_ns();

		if (left <= 0)
			return;
		if (poll(&poll_fd, 1, (int)(left / NS_PER_MS) + 1) > 0)
			receive(p);
	}
}

static void run(struct ping *p)
{
	const struct options *o = &p->options;

	while (!stopped) {
		int64_t begun = now_ns();
		bool more;

		send_echo(p);
		more = o->count == 0 || p->sent < o->count;
		receive_until(
			p,
			begun + (int64_t)NS_PER_MS *
					(more ? o->interval_ms : o->timeout_ms),
			more);
		if (!more)
			return;
	}
}

static void print_statistics(const struct ping *p)
{
	printf("\n--- %s: %u sent, %u received, %u%% lost", p->options.host,
	       p->sent, p->received,
	       p->sent ? (p->sent - p->received) * 100 / p->sent : 0);
	if (p->repeated)
		printf(", %u repeated", p->repeated);
	printf("\n");
	if (p->received)
		printf("round trip min/avg/max = %.3f/%.3f/%.3f ms\n",
		       ms(p->min), ms(p->sum / p->received), ms(p->max));
}

int main(int argc, char **argv)
{
	static struct ping p = {
		.options = {.interval_ms = 1000, .timeout_ms = 1000}};
	const struct sigaction action = {.sa_handler = on_signal};

	parse_options(argc, argv, &p.options);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	p.to = find_host(p.options.host);
	p.sock = open_socket(&p.options);
	p.id = htons((uint16_t)getpid());
	if (sigaction(SIGINT, &action, NULL) < 0 ||
	    sigaction(SIGTERM, &action, NULL) < 0)
		err(2, "sigaction");
	printf("PING %s (%s)\n", p.options.host, inet_ntoa(p.to.sin_addr));
	run(&p);
	print_statistics(&p);
	return p.received ? 0 : 1;
}
