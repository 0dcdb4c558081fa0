/* SPDX-License-Identifier: ISC */
/*
 * The open server of the textbooks and of fdsend: text there, one byte and one
 * descriptor back.
 */
#include "bench/peers/peers.h"

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Up to and with its newline, which is cut off: its length, or -1. */
static ssize_t read_line(int sock, char *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(sock, buf + len, size - len);

		if (n <= 0)
			return -1;
		len += (size_t)n;
		if (buf[len - 1] == '\n') {
			buf[len - 1] = '\0';
			return (ssize_t)len - 1;
		}
	}
	return -1;
}

/* What it allows begins with the directory. */
static int open_below(const char *dir, const char *path)
{
	char real[BOUND_PATH];

	if (!realpath(path, real) || strncmp(real, dir, strlen(dir)) != 0)
		return -1;
	return open(real, O_RDONLY | O_CLOEXEC);
}

static void serve(struct entry *e)
{
	char *dir = strdup(e->path);
	char line[BOUND_PATH];

	if (!dir)
		return;
	*strrchr(dir, '/') = '\0';
	while (read_line(e->sock, line, sizeof(line)) > 0) {
		int fd = open_below(dir, line);

		if (fd < 0 || bare_send(e->sock, &fd, 1) < 0)
			break;
		(void)close(fd);
	}
	free(dir);
}

void onebyte_open_start(struct entry *e)
{
	contest_peer(e, SOCK_STREAM, serve);
}

int onebyte_open(struct entry *e)
{
	char line[BOUND_PATH + 1];
	int len = snprintf(line, sizeof(line), "%s\n", e->path);
	int fd;

	if (write(e->sock, line, (size_t)len) != len ||
	    bare_recv(e->sock, &fd, 1) != 1)
		return -1;
	return close(fd);
}
