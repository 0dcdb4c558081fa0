/* SPDX-License-Identifier: ISC */
#include "wicket/wicket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "handle.h"

/* The flags of open(2) for a mode of fopen(3): or -EINVAL. */
static int mode_flags(const char *mode)
{
	bool both = false;
	int more = 0;

	if (!mode || mode[0] == '\0')
		return -EINVAL;
	for (const char *c = mode + 1; *c; c++) {
		if (*c == '+')
			both = true;
		else if (*c == 'x')
			more |= O_EXCL;
		else if (*c != 'b' && *c != 'e')
			return -EINVAL;
	}
	switch (mode[0]) {
	case 'r':
		return more | (both ? O_RDWR : O_RDONLY);
	case 'w':
		more |= O_CREAT | O_TRUNC;
		return more | (both ? O_RDWR : O_WRONLY);
	case 'a':
		more |= O_CREAT | O_APPEND;
		return more | (both ? O_RDWR : O_WRONLY);
	default:
		return -EINVAL;
	}
}

FILE *wicket_fopen(struct wicket *w, const char *path, const char *mode)
{
	_cleanup_fd_ int fd = -1;
	char base[3] = {0};
	int flags = mode_flags(mode);
	FILE *f;

	if (edge(flags) < 0)
		return NULL;
	fd = wicket_open(w, path, flags, 0666);
	if (fd < 0)
		return NULL;
	/* fdopen(3) knows neither x nor e. */
	base[0] = mode[0];
	base[1] = strchr(mode, '+') ? '+' : '\0';
	f = fdopen(fd, base);
	if (f)
		(void)take_fd(&fd);
	return f;
}
