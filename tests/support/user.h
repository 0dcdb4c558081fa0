/* SPDX-License-Identifier: ISC */
/*
 * Users for the helpers of tests.
 */
#ifndef SUPPORT_USER_H
#define SUPPORT_USER_H

#include <sys/types.h>

enum user_of {
	USER_OF_PAIR,
	USER_OF_PUPPET,
};

/*
 * The calling process's, and hardly another's at the same time: descriptors in
 * flight count for the user who sent them, so that tests which run at once
 * would take them from each other.
 */
uid_t user_own(enum user_of of);

#endif
