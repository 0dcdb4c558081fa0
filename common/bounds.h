/* SPDX-License-Identifier: ISC */
/*
 * Every maximum that wicket knows, by name.  What a peer or a file can make
 * us hold is bounded here and nowhere else.
 */
#ifndef COMMON_BOUNDS_H
#define COMMON_BOUNDS_H

enum {
	/* One channel message, all frames and their headers together. */
	BOUND_MESSAGE = 65536,

	/* Descriptors of one message: the kernel's SCM_MAX_FD. */
	BOUND_FDS = 253,

	/* A message between supervisor and helper: two messages in one. */
	BOUND_CONTROL = 2 * BOUND_MESSAGE + 8192,

	/* Bytes of a path with its NUL; of one component without. */
	BOUND_PATH = 4096,
	BOUND_COMPONENT = 255,

	/* Symbolic links followed for one request. */
	BOUND_LINKS = 40,

	/* Helpers that one request is asked of when each dies with it. */
	BOUND_AGAIN = 8,

	/* Requests of one handle that were submitted and are not called. */
	BOUND_SUBMITTED = 256,

	/* "unix:seqpacket " and a sun_path, or the longest IPv6 form. */
	BOUND_ADDRESS = 192,

	/* A policy: bytes of one source, of one line, rules and words. */
	BOUND_POLICY_BYTES = 4 << 20,
	BOUND_POLICY_LINE = 16384,
	BOUND_POLICY_RULES = 65536,
	BOUND_POLICY_SOURCES = 256,
	BOUND_POLICY_WARNINGS = 1024,
	/* ... words of the command that prints one. */
	BOUND_POLICY_COMMAND = 64,
	/* ... and packed for the helper. */
	BOUND_POLICY_PACKED = 64 << 20,

	/* TCP ports that Landlock is told of, to bind and to connect each. */
	BOUND_PLAN_PORTS = 4096,

	/* Supplementary groups of the worker or the helper. */
	BOUND_GROUPS = 64,

	/*
	 * "+syscall" words in one promise; the text of the longest promise
	 * with its NUL: all words, and 64 times " +" and 31 bytes.
	 */
	BOUND_PROMISE_EXTRA = 64,
	BOUND_PROMISE_TEXT = 2176,

	/* Limits that a client sets itself, and what they come to, packed. */
	BOUND_LIMITS = 8,
	BOUND_LIMITS_BYTES = 32768,

	/* Sockets with one address by reuseport=, listeners in all. */
	BOUND_REUSEPORT = 256,
	BOUND_LISTENERS = 1024,

	/* One audit line with its newline; one syslog text; one notify. */
	BOUND_AUDIT_LINE = 1024,
	BOUND_MISSING = BOUND_AUDIT_LINE /
			2, /* the line that a refusal names */
	BOUND_SYSLOG = 1024,
	BOUND_NOTIFY = 1024,

	/* Names in one answer of wicket_list(), and that one page looks at. */
	BOUND_LIST = 1 << 20,
	BOUND_LIST_PAGE = 2048,

	/* A systemd unit: bytes of a file, drop-ins, settings in all. */
	BOUND_UNIT_BYTES = 1 << 20,
	BOUND_UNIT_DROPINS = 256,
	BOUND_UNIT_SETTINGS = 4096,

	/* Clients of one helper; frames answered for one of them at a time. */
	BOUND_CLIENTS = 1024,
	/* ... with those that clones make: workers to come find room. */
	BOUND_CLONES = BOUND_CLIENTS - 64,
	/* ... where the policy has no other limit. */
	BOUND_CHANNELS = 64,
	BOUND_TURN = 4,
	/* Names that are looked up for one request, and cost as much as it. */
	BOUND_LOOKS = 16,

	/* What a list, a link's target or a stat needs of a reply at least. */
	BOUND_REPLY_ROOM = 8192,
};

#endif
