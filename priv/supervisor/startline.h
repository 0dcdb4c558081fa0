/* SPDX-License-Identifier: ISC */
#ifndef SUPERVISOR_STARTLINE_H
#define SUPERVISOR_STARTLINE_H

#include <stdio.h>

#include "supervisor/supervisor.h"

/*
 * The policy's warnings, each on a line of its own, and one line that says
 * what protects the worker's machine from it, and what does not.
 */
void startline_print(const struct supervisor *s, FILE *to);

#endif
