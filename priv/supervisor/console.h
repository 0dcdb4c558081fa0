/* SPDX-License-Identifier: ISC */
/*
 * The socket at which `wicket status` and `wicket reload` ask.  Only root, or
 * whoever runs the supervisor, can reach it:
 *
 *	/run/wicket/NAME.PID		as root
 *	$XDG_RUNTIME_DIR/wicket/NAME.PID	otherwise
 *
 * A question is one packet, "status" or "reload".  The answer to a reload is
 * one packet, "ok TEXT" or "no TEXT"; to status it is "ok" and a descriptor of
 * a sealed file with the text, a line for each fact (docs/man/wicket.1).
 */
#ifndef SUPERVISOR_CONSOLE_H
#define SUPERVISOR_CONSOLE_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "own.h"
#include "supervisor/failure.h"

struct supervisor;

enum {
	CONSOLE_ASKERS = 8,
	CONSOLE_POLL = 1 + CONSOLE_ASKERS,
};

/* Somebody who has asked, or is about to. */
struct asker {
	int fd; /* owned, -1: none */
	enum asker_state {
		ASKER_NEW,
		ASKER_STATUS,
		ASKER_RELOAD,
		ASKER_SERVED, /* the reload that it asked for is begun */
	} state;
	int64_t until; /* then it is sent away */
};

struct console {
	int fd; /* owned, -1: there is none */
	char path[108];
	struct asker askers[CONSOLE_ASKERS];
};

#define CONSOLE_INIT     \
	{                \
		.fd = -1 \
	}

/*
 * Makes the socket.  0, or -errno with the text: the supervisor can do without.
 */
_must_use_ int console_open(struct supervisor *s, struct failure *f);
void console_close(struct console *c);

/* The entries for poll(2), CONSOLE_POLL of them, and what came of it. */
void console_watch(const struct console *c, struct pollfd *p);
void console_take(struct supervisor *s, const struct pollfd *p);
/* Answers those who would wait too long; in how many ms the next one would. */
void console_step(struct supervisor *s);
int console_timeout(const struct console *c);

/* The helper's counters have come (control.h). */
void console_counts(struct supervisor *s, const void *counts, size_t len);

/* A reload is begun, of what the policy says by now. */
void console_begun(struct console *c);
/* It is done, and told to those who had asked for it; hup is what the worker
 * got. */
void console_reloaded(struct supervisor *s, const char *hup);
void console_refused(struct supervisor *s, int error, const char *text);

#endif
