/* SPDX-License-Identifier: ISC */
#include "site.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "http.h"

/* A request and where it leads. */
struct request {
	struct site *site;
	struct MHD_Connection *connection;
	const char *url;     /* as it came */
	char path[PATH_MAX]; /* decoded, below the root */
};

/* An answer on its way; response is NULL when memory ran out. */
struct reply {
	unsigned status;
	uint64_t size;
	struct MHD_Response *response;
};

static void header(struct reply *reply, const char *name, const char *value)
{
	if (reply->response)
		(void)MHD_add_response_header(reply->response, name, value);
}

/* Makes text, which it takes over, the whole of the answer. */
static struct reply page(unsigned status, char *text, size_t len)
{
	struct reply reply = {.status = status, .size = len};

	reply.response = MHD_create_response_from_buffer(len, text,
							 MHD_RESPMEM_MUST_FREE);
	if (!reply.response)
		free(text);
	header(&reply, MHD_HTTP_HEADER_CONTENT_TYPE,
	       "text/html; charset=utf-8");
	return reply;
}

static struct reply plain_reply(unsigned status)
{
	char *text = NULL;
	int len = asprintf(&text,
			   "<!doctype html><title>%u %s</title>\n"
			   "<h1>%u %s</h1>\n",
			   status, http_reason(status), status,
			   http_reason(status));

	return len < 0 ? (struct reply){0} : page(status, text, (size_t)len);
}

static const char *last_component(const char *url)
{
	return strrchr(url, '/') + 1;
}

/*
 * A directory was asked for without its slash.  The target is relative and
 * begins with a dot, so that no URL can make it another host or scheme.
 */
static struct reply redirect_reply(const char *url)
{
	struct reply reply = plain_reply(MHD_HTTP_MOVED_PERMANENTLY);
	char *target = NULL;

	if (asprintf(&target, "./%s/", last_component(url)) < 0)
		return reply;
	header(&reply, MHD_HTTP_HEADER_LOCATION, target);
	free(target);
	return reply;
}

static void http_date(time_t when, char *buf, size_t size)
{
	struct tm tm;

	(void)strftime(buf, size, "%a, %d %b %Y %H:%M:%S GMT",
		       gmtime_r(&when, &tm));
}

static bool is_unchanged(struct MHD_Connection *connection, const char *date)
{
	const char *since = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_MODIFIED_SINCE);

	return since && strcmp(since, date) == 0;
}

static struct reply not_modified(void)
{
	struct reply reply = {.status = MHD_HTTP_NOT_MODIFIED};

	reply.response = MHD_create_response_from_buffer(
		0, (void *)"", MHD_RESPMEM_PERSISTENT);
	return reply;
}

static struct reply range_error(uint64_t size)
{
	struct reply reply = plain_reply(MHD_HTTP_RANGE_NOT_SATISFIABLE);
	char text[64];

	(void)snprintf(text, sizeof(text), "bytes */%" PRIu64, size);
	header(&reply, MHD_HTTP_HEADER_CONTENT_RANGE, text);
	return reply;
}

/*
 * The file, or the part of it that was asked for.  Takes fd over.  From here
 * on no wicket is in the way: the descriptor is ours, and libmicrohttpd may
 * use sendfile(2) on it.
 */
static struct reply file_reply(struct request *r, int fd, const struct stat *st)
{
	uint64_t size = (uint64_t)st->st_size;
	struct http_range range = {.start = 0, .length = size};
	struct reply reply = {.status = MHD_HTTP_OK};
	char date[64], text[96];
	int ranged;

