/* SPDX-License-Identifier: ISC */
#ifndef SUPERVISOR_SWEEP_H
#define SUPERVISOR_SWEEP_H

/*
 * Removes the sockets in the directory of path at which nobody listens any
 * more: their supervisors were killed.  path itself need not be there.  Names
 * that begin with a dot are of such as do not listen yet.
 */
void sweep(const char *path);

#endif
