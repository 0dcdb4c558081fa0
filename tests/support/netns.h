/* SPDX-License-Identifier: ISC */
/*
 * A network of the test's own, so that ports and abstract names are free.
 */
#ifndef SUPPORT_NETNS_H
#define SUPPORT_NETNS_H

/*
 * Enters a new network namespace with lo up.  An ordinary user enters a user
 * namespace too, as the same user.  Whoever stays there can bind no port below
 * 1024 unless root.  A failure ends the process, and so fails the test.
 */
void netns_enter(void);

#endif
