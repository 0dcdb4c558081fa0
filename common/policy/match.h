/* SPDX-License-Identifier: ISC */
/*
 * Questions to a policy.  Pure functions: no allocation, no system call, the
 * same answer whatever the order of the rules.  What no rule allows is denied,
 * and deny wins.
 */
#ifndef COMMON_POLICY_MATCH_H
#define COMMON_POLICY_MATCH_H

#include "policy/policy.h"

/* What rules grant on a path; stat comes with any of the first five. */
enum policy_right {
	RIGHT_READ = 1u << 0,
	RIGHT_WRITE = 1u << 1,
	RIGHT_APPEND = 1u << 2,
	RIGHT_REMOVE = 1u << 3,
	RIGHT_LIST = 1u << 4,
	RIGHT_STAT = 1u << 5,
	RIGHT_CREATE = 1u << 6, /* write or append, with create= */
};

/*
 * The rules that decide for one path, the most specific of each: the longest
 * literal part, then the longest pattern, then the smaller text, so that the
 * order of lines does not matter.  Where deny is set all else is 0 and NULL.
 */
struct policy_grant {
	unsigned rights;
	unsigned types_by[POLICY_VERB_MAX]; /* of all rules of that verb */
	const struct policy_rule *rule[POLICY_VERB_MAX]; /* by verb, or NULL */
	const struct policy_rule *create;
	const struct policy_rule *deny;
};

/*
 * Judges a path that path_clean() has passed (common/path.h).  A rule covers
 * it by its pattern or by its resolved form; deny covers what lies beneath
 * too.  Neither remove nor create= covers the directory that the rule's own
 * ** stands below: that is a name in the directory above.
 */
struct policy_grant policy_judge(const struct policy *p, const char *path);

/*
 * The rule that gives the right, or of several the one that gives the most
 * telling; NULL where it is not granted.
 */
const struct policy_rule *policy_grant_rule(const struct policy_grant *g,
					    unsigned rights);

/* The enum policy_type of what has this mode; 0: one that no rule has. */
unsigned policy_type_of(mode_t mode);

/*
 * The rights that open(2)'s flags ask for, O_CREAT aside.  Where writing may
 * be appending, have decides: what is granted.
 */
unsigned policy_open_rights(int flags, unsigned have);

/*
 * What may be handed out with all of these rights at once (read, write, append
 * count): a FIFO that may be read is not thereby a FIFO that may be written.
 */
unsigned policy_types(const struct policy_grant *g, unsigned rights);

/*
 * Whether something would gain by a rename from the one path to the other: a
 * right, or a type or an owner that is accepted there and was not here.
 */
bool policy_gains(const struct policy *p, const struct policy_grant *from,
		  const struct policy_grant *to);

/*
 * Whether a worker could change names directly inside this directory by what
 * the policy grants: some remove or create rule covers a name in it.
 */
bool policy_may_change(const struct policy *p, const char *dir);

/*
 * The rights that hold for dir and, alike, for every path beneath it, into
 * *ret_rights.  False where the paths beneath may not all have the same: some
 * rule or deny covers, or could cover, a part of them only.  When it is true,
 * policy_judge() of dir holds for all of them, with its types and rules.
 */
bool policy_uniform(const struct policy *p, const char *dir,
		    unsigned *ret_rights);

/*
 * How the policy judges a unix socket's path: the most specific rule that
 * allows it, or NULL; the deny that keeps it from that, or NULL; and where the
 * path leads by the links that were in the rule's when it was loaded.
 */
struct policy_socket {
	const struct policy_rule *rule;
	const struct policy_rule *deny;
	char path[BOUND_PATH];
};

/*
 * Judges verb (listen, bind, connect) on a clean path, as the rule has it or
 * where it leads; and a deny of either name denies.
 */
void policy_judge_socket(const struct policy *p, enum policy_verb verb,
			 enum net_kind kind, const char *path,
			 struct policy_socket *ret);

/*
 * The rule that allows verb on this address, the most specific, or NULL.  The
 * path of a unix socket is judged as by policy_judge_socket().
 */
const struct policy_rule *policy_judge_net(const struct policy *p,
					   enum policy_verb verb,
					   const struct net_addr *a);

/* The rule for `raw NAME` or `packet NAME` (protocol 0: any), or NULL. */
const struct policy_rule *policy_judge_name(const struct policy *p,
					    enum policy_verb verb,
					    const char *name,
					    uint16_t protocol);

/*
 * The line that would allow this, quoted as the language wants it; of several
 * rights with " and " between them.  Each returns its length, or 0 and "" where
 * no line could name this or grant it, or where it does not fit.
 *
 * policy_hint		"read /etc/shadow"
 * policy_hint_net	"listen tcp *:80"
 * policy_hint_socket	"connect unix /run/x", of a kind with a path
 * policy_hint_name	"raw icmp", "packet eth0 proto=0x88cc"
 */
size_t policy_hint(unsigned rights, const char *path, char *buf, size_t size);
size_t policy_hint_net(enum policy_verb verb, const struct net_addr *a,
		       char *buf, size_t size);
size_t policy_hint_socket(enum policy_verb verb, enum net_kind kind,
			  const char *name, char *buf, size_t size);
size_t policy_hint_name(enum policy_verb verb, const char *name,
			uint16_t protocol, char *buf, size_t size);

#endif
