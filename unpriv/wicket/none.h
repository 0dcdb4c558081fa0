/* SPDX-License-Identifier: ISC */
/*
 * The calls of <wicket/wicket.h> as direct system calls, for platforms without
 * wicket: no helper, no policy, no confinement.  What the process may do is
 * what its user may do.
 *
 *	cc -DWICKET_NONE daemon.c		or
 *	#include <wicket/none.h>		in place of <wicket/wicket.h>
 *
 * No library is linked.  Names, arguments, results and errors are those of
 * wicket.h, with these differences:
 *
 * - wicket_start() looks only at whether there is room for the handle, and
 *   wicket_confine() does nothing: a daemon that must not run unconfined asks
 *   `#ifdef WICKET_NONE`.  Where there is no policy there is nothing that
 *   wicket_limit() could narrow or wicket_reload() read again: neither looks
 *   at its text, and both succeed.
 * - mode in wicket_open() and wicket_mkdir() counts, since there is no policy
 *   to say it: pass the one that you want.
 * - Each wicket_listen() makes a socket of its own, with the largest backlog;
 *   index is 0.  A socket file that is in the way is replaced.
 * - wicket_packet() is for Linux only.
 * - What is submitted is done at once, and the callback called by the next
 *   wicket_dispatch(), as it would be; each submission allocates.
 *
 * All is static inline and may be included from any number of files.
 */
#ifndef WICKET_NONE_H
#define WICKET_NONE_H

#ifndef WICKET_NONE
#define WICKET_NONE 1
#endif

#include <wicket/wicket.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What was submitted, done at once, and not told yet. */
struct wicket_none_result {
	struct wicket_none_result *next;
	int64_t number;
	wicket_done *done;
	void *arg;
	int result;
	int error;
};

struct wicket {
	int idle[2]; /* a pipe for wicket_fd(), made when that is called */
	int64_t count;
	struct wicket_none_result *results;
};

static inline int wicket_none_fail(int error)
{
	errno = error;
	return -1;
}

/* ---- start ----------------------------------------------------------- */

static inline int wicket_start(const struct wicket_options *options,
			       struct wicket **ret)
{
	struct wicket *w;

	(void)options;
	w = (struct wicket *)calloc(1, sizeof(*w));
	if (!w)
		return -1;
	w->idle[0] = w->idle[1] = -1;
	*ret = w;
	return 0;
}

static inline int wicket_confine(struct wicket *w, const char *promises)
{
	(void)promises;
	return w ? 0 : wicket_none_fail(EBADF);
}

static inline int wicket_clone(struct wicket *w, struct wicket **ret)
{
	return w ? wicket_start(NULL, ret) : wicket_none_fail(EBADF);
}

static inline int wicket_limit(struct wicket *w, const char *policy)
{
	(void)policy;
	return w ? 0 : wicket_none_fail(EBADF);
}

static inline int wicket_reload(struct wicket *w)
{
	return w ? 0 : wicket_none_fail(EBADF);
}

static inline void wicket_close(struct wicket *w)
{
	int saved = errno;

	while (w && w->results) {
		struct wicket_none_result *r = w->results;

		w->results = r->next;
		if (r->result > 0)
			(void)close(r->result);
		free(r);
	}
	if (w && w->idle[0] >= 0) {
		(void)close(w->idle[0]);
		(void)close(w->idle[1]);
	}
	free(w);
	errno = saved;
}

/* Nothing ever comes: wicket_timeout() says when there is something to do. */
static inline int wicket_fd(const struct wicket *w)
{
	struct wicket *made = (struct wicket *)w;
	int i;

	if (!w)
		return wicket_none_fail(EBADF);
	if (w->idle[0] >= 0)
		return w->idle[0];
	if (pipe(made->idle) < 0)
		return -1;
	for (i = 0; i < 2; i++)
		(void)fcntl(w->idle[i], F_SETFD, FD_CLOEXEC);
	return w->idle[0];
}

/* ---- files ----------------------------------------------------------- */

