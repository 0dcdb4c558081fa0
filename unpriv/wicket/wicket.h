/* SPDX-License-Identifier: ISC */
/*
 * wicket: a daemon gives up its privilege and keeps working.
 *
 *	struct wicket_options options = WICKET_OPTIONS_INIT;
 *	struct wicket *w;
 *	int log, sock;
 *
 *	options.policy = "httpd";
 *	if (wicket_start(&options, &w) < 0)
 *		err(1, "wicket_start");
 *	if (wicket_confine(w, NULL) < 0)
 *		err(1, "wicket_confine");
 *	sock = wicket_listen(w, "tcp *:80", 0);
 *	log = wicket_open(w, "/var/log/httpd/access.log",
 *			  O_WRONLY | O_APPEND | O_CREAT, 0);
 *
 * wicket_start() connects to a helper, which still has the privilege that the
 * policy needs, and nothing else.  wicket_confine() takes everything away from
 * the calling process: user, capabilities, the file system, the network, most
 * system calls.  From then on each of the calls below is one question to the
 * helper and one answer, and what is opened comes back as a descriptor of the
 * caller's own.
 *
 * With -DWICKET_NONE, or by including <wicket/none.h> instead, the same names
 * are direct system calls, for platforms without wicket.
 *
 *
 * What holds for every call
 *
 * Results	are those of the system call that the name stands for: a
 *		descriptor or a count, or 0; otherwise -1 (or NULL) with errno
 *		set.
 * Descriptors	are close-on-exec and the caller's, who closes them.
 * Strings	are only read, and not kept after the call.
 * Paths	are absolute, without "..", of less than 4096 bytes.  "//" and
 *		"/./" mean what they mean to the kernel.
 * Blocking	a call waits for the helper's answer, at most
 *		options.timeout_ms milliseconds, which begin anew when a helper
 *		died and another takes over; the helper itself never waits for
 *		a network, a lock or a peer.  Signals do not interrupt it.
 * Threads	any number of threads may use one handle.  One question is
 *		asked at a time: the others wait for it; a clone for each
 *		thread takes that away.  wicket_start(),
 *		wicket_confine() and wicket_close() are for one thread, while
 *		no other uses the handle.  No call is a cancellation point.
 * Signals	no call may be made from a signal handler.
 * fork		a child gets EPERM for every call but wicket_close(), so that
 *		it can never take an answer of its parent's; but a clone that
 *		nobody used before is its own: see wicket_clone().
 *
 * Errors that every question to the helper may end with, beside its own:
 *
 * EACCES	the policy does not allow it.  The audit names the line that
 *		forbids it, or the line that is missing; so does
 *		`wicket explain`.
 * ETIMEDOUT	no answer in time.  It may still be done; the late answer is
 *		dropped, and the descriptor in it closed.
 * EOWNERDEAD	the helper died while this was asked, and whether it was done
 *		is not known.  Only of what may not be done twice: a question
 *		that has no effect (open without O_CREAT, O_EXCL and O_TRUNC,
 *		stat, access, readlink, list, listen, raw, packet) is asked of
 *		the next helper, and ends so only when eight died with it.
 * EPIPE	the helper is gone, and there will be no other
 * EPROTO	what came was no answer to this question.  The channel is
 *		shut down; from now on every call ends so.
 * EPERM	the handle is another process's: this one is a fork of it
 * ENOTRECOVERABLE	wicket_confine() failed half-way: see there
 * EBADF	the handle is NULL
 * EFAULT	a string is NULL
 * ENAMETOOLONG	a string is longer than the helper takes
 * EMFILE	the descriptor that came found no room in this process and was
 *		closed
 * ENFILE, ENOMEM, EIO	the helper's or the kernel's resources are at an end
 *
 * Where a call says "the errno of open(2)", it is the helper's open that
 * failed so, for the caller's path.
 */
#ifndef WICKET_WICKET_H
#define WICKET_WICKET_H

#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef WICKET_PUBLIC
#define WICKET_PUBLIC __attribute__((visibility("default")))
#endif

/* One list of declarations for both kinds, so that they cannot differ. */
#ifdef WICKET_NONE
#define WICKET_CALL static inline
#else
#define WICKET_CALL WICKET_PUBLIC
#endif

