/* SPDX-License-Identifier: ISC */
#include "command/dropin.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "command/protect.h"
#include "policy/load.h"

#define WHO "worker 61001\nhelper 61002\n"

static struct unitfile unit;
static struct policy *policy;
static struct policy_note err;
static char *text; /* what was printed */

static void drop(void)
{
	unitfile_free(&unit);
	policy = policy_free(policy);
	free(text);
	text = NULL;
}

TestSuite(dropin, .timeout = 10, .fini = drop);

static void load(const char *rules)
{
	char whole[1024];

	(void)snprintf(whole, sizeof(whole), WHO "%s", rules);
	policy = policy_free(policy);
	cr_assert_eq(policy_load_text("d", "/etc/wicket/d.policy", whole,
				      strlen(whole), NULL, &policy, NULL, &err),
		     0, "%s", err.text);
}

static void set_unit(const char *settings)
{
	char whole[1024];

	(void)snprintf(whole, sizeof(whole), "[Service]\n%s", settings);
	unitfile_free(&unit);
	cr_assert_eq(unitfile_add(&unit, "/u", whole, strlen(whole), &err), 0);
}

static struct dropin make(void)
{
	return (struct dropin){.name = "d",
			       .under = "d",
			       .wicket = "/usr/bin/wicket",
			       .policy = policy,
			       .unit = &unit};
}

static void print(struct dropin *d)
{
	size_t len;
	FILE *to;

	free(text);
	text = NULL;
	cr_assert_eq(dropin_check(d, &err), 0, "%s", err.text);
	to = open_memstream(&text, &len);
	cr_assert_eq(dropin_print(d, to), 0);
	cr_assert_eq(fclose(to), 0);
}

static void prints_for(const char *rules, const char *settings)
{
	struct dropin d;

	load(rules);
	set_unit(settings);
	d = make();
	print(&d);
}

/* Whole lines. */
static void has(const char *lines)
{
	char expected[512];

	(void)snprintf(expected, sizeof(expected), "\n%s\n", lines);
	cr_expect(strstr(text, expected), "expected %s in:\n%s", lines, text);
}

static void lacks(const char *words)
{
	cr_expect_not(strstr(text, words), "%s in:\n%s", words, text);
}

/* ---- what cannot be wrapped ---------------------------------------------- */

static void refuses(const char *settings, unsigned line, const char *words)
{
	struct dropin d;

	load("");
	set_unit(settings);
	d = make();
	err = (struct policy_note)POLICY_NOTE_INIT;
	cr_expect_eq(dropin_check(&d, &err), -EINVAL, "%s", settings);
	cr_expect_str_eq(err.source, line ? "/u" : "d");
	cr_expect_eq(err.line, line, "line %u", err.line);
	cr_expect_str_eq(err.text, words, "%s", err.text);
}

Test(dropin, refuses_a_unit_that_is_no_daemon)
{
	refuses("ExecStart=/x\nType=oneshot\n", 3,
		"found Type=oneshot, expected a daemon, which stays");
}

Test(dropin, refuses_a_unit_that_starts_none_or_several)
{
	refuses("User=x\n", 0,
		"found no ExecStart= in its unit, expected one, or "
		"'-- PROGRAM [ARG...]'");
	refuses("ExecStart=/x\nExecStart=\n", 0,
		"found no ExecStart= in its unit, expected one, or "
		"'-- PROGRAM [ARG...]'");
	refuses("ExecStart=/x\nExecStart=/y\n", 3,
		"found a second ExecStart=, expected one program");
}

Test(dropin, says_where_a_command_is_wrong)
{
	refuses("User=x\nExecStart=/x ; /y\n", 3,
		"ExecStart: found a second command behind ';', expected one");
}

/* ---- how it starts ------------------------------------------------------- */

Test(dropin, wraps_what_the_unit_starts)
{
	prints_for("", "ExecStart=/sbin/d -c \"a b\" $OPTS %n\n");
	has("ExecStart=\nExecStart=/usr/bin/wicket run d -- /sbin/d -c \"a b\" "
	    "$OPTS %n\nExecReload=\nExecReload=/usr/bin/wicket reload d");
	has("Type=notify\nNotifyAccess=main");
	has("KillMode=mixed");
	has("Restart=on-failure");
	lacks("[Unit]");
	lacks("[Install]");
	lacks("WARNING");
	lacks("NOTE");
}

