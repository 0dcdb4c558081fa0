/* SPDX-License-Identifier: ISC */
#include "start.h"

#include <errno.h>
#include <string.h>

enum {
	HAS_NOTIFY = 1u << 0,
	AUDIT_GRANTS = 1u << 1,
	DROPPED = 1u << 2,
	PASSRIGHTS = 1u << 3,
	PRIVILEGED = 1u << 4,
};

int start_encode(const struct start *s, struct wire_out *o)
{
	wire_put_u64(o, s->caps);
	wire_put_u32(o, s->fsuid);
	wire_put_u32(o, s->fsgid);
	wire_put_u32(o, s->landlock);
	wire_put_u32(o, s->generation);
	wire_put_u64(o, s->last_channel);
	wire_put_u32(o, (s->has_notify ? HAS_NOTIFY : 0) |
				(s->audit_grants ? AUDIT_GRANTS : 0) |
				(s->dropped ? DROPPED : 0) |
				(s->passrights ? PASSRIGHTS : 0) |
				(s->privileged ? PRIVILEGED : 0));
	wire_put_string(o, s->syslog);
	return o->failed ? -ENOSPC : 0;
}

int start_decode(struct wire_in *i, struct start *ret)
{
	struct start s = {0};
	uint32_t flags;
	const char *syslog;

	s.caps = wire_get_u64(i);
	s.fsuid = wire_get_u32(i);
	s.fsgid = wire_get_u32(i);
	s.landlock = wire_get_u32(i);
	s.generation = wire_get_u32(i);
	s.last_channel = wire_get_u64(i);
	flags = wire_get_u32(i);
	s.has_notify = flags & HAS_NOTIFY;
	s.audit_grants = flags & AUDIT_GRANTS;
	s.dropped = flags & DROPPED;
	s.passrights = flags & PASSRIGHTS;
	s.privileged = flags & PRIVILEGED;
	syslog = wire_get_string(i, sizeof(s.syslog) - 1);
	if (!wire_done(i))
		return -EPROTO;
	memcpy(s.syslog, syslog, strlen(syslog) + 1);
	*ret = s;
	return 0;
}

int report_encode(const struct report *r, struct wire_out *o)
{
	wire_put_u32(o, r->error);
	wire_put_string(o, r->text);
	return o->failed ? -ENOSPC : 0;
}

int report_decode(struct wire_in *i, struct report *ret)
{
	uint32_t error = wire_get_u32(i);
	const char *text = wire_get_string(i, sizeof(ret->text) - 1);

	if (!wire_done(i))
		return -EPROTO;
	ret->error = error;
	memcpy(ret->text, text, strlen(text) + 1);
	return 0;
}
