/* SPDX-License-Identifier: ISC */
#include "command/command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command/ask.h"
#include "command/json.h"

/* ---- what comes: a line "NAME VALUE" for each fact ------------------------
 */

struct client {
	uint64_t id;
	uint64_t pid;
	uint64_t requests;
	uint64_t denied;
	uint64_t fds;
};

/* The value of a line of that name; NULL for another line. */
static const char *value_of(const char *line, const char *name)
{
	size_t len = strlen(name);

	return strncmp(line, name, len) == 0 && line[len] == ' '
		       ? line + len + 1
		       : NULL;
}

/* Takes a number and the blank behind it off the text. */
static bool take_number(const char **at, uint64_t max, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(*at, &end, 10);
	if (errno || end == *at || *ret > max)
		return false;
	*at = end + (*end == ' ');
	return true;
}

static bool take_client(const char *line, struct client *ret)
{
	const char *at = value_of(line, "client");

	return at && take_number(&at, UINT64_MAX, &ret->id) &&
	       take_number(&at, UINT32_MAX, &ret->pid) &&
	       take_number(&at, UINT64_MAX, &ret->requests) &&
	       take_number(&at, UINT64_MAX, &ret->denied) &&
	       take_number(&at, UINT64_MAX, &ret->fds) && !*at;
}

static bool take_listener(const char *line, uint64_t *ret_index,
			  const char **ret_address)
{
	const char *at = value_of(line, "listener");

	if (!at || !take_number(&at, UINT64_MAX, ret_index))
		return false;
	*ret_address = at;
	return true;
}

/* ---- as text ------------------------------------------------------------- */

static void print_line(const char *line)
{
	struct client c;
	const char *address;
	uint64_t index;
	size_t name = strcspn(line, " ");

	if (take_client(line, &c))
		printf("  client %-9" PRIu64 " pid %" PRIu64 ": %" PRIu64
		       " requests, %" PRIu64 " denied, %" PRIu64
		       " descriptors\n",
		       c.id, c.pid, c.requests, c.denied, c.fds);
	else if (take_listener(line, &index, &address))
		printf("  listener         %s (%" PRIu64 ")\n", address, index);
	else if (!value_of(line, "name"))
		printf("  %-16.*s %s\n", (int)name, line,
		       line[name] ? line + name + 1 : "");
}

static void print_text(const struct running *r, char *text)
{
	char *line;

	printf("%s (pid %d)\n", r->name, r->pid);
	while ((line = strsep(&text, "\n")))
		if (*line)
			print_line(line);
}

/* ---- as JSON ------------------------------------------------------------- */

static bool is_number(const char *value)
{
	return *value && strspn(value, "0123456789") == strlen(value);
}

/* A fact that is not one of several of its kind. */
static void put_fact(struct json *j, const char *line)
{
	size_t len = strcspn(line, " ");
	const char *value = line[len] ? line + len + 1 : "";
	char name[32];

	(void)snprintf(name, sizeof(name), "%.*s", (int)len, line);
	json_key(j, name);
	/* A hash of digits alone is one all the same. */
	if (is_number(value) && strcmp(name, "hash") != 0)
		json_number(j, strtoull(value, NULL, 10));
	else if (strcmp(value, "on") == 0 || strcmp(value, "off") == 0)
		json_bool(j, strcmp(value, "on") == 0);
	else
		json_string(j, value);
}

static void put_client(struct json *j, const struct client *c)
{
	json_open(j, '{');
	json_key(j, "id");
	json_number(j, c->id);
	json_key(j, "pid");
	json_number(j, c->pid);
	json_key(j, "requests");
	json_number(j, c->requests);
	json_key(j, "denied");
	json_number(j, c->denied);
	json_key(j, "descriptors");
	json_number(j, c->fds);
	json_close(j, '}');
}

static void put_listener(struct json *j, uint64_t index, const char *address)
{
	json_open(j, '{');
	json_key(j, "address");
	json_string(j, address);
	json_key(j, "index");
	json_number(j, index);
	json_close(j, '}');
}

