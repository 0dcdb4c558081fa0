/* SPDX-License-Identifier: ISC */
/*
 * Everything that can fail before there is a second process: the policy, its
 * plan, the files that the helper gets.
 */
#ifndef SUPERVISOR_PREPARE_H
#define SUPERVISOR_PREPARE_H

#include "identity.h"
#include "supervisor/supervisor.h"

/*
 * Fills s, whose options and inherited state are set, up to the processes.
 * 0, or -errno and the text; what is in s is released by
 * supervisor_release() in either case.
 */
_must_use_ int prepare(struct supervisor *s, struct failure *f);

/*
 * Makes a channel: s->worker_channel, and its other end among s->channels.  0
 * or -errno and the text.
 */
_must_use_ int prepare_channel(struct supervisor *s, struct failure *f);

/* Closes and frees what s owns; processes are left alone. */
void supervisor_release(struct supervisor *s);

/*
 * The identities by the policy; without privilege the caller's own, with its
 * groups in room.
 */
_must_use_ int prepare_worker_id(const struct supervisor *s, gid_t *room,
				 struct identity *ret);
_must_use_ int prepare_helper_id(const struct supervisor *s,
				 const struct plan *plan, gid_t *room,
				 struct identity *ret);

/* What such a room holds: the kernel's NGROUPS_MAX. */
#define PREPARE_GROUPS 65536

#endif