/* A connection to a helper, made by wicket_start().  Since 0.1. */
struct wicket;

/* Bits of wicket_options.flags.  Since 0.1. */

/* The audit has a line for what is allowed too, not for refusals only. */
#define WICKET_AUDIT_GRANTS (1u << 0)
/*
 * wicket_start() closes every descriptor above 2 but those in keep_fds and
 * the channel: nothing that a parent left open by mistake is confined with
 * the caller.
 */
#define WICKET_CLOSE_FDS (1u << 1)

/*
 * How to start.  Begin with WICKET_OPTIONS_INIT, which sets size and zeroes
 * the rest; members that are left 0 have a default.  Nothing in it is kept
 * after wicket_start().  Under `wicket run` the policy and all that concerns
 * the helper were given there: then only timeout_ms, flags, keep_fds, event
 * and arg are looked at.  Since 0.1.
 */
struct wicket_options {
	/* sizeof(struct wicket_options), for later versions to grow. */
	size_t size;
	/*
	 * A policy's name ("httpd": /etc/wicket/httpd.policy and so on, see
	 * wicket.policy(5)) or an absolute path.  Or NULL, and policy_text.
	 */
	const char *policy;
	/* The policy itself, as text of at most 4 MiB. */
	const char *policy_text;
	/*
	 * What the policy in policy_text is called in the audit and in
	 * syslog; default: the program's name.
	 */
	const char *name;
	/* What %i in the policy stands for; default: %i is an error. */
	const char *instance;
	/* Where the audit is appended; "none"; default: by policy name. */
	const char *audit;
	/*
	 * The directory of the programs supervisor and helper; default: the
	 * environment's WICKET_LIBEXECDIR (not in a set-user-ID program), or
	 * where wicket was installed.
	 */
	const char *libexecdir;
	/* The socket of the system's log; default: "/dev/log". */
	const char *syslog;
	/*
	 * Milliseconds that a call waits for its answer; 0: the default of
	 * 30,000; negative: for ever.
	 */
	int timeout_ms;
	/* WICKET_AUDIT_GRANTS, WICKET_CLOSE_FDS */
	unsigned flags;
	/* What WICKET_CLOSE_FDS leaves open. */
	const int *keep_fds;
	size_t nkeep;
	/*
	 * Called by wicket_start(), in the calling thread, with one line of
	 * text without a newline that says what is wrong, e.g.
	 * "httpd.policy:3:9: found ..., expected ...".  The text is not valid
	 * afterwards.  Never called after wicket_start() has returned.
	 */
	void (*event)(void *arg, const char *text);
	void *arg;
};

#define WICKET_OPTIONS_INIT                                                  \
	{                                                                    \
		sizeof(struct wicket_options), NULL, NULL, NULL, NULL, NULL, \
			NULL, NULL, 0, 0, NULL, 0, NULL, NULL                \
	}

/*
 * Connects the calling process to its helper.
 *
 * Under `wicket run` the helper is there already and the environment's
 * WICKET_FD names the channel to it; the variable is removed.  Otherwise a
 * supervisor is started, which starts a helper: neither becomes a child of the
 * caller, no SIGCHLD is sent, and both end when the handle is closed or the
 * caller ends, in whatever way.
 *
 * options	NULL: as WICKET_OPTIONS_INIT, for programs that only ever run
 *		under `wicket run`
 * ret		the handle, untouched on failure; for wicket_close()
 *
 * To be called early, before threads are made and before privilege is given
 * up; the environment is changed.  Blocks until the helper is ready.
 *
 * Returns 0, or -1 with errno set and, for the more intricate reasons, told to
 * options.event:
 * EINVAL	the policy is wrong (the event says where), or options are:
 *		neither policy nor policy_text, or both, an unknown flag, a
 *		size of another version
 * ENOENT	no such policy; a user or group that it names does not exist;
 *		or no supervisor where it was looked for (the event
 *		says where)
 * EACCES, EPERM	others than root can change the policy, or it cannot be
 *		read
 * E2BIG	policy_text is too long
 * EBADF	WICKET_FD is set and is not a channel
 * EPROTONOSUPPORT	library and helper are of different versions
 * EPIPE	the supervisor or the helper ended before it was ready
 * ETIMEDOUT	it was not ready within timeout_ms
 * EMFILE, ENFILE, ENOMEM, EAGAIN	no descriptor, memory or process left
 *
 * Since 0.1.
 */
