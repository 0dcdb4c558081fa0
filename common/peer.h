/* SPDX-License-Identifier: ISC */
/*
 * Who is at the other end of a channel, by the kernel's word.
 */
#ifndef COMMON_PEER_H
#define COMMON_PEER_H

#include <sys/types.h>

#include "own.h"

/*
 * A channel's pair is made before its worker is, so the credentials of the
 * pair (SO_PEERCRED) are its maker's.  peer_watch() asks the kernel to put the
 * sender's on each message; peer_pid() looks at the first one that has come,
 * without taking it, and ends that again.
 */
void peer_watch(int fd);
/* The sender's pid, else the maker's, 0 where neither is known. */
pid_t peer_pid(int fd);

/* The pid of the process that made the pair, 0 where it is not known. */
pid_t peer_maker(int fd);

#endif
