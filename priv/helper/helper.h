/* SPDX-License-Identifier: ISC */
/*
 * What the helper's parts share.  Data flows one way: a request comes in
 * (serve.c), its handler decides by the policy and acts (one file for each
 * kind of operation), the answer goes out, and the decision is written down
 * (audit.c).
 */
#ifndef HELPER_HELPER_H
#define HELPER_HELPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bounds.h"
#include "op.h"
#include "own.h"
#include "policy/match.h"
#include "start.h"

struct listeners; /* listen.c: what was bound, by address and index */
struct clients;	  /* clients.c */
struct limits;	  /* limits.c */

struct helper {
	struct policy *policy; /* what is in it is owned */
	struct start start;
	int control; /* the supervisor's, borrowed */
	int root;    /* owned: O_PATH of "/" */
	int audit;   /* owned */
	int notify;  /* owned, -1: none */
	int syslog;  /* owned, -1: not connected */
	uint64_t audit_seq;
	uint64_t audit_dropped; /* lines lost since the last that was written */
	bool audit_torn;	/* the last one was written in part */
	size_t flying_max; /* descriptors that may be with clients, 0: any */
	size_t flying;	   /* those that no client is known to have taken */
	struct listeners *listeners; /* owned */
	struct clients *clients;     /* owned */
	uint8_t blob[BOUND_MESSAGE]; /* of the reply that is being made */
	char missing[BOUND_MISSING]; /* ... and what it is refused for */
};

/*
 * One request on its way to its answer.  The handler fills what its operation
 * answers with: number, blob_len bytes of blob, fd.
 */
struct job {
	const struct op_request *request;
	uint64_t channel;
	struct limits *limits; /* the client's own; NULL: none */
	pid_t worker;	       /* from the channel's credentials */
	/*
	 * The request waited before, for CONTROL_LOCK or CONTROL_RELOAD, and
	 * word is what came of it.  Else the handler may set waits to one of
	 * them: there is no answer then, and it is called again.
	 */
	unsigned again;
	int word;
	unsigned waits;
	unsigned looks; /* names that were looked up beside its own */
	uint64_t number;
	uint8_t *blob; /* room of blob_size bytes, the caller's */
	size_t blob_size;
	size_t blob_len;
	int fd; /* owned, -1: none; sent, then closed */

	/* The decision, for the audit. */
	bool refused;			/* the policy said no */
	const struct policy_rule *rule; /* that allowed or denied, or NULL */
	char *missing;	 /* the helper's: the line that would allow it, or "" */
	const char *why; /* one word where no rule says it: "owner", or NULL */
};

/*
 * A handler decides, acts, and returns 0 or -errno.  It never blocks on the
 * network, a lock, a lease or a FIFO.  One for each row of ops.def, named
 * do_open() and so on.
 */
typedef int op_handler(struct helper *h, struct job *j);

#define OP(number, name, request, reply, fds) op_handler do_##name;
#include "ops.def"
#undef OP

/*
 * Each notes a refusal and returns -EACCES, for `return refuse_path(...)`;
 * where another errno says more, the handler returns that.
 *
 * refuse_path	the rule that denies, or NULL and the rights that are missing
 * refuse_for	what no line of a policy can allow; why is one word, or NULL
 *		and the caller knows the line that is missing
 * refuse_lock	what the policy allows and the kernel refused with error: where
 *		the modes allow as much (access(2)'s) on fd, it was Landlock,
 *		and the request waits for a helper whose lock knows the object.
 *		Any other error is returned as it is, and nothing noted
 * refuse_link	once more what was refused just now, behind a link that a rule
 *		names: the request waits for a helper whose policy has followed
 *		the link to where it leads now
 */
int refuse_path(struct job *j, const struct policy_rule *deny,
		unsigned missing_rights, const char *path);
int refuse_for(struct job *j, const char *why);
int refuse_lock(const struct helper *h, struct job *j, int error, int fd,
		int access);
int refuse_link(struct job *j);

#endif