WICKET_CALL int wicket_start(const struct wicket_options *options,
			     struct wicket **ret)
	__attribute__((warn_unused_result));

/*
 * Confines the calling process, for good.
 *
 * In this order: the parts of libc that work only while files can be opened
 * are made ready (time zone, locale, thread exit); core files are switched
 * off; the policy's worker user is taken on, with no capability, unless
 * `wicket run` has done so; no_new_privs and non-dumpable are set; Landlock
 * takes away the file system, TCP, abstract sockets and signals to others,
 * as far as the kernel knows these; a seccomp filter takes away every system
 * call that the promises do not name.  Then all of it is checked.
 *
 * Afterwards libc finds no user, group, host name, shared library or locale
 * any more: getpwnam(3), getaddrinfo(3), dlopen(3), setlocale(3) belong before
 * it, as does openlog(3) with LOG_NDELAY where wicket_syslog() does not do.
 *
 * promises	words separated by blanks: stdio (always there) accept threads
 *		time spawn, and +NAME for one system call more, without
 *		conditions.  NULL: those of the policy.  Never more than the
 *		policy promises.
 *
 * A system call that was not promised fails with EPERM afterwards, one that
 * this version does not know with ENOSYS, one of a foreign architecture kills
 * the process.  What changes even for promised calls is in wicket(3),
 * CONFINEMENT: use SOCK_NONBLOCK or ioctl(FIONBIO) where F_SETFL would take
 * O_APPEND away.
 *
 * Returns 0, or -1 with errno set.  While nothing has been changed:
 * EBUSY	the process has more than one thread
 * EINVAL	a word is no promise, or +NAME no system call of this machine
 * EACCES	a word that the policy does not promise
 * EALREADY	it was confined before
 *
 * After any other error (EPERM, ENOSYS, ENOMEM, ...) the process is neither
 * free nor confined: it must end.  Every later call on the handle fails with
 * ENOTRECOVERABLE.
 *
 * Since 0.1.
 */
WICKET_CALL int wicket_confine(struct wicket *w, const char *promises)
	__attribute__((warn_unused_result));

/*
 * Makes another channel to the same helper, for a thread or a child of its
 * own.  What the handle may ask for, the clone may; what wicket_limit() took
 * from it, the clone has not got either.
 *
 * A clone belongs to the process that first makes a call with it, other than
 * wicket_close().  So a child gets its channel in this way:
 *
 *	if (wicket_clone(w, &clone) < 0)
 *		err(1, "wicket_clone");
 *	if (fork() == 0)
 *		serve(clone);		from its first call on it is the child's
 *	wicket_close(clone);		and here it would be EPERM
 *
 * The child itself cannot ask for one: the question would travel on the
 * channel of its parent, and there nothing tells whose answer is whose.  Of
 * several children that inherit one clone, one has it and the others get EPERM.
 *
 * ret		the clone, untouched on failure; for wicket_close()
 *
 * Returns 0, or -1 with errno set:
 * EMFILE	the policy's limit of channels is reached, or there is no
 *		descriptor left
 * ENOMEM	there is no memory left
 * ENOSYS	the helper is of an older version
 *
 * Since 0.1.
 */
WICKET_CALL int wicket_clone(struct wicket *w, struct wicket **ret)
	__attribute__((warn_unused_result));

/*
 * Takes away from this handle what the text does not allow: from now on a
 * request needs a line in the policy and one in each limit that was set.  There
 * is no way back, not by another limit, a reload or a new helper.  Clones that
 * are made later inherit it; those that were made before do not have it.
 *
 *	wicket_limit(w, "read /srv/www/index.html\n")
 *
 * policy	rules in the policy's language, and limit lines; an empty text
 *		allows nothing.  Paths are taken as they are written, and no
 *		file system is looked at.
 *		A path that goes through a link needs a line for where
 *		the link leads too.
 *
 * Returns 0, or -1 with errno set, and nothing has changed:
 * EINVAL	the text is wrong, or has a line worker, helper or promise, or
 *		%i in it.  `wicket check` on the text in a file says where.
 * EMSGSIZE	it is too long: some hundred lines
 * ENOSYS	the helper is of an older version
 *
 * Since 0.1.
 */
