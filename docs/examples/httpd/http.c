/* SPDX-License-Identifier: ISC */
#include "http.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The value of two hex digits, or -1. */
static int hex_byte(const char *digits)
{
	int value = 0;

	for (int i = 0; i < 2; i++) {
		unsigned char c = (unsigned char)digits[i];

		if (!isxdigit(c))
			return -1;
		value = value * 16 +
			(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
	}
	return value;
}

static bool climbs(const char *path)
{
	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.')
			return true;
		p += len;
		p += strspn(p, "/");
	}
	return false;
}

int http_decode(const char *url, char *path, size_t size)
{
	size_t len = 0;

	if (url[0] != '/')
		return -EINVAL;
	for (const char *p = url; *p; p++) {
		int byte = (unsigned char)*p;

		if (byte == '%') {
			byte = hex_byte(p + 1);
			if (byte <= 0) /* broken, or %00 */
				return -EINVAL;
			p += 2;
		}
		if (len + 1 >= size)
			return -ENAMETOOLONG;
		path[len++] = (char)byte;
	}
	path[len] = '\0';
	/* After decoding, or %2e%2e would pass. */
	return climbs(path) ? -EINVAL : 0;
}

static const struct {
	const char *suffix;
	const char *type;
} types[] = {
	{".html", "text/html; charset=utf-8"},
	{".htm", "text/html; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".txt", "text/plain; charset=utf-8"},
	{".md", "text/plain; charset=utf-8"},
	{".csv", "text/csv; charset=utf-8"},
	{".json", "application/json"},
	{".xml", "application/xml"},
	{".pdf", "application/pdf"},
	{".wasm", "application/wasm"},
	{".gz", "application/gzip"},
	{".zip", "application/zip"},
	{".svg", "image/svg+xml"},
	{".png", "image/png"},
	{".jpg", "image/jpeg"},
	{".jpeg", "image/jpeg"},
	{".gif", "image/gif"},
	{".webp", "image/webp"},
	{".ico", "image/x-icon"},
	{".woff2", "font/woff2"},
	{".mp3", "audio/mpeg"},
	{".mp4", "video/mp4"},
	{".webm", "video/webm"},
};

const char *http_type(const char *path)
{
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcasecmp(dot, types[i].suffix) == 0)
			return types[i].type;
	return "application/octet-stream";
}

unsigned http_status(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return 404;
	case EACCES:
	case EPERM:
		return 403;
	case EINVAL:
		return 400;
	case ENAMETOOLONG:
		return 414;
	case EMFILE:
	case ENFILE:
	case EAGAIN:
	case ETIMEDOUT:
		return 503;
	default:
		return 500;
	}
}

const char *http_reason(unsigned status)
{
	switch (status) {
	case 301:
		return "Moved Permanently";
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 414:
		return "URI Too Long";
	case 416:
		return "Range Not Satisfiable";
	case 503:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

/* Reads digits at *p and moves it behind them; false where there are none. */
static bool number(const char **p, uint64_t *ret)
{
	uint64_t value = 0;

	if (!isdigit((unsigned char)**p))
		return false;
	for (; isdigit((unsigned char)**p); (*p)++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(**p - '0'),
					   &value))
			return false;
	*ret = value;
	return true;
}

/* "-N": the last N bytes. */
static int suffix_range(const char *p, uint64_t size, struct http_range *ret)
{
	uint64_t last;

	if (!number(&p, &last) || *p)
		return 0;
	if (last == 0 || size == 0)
		return -ERANGE;
	ret->length = last < size ? last : size;
	ret->start = size - ret->length;
	return 1;
}

int http_range(const char *header, uint64_t size, struct http_range *ret)
{
	uint64_t first, last = UINT64_MAX;

	if (!header || strncasecmp(header, "bytes=", 6) != 0)
		return 0;
	header += 6;
	if (*header == '-')
		return suffix_range(header + 1, size, ret);
	if (!number(&header, &first) || *header++ != '-')
		return 0;
	if (*header && (!number(&header, &last) || *header || last < first))
		return 0;
	if (first >= size)
		return -ERANGE;
	ret->start = first;
	ret->length = (last < size ? last + 1 : size) - first;
	return 1;
}

void http_put_text(FILE *to, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p == '&')
			fputs("&amp;", to);
		else if (*p == '<')
			fputs("&lt;", to);
		else if (*p == '>')
			fputs("&gt;", to);
		else if (*p == '"')
			fputs("&quot;", to);
		else if (*p == '\'')
			fputs("&#39;", to);
		else
			fputc(iscntrl((unsigned char)*p) ? '?' : *p, to);
	}
}

void http_put_component(FILE *to, const char *name)
{
	for (const char *p = name; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (isalnum(c) || strchr("-._~", c))
			fputc(c, to);
		else
			fprintf(to, "%%%02X", c);
	}
}
