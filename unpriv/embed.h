/* SPDX-License-Identifier: ISC */
/*
 * Starting a supervisor that is nobody's child.
 */
#ifndef UNPRIV_EMBED_H
#define UNPRIV_EMBED_H

#include "own.h"
#include "wicket/wicket.h"

/*
 * Starts libexecdir/supervisor for the policy in the options and waits until
 * its helper is ready.  Gives the worker's end of the channel in *ret_channel,
 * the caller's to close; untouched on failure.
 *
 * The caller gets no child, no SIGCHLD, and no change of its signals.  It must
 * have disabled cancellation: to libc what becomes the supervisor is the
 * calling thread until its exec, and would be unwound in the caller's memory.
 *
 * 0, or -errno as in wicket_start(); what the supervisor says about it goes to
 * options->event.
 */
_must_use_ int embed_start(const struct wicket_options *options,
			   int *ret_channel);

#endif
