/* SPDX-License-Identifier: ISC */
/*
 * What an open costs among many in one message and one answer, in opens and
 * closes that a program does itself: by a bare peer, by one that does what no
 * implementation of wicket can leave out (peers/least.h), by wicket_openv(),
 * and by others that do the same work.
 */
#include <stdio.h>

#include "bench/contest.h"
#include "bench/peers/least.h"
#include "bench/peers/peers.h"
#include "bench/report.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	DIRECT,
	BARE,
	LEAST,
	LOCKED,
	SKALIBS,
	PYTHON,
	ENTRY_MAX,
};

static const struct entry entries[ENTRY_MAX] = {
	[DIRECT] = {.name = "direct", .work = direct_open},
	[BARE] = {.name = "bare",
		  .start = bare_batch_start,
		  .work = bare_batch},
	[LEAST] = {.name = "least", .start = least_start, .work = least_work},
	[LOCKED] = {.name = "wicket, all locks",
		    .start = gate_start_locked,
		    .work = gate_batch},
	[SKALIBS] = {.name = "skalibs",
		     .start = skalibs_batch_start,
		     .work = skalibs_batch},
	[PYTHON] = {.name = "Python",
		    .start = python_batch_start,
		    .work = bare_batch},
};

/* How many at once, and how it should be: 0 where no aim is set. */
static const struct {
	unsigned n;
	double target;
	bool unpinned; /* there too: it takes its time */
} sizes[] = {
	{1, 0, false},	  {4, 0, false},   {16, 1.5, true},
	{64, 1.25, true}, {253, 0, false},
};

static void print(const struct entry *e, enum measure_place place, size_t size)
{
	char work[64];
	struct report_row row = {
		.group = "batch",
		.place = measure_place_name(place),
		.work = work,
		.x = sizes[size].n,
	};

	for (int i = BARE; i < ENTRY_MAX; i++) {
		(void)snprintf(work, sizeof(work), "%s, %u at once", e[i].name,
			       sizes[size].n);
		row.unit = "of a direct open";
		row.target = i == LOCKED && place == MEASURE_SAME
				     ? sizes[size].target
				     : 0;
		report_ratio(&row, e[i].got[0], e[DIRECT].got[0],
			     measure_rounds(place));
		row.unit = "of bare";
		row.target = 0;
		if (i != BARE)
			report_ratio(&row, e[i].got[0], e[BARE].got[0],
				     measure_rounds(place));
		row.unit = "of the least";
		if (i == LOCKED)
			report_ratio(&row, e[i].got[0], e[LEAST].got[0],
				     measure_rounds(place));
	}
}

static void run(enum measure_place place, size_t size, const char *path)
{
	const unsigned least = LEAST_PROMISED | LEAST_CONFINED |
			       (place == MEASURE_SAME ? 0 : LEAST_LOOK);
	static struct entry e[ENTRY_MAX];

	if (place == MEASURE_UNPINNED && !sizes[size].unpinned)
		return;
	for (int i = 0; i < ENTRY_MAX; i++) {
		e[i] = entries[i];
		e[i].path = path;
		e[i].n = sizes[size].n;
		e[i].arg = &least;
		e[i].per = i == DIRECT ? 1 : sizes[size].n;
	}
	contest_run(e, ENTRY_MAX, place);
	print(e, place, size);
}

int main(void)
{
	struct scratch *s = measure_scratch();

	scratch_write(s, "file", "small\n", 0644);
	report_title("A small file opened and closed, among many in a message");
	for (int p = 0; p < MEASURE_PLACE_MAX; p++)
		for (size_t i = 0; i < COUNT(sizes); i++)
			run((enum measure_place)p, i, scratch_path(s, "file"));
	return 0;
}