static inline int wicket_open(struct wicket *w, const char *path, int flags,
			      mode_t mode)
{
	(void)w;
	return open(path, flags | O_CLOEXEC, mode);
}

static inline int wicket_openv(struct wicket *w, struct wicket_open_item *v,
			       size_t n)
{
	int opened = 0;
	size_t i;

	if (n > 0 && !v)
		return wicket_none_fail(EFAULT);
	for (i = 0; i < n; i++) {
		v[i].fd = wicket_open(w, v[i].path, v[i].flags, v[i].mode);
		v[i].error = v[i].fd < 0 ? errno : 0;
		opened += v[i].fd >= 0;
	}
	return opened;
}

static inline FILE *wicket_fopen(struct wicket *w, const char *path,
				 const char *mode)
{
	char with_e[8];
	size_t len = strlen(mode);

	(void)w;
	if (len > sizeof(with_e) - 2) {
		errno = EINVAL;
		return NULL;
	}
	memcpy(with_e, mode, len);
	memcpy(with_e + len, "e", 2);
	return fopen(path, with_e);
}

static inline int wicket_stat(struct wicket *w, const char *path,
			      struct stat *st)
{
	(void)w;
	return stat(path, st);
}

static inline int wicket_lstat(struct wicket *w, const char *path,
			       struct stat *st)
{
	(void)w;
	return lstat(path, st);
}

static inline int wicket_access(struct wicket *w, const char *path, int mode)
{
	(void)w;
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}

static inline ssize_t wicket_readlink(struct wicket *w, const char *path,
				      char *buf, size_t size)
{
	(void)w;
	return readlink(path, buf, size);
}

static inline int wicket_unlink(struct wicket *w, const char *path)
{
	(void)w;
	return unlink(path);
}

static inline int wicket_rmdir(struct wicket *w, const char *path)
{
	(void)w;
	return rmdir(path);
}

static inline int wicket_rename(struct wicket *w, const char *from,
				const char *to)
{
	(void)w;
	return rename(from, to);
}

static inline int wicket_mkdir(struct wicket *w, const char *path, mode_t mode)
{
	(void)w;
	return mkdir(path, mode);
}

static inline void wicket_list_free(struct wicket_entry *entries, size_t n)
{
	size_t i;

	for (i = 0; entries && i < n; i++)
		free(entries[i].name);
	free(entries);
}

static inline int wicket_none_add(DIR *dir, const char *name,
				  struct wicket_entry **v, size_t *n)
{
	struct wicket_entry *grown;
	struct wicket_entry e;
	struct stat st;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	grown = (struct wicket_entry *)realloc(*v, (*n + 1) * sizeof(**v));
	if (!grown)
		return -1;
	*v = grown;
	e.name = strdup(name);
	e.type = st.st_mode & S_IFMT;
	e.size = st.st_size;
	e.mtime = st.st_mtime;
	if (!e.name)
		return -1;
	grown[(*n)++] = e;
	return 0;
}

static inline ssize_t wicket_list(struct wicket *w, const char *path,
				  struct wicket_entry **ret)
{
	struct wicket_entry *v = NULL;
	size_t n = 0;
	int error = 0;
	DIR *dir = opendir(path);

	(void)w;
	if (!dir)
		return -1;
	while (!error) {
		struct dirent *d;

		errno = 0;
		d = readdir(dir);
		if (!d || wicket_none_add(dir, d->d_name, &v, &n) < 0)
			error = errno;
		if (!d)
			break;
	}
	(void)closedir(dir);
	if (error) {
		wicket_list_free(v, n);
		return wicket_none_fail(error);
	}
	*ret = v;
	return (ssize_t)n;
}

/* ---- addresses ------------------------------------------------------------
 */

struct wicket_none_address {
	int type;
	socklen_t len;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} u;
};

