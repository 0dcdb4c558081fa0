/* SPDX-License-Identifier: ISC */
/*
 * What a daemon says to the service manager, as sd_notify(3) has it.
 */
#ifndef COMMON_NOTIFY_STATE_H
#define COMMON_NOTIFY_STATE_H

#include <stdbool.h>

/*
 * It says how the daemon itself is, and nothing else: one line at least, each
 * NAME=VALUE with one of a few names and a value that prints; a newline may
 * stand at the end; less than BOUND_NOTIFY bytes.
 */
bool notify_state_is_own(const char *state);

#endif
