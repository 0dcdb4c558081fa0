/* SPDX-License-Identifier: ISC */
/*
 * Writing JSON (RFC 8259) to a stream.
 *
 *	struct json j = {.to = stdout};
 *
 *	json_open(&j, '{');
 *	json_key(&j, "rules");
 *	json_open(&j, '[');
 *	json_string(&j, "read /etc/motd");
 *	json_close(&j, ']');
 *	json_close(&j, '}');
 *
 * Errors are the stream's.
 */
#ifndef COMMAND_JSON_H
#define COMMAND_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *to;
	bool comma; /* a value stands before, in the same array or object */
};

void json_open(struct json *j, char bracket);
void json_close(struct json *j, char bracket);
void json_key(struct json *j, const char *name);

/*
 * Any bytes.  What is UTF-8 stays as it is; a byte that is not becomes the
 * code point U+DC80 to U+DCFF, as in Python's "surrogateescape", so that no two
 * paths look alike and os.fsencode() gives the bytes back.  NULL is null.
 */
void json_string(struct json *j, const char *s);

void json_number(struct json *j, uint64_t n);
void json_bool(struct json *j, bool b);
void json_null(struct json *j);

#endif
