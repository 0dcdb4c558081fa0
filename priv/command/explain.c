/* SPDX-License-Identifier: ISC */
#include "command/command.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "command/json.h"
#include "command/text.h"
#include "command/verdict.h"
#include "policy/load.h"

struct explain_options {
	const char *policy;
	const char *instance;
	bool json;
	const char *const *words; /* VERB OBJECT... */
	size_t nwords;
};

enum explain_option_id {
	OPT_JSON = 256,
	OPT_INSTANCE,
	OPT_HELP,
};

/* 1: go on; else the exit status, negated. */
static int parse(int argc, char **argv, struct explain_options *o)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, OPT_JSON},
		{"instance", required_argument, NULL, OPT_INSTANCE},
		{"help", no_argument, NULL, OPT_HELP},
		{0},
	};
	int id;

	opterr = 0;
	/* "+": an object may begin with a dash. */
	while ((id = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
		switch (id) {
		case OPT_JSON:
			o->json = true;
			break;
		case OPT_INSTANCE:
			o->instance = optarg;
			break;
		case OPT_HELP:
		case 'h':
			(void)help_print("explain", stdout);
			return -COMMAND_OK;
		default:
			complain_option(id, argv, "explain");
			return -COMMAND_USAGE;
		}
	}
	if (argc - optind < 3) {
		complain("explain: expected a policy, a verb and an object; "
			 "see 'wicket help explain'");
		return -COMMAND_USAGE;
	}
	o->policy = argv[optind];
	o->words = (const char *const *)argv + optind + 1;
	o->nwords = (size_t)(argc - optind - 1);
	return 1;
}

/* ---- text ---------------------------------------------------------------- */

static int print_rule(const struct policy *p, const struct policy_rule *r)
{
	_cleanup_free_ char *text = text_rule(p, r);

	if (!text)
		return -ENOMEM;
	printf("  %s:%u: %s\n", p->sources[r->source], r->line, text);
	return 0;
}

static int print_text(const struct explain_options *o, const struct policy *p,
		      const struct verdict *v)
{
	int r;

	printf("%s:", v->allowed ? "allowed" : "denied");
	for (size_t i = 0; i < o->nwords; i++)
		printf(" %s", o->words[i]);
	putchar('\n');
	if (v->rule && (r = print_rule(p, v->rule)) < 0)
		return r;
	if (v->target && (r = print_rule(p, v->target)) < 0)
		return r;
	if (v->allowed)
		return 0;
	if (v->rule)
		puts("  deny wins over every line that allows it");
	if (*v->why)
		printf("  %s\n", v->why);
	if (*v->hint)
		printf("  no line allows it; this one would:\n  %s\n", v->hint);
	return 0;
}

/* ---- JSON ---------------------------------------------------------------- */

static int json_rule(struct json *j, const struct policy *p,
		     const struct policy_rule *r)
{
	_cleanup_free_ char *text = text_rule(p, r);

	if (!text)
		return -ENOMEM;
	json_open(j, '{');
	json_key(j, "source");
	json_string(j, p->sources[r->source]);
	json_key(j, "line");
	json_number(j, r->line);
	json_key(j, "text");
	json_string(j, text);
	json_close(j, '}');
	return 0;
}

static int json_decided(struct json *j, const struct policy *p,
			const struct verdict *v)
{
	int r;

	json_key(j, "rules");
	json_open(j, '[');
	if (v->rule && (r = json_rule(j, p, v->rule)) < 0)
		return r;
	if (v->target && (r = json_rule(j, p, v->target)) < 0)
		return r;
	json_close(j, ']');
	return 0;
}

/* {"policy", "verb", "object": [], "allowed", "rules": [], "why", "hint"} */
static int print_json(const struct explain_options *o, const struct policy *p,
		      const struct verdict *v)
{
	struct json j = {.to = stdout};
	int r;

	json_open(&j, '{');
	json_key(&j, "policy");
	json_string(&j, p->name);
	json_key(&j, "verb");
	json_string(&j, o->words[0]);
	json_key(&j, "object");
	json_open(&j, '[');
	for (size_t i = 1; i < o->nwords; i++)
		json_string(&j, o->words[i]);
	json_close(&j, ']');
	json_key(&j, "allowed");
	json_bool(&j, v->allowed);
	if ((r = json_decided(&j, p, v)) < 0)
		return r;
	json_key(&j, "why");
	json_string(&j, *v->why ? v->why : NULL);
	json_key(&j, "hint");
	json_string(&j, *v->hint ? v->hint : NULL);
	json_close(&j, '}');
	putchar('\n');
	return 0;
}

int command_explain(int argc, char **argv)
{
	struct explain_options o = {.policy = NULL};
	__attribute__((cleanup(policy_freep))) struct policy *p = NULL;
	struct policy_note err = POLICY_NOTE_INIT;
	const char *expected = "";
	struct verdict v;
	int go = parse(argc, argv, &o);
	int r;

	if (go <= 0)
		return -go;
	if (policy_load(o.policy, o.instance, &p, NULL, &err) < 0) {
		complain_note("", &err);
		return COMMAND_USAGE;
	}
	if (verdict_of(p, o.words, o.nwords, &v, &expected) < 0) {
		complain("explain: %s: expected %s", o.words[0], expected);
		return COMMAND_USAGE;
	}
	r = o.json ? print_json(&o, p, &v) : print_text(&o, p, &v);
	if (r < 0) {
		complain("explain: %s", strerror(-r));
		return COMMAND_USAGE;
	}
	return v.allowed ? COMMAND_OK : COMMAND_NO;
}
