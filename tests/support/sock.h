/* SPDX-License-Identifier: ISC */
/*
 * Sockets of the test's own, by the text of an address, for the other end of
 * what a helper hands out.  Each returns a descriptor, or -errno.
 */
#ifndef SUPPORT_SOCK_H
#define SUPPORT_SOCK_H

#include <stdbool.h>
#include <stdint.h>

/* flags: 0 or SOCK_NONBLOCK, with which -EINPROGRESS is no failure. */
int sock_connect(const char *address, int flags);
int sock_bind(const char *address);
int sock_listen(const char *address, int backlog);

/* getsockopt() of an int; aborts where that fails. */
int sock_option(int fd, int level, int option);
/* What is one and the same for all descriptors of a socket. */
uint64_t sock_cookie(int fd);
/* The socket is bound to this address. */
bool sock_is_at(int fd, const char *address);

/* What is written into one end is read from the other. */
bool sock_joined(int one, int other);

bool sock_is_blocking(int fd);

#endif
