/* SPDX-License-Identifier: ISC */
#include "spin.h"

#include <sched.h>

/* Of what the kernel shares with the process, where it does: no system call. */
uint16_t spin_cpu(void)
{
	int cpu = sched_getcpu();

	return cpu >= 0 && cpu < UINT16_MAX ? (uint16_t)(cpu + 1) : 0;
}

bool spin_begin(struct spin *s, uint16_t own)
{
	if (s->peer == 0 || own == 0 || s->peer == own)
		return false;
	if (s->skip == 0)
		return true;
	s->skip--;
	return false;
}

void spin_end(struct spin *s, bool came)
{
	if (came) {
		s->last /= 2;
		return;
	}
	s->last = s->last < SPIN_SKIP ? SPIN_SKIP : 2 * s->last;
	if (s->last > SPIN_SKIP_MAX)
		s->last = SPIN_SKIP_MAX;
	s->skip = s->last;
}
