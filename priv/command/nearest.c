/* SPDX-License-Identifier: ISC */
#include "command/nearest.h"

#include <string.h>

#include "command/command.h"

enum {
	LONGEST = 32, /* of a word that is worth a guess */
	FARTHEST = 2, /* edits */
};

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/*
 * How many letters must be put in, taken out or replaced to make b of a
 * (Levenshtein).  row[j] is that for the first letters of a and j of b.
 */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[LONGEST + 1];
	size_t len = strlen(b);

	for (size_t j = 0; j <= len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i]; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i + 1;
		for (size_t j = 1; j <= len; j++) {
			unsigned replaced = diagonal + (a[i] != b[j - 1]);

			diagonal = row[j];
			row[j] = least(row[j] + 1, row[j - 1] + 1, replaced);
		}
	}
	return row[len];
}

const char *nearest(const char *word, const char *const *names)
{
	const char *best = NULL;
	unsigned least_edits = FARTHEST + 1;

	if (strlen(word) > LONGEST)
		return NULL;
	for (; *names; names++) {
		unsigned edits = distance(word, *names);

		if (edits < least_edits && edits < strlen(*names)) {
			least_edits = edits;
			best = *names;
		}
	}
	return best;
}

void nearest_complain(const char *word)
{
	const char *guess = nearest(word, help_commands());

	if (guess)
		complain("'%s' is not a command; did you mean '%s'?", word,
			 guess);
	else
		complain("'%s' is not a command; see 'wicket help'", word);
}
