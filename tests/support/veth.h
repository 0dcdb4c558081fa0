/* SPDX-License-Identifier: ISC */
/*
 * A pair of network interfaces: what is sent on one arrives on the other.
 */
#ifndef SUPPORT_VETH_H
#define SUPPORT_VETH_H

/* Makes the pair in this network namespace, both up: 0 or -errno. */
int veth_make(const char *name, const char *peer);

#endif