/* "[fe80::1%eth0]" without its brackets. */
static inline int wicket_none_in6(char *host, struct sockaddr_in6 *in6)
{
	char *scope = strchr(host, '%');

	if (scope) {
		*scope++ = '\0';
		in6->sin6_scope_id = if_nametoindex(scope);
		if (!in6->sin6_scope_id)
			return -1;
	}
	in6->sin6_family = AF_INET6;
	return inet_pton(AF_INET6, host, &in6->sin6_addr) == 1 ? 0 : -1;
}

static inline int wicket_none_in(const char *host, struct sockaddr_in *in)
{
	in->sin_family = AF_INET;
	if (strcmp(host, "*") == 0) {
		in->sin_addr.s_addr = htonl(INADDR_ANY);
		return 0;
	}
	return inet_pton(AF_INET, host, &in->sin_addr) == 1 ? 0 : -1;
}

/* "*:80", "127.0.0.1:80", "[::1]:80" */
static inline int wicket_none_inet(const char *text,
				   struct wicket_none_address *a)
{
	char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 2];
	const char *colon = strrchr(text, ':');
	unsigned long port;
	size_t len;
	char *end;

	if (!colon || colon[1] < '0' || colon[1] > '9')
		return -1;
	port = strtoul(colon + 1, &end, 10);
	len = (size_t)(colon - text);
	if (*end || port > 65535 || len == 0 || len >= sizeof(host))
		return -1;
	memcpy(host, text, len);
	host[len] = '\0';
	if (host[0] != '[') {
		a->len = sizeof(a->u.in);
		a->u.in.sin_port = htons((uint16_t)port);
		return wicket_none_in(host, &a->u.in);
	}
	if (host[len - 1] != ']')
		return -1;
	host[len - 1] = '\0';
	a->len = sizeof(a->u.in6);
	a->u.in6.sin6_port = htons((uint16_t)port);
	return wicket_none_in6(host + 1, &a->u.in6);
}

/* "/run/x", "@name" */
static inline int wicket_none_unix(const char *text,
				   struct wicket_none_address *a)
{
	size_t len = strlen(text);

	if (len < 2 || len >= sizeof(a->u.un.sun_path) ||
	    (text[0] != '/' && text[0] != '@'))
		return -1;
	a->u.un.sun_family = AF_UNIX;
	memcpy(a->u.un.sun_path, text, len + 1);
	a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	if (text[0] == '@') {
		a->u.un.sun_path[0] = '\0';
		a->len--;
	}
	return 0;
}

/* "tcp *:80": the word, then what it says how to read. */
static inline int wicket_none_parse(const char *text,
				    struct wicket_none_address *a)
{
	static const struct {
		const char *word;
		int type;
		int (*parse)(const char *, struct wicket_none_address *);
	} kinds[] = {
		{"tcp ", SOCK_STREAM, wicket_none_inet},
		{"udp ", SOCK_DGRAM, wicket_none_inet},
		{"unix ", SOCK_STREAM, wicket_none_unix},
		{"unix:dgram ", SOCK_DGRAM, wicket_none_unix},
		{"unix:seqpacket ", SOCK_SEQPACKET, wicket_none_unix},
	};
	size_t i;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t len = strlen(kinds[i].word);

		if (strncmp(text, kinds[i].word, len) != 0)
			continue;
		a->type = kinds[i].type;
		if (kinds[i].parse(text + len, a) < 0)
			break;
		return 0;
	}
	return wicket_none_fail(EINVAL);
}

static inline int wicket_none_copy(int type, const struct sockaddr *sa,
				   socklen_t len, struct wicket_none_address *a)
{
	memset(a, 0, sizeof(*a));
	if (len > sizeof(a->u))
		return wicket_none_fail(EINVAL);
	a->type = type;
	a->len = len;
	memcpy(&a->u, sa, len);
	return 0;
}

/* ---- sockets --------------------------------------------------------- */

static inline int wicket_none_close(int fd)
{
	int saved = errno;

	(void)close(fd);
	return wicket_none_fail(saved);
}

