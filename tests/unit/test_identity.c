/* SPDX-License-Identifier: ISC */
#include "identity.h"

#include <criterion/criterion.h>
#include <grp.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "support/child.h"

#define CAP(c) (UINT64_C(1) << (c))

static const gid_t two_groups[] = {4, 61005};
static const struct identity other = {
	.uid = 61001, .gid = 61002, .ngroups = 2, .groups = two_groups};

/*
 * Who the process may become: somebody else as root, only itself otherwise.
 * The claims below hold for both.
 */
static struct identity somebody(void)
{
	static gid_t groups[65536];
	struct identity id = {
		.uid = getuid(), .gid = getgid(), .groups = groups};
	int n = getgroups(65536, groups);

	if (geteuid() == 0)
		return other;
	id.ngroups = n < 0 ? 0 : (size_t)n;
	return id;
}

/* A Cap* line of /proc/self/status. */
static uint64_t status_set(const char *name)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long long set = ~0ULL;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, name, strlen(name)) == 0)
			sscanf(line + strlen(name), ": %llx", &set);
	if (f)
		fclose(f);
	return set;
}

static int leaves_nothing(void *arg)
{
	struct identity id = somebody();
	const char *step = NULL;

	(void)arg;
	CHILD_CHECK(identity_become(&id, 0, &step) == 0);
	CHILD_CHECK(status_set("CapEff") == 0);
	CHILD_CHECK(status_set("CapPrm") == 0);
	CHILD_CHECK(status_set("CapInh") == 0);
	CHILD_CHECK(status_set("CapAmb") == 0);
	CHILD_CHECK(status_set("NoNewPrivs") == 1);
	CHILD_CHECK(getuid() == id.uid && geteuid() == id.uid);
	CHILD_CHECK(getgid() == id.gid && getegid() == id.gid);
	CHILD_CHECK(setuid(0) < 0 && setgid(0) < 0);
	return 0;
}

Test(identity, leaves_no_capability, .timeout = 10)
{
	cr_assert_eq(child_run(leaves_nothing, NULL), 0);
}

static int locks_bits(void *arg)
{
	(void)arg;
	CHILD_CHECK(identity_become(&other, 0, NULL) == 0);
	CHILD_CHECK(status_set("CapBnd") == 0);
	CHILD_CHECK(prctl(PR_GET_SECUREBITS) ==
		    (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
		     SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
		     SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
		     SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED));
	return 0;
}

static int needs_privilege(void *arg)
{
	const char *step = NULL;

	(void)arg;
	CHILD_CHECK(identity_become(&other, 0, &step) == -EPERM);
	CHILD_CHECK(strstr(step, "without cap_setuid"));
	return 0;
}

Test(identity, empties_the_bounding_set_and_locks_the_bits, .timeout = 10)
{
	cr_assert_eq(child_run(geteuid() ? needs_privilege : locks_bits, NULL),
		     0);
}

static int exact_groups(void *arg)
{
	gid_t have[8];

	(void)arg;
	CHILD_CHECK(identity_become(&other, 0, NULL) == 0);
	CHILD_CHECK(getgroups(8, have) == 2);
	CHILD_CHECK(have[0] == 4 && have[1] == 61005);
	return 0;
}

Test(identity, holds_exactly_the_groups_named, .timeout = 10)
{
	cr_assert_eq(
		child_run(geteuid() ? needs_privilege : exact_groups, NULL), 0);
}

static int keeps_over_exec(void *arg)
{
	uint64_t keep = CAP(CAP_NET_BIND_SERVICE) | CAP(CAP_SETUID);

	(void)arg;
	CHILD_CHECK(identity_become(&other, keep, NULL) == 0);
	CHILD_CHECK(status_set("CapEff") == keep);
	CHILD_CHECK(status_set("CapAmb") == keep);
	CHILD_CHECK(status_set("CapBnd") == 0);
	/* 0x480: cap_setuid is 7, cap_net_bind_service 10. */
	execl("/bin/sh", "sh", "-c",
	      "grep -q 'CapPrm:.*0000000000000480$' /proc/self/status && "
	      "grep -q 'CapEff:.*0000000000000480$' /proc/self/status && "
	      "grep -q 'CapBnd:.*0000000000000000$' /proc/self/status && "
	      "grep -q 'Uid:.61001.61001.61001.61001$' /proc/self/status",
	      (char *)NULL);
	return 2;
}

static int keeps_nothing_unprivileged(void *arg)
{
	struct identity id = somebody();
	const char *step = NULL;

	(void)arg;
	CHILD_CHECK(identity_become(&id, CAP(CAP_NET_RAW), &step) == -EPERM);
	CHILD_CHECK(strstr(step, "cap_net_raw"));
	return 0;
}

