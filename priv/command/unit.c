/* SPDX-License-Identifier: ISC */
#include "command/command.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "command/dropin.h"
#include "command/unitdirs.h"
#include "policy/load.h"

struct unit_options {
	const char *name;
	char *policy;	      /* malloced; NULL: called as the service */
	const char *instance; /* or NULL */
	char **program;	      /* or NULL */
	bool full;
};

enum unit_option_id {
	OPT_FULL = 256,
	OPT_POLICY,
	OPT_INSTANCE,
	OPT_HELP,
};

/* ---- what was asked for -------------------------------------------------- */

/* A service's name, as far as a policy can be called the same. */
static bool is_name(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789:-_.";

	return *text && *text != '.' && text[strspn(text, letters)] == '\0' &&
	       strlen(text) <= BOUND_COMPONENT - strlen(".service.d");
}

/* A name, or a file, which systemd does not look for from here. */
static int take_policy(const char *text, struct unit_options *o)
{
	char *policy = strchr(text, '/') ? realpath(text, NULL) : strdup(text);

	if (!policy) {
		complain("unit: --policy %s: %s", text, strerror(errno));
		return -errno;
	}
	free(o->policy);
	o->policy = policy;
	return 0;
}

/* NAME [--] [PROGRAM [ARG...]] */
static int take_rest(char **rest, struct unit_options *o)
{
	if (!rest[0]) {
		complain("unit: expected the name of a service; see 'wicket "
			 "help unit'");
		return -COMMAND_USAGE;
	}
	o->name = *rest++;
	if (!is_name(o->name)) {
		complain("unit: '%s': expected the name of a service, without "
			 ".service, '/' and '@'",
			 o->name);
		return -COMMAND_USAGE;
	}
	if (rest[0] && strcmp(rest[0], "--") == 0 && !*++rest) {
		complain("unit: expected a program behind '--'");
		return -COMMAND_USAGE;
	}
	if (rest[0])
		o->program = rest;
	return 1;
}

/* 1: go on; else the exit status, negated. */
static int parse(int argc, char **argv, struct unit_options *o)
{
	static const struct option options[] = {
		{"full", no_argument, NULL, OPT_FULL},
		{"policy", required_argument, NULL, OPT_POLICY},
		{"instance", required_argument, NULL, OPT_INSTANCE},
		{"help", no_argument, NULL, OPT_HELP},
		{0},
	};
	int id;

	opterr = 0;
	/* "+": the program's options are its own. */
	while ((id = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
		switch (id) {
		case OPT_FULL:
			o->full = true;
			break;
		case OPT_POLICY:
			if (take_policy(optarg, o) < 0)
				return -COMMAND_USAGE;
			break;
		case OPT_INSTANCE:
			o->instance = optarg;
			break;
		case OPT_HELP:
		case 'h':
			(void)help_print("unit", stdout);
			return -COMMAND_OK;
		default:
			complain_option(id, argv, "unit");
			return -COMMAND_USAGE;
		}
	}
	return take_rest(argv + optind, o);
}

static void options_free(struct unit_options *o)
{
	free(o->policy);
}

/* ---- what there is ------------------------------------------------------- */

/* The packaged unit: 0, or -errno after a complaint. */
static int find_unit(const struct unit_options *o, struct unitfile *ret)
{
	_cleanup_free_ char *path = unitdirs_path();
	struct policy_note err = POLICY_NOTE_INIT;
	int r;

	/* Nothing of it would count, and it may be what is being written. */
	if (o->full && o->program)
		return 0;
	if (!path) {
		complain("unit: %s", strerror(ENOMEM));
		return -ENOMEM;
	}
	r = unitdirs_read(path, o->name, ret, &err);
	if (r < 0)
		complain_note("", &err);
	if (r == 0 && !o->program) {
		complain("unit: found no %s.service in %s, expected one, or "
			 "'-- PROGRAM [ARG...]'",
			 o->name, path);
		r = -ENOENT;
	}
	return r < 0 ? r : 0;
}

/* Where this program is, so that the unit starts this one. */
static int find_wicket(char *buf, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buf, size);
	int r = n < 0 ? -errno : (size_t)n == size ? -ENAMETOOLONG : 0;

	if (r < 0)
		complain("unit: /proc/self/exe: %s", strerror(-r));
	else
		buf[n] = '\0';
	return r;
}

static int print(struct dropin *d)
{
	struct policy_note err = POLICY_NOTE_INIT;
	int r = dropin_check(d, &err);

	if (r < 0) {
		complain_note("", &err);
		return r;
	}
	r = dropin_print(d, stdout);
	if (r < 0)
		complain("unit: %s", strerror(-r));
	return r;
}

int command_unit(int argc, char **argv)
{
	__attribute__((cleanup(options_free))) struct unit_options o = {
		.name = NULL};
	__attribute__((cleanup(policy_freep))) struct policy *policy = NULL;
	__attribute__((cleanup(unitfile_free))) struct unitfile unit = {0};
	struct policy_note err = POLICY_NOTE_INIT;
	char wicket[BOUND_PATH];
	int go = parse(argc, argv, &o);
	struct dropin d;

	if (go <= 0)
		return -go;
	d = (struct dropin){.name = o.name,
			    .under = o.policy ?: o.name,
			    .instance = o.instance,
			    .wicket = wicket,
			    .unit = &unit,
			    .program = o.program,
			    .full = o.full};
	if (find_unit(&o, &unit) < 0 || find_wicket(wicket, sizeof(wicket)) < 0)
		return COMMAND_USAGE;
	if (policy_load(d.under, o.instance, &policy, NULL, &err) < 0) {
		complain_note("", &err);
		return COMMAND_USAGE;
	}
	d.policy = policy;
	return print(&d) < 0 ? COMMAND_USAGE : COMMAND_OK;
}
