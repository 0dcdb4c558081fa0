/* SPDX-License-Identifier: ISC */
/*
 * A planned reload under load: clients with a clone each open a file again and
 * again, from before the policy is read anew until after the next helper
 * serves.  What a client waits meanwhile is compared with what it waits at
 * other times; and a request that is lost ends the program.
 */
#include <err.h>
#include <unistd.h>

#include "bench/contest.h"
#include "bench/peers/crowd.h"
#include "bench/report.h"

enum {
	CLIENTS = 8,
	MARGIN_MS = 5, /* of load before the reload and after it */
};

static void reload(struct entry *e)
{
	(void)usleep(MARGIN_MS * 1000);
	if (wicket_reload(e->w) < 0)
		err(1, "wicket_reload");
	(void)usleep(MARGIN_MS * 1000);
}

int main(void)
{
	static const struct crowd crowds[] = {
		{.clients = CLIENTS, .join = crowd_join_clone},
		{.clients = CLIENTS,
		 .join = crowd_join_clone,
		 .during = reload},
	};
	struct scratch *s = measure_scratch();
	const char *path = scratch_path(s, "file");
	struct entry e[] = {
		{.name = "wicket, quiet"},
		{.name = "wicket, reloaded"},
	};
	struct report_row row = {
		.group = "reload",
		.place = measure_place_name(MEASURE_UNPINNED),
		.work = "wicket, 8 clients, p99 during a planned reload",
		.unit = "of without",
		.target = 5,
	};
	const int n = measure_rounds(MEASURE_UNPINNED);

	scratch_write(s, "file", "small\n", 0644);
	for (int i = 0; i < 2; i++) {
		e[i].start = crowd_start_wicket;
		e[i].path = path;
		e[i].arg = &crowds[i];
		e[i].round = crowd_round;
	}
	report_title("A planned reload under load: every request is answered");
	contest_run(e, 2, MEASURE_UNPINNED);
	report_ratio(&row, e[1].got[CROWD_P99], e[0].got[CROWD_P99], n);
	row.target = 0;
	row.work = "wicket, 8 clients, opens during a planned reload";
	report_ratio(&row, e[1].got[CROWD_RATE], e[0].got[CROWD_RATE], n);
	row.work = "wicket, 8 clients, the longest wait at a reload";
	row.unit = "us";
	report_values(&row, e[1].got[CROWD_MOST], n);
	return 0;
}