Test(identity, keeps_capabilities_over_the_change_and_an_exec, .timeout = 10)
{
	cr_assert_eq(child_run(geteuid() ? keeps_nothing_unprivileged
					 : keeps_over_exec,
			       NULL),
		     0);
}

static int drops_kept_later(void *arg)
{
	uint64_t keep = CAP(CAP_SETUID) | CAP(CAP_SETGID);
	cap_t none = cap_init();

	(void)arg;
	CHILD_CHECK(identity_become(&other, keep, NULL) == 0);
	CHILD_CHECK(setresuid((uid_t)-1, (uid_t)-1, 61001) == 0);
	CHILD_CHECK(status_set("CapEff") == keep);
	CHILD_CHECK(cap_set_proc(none) == 0);
	CHILD_CHECK(status_set("CapAmb") == 0);
	CHILD_CHECK(identity_verify(&other, 0, NULL) == 0);
	CHILD_CHECK(cap_free(none) == 0);
	return 0;
}

Test(identity, lets_kept_capabilities_go_later, .timeout = 10)
{
	cr_assert_eq(child_run(geteuid() ? keeps_nothing_unprivileged
					 : drops_kept_later,
			       NULL),
		     0);
}

/* As in a container that withholds one: it is gone from the bounding set. */
static int names_what_is_missing(void *arg)
{
	const char *step = NULL;

	(void)arg;
	if (geteuid() == 0)
		CHILD_CHECK(cap_drop_bound(CAP_DAC_READ_SEARCH) == 0);
	CHILD_CHECK(identity_become(&other, CAP(CAP_DAC_READ_SEARCH), &step) ==
		    -EPERM);
	CHILD_CHECK(strstr(step, "raise cap_dac_read_search"));
	CHILD_CHECK(getuid() != other.uid);
	CHILD_CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
	return 0;
}

Test(identity, names_the_capability_that_cannot_be_raised, .timeout = 10)
{
	cr_assert_eq(child_run(names_what_is_missing, NULL), 0);
}

static int without_setpcap(void *arg)
{
	cap_t caps = cap_get_proc();
	cap_value_t pcap = CAP_SETPCAP;
	const char *step = NULL;

	(void)arg;
	CHILD_CHECK(cap_set_flag(caps, CAP_EFFECTIVE, 1, &pcap, CAP_CLEAR) ==
		    0);
	CHILD_CHECK(cap_set_flag(caps, CAP_PERMITTED, 1, &pcap, CAP_CLEAR) ==
		    0);
	CHILD_CHECK(cap_set_proc(caps) == 0);
	cap_free(caps);
	CHILD_CHECK(identity_become(&other, 0, &step) == -EPERM);
	CHILD_CHECK(strstr(step, "cap_setpcap"));
	return 0;
}

Test(identity, needs_setpcap_to_change, .timeout = 10)
{
	cr_assert_eq(child_run(without_setpcap, NULL), 0);
}

static int stays_root(void *arg)
{
	struct identity root = {.uid = 0};

	(void)arg;
	CHILD_CHECK(identity_become(&root, 0, NULL) == -EINVAL);
	return 0;
}

Test(identity, refuses_to_become_root, .timeout = 10)
{
	cr_assert_eq(child_run(stays_root, NULL), 0);
}

static int becomes_twice(void *arg)
{
	struct identity id = somebody();

	(void)arg;
	CHILD_CHECK(identity_become(&id, 0, NULL) == 0);
	CHILD_CHECK(identity_become(&id, 0, NULL) == 0);
	return 0;
}

Test(identity, may_be_repeated, .timeout = 10)
{
	cr_assert_eq(child_run(becomes_twice, NULL), 0);
}

static int shell(void *command)
{
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	return 127;
}

/* A copy of test(1) that would run as root. */
static int set_user_id_program(void *arg)
{
	CHILD_CHECK(identity_become(&other, 0, NULL) == 0);
	/* Were it root, it could read what only root may. */
	execl(arg, "test", "-r", "/etc/shadow", (char *)NULL);
	return 2;
}

Test(identity, denies_set_user_id_programs, .timeout = 10)
{
	char dir[] = "/tmp/test_identity.XXXXXX";
	char program[64];
	char command[128];

	if (geteuid() != 0) {
		cr_assert_eq(child_run(leaves_nothing, NULL), 0);
		return;
	}
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chmod(dir, 0755), 0);
	snprintf(program, sizeof(program), "%s/test", dir);
	snprintf(command, sizeof(command), "install -m 4755 /usr/bin/test %s",
		 program);
	cr_assert_eq(child_run(shell, command), 0);
	cr_assert_eq(child_run(set_user_id_program, program), 1);
	cr_assert_eq(unlink(program), 0);
	cr_assert_eq(rmdir(dir), 0);
}

