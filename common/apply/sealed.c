/* SPDX-License-Identifier: ISC */
#include "apply/sealed.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

int sealed_map(int fd, struct sealed *ret)
{
	const int wanted = F_SEAL_WRITE | F_SEAL_SHRINK;
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	void *at;

	if (seals < 0 || (seals & wanted) != wanted)
		return -EPERM;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size == 0)
		return -EPROTO;
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	*ret = (struct sealed){.at = at, .len = (size_t)st.st_size};
	return 0;
}

void sealed_unmap(struct sealed *s)
{
	(void)munmap(s->at, s->len);
}
