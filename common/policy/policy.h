/* SPDX-License-Identifier: ISC */
/*
 * The policy: what a worker may ask its helper for.
 *
 * Text goes through policy_parse() (syntax, file:line:column errors), then
 * policy_resolve() (users to ids, literal paths to where they lead, warnings),
 * and is then only asked questions: match.h.  policy_print() gives back text
 * that parses to the same policy; pack.h carries a resolved policy to the
 * helper.
 *
 * Parsing, printing, packing and matching make no system call.
 */
#ifndef COMMON_POLICY_H
#define COMMON_POLICY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "bounds.h"
#include "own.h"
#include "promise.h"
#include "policy/net.h"

struct policy_index;

enum policy_verb {
	POLICY_READ,
	POLICY_WRITE,
	POLICY_APPEND,
	POLICY_REMOVE,
	POLICY_LIST,
	POLICY_STAT,
	POLICY_DENY,
	POLICY_LISTEN,
	POLICY_BIND,
	POLICY_CONNECT,
	POLICY_RAW,
	POLICY_PACKET,
	POLICY_VERB_MAX,
};

/* What may be handed out by type=; a rule without it has POLICY_FILE. */
enum policy_type {
	POLICY_FILE = 1u << 0,
	POLICY_DIR = 1u << 1,
	POLICY_FIFO = 1u << 2,
	POLICY_CHAR = 1u << 3,
	POLICY_ANY = 0xf,
};

/* A user, with the groups that were written or are the user's own. */
struct policy_who {
	char *user;	 /* as written, NULL when there was no such line */
	char *groups;	 /* as written behind the colon, or NULL */
	unsigned source; /* index into policy.sources */
	unsigned line;
	unsigned column; /* of the user */
	bool known;	 /* the ids below were looked up */
	uid_t uid;
	gid_t gid;
	size_t ngroups;
	gid_t groups_id[BOUND_GROUPS]; /* supplementary, without gid */
};

/* owner=USER[:GROUP], where USER may be %worker. */
struct policy_owner {
	char *text; /* as written, NULL: the worker */
	bool set;
	uid_t uid;
	gid_t gid; /* (gid_t)-1: the worker's */
};

/*
 * read, write, append, remove, list, stat, deny.
 *
 * A pattern is an absolute path, // and /./ collapsed, in which * stands for
 * any bytes of one component, a whole ** for any number of components (none
 * too), and \* \\ for those bytes themselves.
 */
struct policy_path {
	char *pattern;
	/*
	 * The pattern with the links of its literal part followed, at load;
	 * NULL where it is the same.
	 */
	char *resolved;
	/*
	 * How many bytes of the resolved literal part (of the pattern, where
	 * resolved is NULL) name directories that only root can change: no
	 * owner needs to be looked at for a file directly below them.
	 */
	size_t trusted;
	bool create; /* create= was given */
	mode_t mode;
	unsigned types; /* enum policy_type */
	struct policy_owner owner;
};

/* listen, bind, connect; for raw and packet, name is the object. */
struct policy_net {
	struct net_range range;
	/* Of a unix path, as policy_path.resolved; else NULL. */
	char *resolved;
	char *name; /* raw: "icmp"; packet: the interface */
	/* Options; 0 or NULL where they were not given. */
	unsigned backlog;
	unsigned reuseport;
	bool dual; /* v6only=off */
	bool transparent;
	bool freebind;
	char *device;
	bool mark_set;
	uint32_t mark;
	uint32_t rcvbuf;
	bool mode_set; /* unix listen */
	mode_t mode;
	struct policy_owner owner;
	bool priority_set; /* packet */
	uint32_t priority;
	uint16_t protocol; /* packet, host order; 0 is an error */
};

struct policy_rule {
	enum policy_verb verb;
	unsigned source; /* index into policy.sources */
	unsigned line;
	unsigned column;	 /* of the path, the address or the name */
	struct policy_path path; /* path verbs */
	struct policy_net net;	 /* the others */
};

/* 0: not given. */
struct policy_limits {
	uint64_t requests;
	uint64_t fds;
	uint64_t channels;
	unsigned source; /* of the last such line; line is 0 without one */
	unsigned line;
};

/* What was parsed, as it was read. */
struct policy_text {
	char *bytes;
	size_t len;
};