static inline void wicket_none_remove(const struct wicket_none_address *a)
{
	struct stat st;

	if (a->u.sa.sa_family == AF_UNIX && a->u.un.sun_path[0] == '/' &&
	    lstat(a->u.un.sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(a->u.un.sun_path);
}

static inline int wicket_none_bind(const struct wicket_none_address *a)
{
	int fd = socket(a->u.sa.sa_family, a->type | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -1;
	if (a->type == SOCK_STREAM)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->u.sa.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
				 sizeof(on));
	wicket_none_remove(a);
	if (bind(fd, &a->u.sa, a->len) < 0)
		return wicket_none_close(fd);
	return fd;
}

static inline int wicket_none_listen(const struct wicket_none_address *a,
				     int index)
{
	int fd = index == 0 ? wicket_none_bind(a) : wicket_none_fail(EINVAL);

	if (fd >= 0 && a->type != SOCK_DGRAM && listen(fd, SOMAXCONN) < 0)
		return wicket_none_close(fd);
	return fd;
}

static inline int wicket_none_wait(int fd)
{
	struct pollfd p;
	int error = 0;
	socklen_t len = sizeof(error);

	p.fd = fd;
	p.events = POLLOUT;
	while (poll(&p, 1, -1) < 0)
		if (errno != EINTR)
			return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -1;
	return error ? wicket_none_fail(error) : 0;
}

static inline int wicket_none_connect(const struct wicket_none_address *a,
				      int flags)
{
	int fd = socket(a->u.sa.sa_family, a->type | flags | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, &a->u.sa, a->len) == 0)
		return fd;
	if (errno == EINPROGRESS)
		return fd;
	/* After a signal the connection goes on being made. */
	if (errno == EINTR && wicket_none_wait(fd) == 0)
		return fd;
	return wicket_none_close(fd);
}

static inline int wicket_listen(struct wicket *w, const char *address,
				int index)
{
	struct wicket_none_address a;

	(void)w;
	if (wicket_none_parse(address, &a) < 0)
		return -1;
	return wicket_none_listen(&a, index);
}

static inline int wicket_listen_addr(struct wicket *w, int type,
				     const struct sockaddr *sa, socklen_t len,
				     int index)
{
	struct wicket_none_address a;

	(void)w;
	if (wicket_none_copy(type, sa, len, &a) < 0)
		return -1;
	return wicket_none_listen(&a, index);
}

static inline int wicket_unlisten(struct wicket *w, const char *address,
				  int index)
{
	struct wicket_none_address a;

	(void)w;
	(void)index;
	if (wicket_none_parse(address, &a) < 0)
		return -1;
	wicket_none_remove(&a);
	return 0;
}

static inline int wicket_bind(struct wicket *w, const char *address)
{
	struct wicket_none_address a;

	(void)w;
	if (wicket_none_parse(address, &a) < 0)
		return -1;
	return wicket_none_bind(&a);
}

static inline int wicket_bind_addr(struct wicket *w, int type,
				   const struct sockaddr *sa, socklen_t len)
{
	struct wicket_none_address a;

	(void)w;
	if (wicket_none_copy(type, sa, len, &a) < 0)
		return -1;
	return wicket_none_bind(&a);
}

static inline int wicket_connect(struct wicket *w, const char *address,
				 int flags)
{
	struct wicket_none_address a;

	(void)w;
	if (wicket_none_parse(address, &a) < 0)
		return -1;
	return wicket_none_connect(&a, flags);
}

static inline int wicket_connect_addr(struct wicket *w, int type,
				      const struct sockaddr *sa, socklen_t len,
				      int flags)
{
	struct wicket_none_address a;

	(void)w;
	if (wicket_none_copy(type, sa, len, &a) < 0)
		return -1;
	return wicket_none_connect(&a, flags);
}

static inline int wicket_raw(struct wicket *w, const char *protocol)
{
	(void)w;
	if (strcmp(protocol, "icmp") == 0)
		return socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	if (strcmp(protocol, "icmp6") == 0)
		return socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC,
			      IPPROTO_ICMPV6);
	return wicket_none_fail(EINVAL);
}