/* ---- identity_bound ------------------------------------------------------ */

static int keeps_one(void *arg)
{
	uint64_t kept = geteuid() == 0 ? CAP(CAP_KILL) : 0;
	uid_t uid = geteuid();

	(void)arg;
	CHILD_CHECK(identity_bound(CAP(CAP_KILL), NULL) == 0);
	CHILD_CHECK(status_set("CapEff") == kept);
	CHILD_CHECK(status_set("CapPrm") == kept);
	CHILD_CHECK(status_set("CapInh") == 0);
	CHILD_CHECK(status_set("NoNewPrivs") == 1);
	CHILD_CHECK(geteuid() == uid);
	if (uid == 0)
		CHILD_CHECK(status_set("CapBnd") == kept);
	/* Not for root either. */
	execl("/bin/sh", "sh", "-c",
	      "grep -q 'CapEff:.*0000000000000000$' /proc/self/status",
	      (char *)NULL);
	return 2;
}

Test(identity, bound_keeps_no_more_than_named, .timeout = 10)
{
	cr_assert_eq(child_run(keeps_one, NULL), 0);
}

/* ---- identity_verify ----------------------------------------------------- */

static int verify_finds(void *arg)
{
	struct identity wrong = *(struct identity *)arg;
	struct identity id = somebody();
	const char *step = NULL;

	CHILD_CHECK(identity_become(&id, 0, NULL) == 0);
	CHILD_CHECK(identity_verify(&id, 0, NULL) == 0);
	CHILD_CHECK(identity_verify(&wrong, 0, &step) == -EPERM);
	return strstr(step, "user ids")	   ? 3
	       : strstr(step, "group ids") ? 4
	       : strstr(step, "suppl")	   ? 5
					   : 6;
}

Test(identity, verify_finds_another_uid, .timeout = 10)
{
	struct identity id = somebody();

	id.uid++;
	cr_assert_eq(child_run(verify_finds, &id), 3);
}

Test(identity, verify_finds_another_gid, .timeout = 10)
{
	struct identity id = somebody();

	id.gid++;
	cr_assert_eq(child_run(verify_finds, &id), 4);
}

Test(identity, verify_finds_a_missing_group, .timeout = 10)
{
	static const gid_t more[] = {4, 61005, 61006};
	struct identity id = somebody();

	id.groups = more;
	id.ngroups = 3;
	cr_assert_eq(child_run(verify_finds, &id), 5);
}

static int verify_extra_group(void *arg)
{
	struct identity fewer = other;
	const char *step = NULL;

	(void)arg;
	fewer.ngroups = 1;
	CHILD_CHECK(identity_become(&other, 0, NULL) == 0);
	CHILD_CHECK(identity_verify(&fewer, 0, &step) == -EPERM);
	CHILD_CHECK(strstr(step, "supplementary"));
	return 0;
}

Test(identity, verify_finds_an_extra_group, .timeout = 10)
{
	cr_assert_eq(child_run(geteuid() ? needs_privilege : verify_extra_group,
			       NULL),
		     0);
}

static int verify_finds_nnp(void *arg)
{
	struct identity id = somebody();
	const char *step = NULL;

	(void)arg;
	if (geteuid() == 0) {
		CHILD_CHECK(setgroups(id.ngroups, id.groups) == 0);
		CHILD_CHECK(setresgid(id.gid, id.gid, id.gid) == 0);
		CHILD_CHECK(setresuid(id.uid, id.uid, id.uid) == 0);
	}
	CHILD_CHECK(identity_verify(&id, 0, &step) == -EPERM);
	CHILD_CHECK(strcmp(step, "no_new_privs is not set") == 0);
	return 0;
}

Test(identity, verify_finds_that_new_privileges_are_possible, .timeout = 10)
{
	cr_assert_eq(child_run(verify_finds_nnp, NULL), 0);
}

static int verify_finds_cap(void *arg)
{
	struct identity id = somebody();
	uint64_t keep = CAP(CAP_CHOWN) | CAP(CAP_NET_RAW);
	const char *step = NULL;

	(void)arg;
	CHILD_CHECK(identity_become(&id, keep, NULL) == 0);
	CHILD_CHECK(identity_verify(&id, keep, NULL) == 0);
	CHILD_CHECK(identity_verify(&id, CAP(CAP_CHOWN), &step) == -EPERM);
	CHILD_CHECK(strcmp(step, "a capability is left") == 0);
	return 0;
}

Test(identity, verify_finds_a_capability_too_many, .timeout = 10)
{
	cr_assert_eq(child_run(geteuid() ? keeps_nothing_unprivileged
					 : verify_finds_cap,
			       NULL),
		     0);
}
