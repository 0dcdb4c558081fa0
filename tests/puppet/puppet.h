/* SPDX-License-Identifier: ISC */
/*
 * What the puppet's orders share.  Each takes the words behind its name, and
 * says one line.
 */
#ifndef TESTS_PUPPET_H
#define TESTS_PUPPET_H

#include "wicket/wicket.h"

/* The puppet's own handle. */
extern struct wicket *w;

void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "ok", or the name of errno where r is negative. */
void say_done(int r);

/* crowd.c: what a worker does with many channels, and while helpers change. */
void order_storm(char *arg);
void order_calm(char *arg);
void order_clones(char *arg);
void order_all(char *arg);
void order_abandon(char *arg);
void order_half(char *arg);
void order_deaf(char *arg);
void order_lie(char *arg);

#endif
