/* SPDX-License-Identifier: ISC */
/*
 * Who does the work, each as the start and the work of an entry (contest.h).
 *
 *	*_open	opens e->path for reading through a peer, and closes it
 *	*_batch	opens it e->n times by one message and one answer, and closes
 *		them; the entry's `per` is e->n
 *	*_pass	gets e->n descriptors over a pair of e->type, and closes them
 */
#ifndef TESTS_BENCH_PEERS_H
#define TESTS_BENCH_PEERS_H

#include "bench/contest.h"

/* open(2) and close(2) by itself. */
int direct_open(struct entry *e);

/*
 * The floor: openat2(2) of the path that came, as wicket's helper has it, by a
 * loop of recv, sendmsg, close.
 */
void bare_open_start(struct entry *e);
int bare_open(struct entry *e);
void bare_pass_start(struct entry *e);
int bare_pass(struct entry *e);

void bare_batch_start(struct entry *e);
int bare_batch(struct entry *e);

/* The bytes of a message of many paths. */
#define BARE_BATCH 65536
/* n times the path, each with its NUL: how many bytes, or -1 for no room. */
int bare_put_paths(const char *path, size_t n, char *buf, size_t size);
/* Opens all of such a message up to the first that fails: how many. */
int bare_open_paths(int root, const char *paths, size_t len, int *ret_fds);
void bare_close(const int *fds, int n);

/* For peers whose other end is like that: asks, gets one descriptor or -1. */
int bare_ask(int sock, const char *path);
/* That openat2(2), below a descriptor of the root. */
int bare_openat2(int root, const char *path);
/* One byte and n descriptors. */
int bare_send(int sock, const int *fds, size_t n);
/* How many descriptors came with a byte, or -1. */
int bare_recv(int sock, int *fds, size_t room);

/*
 * wicket.  e->policy, else one that lets e->path be read; e->libexec: where
 * another supervisor and helper are than those that measure_scratch() found
 * built.  locked: after wicket_confine().
 */
void gate_start(struct entry *e);
void gate_start_locked(struct entry *e);
int gate_open(struct entry *e);
int gate_batch(struct entry *e);
/* Its own part alone: the core that passes descriptors. */
void core_pass_start(struct entry *e);
int core_pass(struct entry *e);

/* skalibs' unixmessage, at both ends; streams only. */
void skalibs_open_start(struct entry *e);
int skalibs_open(struct entry *e);
void skalibs_batch_start(struct entry *e);
int skalibs_batch(struct entry *e);
void skalibs_pass_start(struct entry *e);
int skalibs_pass(struct entry *e);

/* socket.send_fds(): a broker in Python, asked in C (by bare_batch() too);
 * and both in Python. */
void python_open_start(struct entry *e);
int python_open(struct entry *e);
void python_batch_start(struct entry *e);
void python_pass_start(struct entry *e);

/*
 * As it was long done: a line on a stream, realpath(3), a look at the prefix,
 * open(2), and one byte with one descriptor back.
 */
void onebyte_open_start(struct entry *e);
int onebyte_open(struct entry *e);

#endif
