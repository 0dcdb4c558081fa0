/* SPDX-License-Identifier: ISC */
#include "identity.h"

#include <errno.h>
#include <grp.h>
#include <linux/securebits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>

/* The capability sets of the calling process, 1 << CAP_x each. */
struct capsets {
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
	uint64_t bounding;
	uint64_t ambient;
};

static void cap_freep(cap_t *caps)
{
	if (*caps)
		(void)cap_free(*caps);
}

#define _cleanup_cap_ __attribute__((cleanup(cap_freep)))

static bool has(uint64_t set, cap_value_t cap)
{
	return set & (UINT64_C(1) << cap);
}

/* Notes what is being done, for the caller's message when it fails. */
static void step(const char **ret_step, const char *what)
{
	if (ret_step)
		*ret_step = what;
}

/* ---- capability sets ----------------------------------------------------- */

static int flag_get(cap_t caps, cap_flag_t flag, uint64_t *ret)
{
	uint64_t set = 0;

	for (cap_value_t c = 0; c < cap_max_bits(); c++) {
		cap_flag_value_t v;

		if (cap_get_flag(caps, c, flag, &v) < 0)
			return -errno;
		if (v == CAP_SET)
			set |= UINT64_C(1) << c;
	}
	*ret = set;
	return 0;
}

static int flag_set(cap_t caps, cap_flag_t flag, uint64_t set)
{
	if (cap_clear_flag(caps, flag) < 0)
		return -errno;
	for (cap_value_t c = 0; c < cap_max_bits(); c++)
		if (has(set, c) && cap_set_flag(caps, flag, 1, &c, CAP_SET) < 0)
			return -errno;
	return 0;
}

static int capsets_get(struct capsets *ret)
{
	_cleanup_cap_ cap_t caps = cap_get_proc();
	struct capsets s = {0};
	int r;

	if (!caps)
		return -errno;
	if ((r = flag_get(caps, CAP_EFFECTIVE, &s.effective)) < 0 ||
	    (r = flag_get(caps, CAP_PERMITTED, &s.permitted)) < 0 ||
	    (r = flag_get(caps, CAP_INHERITABLE, &s.inheritable)) < 0)
		return r;
	for (cap_value_t c = 0; c < cap_max_bits(); c++) {
		if (cap_get_bound(c) > 0)
			s.bounding |= UINT64_C(1) << c;
		if (cap_get_ambient(c) > 0)
			s.ambient |= UINT64_C(1) << c;
	}
	*ret = s;
	return 0;
}

static int capsets_set(uint64_t permitted, uint64_t inheritable)
{
	_cleanup_cap_ cap_t caps = cap_init();
	int r;

	if (!caps)
		return -errno;
	if ((r = flag_set(caps, CAP_PERMITTED, permitted)) < 0 ||
	    (r = flag_set(caps, CAP_EFFECTIVE, permitted)) < 0 ||
	    (r = flag_set(caps, CAP_INHERITABLE, inheritable)) < 0)
		return r;
	return cap_set_proc(caps) < 0 ? -errno : 0;
}

/*
 * The step's text must outlive us, hence a table.  These are all that a plan
 * can ask for, and what the helper needs to take on the worker's fsuid.
 */
#define NOT_GIVEN(name) "raise " name ", which this service was not given"

static const char *cannot_raise(cap_value_t cap)
{
	static const struct {
		cap_value_t cap;
		const char *text;
	} texts[] = {
		{CAP_CHOWN, NOT_GIVEN("cap_chown")},
		{CAP_DAC_OVERRIDE, NOT_GIVEN("cap_dac_override")},
		{CAP_DAC_READ_SEARCH, NOT_GIVEN("cap_dac_read_search")},
		{CAP_SETGID, NOT_GIVEN("cap_setgid")},
		{CAP_SETUID, NOT_GIVEN("cap_setuid")},
		{CAP_NET_BIND_SERVICE, NOT_GIVEN("cap_net_bind_service")},
		{CAP_NET_ADMIN, NOT_GIVEN("cap_net_admin")},
		{CAP_NET_RAW, NOT_GIVEN("cap_net_raw")},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].cap == cap)
			return texts[i].text;
	return NOT_GIVEN("a capability");
}

/*
 * A container may withhold a capability even from root.  That is found before
 * anything is given up, so that the message can name it.
 */
