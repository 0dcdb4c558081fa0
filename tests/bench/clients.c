/* SPDX-License-Identifier: ISC */
/*
 * Many clients of one server: what each waits for an open and close, and how
 * many all of them get in a second; and what a client that floods the server
 * does to the others.
 */
#include <stdio.h>

#include "bench/contest.h"
#include "bench/peers/crowd.h"
#include "bench/peers/peers.h"
#include "bench/report.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const unsigned counts[] = {1, 4, 8, 16, 64, 256};

/* Beside a flooder there are so many others. */
#define BESIDE 16

/* Where a lie is all that is wrong, their p99 has a closer aim. */
#define LIE_P99 1.25

/*
 * Who serves; the first is what the others are compared with, and the last two
 * with each other.  The naive one is there to be flooded only.
 */
static const struct server {
	const char *name;
	void (*start)(struct entry *e);
	void (*join)(struct entry *e, unsigned nth, struct crowd_seat *ret);
	unsigned most;	       /* clients */
	double p99, others;    /* aims beside a flooder; 0: none is set */
	enum crowd_flood last; /* floods from the first to this; QUIET: none */
} servers[] = {
	{"bare, fair", crowd_start_fair, crowd_join_bare, 256, 0, 0,
	 CROWD_DEAF},
	{"bare, naive", crowd_start_naive, crowd_join_bare, 0, 0, 0,
	 CROWD_DEAF},
	{"wicket, clones", crowd_start_wicket, crowd_join_clone, 256, 2.5, 0.8,
	 CROWD_LIAR},
	{"wicket, one handle", crowd_start_wicket, crowd_join_shared, 8, 0, 0,
	 CROWD_QUIET},
};

static const char *const flood_names[CROWD_FLOOD_MAX] = {
	[CROWD_EAGER] = "one that waits for nothing",
	[CROWD_BATCH] = "one of batches",
	[CROWD_DEAF] = "one that never reads",
	[CROWD_DYING] = "one that clones and dies",
	[CROWD_LIAR] = "one that lies about its CPU",
};

static struct entry entry_of(const struct server *s, const struct crowd *crowd,
			     const char *path)
{
	return (struct entry){
		.name = s->name,
		.start = s->start,
		.round = crowd_round,
		.path = path,
		.arg = crowd,
	};
}

/* ---- how many ------------------------------------------------------------ */

static void print_count(const struct entry *e, const struct entry *bare,
			unsigned clients)
{
	static const struct {
		const char *name;
		const char *unit;
	} figures[] = {
		[CROWD_P50] = {"p50", "us"},
		[CROWD_P99] = {"p99", "us"},
		[CROWD_RATE] = {"opens", "a second"},
	};
	const int n = measure_rounds(e->place);
	char work[96];
	struct report_row row = {
		.group = "clients",
		.place = measure_place_name(e->place),
		.work = work,
		.x = clients,
	};

	for (size_t f = 0; f < COUNT(figures); f++) {
		(void)snprintf(work, sizeof(work), "%s, %u, %s", e->name,
			       clients, figures[f].name);
		row.unit = figures[f].unit;
		report_values(&row, e->got[f], n);
		row.unit = "of bare";
		if (e != bare)
			report_ratio(&row, e->got[f], bare->got[f], n);
	}
}

/* Threads with a clone each, of the same on one handle. */
static void print_threads(const struct entry *shared,
			  const struct entry *clones, unsigned threads)
{
	char work[96];
	const struct report_row row = {
		.group = "threads",
		.place = measure_place_name(shared->place),
		.work = work,
		.unit = "of one handle",
		.x = threads,
	};

	(void)snprintf(work, sizeof(work),
		       "wicket, %u threads on clones, opens", threads);
	report_ratio(&row, clones->got[CROWD_RATE], shared->got[CROWD_RATE],
		     measure_rounds(shared->place));
}

static void run_count(const char *path, unsigned clients)
{
	static struct entry e[COUNT(servers)];
	struct crowd crowds[COUNT(servers)];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(servers); i++) {
		if (servers[i].most < clients)
			continue;
		crowds[n] = (struct crowd){.clients = clients,
					   .join = servers[i].join};
		e[n] = entry_of(&servers[i], &crowds[n], path);
		n++;
	}
	contest_run(e, n, MEASURE_UNPINNED);
	for (size_t i = 0; i < n; i++)
		print_count(&e[i], &e[0], clients);
	if (n == COUNT(servers) - 1)
		print_threads(&e[n - 1], &e[n - 2], clients);
}

/* ---- beside a flooder ---------------------------------------------------- */

static void print_flood(const struct server *s, const struct entry *quiet,
			const struct entry *flooded, enum crowd_flood flood)
{
	const int n = measure_rounds(quiet->place);
	char work[96];
	struct report_row row = {
		.group = "flood",
		.place = measure_place_name(quiet->place),
		.work = work,
		.unit = "of without",
		.target = s->p99,
		.x = BESIDE,
	};

	if (flood == CROWD_LIAR)
		row.target = LIE_P99;
	(void)snprintf(work, sizeof(work), "%s, p99 beside %s", s->name,
		       flood_names[flood]);
	report_ratio(&row, flooded->got[CROWD_P99], quiet->got[CROWD_P99], n);
	(void)snprintf(work, sizeof(work), "%s, opens beside %s", s->name,
		       flood_names[flood]);
	row.target = s->others;
	row.at_least = true;
	report_ratio(&row, flooded->got[CROWD_RATE], quiet->got[CROWD_RATE], n);
}

static void run_flood(const char *path, const struct server *s)
{
	static struct entry e[CROWD_FLOOD_MAX];
	struct crowd crowds[CROWD_FLOOD_MAX];

	for (int f = CROWD_QUIET; f <= (int)s->last; f++) {
		crowds[f] = (struct crowd){
			.clients = BESIDE,
			.flood = (enum crowd_flood)f,
			.join = s->join,
		};
		e[f] = entry_of(s, &crowds[f], path);
	}
	contest_run(e, (size_t)s->last + 1, MEASURE_UNPINNED);
	for (int f = CROWD_EAGER; f <= (int)s->last; f++)
		print_flood(s, &e[CROWD_QUIET], &e[f], (enum crowd_flood)f);
}

int main(void)
{
	struct scratch *s = measure_scratch();
	const char *path = scratch_path(s, "file");

	scratch_write(s, "file", "small\n", 0644);
	report_title("Many clients, and one that floods");
	for (size_t i = 0; i < COUNT(counts); i++)
		run_count(path, counts[i]);
	for (size_t i = 0; i < COUNT(servers); i++)
		if (servers[i].last != CROWD_QUIET)
			run_flood(path, &servers[i]);
	return 0;
}
