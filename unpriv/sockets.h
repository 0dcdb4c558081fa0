/* SPDX-License-Identifier: ISC */
#ifndef UNPRIV_SOCKETS_H
#define UNPRIV_SOCKETS_H

#include <stdbool.h>

#include "own.h"

/* By ioctl: confinement lets F_SETFL only add O_APPEND.  0 or -errno. */
_must_use_ int socket_nonblock(int fd, bool nonblock);

#endif
