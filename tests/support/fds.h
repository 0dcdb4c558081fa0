/* SPDX-License-Identifier: ISC */
/*
 * Descriptors, counted and compared.
 */
#ifndef SUPPORT_FDS_H
#define SUPPORT_FDS_H

#include <stdbool.h>
#include <stddef.h>

/* How many descriptors this process has open. */
size_t fds_count(void);

/* Both name the same file: st_dev and st_ino are equal. */
bool fds_same(int a, int b);

/* The descriptor is close-on-exec. */
bool fds_cloexec(int fd);

/* An unnamed file with this text, its offset at the beginning. */
int fds_file(const char *text);

#endif
