/* SPDX-License-Identifier: ISC */
#include "supervisor/startline.h"

static void print_warnings(const struct policy_notes *warnings, FILE *to)
{
	for (size_t i = 0; i < warnings->n; i++) {
		struct failure text = FAILURE_INIT;

		(void)fail_note(&text, 0, &warnings->v[i]);
		fprintf(to, "wicket: warning: %s\n", text.text);
	}
}

static void print_ids(const char *user, uid_t uid, gid_t gid,
		      const gid_t *groups, size_t ngroups, FILE *to)
{
	if (user)
		fprintf(to, "%s ", user);
	fprintf(to, "%u:%u", uid, gid);
	for (size_t i = 0; i < ngroups; i++)
		fprintf(to, ",%u", groups[i]);
}

static void print_landlock(int version, FILE *to)
{
	const char *lost = landlock_lost(version);

	if (version == 0)
		fputs(", landlock off (nothing but the matcher keeps the "
		      "helper to the policy)",
		      to);
	else if (lost)
		fprintf(to, ", landlock %d (without: %s)", version, lost);
	else
		fprintf(to, ", landlock %d", version);
}

void startline_print(const struct supervisor *s, FILE *to)
{
	const struct edition *e = s->edition;
	const struct policy *p = e->policy;
	char caps[512];

	print_warnings(edition_warnings(&s->options, s->edition), to);
	if (plan_caps_print(s->privileged ? e->plan.caps : 0, caps,
			    sizeof(caps)) < 0)
		(void)snprintf(caps, sizeof(caps), "many");
	fprintf(to, "wicket: %s: worker ", p->name);
	if (s->privileged) {
		print_ids(p->worker.user, p->worker.uid, p->worker.gid,
			  p->worker.groups_id, p->worker.ngroups, to);
		fprintf(to, ", helper ");
		print_ids(p->helper.user, e->plan.uid, e->plan.gid,
			  e->plan.groups, e->plan.ngroups, to);
	} else {
		fprintf(to, "and helper %u:%u (same-uid)", getuid(), getgid());
	}
	fprintf(to, ", capabilities %s, passrights %s", caps,
		s->passrights ? "on" : "off (a worker can stall its helper)");
	print_landlock(e->version, to);
	fputc('\n', to);
}
