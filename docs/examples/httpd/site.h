/* SPDX-License-Identifier: ISC */
/*
 * What the server answers.
 */
#ifndef HTTPD_SITE_H
#define HTTPD_SITE_H

#include <microhttpd.h>

#include <wicket/wicket.h>
#include "log.h"

struct site {
	struct wicket *gate; /* borrowed */
	const char *root;    /* borrowed: the tree that is served */
	struct log *log;     /* borrowed */
};

/* libmicrohttpd's handler of requests; cls is a struct site. */
enum MHD_Result site_serve(void *cls, struct MHD_Connection *connection,
			   const char *url, const char *method,
			   const char *version, const char *upload,
			   size_t *upload_size, void **state);

#endif
