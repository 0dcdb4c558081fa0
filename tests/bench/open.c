/* SPDX-License-Identifier: ISC */
/*
 * What an open costs through a helper: a small file opened and closed,
 *
 *	direct		by open(2): the unit D
 *	bare		by a peer that does openat2(2) and sends the descriptor,
 *			and nothing else: the floor
 *	wicket		by wicket_open(): without any lock, with the helper's,
 *			and with the worker's too
 *
 *	least		by the bare loop with what no implementation of wicket
 *			can leave out (peers/least.h): on a CPU each, neither
 *			side ever sleeps
 *
 * and by others that do the same work.
 */
#include "bench/contest.h"
#include "bench/peers/least.h"
#include "bench/peers/peers.h"
#include "bench/report.h"
#include "support/paths.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	DIRECT,
	BARE,
	LEAST,
	UNLOCKED,
	HALF,
	LOCKED,
	SKALIBS,
	PYTHON,
	ONEBYTE,
	ENTRY_MAX,
};

static const struct entry entries[ENTRY_MAX] = {
	[DIRECT] = {.name = "direct", .work = direct_open},
	[BARE] = {.name = "bare", .start = bare_open_start, .work = bare_open},
	[LEAST] = {.name = "least", .start = least_start, .work = least_work},
	[UNLOCKED] = {.name = "wicket, no locks",
		      .start = gate_start,
		      .work = gate_open,
		      .libexec = "tests/unlocked"},
	[HALF] = {.name = "wicket, worker not confined",
		  .start = gate_start,
		  .work = gate_open},
	[LOCKED] = {.name = "wicket, all locks",
		    .start = gate_start_locked,
		    .work = gate_open},
	[SKALIBS] = {.name = "skalibs",
		     .start = skalibs_open_start,
		     .work = skalibs_open},
	[PYTHON] = {.name = "Python",
		    .start = python_open_start,
		    .work = python_open},
	[ONEBYTE] = {.name = "one byte, realpath",
		     .start = onebyte_open_start,
		     .work = onebyte_open},
};

/* What is compared, where, and how it should be: 0 where no aim is set. */
static const struct {
	int over;
	int under;
	const char *unit;
	double target[MEASURE_PLACE_MAX];
} rows[] = {
	{BARE, DIRECT, "of a direct open", {0}},
	{LEAST, DIRECT, "of a direct open", {0}},
	{LEAST, BARE, "of bare", {0}},
	{UNLOCKED, BARE, "of bare", {[MEASURE_SAME] = 1.10}},
	{HALF, BARE, "of bare", {0}},
	{LOCKED, BARE, "of bare", {[MEASURE_SAME] = 1.25}},
	{LOCKED,
	 DIRECT,
	 "of a direct open",
	 {[MEASURE_SPLIT] = 4.5, [MEASURE_UNPINNED] = 4.5}},
	{LOCKED, LEAST, "of the least", {0}},
	{SKALIBS, BARE, "of bare", {0}},
	{PYTHON, BARE, "of bare", {0}},
	{ONEBYTE, BARE, "of bare", {0}},
};

static void print(const struct entry *e, size_t nth, enum measure_place place)
{
	const struct report_row row = {
		.group = "open",
		.place = measure_place_name(place),
		.work = entries[rows[nth].over].name,
		.unit = rows[nth].unit,
		.target = rows[nth].target[place],
	};

	report_ratio(&row, e[rows[nth].over].got[0], e[rows[nth].under].got[0],
		     measure_rounds(place));
}

static void run(enum measure_place place, const char *path)
{
	const unsigned least = LEAST_PROMISED | LEAST_CONFINED |
			       (place == MEASURE_SAME ? 0 : LEAST_LOOK);
	static struct entry e[ENTRY_MAX];
	char libexec[2 * BOUND_PATH];

	for (int i = 0; i < ENTRY_MAX; i++) {
		e[i] = entries[i];
		e[i].path = path;
		e[i].arg = &least;
		if (!e[i].libexec)
			continue;
		(void)snprintf(libexec, sizeof(libexec), "%s",
			       paths_built(e[i].libexec));
		e[i].libexec = libexec;
	}
	contest_run(e, ENTRY_MAX, place);
	for (size_t i = 0; i < COUNT(rows); i++)
		print(e, i, place);
}

int main(void)
{
	struct scratch *s = measure_scratch();

	scratch_write(s, "file", "small\n", 0644);
	report_title("A small file opened and closed");
	for (int p = 0; p < MEASURE_PLACE_MAX; p++)
		run((enum measure_place)p, scratch_path(s, "file"));
	return 0;
}