WICKET_CALL int wicket_limit(struct wicket *w, const char *policy)
	__attribute__((warn_unused_result));

/*
 * Reads the policy again, as SIGHUP to the supervisor and `wicket reload` do.
 * Blocks until the new policy is in force, for this handle and for all others;
 * requests of other threads meanwhile are answered by the old or the new one.
 *
 * Returns 0, or -1 with errno set, and the old policy stays in force:
 * EINVAL	the policy is wrong; the supervisor's log says where
 * EPERM	others than root can change it, or it has another worker than
 *		the one that runs, which needs a restart
 * ENOENT	it is not there, or names a user who is not
 * EOPNOTSUPP	a lock that was required is not there
 * EPIPE	the next helper could not be started; or, as of every call
 *		from then on, there is no helper any more
 * ENOSYS	the helper is of an older version
 *
 * Since 0.1.
 */
WICKET_CALL int wicket_reload(struct wicket *w)
	__attribute__((warn_unused_result));

/*
 * Closes the channel and frees the handle; with the last of a handle and its
 * clones the helper ends.  What was opened through it stays open.  Confinement
 * stays.  NULL is ignored; errno is left alone.  A forked child may call it:
 * its parent's handle stays usable. Since 0.1.
 */
WICKET_CALL void wicket_close(struct wicket *w);

/*
 * The channel's descriptor, for a list of what to keep open and for an event
 * loop; it stays the handle's.  Nothing is to be sent or read there.  -1 and
 * EBADF for NULL.  Since 0.1.
 */
WICKET_CALL int wicket_fd(const struct wicket *w);

/* ---- files ----------------------------------------------------------- */

/*
 * Opens a file, as open(2).
 *
 * flags	O_RDONLY needs `read` in the policy, O_WRONLY `write` or
 *		`append` (which adds O_APPEND), O_RDWR `read` and `write`;
 *		O_TRUNC needs `write`; O_CREAT, where the file is absent, a
 *		rule with create=.  Also O_APPEND, O_EXCL, O_NONBLOCK,
 *		O_NOFOLLOW, O_NOCTTY, O_DIRECTORY, O_SYNC, O_DSYNC.
 * mode		ignored: the policy says it
 *
 * Each call opens the file anew: offset and status flags are not shared with
 * anybody.
 *
 * Returns a descriptor, or -1 with the errno of open(2), and
 * EACCES	not granted; or not of the rule's type; or in a directory that
 *		the worker can change and of an owner it should not be of
 * EISDIR	a directory, asked for as a file
 * EINVAL	a flag that is not in the list
 * EAGAIN	somebody holds a lease on the file
 * ELOOP	O_NOFOLLOW and a link, or more than 40 links
 *
 * Since 0.1.
 */
WICKET_CALL int wicket_open(struct wicket *w, const char *path, int flags,
			    mode_t mode) __attribute__((warn_unused_result));

/* One file of wicket_openv().  Since 0.1. */
struct wicket_open_item {
	const char *path; /* as the arguments of wicket_open() */
	int flags;
	mode_t mode;
	int fd;	   /* set: the descriptor, or -1 */
	int error; /* set: 0, or the errno of wicket_open() */
};

/*
 * Opens many files with few messages, up to 253 in one, which costs a fraction
 * of as many calls of wicket_open().
 *
 *	struct wicket_open_item v[] = {
 *		{"/srv/www/index.html", O_RDONLY, 0, -1, 0},
 *		{"/srv/www/style.css", O_RDONLY, 0, -1, 0},
 *	};
 *
 *	if (wicket_openv(w, v, 2) < 2)
 *		warnx("%s: %s", v[0].path, strerror(v[0].error));
 *
 * Each item succeeds or fails by itself, and none waits for another's sake: in
 * each, fd and error are set.  Where this process has no room for the
 * descriptors of one message, all of that message are EMFILE.  After a message
 * without an answer in time those behind it are not sent, and end by ETIMEDOUT
 * too.
 *
 * Returns how many were opened, 0 to n; or -1 where nothing was asked at all,
 * with errno set and in each item's error.  EFAULT: v is NULL and n is not 0;
 * EINVAL: n is above INT_MAX.  Since 0.1.
 */
