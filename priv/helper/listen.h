/* SPDX-License-Identifier: ISC */
/*
 * Listening sockets.  The helper keeps each one that it has made, by address
 * and index, so that who asks again gets the same socket with the connections
 * that wait in it.
 */
#ifndef HELPER_LISTEN_H
#define HELPER_LISTEN_H

#include "helper/helper.h"

/*
 * Closes the helper's copies and returns NULL; NULL is accepted.  Names of
 * unix sockets stay, for the copies that others hold.
 */
struct listeners *listeners_free(struct listeners *l);

#endif