Test(dropin, keeps_the_prefixes_that_mean_something_here)
{
	prints_for("", "ExecStart=-:/sbin/d $x\n");
	has("ExecStart=-:/usr/bin/wicket run d -- /sbin/d $x");
	lacks("# Without its '+'");
	prints_for("", "ExecStart=!!/sbin/d\n");
	has("ExecStart=/usr/bin/wicket run d -- /sbin/d");
	cr_assert(strstr(text, "# Without its '+' or '!'"));
}

Test(dropin, starts_what_it_is_told)
{
	char *const program[] = {(char[]){"/sbin/d"}, (char[]){"100%"},
				 (char[]){"$x y"}, NULL};
	struct dropin d;

	load("");
	set_unit("ExecStart=/other\nExecStart=/another\n");
	d = make();
	d.program = program;
	d.under = "/etc/p q.policy";
	d.instance = "%1";
	print(&d);
	has("ExecStart=/usr/bin/wicket run --instance %%1 \"/etc/p q.policy\" "
	    "-- /sbin/d 100%% \"$$x y\"");
	has("ExecReload=/usr/bin/wicket reload d");
}

Test(dropin, a_whole_unit_has_nothing_of_the_packaged_one)
{
	struct dropin d;

	load("");
	set_unit("ExecStart=/sbin/d\nUser=x\nRestart=no\nSystemCallFilter=a\n");
	d = make();
	d.full = true;
	print(&d);
	cr_assert(strstr(text, "\n[Unit]\n"));
	has("ExecStart=/usr/bin/wicket run d -- /sbin/d");
	has("Restart=on-failure");
	has("[Install]\nWantedBy=multi-user.target");
	/* There is nothing to take back. */
	lacks("ExecStart=\n");
	lacks("User");
	lacks("NOTE");
}

/* Behind ":" a $ is one, ours too. */
Test(dropin, doubles_no_dollar_where_there_are_no_variables)
{
	struct dropin d;

	load("");
	set_unit("ExecStart=:/sbin/d $x\n");
	d = make();
	d.under = "/etc/p$q.policy";
	print(&d);
	has("ExecStart=:/usr/bin/wicket run /etc/p$q.policy -- /sbin/d $x");
	set_unit("ExecStart=/sbin/d $x\n");
	print(&d);
	has("ExecStart=/usr/bin/wicket run /etc/p$$q.policy -- /sbin/d $x");
}

/* ---- what the unit has already ------------------------------------------- */

Test(dropin, warns_of_a_daemon_that_goes_into_the_background)
{
	prints_for("", "Type=forking\nPIDFile=/run/d.pid\nExecStart=/d\n");
	cr_assert(strstr(text, "# WARNING /u:2: Type=forking: "), "%s", text);
	has("PIDFile=");
	/* And does not guess how that is prevented. */
	has("ExecStart=/usr/bin/wicket run d -- /d");
}

Test(dropin, takes_back_who_the_unit_runs_as)
{
	prints_for("", "ExecStart=/d\nUser=a\nGroup=b\nDynamicUser=yes\n"
		       "PrivateUsers=yes\nAmbientCapabilities=CAP_KILL\n");
	has("User=");
	has("Group=");
	has("DynamicUser=no");
	has("PrivateUsers=no");
	has("AmbientCapabilities=");
	prints_for("", "ExecStart=/d\nDynamicUser=no\nPrivateUsers=no\n");
	lacks("DynamicUser");
	lacks("PrivateUsers");
}

Test(dropin, notes_what_changes_with_the_user)
{
	prints_for("", "ExecStart=/d\nExecStartPre=/p\nStateDirectory=d\n");
	lacks("NOTE");
	prints_for("", "ExecStart=/d\nExecStartPre=/p\nStateDirectory=d\n"
		       "User=x\n");
	has("# NOTE /u:3: ExecStartPre= runs as root now, where it has no "
	    "'+'.");
	has("# NOTE /u:4: StateDirectory= belongs to root now.");
}

Test(dropin, leaves_what_the_unit_says_of_restarts_and_modes)
{
	prints_for("", "ExecStart=/d\nRestart=always\nUMask=0027\n");
	lacks("Restart=");
	lacks("UMask=");
}

Test(dropin, replaces_a_signal_that_is_not_forwarded)
{
	prints_for("", "ExecStart=/d\nKillSignal=SIGRTMIN+3\n");
	has("KillSignal=SIGTERM");
	prints_for("", "ExecStart=/d\nKillSignal=SIGQUIT\n");
	lacks("KillSignal");
	prints_for("", "ExecStart=/d\nKillSignal=WINCH\n");
	lacks("KillSignal");
}