WICKET_CALL int wicket_openv(struct wicket *w, struct wicket_open_item *v,
			     size_t n) __attribute__((warn_unused_result));

/*
 * Opens a stream, as fopen(3): mode is r, r+, w, w+, a or a+, with b, e and x
 * behind it.  NULL with the errno of wicket_open(); EINVAL for another mode.
 * a+ needs `read` and `write`.  The caller closes it by fclose(3).  Since 0.1.
 */
WICKET_CALL FILE *wicket_fopen(struct wicket *w, const char *path,
			       const char *mode)
	__attribute__((warn_unused_result));

/*
 * As stat(2) and lstat(2).  The policy must have `stat` for the path, or one
 * of read, write, append, list, which imply it.  0, or -1 with their errno.
 * st is untouched on failure.  Since 0.1.
 */
WICKET_CALL int wicket_stat(struct wicket *w, const char *path, struct stat *st)
	__attribute__((warn_unused_result));
WICKET_CALL int wicket_lstat(struct wicket *w, const char *path,
			     struct stat *st)
	__attribute__((warn_unused_result));

/*
 * Whether the policy and the file system would let the caller: F_OK, or
 * R_OK | W_OK | X_OK.  By the effective user, as faccessat(2) with AT_EACCESS.
 * 0, or -1 with its errno; EINVAL for other bits.  Since 0.1.
 */
WICKET_CALL int wicket_access(struct wicket *w, const char *path, int mode)
	__attribute__((warn_unused_result));

/*
 * As readlink(2): puts at most size bytes of the link's text into buf, without
 * a NUL, and returns how many.  Needs `stat`.  -1 with the errno of
 * readlink(2); EINVAL where path is no link or size is 0.  Since 0.1.
 */
WICKET_CALL ssize_t wicket_readlink(struct wicket *w, const char *path,
				    char *buf, size_t size)
	__attribute__((warn_unused_result));

/*
 * As unlink(2) and rmdir(2).  Both need `remove`.  0, or -1 with their errno.
 * Since 0.1.
 */
WICKET_CALL int wicket_unlink(struct wicket *w, const char *path)
	__attribute__((warn_unused_result));
WICKET_CALL int wicket_rmdir(struct wicket *w, const char *path)
	__attribute__((warn_unused_result));

/*
 * As rename(2).  Needs `remove` for from and create= for to.
 *
 * 0, or -1 with the errno of rename(2), and
 * EXDEV	the new name would have rights that the old one has not; or a
 *		directory, and the policy does not treat all beneath the two
 *		names alike.  Copy instead.
 *
 * Since 0.1.
 */
WICKET_CALL int wicket_rename(struct wicket *w, const char *from,
			      const char *to)
	__attribute__((warn_unused_result));

/*
 * As mkdir(2).  Needs create=, whose mode is used, with x where it has r; the
 * mode given here is ignored.  0, or -1 with the errno of mkdir(2).  Since 0.1.
 */
WICKET_CALL int wicket_mkdir(struct wicket *w, const char *path, mode_t mode)
	__attribute__((warn_unused_result));

/* One name in a directory.  Since 0.1. */
struct wicket_entry {
	char *name;   /* without a slash; "." and ".." are left out */
	mode_t type;  /* S_IFREG, S_IFDIR, S_IFLNK, ...; 0: unknown */
	off_t size;   /* bytes */
	time_t mtime; /* of the last change, seconds since the epoch */
};

/*
 * Lists a directory, in no order.  Needs `list`.  Names that a `deny` covers
 * are left out.  A name that comes or goes meanwhile may be there or not.
 *
 * ret		an array, untouched on failure; for wicket_list_free().  NULL
 *		where there are no names.
 *
 * Returns the number of names, or -1 with the errno of opendir(3), or ENOMEM.
 * Since 0.1.
 */
