/* SPDX-License-Identifier: ISC */
/*
 * How the cost of an open grows: with the rules of the policy, with the depth
 * of the path, with a link on the way, and where the file lies below a
 * directory that others than root can change, whose owners wicket has to look
 * at.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/contest.h"
#include "bench/peers/peers.h"
#include "bench/report.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define HEAD "worker 61020:61020\nhelper 61021:61021\npromise stdio\n"

/* ---- rules --------------------------------------------------------------- */

static const unsigned rules[] = {10, 100, 1000, 10000};

/* A policy of n rules, one of which is for the file; malloced. */
static char *policy_of(struct scratch *s, unsigned n)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		err(1, "open_memstream");
	fputs(HEAD, to);
	for (unsigned i = 0; i < n; i++)
		fprintf(to, "read %s/rules/%u\n", s->dir, i);
	if (fclose(to) < 0)
		err(1, "open_memstream");
	return text;
}

static void run_rules(struct scratch *s)
{
	static struct entry e[COUNT(rules)];
	char name[32];

	for (unsigned i = 0; i < rules[COUNT(rules) - 1]; i++) {
		(void)snprintf(name, sizeof(name), "rules/%u", i);
		scratch_write(s, name, "small\n", 0644);
	}
	for (size_t i = 0; i < COUNT(rules); i++)
		e[i] = (struct entry){
			.name = "wicket",
			.start = gate_start_locked,
			.work = gate_open,
			.path = strdup(scratch_path(s, "rules/7")),
			.policy = policy_of(s, rules[i]),
		};
	contest_run(e, COUNT(rules), MEASURE_SAME);
	for (size_t i = 1; i < COUNT(rules); i++) {
		struct report_row row = {
			.group = "rules",
			.place = "same",
			.work = name,
			.unit = "of 10 rules",
			.target = rules[i] == 10000 ? 1.1 : 0,
			.x = rules[i],
		};

		(void)snprintf(name, sizeof(name), "wicket, %u rules",
			       rules[i]);
		report_ratio(&row, e[i].got[0], e[0].got[0], MEASURE_ROUNDS);
	}
}

/* ---- paths --------------------------------------------------------------- */

/* Files, each opened directly and through wicket. */
static const struct path {
	const char *what;
	const char *file;
	double depth; /* below the scratch directory */
} paths[] = {
	{"depth 1", "file", 1},
	{"depth 4", "a/a/a/file", 4},
	{"depth 16", "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/file", 16},
	{"depth 64",
	 "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/"
	 "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/file",
	 64},
	{"by a link", "link", 0},
	{"below a changeable directory", "open/in/file", 0},
};

static void make_paths(struct scratch *s)
{
	for (size_t i = 0; i < COUNT(paths); i++)
		if (strcmp(paths[i].file, "link") != 0)
			scratch_write(s, paths[i].file, "small\n", 0644);
	scratch_link(s, "link", "file");
	/* As /tmp is. */
	if (chmod(scratch_path(s, "open"), 01777) < 0)
		err(1, "chmod");
}

static void run_paths(struct scratch *s)
{
	static struct entry e[2 * COUNT(paths)];
	char policy[BOUND_PATH + 128];
	const double *one = e[1].got[0];

	make_paths(s);
	(void)snprintf(policy, sizeof(policy), HEAD "read %s/**\n", s->dir);
	for (size_t i = 0; i < COUNT(paths); i++) {
		char *path = strdup(scratch_path(s, paths[i].file));

		e[2 * i] = (struct entry){
			.name = "direct", .work = direct_open, .path = path};
		e[2 * i + 1] = (struct entry){.name = "wicket",
					      .start = gate_start_locked,
					      .work = gate_open,
					      .path = path,
					      .policy = policy};
	}
	contest_run(e, COUNT(e), MEASURE_SAME);
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct report_row row = {
			.group = "paths",
			.place = "same",
			.work = paths[i].what,
			.unit = "wicket of a direct open",
			.x = paths[i].depth,
		};

		report_ratio(&row, e[2 * i + 1].got[0], e[2 * i].got[0],
			     MEASURE_ROUNDS);
		row.unit = "wicket of wicket at depth 1";
		if (i > 0)
			report_ratio(&row, e[2 * i + 1].got[0], one,
				     MEASURE_ROUNDS);
	}
}

int main(void)
{
	struct scratch *s = measure_scratch();

	report_title("How the cost of an open grows");
	run_rules(s);
	run_paths(s);
	return 0;
}