	http_date(st->st_mtime, date, sizeof(date));
	ranged = http_range(MHD_lookup_connection_value(r->connection,
							MHD_HEADER_KIND,
							MHD_HTTP_HEADER_RANGE),
			    size, &range);
	if (is_unchanged(r->connection, date) || ranged < 0) {
		(void)close(fd);
		return ranged < 0 ? range_error(size) : not_modified();
	}
	reply.size = range.length;
	reply.response = MHD_create_response_from_fd_at_offset64(
		range.length, fd, range.start);
	if (!reply.response)
		(void)close(fd);
	header(&reply, MHD_HTTP_HEADER_CONTENT_TYPE, http_type(r->path));
	header(&reply, MHD_HTTP_HEADER_LAST_MODIFIED, date);
	header(&reply, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
	if (!ranged)
		return reply;
	reply.status = MHD_HTTP_PARTIAL_CONTENT;
	(void)snprintf(text, sizeof(text),
		       "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, range.start,
		       range.start + range.length - 1, size);
	header(&reply, MHD_HTTP_HEADER_CONTENT_RANGE, text);
	return reply;
}

static void put_entry(FILE *to, const struct wicket_entry *e)
{
	const char *slash = S_ISDIR(e->type) ? "/" : "";

	fputs("<li><a href=\"./", to);
	http_put_component(to, e->name);
	fprintf(to, "%s\">", slash);
	http_put_text(to, e->name);
	fprintf(to, "%s</a>", slash);
	if (S_ISREG(e->type))
		fprintf(to, " %" PRIu64 " bytes", (uint64_t)e->size);
	fputs("\n", to);
}

static int by_name(const void *a, const void *b)
{
	const struct wicket_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct reply list_reply(struct request *r)
{
	const char *below = r->path + strlen(r->site->root);
	struct wicket_entry *entries;
	ssize_t n = wicket_list(r->site->gate, r->path, &entries);
	char *text = NULL;
	size_t len = 0;
	FILE *to;

	if (n < 0)
		return plain_reply(http_status(errno));
	to = open_memstream(&text, &len);
	if (!to) {
		wicket_list_free(entries, (size_t)n);
		return plain_reply(MHD_HTTP_INTERNAL_SERVER_ERROR);
	}
	qsort(entries, (size_t)n, sizeof(*entries), by_name);
	fputs("<!doctype html><meta charset=\"utf-8\">\n<title>", to);
	http_put_text(to, below);
	fputs("</title>\n<h1>", to);
	http_put_text(to, below);
	fputs("</h1>\n<ul>\n<li><a href=\"../\">../</a>\n", to);
	for (ssize_t i = 0; i < n; i++)
		put_entry(to, &entries[i]);
	fputs("</ul>\n", to);
	wicket_list_free(entries, (size_t)n);
	if (fclose(to) != 0) {
		free(text);
		return plain_reply(MHD_HTTP_INTERNAL_SERVER_ERROR);
	}
	return page(MHD_HTTP_OK, text, len);
}

/*
 * Opens a file of the site: its descriptor and *ret_st, or -errno, -EISDIR
 * for a directory.  This is where an ordinary server calls open(2), and the
 * only place where this one asks for a file; what a request may reach is
 * written in the policy, not here.
 */
static int open_file(struct site *site, const char *path, struct stat *ret_st)
{
	/* O_NONBLOCK: a FIFO in the tree must not stop us. */
	int fd = wicket_open(site->gate, path,
			     O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, ret_st) < 0)
		error = errno;
	else if (S_ISDIR(ret_st->st_mode))
		error = EISDIR;
	else if (!S_ISREG(ret_st->st_mode))
		error = EACCES;
	if (error == 0)
		return fd;
	(void)close(fd);
	return -error;
}

/* A path that ends in a slash: its index.html, else the list of its names. */
static struct reply directory_reply(struct request *r)
{
	size_t len = strlen(r->path);
	size_t room = sizeof(r->path) - len;
	struct stat st = {0};
	int fd;

	if ((size_t)snprintf(r->path + len, room, "index.html") >= room)
		return plain_reply(MHD_HTTP_URI_TOO_LONG);
	fd = open_file(r->site, r->path, &st);
	if (fd >= 0)
		return file_reply(r, fd, &st);
	if (fd != -ENOENT)
		return plain_reply(http_status(-fd));
	r->path[len] = '\0';
	return list_reply(r);
}

static struct reply find(struct request *r)
{
	size_t root = strlen(r->site->root);
	struct stat st = {0};
	int fd;

	if (root >= sizeof(r->path))
		return plain_reply(MHD_HTTP_URI_TOO_LONG);
	memcpy(r->path, r->site->root, root);
	fd = http_decode(r->url, r->path + root, sizeof(r->path) - root);
	if (fd < 0)
		return plain_reply(http_status(-fd));
	if (r->path[strlen(r->path) - 1] == '/')
		return directory_reply(r);
	fd = open_file(r->site, r->path, &st);
	if (fd == -EISDIR)
		return redirect_reply(r->url);
	if (fd < 0)
		return plain_reply(http_status(-fd));
	return file_reply(r, fd, &st);
}

static struct reply method_error(void)
{
	struct reply reply = plain_reply(MHD_HTTP_METHOD_NOT_ALLOWED);

	header(&reply, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	return reply;
}

static void write_down(struct request *r, const char *method,
		       const char *version, const struct reply *reply)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct log_line line = {
		.client = info ? info->client_addr : NULL,
		.method = method,
		.url = r->url,
		.version = version,
		.status = reply->status,
		.size = reply->size,
	};

	log_write(r->site->log, &line);
}

enum MHD_Result site_serve(void *cls, struct MHD_Connection *connection,
			   const char *url, const char *method,
			   const char *version, const char *upload,
			   size_t *upload_size, void **state)
{
	static char begun; /* its address tells the first call from the rest */
	struct request r = {.site = cls, .connection = connection, .url = url};
	bool is_get = strcmp(method, MHD_HTTP_METHOD_GET) == 0;
	bool is_head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
	struct reply reply;
	enum MHD_Result done;

	(void)upload;
	if (*state != &begun) { /* only the headers are there */
		*state = &begun;
		return MHD_YES;
	}
	if (*upload_size > 0) { /* a body that nobody asked for */
		*upload_size = 0;
		return MHD_YES;
	}
	reply = is_get || is_head ? find(&r) : method_error();
	if (!reply.response)
		return MHD_NO;
	header(&reply, "X-Content-Type-Options", "nosniff");
	write_down(&r, method, version, &reply);
	done = MHD_queue_response(connection, reply.status, reply.response);
	MHD_destroy_response(reply.response);
	return done;
}