WICKET_CALL ssize_t wicket_list(struct wicket *w, const char *path,
				struct wicket_entry **ret)
	__attribute__((warn_unused_result));

/* Frees what wicket_list() made.  NULL is ignored.  Since 0.1. */
WICKET_CALL void wicket_list_free(struct wicket_entry *entries, size_t n);

/* ---- sockets --------------------------------------------------------- */

/*
 * An address is text, written as in the policy, but one address, no range:
 *
 *	tcp *:80		tcp 127.0.0.1:8080	tcp [::]:443
 *	udp *:53		udp [fe80::1%eth0]:546
 *	unix /run/httpd.sock	unix:dgram /run/log	unix:seqpacket @name
 *
 * * is 0.0.0.0.  Host names are not looked up.  The forms with _addr take a
 * socket address instead, with its length, and type: SOCK_STREAM, SOCK_DGRAM
 * or SOCK_SEQPACKET.
 *
 * Sockets are blocking, as those of socket(2), unless said otherwise.
 *
 * Every call below may also fail with
 * EINVAL	the address is not written so, or has no meaning in this call
 * EAFNOSUPPORT	a family other than AF_INET, AF_INET6, AF_UNIX; or one that
 *		this kernel lacks
 */

/*
 * A socket bound to the address and listening.
 *
 * The same address and index asked for again gives the same socket, with the
 * connections that wait in it.  With reuseport=N in the policy there are N
 * sockets, of index 0 to N - 1, among which the kernel spreads connections;
 * otherwise index is 0.  Backlog, mode and options are the policy's.
 *
 * A listening socket is bound and listens before it arrives: after
 * wicket_confine() neither bind(2) nor listen(2) are possible.  unix:dgram
 * has nothing to listen for and arrives bound.
 *
 * Returns a descriptor, or -1 with errno set:
 * EACCES	no `listen` line for it
 * EADDRINUSE	another socket has the address
 * EADDRNOTAVAIL	no interface of this machine has it
 * EINVAL	index is out of range
 *
 * Since 0.1.
 */
WICKET_CALL int wicket_listen(struct wicket *w, const char *address, int index)
	__attribute__((warn_unused_result));
WICKET_CALL int wicket_listen_addr(struct wicket *w, int type,
				   const struct sockaddr *sa, socklen_t len,
				   int index)
	__attribute__((warn_unused_result));

/*
 * Ends a socket that wicket_listen() gave: it stops listening, whoever else
 * has it open, and the name of a unix one is removed.  The caller closes its
 * own; the next wicket_listen() makes a new one.  0, or -1: EACCES, as
 * wicket_listen(); ENOENT when there is no such socket.  Since 0.1.
 */
WICKET_CALL int wicket_unlisten(struct wicket *w, const char *address,
				int index) __attribute__((warn_unused_result));

/*
 * A socket bound to the address, for datagrams.  Needs a `bind` line.
 * Returns a descriptor, or -1 with EACCES, EADDRINUSE, EADDRNOTAVAIL.
 * Since 0.1.
 */
WICKET_CALL int wicket_bind(struct wicket *w, const char *address)
	__attribute__((warn_unused_result));
WICKET_CALL int wicket_bind_addr(struct wicket *w, int type,
				 const struct sockaddr *sa, socklen_t len)
	__attribute__((warn_unused_result));

/*
 * A socket connected to the address.  Needs a `connect` line.  For datagrams
 * that says from whom they are received: sendto(2) may name anybody.
 *
 * flags	0: waits until the connection stands, as long as connect(2)
 *		does, whatever timeout_ms is.  Other threads can use the handle
 *		meanwhile.
 *		SOCK_NONBLOCK: the socket is non-blocking and comes at once.
 *		The connection may not stand yet: wait for POLLOUT, then ask
 *		getsockopt(SO_ERROR).
 *
 * Returns a descriptor, or -1 with the errno of connect(2): ECONNREFUSED,
 * ENETUNREACH, EHOSTUNREACH, ENOENT, ...; EACCES: not granted; ETIMEDOUT:
 * nobody answered; EINVAL: another flag.  Since 0.1.
 */
WICKET_CALL int wicket_connect(struct wicket *w, const char *address, int flags)
	__attribute__((warn_unused_result));
