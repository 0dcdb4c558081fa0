/* SPDX-License-Identifier: ISC */
#include "helper/serve.h"

#include "helper/clients.h"
#include "helper/orders.h"
#include "helper/wake.h"

static int run(struct helper *h)
{
	int r;

	do {
		r = clients_wait(h->clients);
		if (r == 0)
			r = clients_turns(h->clients, h);
		else if (r > 0)
			r = orders_take(h);
	} while (r == 0);
	return r < 0 ? r : 0;
}

int serve(struct helper *h)
{
	int r = clients_new(h->control, &h->clients);

	wake_start(h->control);
	if (r == 0)
		r = run(h);
	h->clients = clients_free(h->clients);
	return r;
}