/* One of those that there may be several of: "client", "listener", "source". */
static void put_one(struct json *j, const char *line, const char *kind)
{
	const char *value = value_of(line, kind);
	struct client c;
	const char *address;
	uint64_t index;

	if (!value)
		return;
	if (take_client(line, &c))
		put_client(j, &c);
	else if (take_listener(line, &index, &address))
		put_listener(j, index, address);
	else
		json_string(j, value);
}

static const struct {
	const char *one;
	const char *many;
} lists[] = {
	{"source", "sources"},
	{"client", "clients"},
	{"listener", "listeners"},
};

#define NLISTS (sizeof(lists) / sizeof(lists[0]))

static bool is_listed(const char *line)
{
	for (size_t i = 0; i < NLISTS; i++)
		if (value_of(line, lists[i].one))
			return true;
	return false;
}

/* The lines are ended by NULs. */
static void put_json(struct json *j, const char *text, size_t len)
{
	const char *end = text + len;

	json_open(j, '{');
	for (const char *at = text; at < end; at += strlen(at) + 1)
		if (*at && !is_listed(at))
			put_fact(j, at);
	for (size_t i = 0; i < NLISTS; i++) {
		json_key(j, lists[i].many);
		json_open(j, '[');
		for (const char *at = text; at < end; at += strlen(at) + 1)
			put_one(j, at, lists[i].one);
		json_close(j, ']');
	}
	json_close(j, '}');
}

static void print_json(struct json *j, char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (text[i] == '\n')
			text[i] = '\0';
	put_json(j, text, len);
}

/* ---- asking -------------------------------------------------------------- */

static int read_file(int fd, char **ret)
{
	_cleanup_free_ char *text = NULL;
	off_t size = lseek(fd, 0, SEEK_END);

	if (size < 0 || size > (1 << 24))
		return -EPROTO;
	text = calloc(1, (size_t)size + 1);
	if (!text)
		return -ENOMEM;
	if (pread(fd, text, (size_t)size, 0) != size)
		return -EIO;
	*ret = take_ptr(&text);
	return 0;
}

static int ask_one(const struct running *r, char **ret)
{
	_cleanup_free_ char *answer = NULL;
	_cleanup_fd_ int file = -1;
	int error = ask(r, "status", &answer, &file);

	if (error == 0 && file < 0)
		error = -EPROTO;
	if (error == 0)
		error = read_file(file, ret);
	if (error < 0)
		complain("status: %s (pid %d): %s", r->name, r->pid,
			 strerror(-error));
	return error;
}

static int report(const struct running *v, size_t n, bool as_json)
{
	struct json j = {.to = stdout};
	int status = n > 0 ? COMMAND_OK : COMMAND_NO;

	if (as_json)
		json_open(&j, '[');
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *text = NULL;

		if (ask_one(&v[i], &text) < 0 || !text)
			status = COMMAND_NO;
		else if (as_json)
			print_json(&j, text);
		else
			print_text(&v[i], text);
	}
	if (as_json) {
		json_close(&j, ']');
		putchar('\n');
	}
	return status;
}

/* 1: go on; else the exit status, negated. */
static int parse(int argc, char **argv, bool *ret_json, const char **ret_name)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int id;

	opterr = 0;
	while ((id = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (id == 'h') {
			(void)help_print("status", stdout);
			return -COMMAND_OK;
		}
		if (id != 'j') {
			complain_option(id, argv, "status");
			return -COMMAND_USAGE;
		}
		*ret_json = true;
	}
	if (optind < argc - 1) {
		complain("status: expected one policy or none; see 'wicket "
			 "help status'");
		return -COMMAND_USAGE;
	}
	*ret_name = argv[optind];
	return 1;
}

int command_status(int argc, char **argv)
{
	_cleanup_free_ struct running *v = NULL;
	const char *name = NULL;
	bool as_json = false;
	int go = parse(argc, argv, &as_json, &name);
	ssize_t n;

	if (go <= 0)
		return -go;
	n = ask_running(name, &v);
	if (n < 0) {
		complain("status: %s", strerror((int)-n));
		return COMMAND_NO;
	}
	if (n == 0 && !as_json)
		complain("status: %s%s", name ? name : "nothing",
			 name ? " is not running" : " is running");
	return report(v, (size_t)n, as_json);
}