WICKET_CALL int wicket_connect_addr(struct wicket *w, int type,
				    const struct sockaddr *sa, socklen_t len,
				    int flags)
	__attribute__((warn_unused_result));

/*
 * A raw socket of the protocol: "icmp" (IPv4) or "icmp6" (IPv6).  The caller
 * cannot give IP headers of its own.  Needs `raw icmp` or `raw icmp6`.  A
 * descriptor, or -1 with EACCES; EINVAL for another protocol.  Since 0.1.
 */
WICKET_CALL int wicket_raw(struct wicket *w, const char *protocol)
	__attribute__((warn_unused_result));

/*
 * A packet socket for one interface and one protocol (host byte order, as
 * 0x88cc), SOCK_RAW, bound, with a filter for that protocol locked on it.
 * Needs `packet INTERFACE proto=PROTOCOL`.  A descriptor, or -1 with EACCES;
 * ENODEV: no such interface.  Since 0.1.
 */
WICKET_CALL int wicket_packet(struct wicket *w, const char *interface,
			      uint16_t protocol)
	__attribute__((warn_unused_result));

/* ---- event loops ----------------------------------------------------- */

/*
 * Requests that do not wait.  A wicket_submit_...() asks and returns at once;
 * the callback is called by a wicket_dispatch() when there is an answer:
 *
 *	static void opened(void *arg, int fd, int error)
 *	{
 *		struct visitor *v = arg;
 *
 *		if (fd < 0)
 *			refuse(v, error);
 *		else
 *			send_file(v, fd);
 *	}
 *
 *	wicket_submit_open(w, path, O_RDONLY, 0, opened, visitor);
 *	...
 *	for (;;) {
 *		struct pollfd p = {wicket_fd(w), wicket_events(w), 0};
 *
 *		poll(&p, 1, wicket_timeout(w));
 *		if (wicket_dispatch(w) < 0)
 *			err(1, "wicket");
 *	}
 *
 * docs/examples/epoll.c is a server that is made so.
 *
 * Callbacks	are called by wicket_dispatch() and by nothing else, in the
 *		order in which the answers came.  They may make any call but
 *		wicket_close(), also submit, cancel and dispatch.
 * Order	what is submitted together may be done in any order: where
 *		order matters, submit the second when the first has answered.
 * Number	at most 256 requests of a handle wait at a time.  They are kept
 *		in memory that is allocated with the first; after that nothing
 *		is.
 * Time		a request ends by ETIMEDOUT after options.timeout_ms, or what
 *		wicket_deadline() says.
 * Threads	the loop's handle is for the loop's thread.  Others may call
 *		with it; but one that waits for its answer keeps the loop from
 *		submitting meanwhile, and what it receives for the loop the
 *		loop sees only when its wait ends.  So give them a clone.
 * Calls	that wait for their answer can be made between: what is
 *		answered meanwhile is kept, and wicket_timeout() is 0 then.
 * Closing	wicket_close() drops what waits: no callback is called.
 */

/*
 * What came of a request: result is what the call that waits would have
 * returned, and error its errno, 0 where result is not -1.  A descriptor is the
 * callback's.  Since 0.1.
 */
typedef void wicket_done(void *arg, int result, int error);

/*
 * As the calls without submit_ in their names.  Strings are copied; st must be
 * there until the callback, and is filled before it.  The socket of
 * wicket_submit_connect() is non-blocking, as with SOCK_NONBLOCK, and may still
 * be connecting.
 *
 * Each returns a number above 0, which no other request of this handle ever
 * has; or -1 with errno set, and the callback will not be called:
 * EAGAIN	256 requests wait: submit it again after a callback
 * EFAULT	done, st or a string is NULL
 * ENAMETOOLONG	a string of PATH_MAX (4096) bytes or more
 * ENOMEM	no memory for the first request
 * EINVAL	index is negative; mode of an access has other bits
 *
 * Never blocks, unless another thread has the handle.  Since 0.1.
 */
WICKET_CALL int64_t wicket_submit_open(struct wicket *w, const char *path,
				       int flags, mode_t mode,
				       wicket_done *done, void *arg);
WICKET_CALL int64_t wicket_submit_stat(struct wicket *w, const char *path,
				       struct stat *st, wicket_done *done,
				       void *arg);