static inline int wicket_packet(struct wicket *w, const char *interface,
				uint16_t protocol)
{
#ifdef __linux__
	struct sockaddr_ll ll;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	(void)w;
	if (fd < 0)
		return -1;
	memset(&ll, 0, sizeof(ll));
	ll.sll_family = AF_PACKET;
	ll.sll_protocol = htons(protocol);
	ll.sll_ifindex = (int)if_nametoindex(interface);
	if (!ll.sll_ifindex || bind(fd, (struct sockaddr *)&ll, sizeof(ll)) < 0)
		return wicket_none_close(fd);
	return fd;
#else
	(void)w;
	(void)interface;
	(void)protocol;
	return wicket_none_fail(EAFNOSUPPORT);
#endif
}

/* ---- event loops ----------------------------------------------------- */

/*
 * Room is there before the call is made: its result is not lost.  What is
 * wrong with the arguments is told at once, as by wicket.h.
 */
static inline struct wicket_none_result *wicket_none_result(struct wicket *w,
							    const char *string,
							    wicket_done *done,
							    void *arg)
{
	struct wicket_none_result *r;

	if (!w || !done || !string) {
		errno = w ? EFAULT : EBADF;
		return NULL;
	}
	if (strlen(string) >= 4096) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	r = (struct wicket_none_result *)calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->done = done;
	r->arg = arg;
	r->number = ++w->count;
	return r;
}

static inline int64_t wicket_none_tell(struct wicket *w,
				       struct wicket_none_result *r, int result)
{
	struct wicket_none_result **end = &w->results;

	r->result = result;
	r->error = result < 0 ? errno : 0;
	while (*end)
		end = &(*end)->next;
	*end = r;
	return r->number;
}

static inline int64_t wicket_submit_open(struct wicket *w, const char *path,
					 int flags, mode_t mode,
					 wicket_done *done, void *arg)
{
	struct wicket_none_result *r = wicket_none_result(w, path, done, arg);

	return r ? wicket_none_tell(w, r, wicket_open(w, path, flags, mode))
		 : -1;
}

static inline int64_t wicket_submit_stat(struct wicket *w, const char *path,
					 struct stat *st, wicket_done *done,
					 void *arg)
{
	struct wicket_none_result *r;

	if (!st)
		return wicket_none_fail(EFAULT);
	r = wicket_none_result(w, path, done, arg);
	return r ? wicket_none_tell(w, r, wicket_stat(w, path, st)) : -1;
}

static inline int64_t wicket_submit_lstat(struct wicket *w, const char *path,
					  struct stat *st, wicket_done *done,
					  void *arg)
{
	struct wicket_none_result *r;

	if (!st)
		return wicket_none_fail(EFAULT);
	r = wicket_none_result(w, path, done, arg);
	return r ? wicket_none_tell(w, r, wicket_lstat(w, path, st)) : -1;
}

static inline int64_t wicket_submit_unlink(struct wicket *w, const char *path,
					   wicket_done *done, void *arg)
{
	struct wicket_none_result *r = wicket_none_result(w, path, done, arg);

	return r ? wicket_none_tell(w, r, wicket_unlink(w, path)) : -1;
}

static inline int64_t wicket_submit_access(struct wicket *w, const char *path,
					   int mode, wicket_done *done,
					   void *arg)
{
	struct wicket_none_result *r;

	if (mode & ~(R_OK | W_OK | X_OK))
		return wicket_none_fail(EINVAL);
	r = wicket_none_result(w, path, done, arg);
	return r ? wicket_none_tell(w, r, wicket_access(w, path, mode)) : -1;
}

static inline int64_t wicket_submit_rmdir(struct wicket *w, const char *path,
					  wicket_done *done, void *arg)
{
	struct wicket_none_result *r = wicket_none_result(w, path, done, arg);

	return r ? wicket_none_tell(w, r, wicket_rmdir(w, path)) : -1;
}

