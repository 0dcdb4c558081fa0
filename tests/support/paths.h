/* SPDX-License-Identifier: ISC */
#ifndef SUPPORT_PATHS_H
#define SUPPORT_PATHS_H

/*
 * Where a program lies that was built together with this test: "bin/wicket",
 * "libexec/wicket/helper".  Found from the test's own place, so that it is of
 * the same MODE.  Valid until the next call; a failure ends the process.
 */
const char *paths_built(const char *program);

/*
 * The same for a name in the source tree, "tests/policies": below the nearest
 * folder above the build that has a Makefile.
 */
const char *paths_source(const char *name);

#endif
