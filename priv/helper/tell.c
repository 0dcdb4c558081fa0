/* SPDX-License-Identifier: ISC */
#include "helper/tell.h"

int tell(const struct helper *h, const struct control *c, const int *fds,
	 size_t n)
{
	return control_send(h->control, c, fds, n);
}

int tell_renew(const struct helper *h, uint64_t id, unsigned why)
{
	const struct control c = {
		.kind = CONTROL_RENEW, .id = id, .flags = why};

	return tell(h, &c, NULL, 0);
}
