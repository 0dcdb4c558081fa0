/* SPDX-License-Identifier: ISC */
/*
 * cat: writes files to its output, as the shortest example of wicket.  It can
 * open nothing itself, and gets what the policy grants:
 *
 *	wicket run POLICY -- cat /etc/shadow
 */
#include <err.h>
#include <fcntl.h>
#include <unistd.h>
#include <wicket/wicket.h>

static void copy(int from, const char *path)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(STDOUT_FILENO, buf, (size_t)n) != n)
			err(1, "output");
	if (n < 0)
		err(1, "%s", path);
}

int main(int argc, char **argv)
{
	struct wicket *gate;
	int failed = 0;

	if (wicket_start(NULL, &gate) < 0)
		err(1, "wicket_start (is this under `wicket run`?)");
	if (wicket_confine(gate, "stdio") < 0)
		err(1, "wicket_confine");
	for (int i = 1; i < argc; i++) {
		int fd = wicket_open(gate, argv[i], O_RDONLY, 0);

		if (fd < 0) {
			warn("%s", argv[i]);
			failed = 1;
			continue;
		}
		copy(fd, argv[i]);
		(void)close(fd);
	}
	wicket_close(gate);
	return failed;
}
