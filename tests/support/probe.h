/* SPDX-License-Identifier: ISC */
/*
 * What a process can really do in a Landlock domain: a small tree, and a child
 * that enters the domain and tries everything on everything in it.
 *
 *	struct probe b;
 *
 *	probe_tree(&s);
 *	probe_list(&b, &s, policy);
 *	probe_run(&b, enter, arg);
 *	for (size_t i = 0; i < b.n; i++)
 *		...	b.tries[i].error
 *	probe_free(&b);
 *
 * What the child changed is put back before its next try, by the parent, and
 * with the very files that were there: a rule is on an inode.  What cannot be
 * set up ends the process, and so fails the test.
 */
#ifndef SUPPORT_PROBE_H
#define SUPPORT_PROBE_H

#include <stdint.h>

#include "policy/policy.h"
#include "support/scratch.h"

enum probe_action {
	PROBE_READ,
	PROBE_WRITE,
	PROBE_TRUNCATE,
	PROBE_LIST,
	PROBE_CREATE,
	PROBE_MKNOD, /* a regular file, and nothing is opened */
	PROBE_MKDIR,
	PROBE_FIFO,
	PROBE_SYMLINK,
	PROBE_DEVICE,
	PROBE_SOCKET, /* bound to the name */
	PROBE_LISTEN, /* bound beside the name and moved to it */
	PROBE_UNLINK,
	PROBE_RENAME,
	PROBE_REPLACE, /* a rename to where something is */
	PROBE_LINK,
	PROBE_BIND,
	PROBE_CONNECT,
	PROBE_ABSTRACT, /* a connection to PROBE_NAME, out of the domain */
	PROBE_SIGNAL,	/* likewise */
	PROBE_RMDIR,
	PROBE_MAX,
};

#define PROBE_NAME "wicket-probe"

/* Names are of below the scratch directory. */
struct probe_try {
	enum probe_action action;
	mode_t type;	/* of what path is, S_IFMT; 0: it is to be made */
	char path[64];	/* what is tried */
	char leads[64]; /* where that leads, when it is opened */
	char to[64];	/* rename, replace, link: the other name */
	uint16_t port;	/* bind, connect */
	bool any;	/* bind: to 0.0.0.0, else to 127.0.0.1 */
	int error;	/* errno, 0: it works */
};

struct probe {
	struct scratch *s;
	struct probe_try *tries; /* shared with the child */
	size_t n;
};

/* Inside, outside, neighbour, parent, hidden; files, links, a FIFO, sockets. */
void probe_tree(struct scratch *s);

/*
 * All there is to try: on the tree, and on what the policy names besides: what
 * may be made, its ports and their neighbours.
 */
void probe_list(struct probe *b, struct scratch *s, const struct policy *p);

/*
 * Tries all in a child, after enter(arg) has put that into its domain; that
 * ends the process where it cannot.
 */
void probe_run(struct probe *b, void (*enter)(void *arg), void *arg);

void probe_free(struct probe *b);

/* "rename". */
const char *probe_name(enum probe_action a);

#endif
