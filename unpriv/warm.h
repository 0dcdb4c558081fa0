/* SPDX-License-Identifier: ISC */
/*
 * Making libc ready for a life without files.
 */
#ifndef UNPRIV_WARM_H
#define UNPRIV_WARM_H

/*
 * Has libc load now what it would otherwise look for when it is first needed,
 * and then not find: localtime would fall back to UTC, pthread_exit abort.
 * What fails, fails as it would in a program without wicket.
 *
 * Users, groups and host names cannot be made ready: getpwnam, getgrnam and
 * getaddrinfo belong before wicket_confine().
 */
void warm_libc(void);

#endif
