/* SPDX-License-Identifier: ISC */
#ifndef COMMAND_NEAREST_H
#define COMMAND_NEAREST_H

/*
 * The one of names (NULL at the end) that word was probably meant to be, or
 * NULL where none is like it.
 */
const char *nearest(const char *word, const char *const *names);

/* "wicket: 'chekc' is not a command; did you mean 'check'?" */
void nearest_complain(const char *word);

#endif
