/* SPDX-License-Identifier: ISC */
/*
 * A packed policy of any bytes: what unpacks packs again to the same bytes,
 * and can be asked anything.
 */
#include "policy/pack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct policy *p)
{
	static const char *const paths[] = {"/", "/srv/www/a", "/run/x/y"};
	static const char *const addresses[] = {
		"tcp *:80", "tcp [fe80::1%2]:8000", "unix /run/x.sock",
		"unix:dgram @abstract"};
	struct net_addr a;
	unsigned rights;

	for (size_t i = 0; i < 3; i++) {
		struct policy_grant g = policy_judge(p, paths[i]);

		if (policy_uniform(p, paths[i], &rights) &&
		    (rights != g.rights || policy_gains(p, &g, &g)))
			abort();
		(void)policy_may_change(p, paths[i]);
	}
	for (size_t i = 0; i < 4; i++) {
		if (net_addr_parse(addresses[i], &a) < 0)
			abort();
		(void)policy_judge_net(p, POLICY_LISTEN, &a);
		(void)policy_judge_net(p, POLICY_CONNECT, &a);
	}
	(void)policy_judge_name(p, POLICY_PACKET, "eth0", 0x88cc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy *p;
	void *again;
	size_t len;

	if (policy_unpack(data, size, &p) < 0)
		return 0;
	if (policy_pack(p, &again, &len) < 0 || len != size ||
	    memcmp(data, again, size) != 0)
		abort();
	ask(p);
	free(again);
	policy_free(p);
	return 0;
}