struct policy {
	char *name; /* "httpd" */
	char **sources;
	struct policy_text *texts; /* of each source; NULL when unpacked */
	size_t nsources;
	struct policy_who worker;
	struct policy_who helper;
	bool promised; /* a promise line was given */
	struct promises promises;
	struct policy_limits limits;
	struct policy_rule *rules;
	size_t nrules;
	size_t room;		    /* rules that there is memory for */
	struct policy_index *index; /* owned, NULL: none (policy/index.h) */
};

/*
 * An error or a warning: where, and one line of text, "found X, expected Y".
 * line and column count from 1; 0 where there is none.
 */
struct policy_note {
	char source[BOUND_PATH];
	unsigned line;
	unsigned column;
	char text[512];
};

#define POLICY_NOTE_INIT  \
	{                 \
		.line = 0 \
	}

struct policy_notes {
	struct policy_note *v;
	size_t n;
};

/*
 * Makes an empty policy of that name: 0 or -ENOMEM.
 * policy_free() accepts NULL and returns NULL; policy_clear() frees what is in
 * it, of one that is all 0 nothing, and leaves it so.
 */
_must_use_ int policy_new(const char *name, struct policy **ret);
struct policy *policy_free(struct policy *p);
void policy_clear(struct policy *p);
static inline void policy_freep(struct policy **p)
{
	*p = policy_free(*p);
}

/*
 * Adds an empty rule, which is the policy's, at the end: 0, -ENOMEM, or -E2BIG
 * for more than BOUND_POLICY_RULES.  Pointers to other rules become stale, and
 * the policy has no index any more.
 */
_must_use_ int policy_rule_add(struct policy *p, struct policy_rule **ret);

/* Makes room for n rules in all, where their number is known: 0 or -ENOMEM. */
_must_use_ int policy_rules_room(struct policy *p, size_t n);

/*
 * Adds the rules of one source (a file's text, of any bytes) to the policy.
 * instance replaces %i; NULL makes %i an error.  0, or -EINVAL with *err
 * filled, -ENOMEM, -E2BIG.  After an error the policy is good only for
 * policy_free().
 */
_must_use_ int policy_parse(struct policy *p, const char *source,
			    const char *text, size_t len, const char *instance,
			    struct policy_note *err);

/*
 * Looks at the machine: user and group names become ids, each literal path is
 * walked component by component and its links followed where only root can
 * change them, trust is noted, weak spots become warnings.  Without privilege
 * (geteuid() is not 0) worker and helper are the caller.
 *
 * 0, or -errno with *err filled: -EINVAL for two rules about one object that
 * differ in their options, -ENOENT for a missing user or group, -EPERM for a
 * path that runs through a link which others than root can change, and for a
 * worker or helper who may not be one.  warnings may be NULL.
 */
_must_use_ int policy_resolve(struct policy *p, struct policy_notes *warnings,
			      struct policy_note *err);

/* Fills *ret; the text is cut to its room. */
void policy_note_set(struct policy_note *ret, const char *source, unsigned line,
		     unsigned column, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
void policy_note_vset(struct policy_note *ret, const char *source,
		      unsigned line, unsigned column, const char *fmt,
		      va_list ap) __attribute__((format(printf, 5, 0)));

void policy_notes_free(struct policy_notes *n);
/* Adds one note: 0 or -ENOMEM, -E2BIG.  Text is cut to its room. */
_must_use_ int policy_notes_add(struct policy_notes *n, const char *source,
				unsigned line, unsigned column, const char *fmt,
				...) __attribute__((format(printf, 5, 6)));
/* "FILE:LINE:COL: text\n", leaving out what is 0. */
void policy_note_print(const struct policy_note *n, FILE *to);

/* The policy as text that parses to the same; 0 or -EIO, -ENOMEM. */
_must_use_ int policy_print(const struct policy *p, FILE *to);
/* One rule's line, without newline, as policy_print() writes it. */
_must_use_ int policy_print_rule(const struct policy *p,
				 const struct policy_rule *r, FILE *to);

/* "read"; NULL for a number that is no verb. */
const char *policy_verb_name(enum policy_verb v);
/* The verb of that name, or -EINVAL. */
_must_use_ int policy_verb_of(const char *name);

#endif
