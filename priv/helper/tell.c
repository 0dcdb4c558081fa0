/* SPDX-License-Identifier: ISC */
#include "helper/tell.h"

int tell(const struct helper *h, const struct control *c, const int *fds,
	 size_t n)
{
	return control_send(h->control, c, fds, n);
}

int tell_renew(struct helper *h, unsigned why)
{
	const struct control c = {.kind = CONTROL_RENEW, .flags = why};
	int r = h->renewing & why ? 0 : tell(h, &c, NULL, 0);

	if (r == 0)
		h->renewing |= why;
	return r;
}