WICKET_CALL int64_t wicket_submit_lstat(struct wicket *w, const char *path,
					struct stat *st, wicket_done *done,
					void *arg);
WICKET_CALL int64_t wicket_submit_unlink(struct wicket *w, const char *path,
					 wicket_done *done, void *arg);
WICKET_CALL int64_t wicket_submit_access(struct wicket *w, const char *path,
					 int mode, wicket_done *done,
					 void *arg);
WICKET_CALL int64_t wicket_submit_rmdir(struct wicket *w, const char *path,
					wicket_done *done, void *arg);
WICKET_CALL int64_t wicket_submit_mkdir(struct wicket *w, const char *path,
					mode_t mode, wicket_done *done,
					void *arg);
WICKET_CALL int64_t wicket_submit_rename(struct wicket *w, const char *from,
					 const char *to, wicket_done *done,
					 void *arg);
WICKET_CALL int64_t wicket_submit_listen(struct wicket *w, const char *address,
					 int index, wicket_done *done,
					 void *arg);
WICKET_CALL int64_t wicket_submit_connect(struct wicket *w, const char *address,
					  wicket_done *done, void *arg);

/*
 * The events of poll(2) to wait for on wicket_fd() now: POLLIN, with POLLOUT
 * while something waits to be sent; 0 once the channel is broken.  To be asked
 * before each wait.  Never blocks.  Since 0.1.
 */
WICKET_CALL short wicket_events(struct wicket *w);

/*
 * How many milliseconds to wait at most, as poll(2) takes it: 0 where a
 * callback is due, -1 where nothing but an event is waited for.  To be asked
 * before each wait.  Never blocks.  Since 0.1.
 */
WICKET_CALL int wicket_timeout(struct wicket *w);

/*
 * Sends and receives what it can without waiting, then calls the callbacks of
 * what has ended.  To be called when wicket_fd() is ready or wicket_timeout()
 * is over; at any other time it does no harm.  Never blocks: while another
 * thread has the handle it returns 0.
 *
 * Returns how many callbacks it called, or -1 where there was none and the
 * channel is broken, with errno EPIPE or EPROTO: what waited has been called
 * with that error before.  Since 0.1.
 */
WICKET_CALL int wicket_dispatch(struct wicket *w);

/*
 * Gives a request up: its callback will not be called, and a descriptor that
 * comes for it is closed.  It may still be done.  0, or -1 with ENOENT: there
 * is no such request, or its callback has been called.  Since 0.1.
 */
WICKET_CALL int wicket_cancel(struct wicket *w, int64_t request);

/*
 * Lets a request end by ETIMEDOUT after timeout_ms from now, negative: never.
 * 0, or -1 with ENOENT as wicket_cancel().  Since 0.1.
 */
WICKET_CALL int wicket_deadline(struct wicket *w, int64_t request,
				int timeout_ms);

/* ---- the system's log and the service manager ------------------------ */

/*
 * Tells the service manager: "READY=1", "STATUS=...", as sd_notify(3), lines
 * separated by newlines, 1023 bytes at most.  Only READY, RELOADING, STOPPING,
 * STATUS, WATCHDOG, MONOTONIC_USEC, ERRNO and EXTEND_TIMEOUT_USEC.
 *
 * 0, also where there is no service manager; or -1: EINVAL for other lines.
 * Since 0.1.
 */
WICKET_CALL int wicket_notify(struct wicket *w, const char *state);

/*
 * Writes a line to the system's log, as syslog(3), under the policy's name.
 * Of priority only LOG_EMERG to LOG_DEBUG counts, the facility is LOG_DAEMON.
 * The text is cut at 1023 bytes; what is not printable is escaped; %m works.
 * What fails is lost, errno is left alone.  Since 0.1.
 */
WICKET_CALL void wicket_syslog(struct wicket *w, int priority,
			       const char *format, ...)
	__attribute__((format(printf, 3, 4)));
WICKET_CALL void wicket_vsyslog(struct wicket *w, int priority,
				const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

#ifdef __cplusplus
}
#endif

#ifdef WICKET_NONE
#include <wicket/none.h>
#endif

#endif