static inline int64_t wicket_submit_mkdir(struct wicket *w, const char *path,
					  mode_t mode, wicket_done *done,
					  void *arg)
{
	struct wicket_none_result *r = wicket_none_result(w, path, done, arg);

	return r ? wicket_none_tell(w, r, wicket_mkdir(w, path, mode)) : -1;
}

static inline int64_t wicket_submit_rename(struct wicket *w, const char *from,
					   const char *to, wicket_done *done,
					   void *arg)
{
	struct wicket_none_result *r;

	if (!to || strlen(to) >= 4096)
		return wicket_none_fail(to ? ENAMETOOLONG : EFAULT);
	r = wicket_none_result(w, from, done, arg);
	return r ? wicket_none_tell(w, r, wicket_rename(w, from, to)) : -1;
}

static inline int64_t wicket_submit_listen(struct wicket *w,
					   const char *address, int index,
					   wicket_done *done, void *arg)
{
	struct wicket_none_result *r;

	if (index < 0)
		return wicket_none_fail(EINVAL);
	r = wicket_none_result(w, address, done, arg);
	return r ? wicket_none_tell(w, r, wicket_listen(w, address, index))
		 : -1;
}

static inline int64_t wicket_submit_connect(struct wicket *w,
					    const char *address,
					    wicket_done *done, void *arg)
{
	struct wicket_none_result *r = wicket_none_result(w, address, done,
							  arg);

	return r ? wicket_none_tell(w, r,
				    wicket_connect(w, address, SOCK_NONBLOCK))
		 : -1;
}

static inline short wicket_events(struct wicket *w)
{
	(void)w;
	return POLLIN;
}

static inline int wicket_timeout(struct wicket *w)
{
	return w && w->results ? 0 : -1;
}

static inline int wicket_dispatch(struct wicket *w)
{
	int64_t last = w ? w->count : 0;
	int n = 0;

	if (!w)
		return wicket_none_fail(EBADF);
	while (w->results && w->results->number <= last) {
		struct wicket_none_result r = *w->results;

		free(w->results);
		w->results = r.next;
		r.done(r.arg, r.result, r.error);
		n++;
	}
	return n;
}

static inline int wicket_cancel(struct wicket *w, int64_t request)
{
	struct wicket_none_result **at = &w->results;
	struct wicket_none_result *r;

	while (*at && (*at)->number != request)
		at = &(*at)->next;
	r = *at;
	if (!r)
		return wicket_none_fail(ENOENT);
	*at = r->next;
	if (r->result > 0)
		(void)close(r->result);
	free(r);
	return 0;
}

static inline int wicket_deadline(struct wicket *w, int64_t request,
				  int timeout_ms)
{
	struct wicket_none_result *r = w->results;

	(void)timeout_ms;
	while (r && r->number != request)
		r = r->next;
	return r ? 0 : wicket_none_fail(ENOENT);
}

/* ---- the system's log and the service manager ------------------------ */

static inline int wicket_notify(struct wicket *w, const char *state)
{
	struct wicket_none_address a;
	const char *name = getenv("NOTIFY_SOCKET");
	size_t len = strlen(state);
	ssize_t n;
	int fd;

	(void)w;
	if (!name)
		return 0;
	memset(&a, 0, sizeof(a));
	if (wicket_none_unix(name, &a) < 0)
		return wicket_none_fail(EINVAL);
	/* Of a name without a NUL behind it, as systemd takes it. */
	a.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			    strlen(name));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	n = sendto(fd, state, len, MSG_NOSIGNAL, &a.u.sa, a.len);
	if (n < 0)
		return wicket_none_close(fd);
	return close(fd);
}

static inline void wicket_vsyslog(struct wicket *w, int priority,
				  const char *format, va_list args)
{
	int saved = errno;

	(void)w;
	vsyslog(LOG_DAEMON | LOG_PRI((unsigned)priority), format, args);
	errno = saved;
}

static inline void wicket_syslog(struct wicket *w, int priority,
				 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	wicket_vsyslog(w, priority, format, args);
	va_end(args);
}

#ifdef __cplusplus
}
#endif

#endif