static int check_keep(uint64_t keep, const struct capsets *s,
		      const char **ret_step)
{
	uint64_t missing = keep & ~(s->permitted & s->bounding);

	for (cap_value_t c = 0; c < 64; c++) {
		if (!has(missing, c))
			continue;
		step(ret_step, cannot_raise(c));
		return -EPERM;
	}
	return 0;
}

static const char *wrong_ids(const struct identity *id)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) < 0 || ruid != id->uid ||
	    euid != id->uid || suid != id->uid)
		return "the user ids are not the ones wanted";
	if (getresgid(&rgid, &egid, &sgid) < 0 || rgid != id->gid ||
	    egid != id->gid || sgid != id->gid)
		return "the group ids are not the ones wanted";
	/* An id that is none changes nothing and tells the present one. */
	if ((uid_t)setfsuid((uid_t)-1) != id->uid)
		return "the file system user id is not the one wanted";
	if ((gid_t)setfsgid((gid_t)-1) != id->gid)
		return "the file system group id is not the one wanted";
	return NULL;
}

/* ---- giving up ----------------------------------------------------------- */

enum {
	NO_AMBIENT = SECBIT_NO_CAP_AMBIENT_RAISE |
		     SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
};

/*
 * Adds to the securebits and locks them: root's uid stands for no capability
 * any more, and no change of uid gives or takes one.
 */
static int lock_securebits(unsigned also)
{
	int now = prctl(PR_GET_SECUREBITS);
	unsigned bits;

	if (now < 0)
		return -errno;
	bits = (unsigned)now | SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
	       SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
	       SECBIT_KEEP_CAPS_LOCKED | also;
	bits &= ~(unsigned)SECBIT_KEEP_CAPS;
	return prctl(PR_SET_SECUREBITS, bits) < 0 ? -errno : 0;
}

static int drop_bounding(uint64_t keep)
{
	for (cap_value_t c = 0; c < cap_max_bits(); c++)
		if (!has(keep, c) && cap_get_bound(c) > 0 &&
		    cap_drop_bound(c) < 0)
			return -errno;
	return 0;
}

static int change_ids(const struct identity *id, const char **ret_step)
{
	/* Safe because: groups first, while we still may change them. */
	step(ret_step, "set the supplementary groups");
	if (setgroups(id->ngroups, id->groups) < 0)
		return -errno;
	step(ret_step, "set the group id");
	if (setresgid(id->gid, id->gid, id->gid) < 0)
		return -errno;
	step(ret_step, "set the user id");
	if (setresuid(id->uid, id->uid, id->uid) < 0)
		return -errno;
	return 0;
}

/* Makes keep ambient; after this nothing can be made so any more. */
static int raise_ambient(uint64_t keep, uint64_t permitted)
{
	int r = capsets_set(permitted, keep);

	if (r < 0)
		return r;
	for (cap_value_t c = 0; c < cap_max_bits(); c++)
		if (has(keep, c) && cap_set_ambient(c, CAP_SET) < 0)
			return -errno;
	return lock_securebits(NO_AMBIENT);
}

/*
 * With privilege.  The securebits come before the ids, so that the
 * capabilities which the next steps need outlive setresuid; for the same
 * reason setresuid takes none away, and the sets are emptied by hand.
 */
static int give_up(const struct identity *id, uint64_t keep, uint64_t permitted,
		   const char **ret_step)
{
	int r;

	step(ret_step, "drop the bounding set");
	if ((r = drop_bounding(keep)) < 0)
		return r;
	step(ret_step, "lock the securebits");
	if ((r = lock_securebits(0)) < 0)
		return r;
	if ((r = change_ids(id, ret_step)) < 0)
		return r;
	step(ret_step, "raise the ambient set");
	if ((r = raise_ambient(keep, permitted)) < 0)
		return r;
	/* Safe because: what is ambient needs no bounding set any more. */
	step(ret_step, "empty the bounding set");
	if ((r = drop_bounding(0)) < 0)
		return r;
	step(ret_step, "set the capability sets");
	return capsets_set(keep, keep);
}

/* Without privilege: whatever single capability there is goes. */
static int stay(const struct identity *id, uint64_t keep, const char **ret_step)
{
	step(ret_step, "change identity without cap_setuid, cap_setgid and "
		       "cap_setpcap");
	if (keep || wrong_ids(id))
		return -EPERM;
	step(ret_step, "empty the capability sets");
	return capsets_set(0, 0);
}

