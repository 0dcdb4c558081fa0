/* SPDX-License-Identifier: ISC */
/*
 * --require: which locks must be there, on pain of not starting.
 */
#ifndef SUPERVISOR_REQUIRE_H
#define SUPERVISOR_REQUIRE_H

#include <stdbool.h>

#include "own.h"
#include "supervisor/failure.h"

struct edition;
struct supervisor;

struct require {
	int landlock;	 /* this version at least, 0: none */
	bool passrights; /* the channel refuses descriptors of the worker's */
	bool uids;	 /* worker and helper are different users */
};

/* "landlock=6,passrights,uids", added to *ret: 0, or -EINVAL and the text. */
_must_use_ int require_parse(const char *text, struct require *ret,
			     struct failure *f);

/* 0, or -EOPNOTSUPP and the text that names what this edition has not. */
_must_use_ int require_check(const struct supervisor *s,
			     const struct edition *e, struct failure *f);

#endif