/* ---- what it may --------------------------------------------------------- */

Test(dropin, bounds_capabilities_to_the_supervisors_and_the_plans)
{
	prints_for("", "ExecStart=/d\n");
	has("CapabilityBoundingSet=\n"
	    "CapabilityBoundingSet=CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP\n"
	    "NoNewPrivileges=yes");
	prints_for("listen tcp *:80\nread /srv/x\nraw icmp\n",
		   "ExecStart=/d\n");
	has("CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_KILL CAP_SETGID "
	    "CAP_SETUID CAP_SETPCAP CAP_NET_BIND_SERVICE CAP_NET_RAW");
}

/* An ordinary user cannot look owners up; the unit is for root. */
Test(dropin, counts_the_right_to_give_away_whoever_asks)
{
	prints_for("append /srv/d/x create=0640 owner=61009\n",
		   "ExecStart=/d\n");
	cr_assert(strstr(text, "CapabilityBoundingSet=CAP_CHOWN "));
	prints_for("append /srv/d/x create=0640 owner=%worker:61009\n",
		   "ExecStart=/d\n");
	lacks("CAP_CHOWN");
}

Test(dropin, protects_what_the_policy_leaves_unused)
{
	prints_for("read /srv/www/**\n", "ExecStart=/usr/sbin/d\n");
	has("ProtectSystem=full\nProtectHome=yes\nPrivateTmp=yes\n"
	    "PrivateDevices=yes\nProtectKernelTunables=yes\n"
	    "ProtectControlGroups=yes");
}

Test(dropin, protects_nothing_that_the_policy_grants)
{
	static const struct {
		const char *rule;
		const char *key;
		const char *dir;
	} cases[] = {
		{"write /etc/d/x\n", "ProtectSystem", "/etc"},
		{"remove /usr/share/d/**\n", "ProtectSystem", "/usr"},
		{"read /home/*/www/**\n", "ProtectHome", "/home"},
		{"list /root\n", "ProtectHome", "/root"},
		{"read /**\n", "ProtectHome", "/home"},
		{"connect unix /tmp/.X11-unix/X0\n", "PrivateTmp", "/tmp"},
		{"listen unix /var/tmp/d/x\n", "PrivateTmp", "/var/tmp"},
		{"read /dev/ttyS0 type=char\n", "PrivateDevices", "/dev"},
		{"write /proc/sys/net/x\n", "ProtectKernelTunables", "/proc"},
		{"write /sys/fs/cgroup/d/x\n", "ProtectControlGroups",
		 "/sys/fs/cgroup"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[128], expected[128];

		prints_for(cases[i].rule, "ExecStart=/usr/sbin/d\n");
		(void)snprintf(expected, sizeof(expected),
			       "# No %s=: %s is in use.", cases[i].key,
			       cases[i].dir);
		has(expected);
		(void)snprintf(line, sizeof(line), "\n%s=", cases[i].key);
		lacks(line);
	}
}

Test(dropin, reading_is_no_change_and_deny_is_no_use)
{
	prints_for("read /etc/d/**\nread /proc/stat\nconnect unix /etc/d/s\n"
		   "deny /home\n",
		   "ExecStart=/usr/sbin/d\n");
	has("ProtectSystem=full");
	has("ProtectHome=yes");
	has("ProtectKernelTunables=yes");
}

Test(dropin, hides_neither_the_program_nor_the_policy)
{
	prints_for("", "ExecStart=\"/home/d/bin/d\" x\n");
	has("# No ProtectHome=: /home is in use.");
	prints_for("", "ExecStart=/homestead/d\n");
	has("ProtectHome=yes");
}

Test(dropin, leaves_a_units_own_protection_and_says_where_it_is_in_the_way)
{
	prints_for("read /home/**\nappend /srv/d/*.log create=0640\n",
		   "ExecStart=/usr/sbin/d\nProtectHome=tmpfs\n"
		   "ProtectSystem=strict\nPrivateTmp=no\n");
	has("# NOTE /u:3: ProtectHome=tmpfs may be in the way: /home is in "
	    "use.");
	has("ReadWritePaths=-/var/log/wicket\n"
	    "RuntimeDirectory=wicket\n"
	    "RuntimeDirectoryMode=0700\n"
	    "RuntimeDirectoryPreserve=yes\nReadWritePaths=-/srv/d");
	lacks("ProtectHome=yes");
	lacks("ProtectSystem=full");
	lacks("PrivateTmp");
}
