/* SPDX-License-Identifier: ISC */
#include "log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int log_open(struct log *log)
{
	/*
	 * The policy says `append ... create=0640`: the file is made with the
	 * policy's mode, not with ours, and O_APPEND cannot be taken off.
	 */
	int fd = wicket_open(log->gate, log->path,
			     O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

	if (fd < 0)
		return -errno;
	if (log->fd >= 0)
		(void)close(log->fd);
	log->fd = fd;
	return 0;
}

static void print_client(const struct sockaddr *sa, char *buf, size_t size)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
	const char *text = NULL;

	if (sa && sa->sa_family == AF_INET)
		text = inet_ntop(AF_INET, &in->sin_addr, buf, (socklen_t)size);
	else if (sa && sa->sa_family == AF_INET6)
		text = inet_ntop(AF_INET6, &in6->sin6_addr, buf,
				 (socklen_t)size);
	if (!text)
		(void)snprintf(buf, size, "-");
}

/* Writes text, \xHH for all that could end a field or a line, cut at max. */
static void put_escaped(FILE *to, const char *text, size_t max)
{
	for (size_t i = 0; i < max && text[i]; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c > '~' || c == '"' || c == '\\')
			fprintf(to, "\\x%02x", c);
		else
			fputc(c, to);
	}
}

void log_write(struct log *log, const struct log_line *line)
{
	char client[INET6_ADDRSTRLEN], when[64], text[4096];
	time_t now = time(NULL);
	struct tm tm;
	FILE *to = fmemopen(text, sizeof(text), "w");
	long len;

	if (!to)
		return;
	print_client(line->client, client, sizeof(client));
	(void)strftime(when, sizeof(when), "%d/%b/%Y:%H:%M:%S %z",
		       localtime_r(&now, &tm));
	fprintf(to, "%s - - [%s] \"", client, when);
	put_escaped(to, line->method, 16);
	fputc(' ', to);
	put_escaped(to, line->url, 512);
	fputc(' ', to);
	put_escaped(to, line->version, 16);
	fprintf(to, "\" %u %" PRIu64 "\n", line->status, line->size);
	len = ftell(to);
	(void)fclose(to);
	/* One write, so that lines of several writers do not mix. */
	if (len > 0 && write(log->fd, text, (size_t)len) < 0)
		return; /* a full disk must not stop the service */
}