int identity_become(const struct identity *id, uint64_t keep,
		    const char **ret_step)
{
	const uint64_t needed = (UINT64_C(1) << CAP_SETGID) |
				(UINT64_C(1) << CAP_SETUID) |
				(UINT64_C(1) << CAP_SETPCAP);
	struct capsets s = {0};
	int r;

	/* Root without a capability still owns every file of root's. */
	step(ret_step, "become user id 0, which gives nothing up");
	if (id->uid == 0)
		return -EINVAL;
	step(ret_step, "read the capability sets");
	if ((r = capsets_get(&s)) < 0)
		return r;
	if ((r = check_keep(keep, &s, ret_step)) < 0)
		return r;

	step(ret_step, "clear the ambient set");
	if (s.ambient && cap_reset_ambient() < 0)
		return -errno;
	if ((s.effective & needed) == needed)
		r = give_up(id, keep, s.permitted, ret_step);
	else
		r = stay(id, keep, ret_step);
	if (r < 0)
		return r;

	step(ret_step, "set no_new_privs");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return identity_verify(id, keep, ret_step);
}

int identity_bound(uint64_t keep, const char **ret_step)
{
	struct capsets s = {0};
	int r;

	step(ret_step, "read the capability sets");
	if ((r = capsets_get(&s)) < 0)
		return r;
	keep &= s.permitted;
	if (has(s.effective, CAP_SETPCAP)) {
		step(ret_step, "drop the bounding set");
		if ((r = drop_bounding(keep)) < 0)
			return r;
		step(ret_step, "lock the securebits");
		/* Who is to raise them for others must be able to. */
		if ((r = lock_securebits(
			     has(keep, CAP_SETPCAP) ? 0 : NO_AMBIENT)) < 0)
			return r;
	}
	step(ret_step, "set the capability sets");
	if ((r = capsets_set(keep, 0)) < 0)
		return r;
	step(ret_step, "set no_new_privs");
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* ---- proving it ---------------------------------------------------------- */

static bool among(gid_t gid, const gid_t *groups, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

static const char *wrong_groups(const struct identity *id)
{
	static const char wrong[] =
		"the supplementary groups are not the ones wanted";
	_cleanup_free_ gid_t *have = NULL;
	int n = getgroups(0, NULL);

	if (n < 0)
		return wrong;
	have = calloc((size_t)n + 1, sizeof(*have));
	if (!have || getgroups(n, have) != n)
		return wrong;
	/* The kernel sorts them, and gid itself may be one of them or not. */
	for (int i = 0; i < n; i++)
		if (have[i] != id->gid &&
		    !among(have[i], id->groups, id->ngroups))
			return wrong;
	for (size_t i = 0; i < id->ngroups; i++)
		if (id->groups[i] != id->gid &&
		    !among(id->groups[i], have, (size_t)n))
			return wrong;
	return NULL;
}

static const char *wrong_caps(uint64_t keep)
{
	struct capsets s = {0};
	int bits = prctl(PR_GET_SECUREBITS);

	if (capsets_get(&s) < 0 || bits < 0)
		return "the capability sets cannot be read";
	if ((s.effective | s.permitted | s.inheritable | s.ambient) & ~keep)
		return "a capability is left";
	/*
	 * Only who had privilege could empty the bounding set; for all others
	 * no_new_privs makes it void.
	 */
	if ((bits & SECBIT_NOROOT_LOCKED) && (s.bounding & ~keep))
		return "the bounding set is not empty";
	return NULL;
}

/* Asks the kernel for what it must refuse. */
static const char *way_back(uint64_t keep)
{
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return "no_new_privs is not set";
	if (prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0)
		return "no_new_privs could be taken back";
	if (keep)
		return NULL;
	/* Safe because: the caller ends should one of these succeed. */
	if (setuid(0) == 0)
		return "setuid(0) succeeded";
	if (capsets_set(UINT64_C(1) << CAP_CHOWN, 0) == 0)
		return "capset succeeded";
	return NULL;
}

int identity_verify(const struct identity *id, uint64_t keep,
		    const char **ret_step)
{
	const char *wrong = wrong_ids(id);

	if (!wrong)
		wrong = wrong_groups(id);
	if (!wrong)
		wrong = wrong_caps(keep);
	if (!wrong)
		wrong = way_back(keep);
	if (!wrong)
		return 0;
	step(ret_step, wrong);
	return -EPERM;
}
