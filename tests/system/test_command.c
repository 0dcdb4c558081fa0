/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "bounds.h"
#include "support/capture.h"
#include "support/paths.h"

TestSuite(command, .timeout = 10);

static void fails(const char *const *words, const char *text)
{
	struct capture c;

	cr_expect_eq(capture_wicket(&c, words), 2);
	cr_expect(strncmp(c.err, "wicket: ", 8) == 0, "%s", c.err);
	cr_expect(strstr(c.err, text), "%s, expected %s", c.err, text);
	cr_expect_str_empty(c.out);
	capture_free(&c);
}

/* A terminal has 24 lines of 80 columns, and shows a prompt below. */
static void fits_a_screen(const char *text)
{
	int lines = 0;

	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		cr_assert_not_null(strchr(line, '\n'), "%s", text);
		cr_expect_leq(strcspn(line, "\n"), 79, "%s", line);
		lines++;
	}
	cr_expect(lines > 0 && lines < 24, "%d lines: %s", lines, text);
}

static const char *const commands[] = {"run",  "check", "explain",
				       "unit", "help",	"version"};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

Test(command, help_fits_a_screen)
{
	static const char *const ways[] = {"help", "--help", "-h"};
	struct capture c;

	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(capture_wicket(&c, ARGV(ways[i])), 0);
		fits_a_screen(c.out);
		for (size_t j = 0; j < NCOMMANDS; j++)
			cr_expect(strstr(c.out, commands[j]), "%s", c.out);
		cr_expect_str_empty(c.err);
		capture_free(&c);
	}
}

Test(command, each_command_has_help_that_fits_a_screen)
{
	static const char *const ways[] = {"--help", "-h"};

	for (size_t i = 0; i < NCOMMANDS; i++) {
		struct capture c;
		char usage[64];

		(void)snprintf(usage, sizeof(usage), "usage: wicket %s",
			       commands[i]);
		cr_assert_eq(capture_wicket(&c, ARGV("help", commands[i])), 0);
		cr_expect(strncmp(c.out, usage, strlen(usage)) == 0);
		fits_a_screen(c.out);
		for (size_t j = 0; j < 2; j++) {
			struct capture same;

			cr_expect_eq(capture_wicket(&same,
						    ARGV(commands[i], ways[j])),
				     0);
			cr_expect_str_eq(same.out, c.out);
			capture_free(&same);
		}
		capture_free(&c);
	}
}

Test(command, version_is_one_line)
{
	struct capture c;

	cr_assert_eq(capture_wicket(&c, ARGV("version")), 0);
	cr_assert_str_eq(c.out, "wicket " WICKET_VERSION "\n");
	capture_free(&c);
	cr_assert_eq(capture_wicket(&c, ARGV("--version")), 0);
	cr_assert_str_eq(c.out, "wicket " WICKET_VERSION "\n");
	capture_free(&c);
}

Test(command, unknown_command_names_the_nearest)
{
	fails(ARGV("chekc"), "'chekc' is not a command; did you mean 'check'?");
	fails(ARGV("rum"), "did you mean 'run'?");
	fails(ARGV("frobnicate"), "see 'wicket help'");
	fails(ARGV("help", "explian"), "did you mean 'explain'?");
	fails(ARGV(""), "'' is not a command");
}

Test(command, none_is_an_error)
{
	const char *const nothing[] = {NULL};

	fails(nothing, "expected a command");
	fails(ARGV("version", "x"), "expected no argument");
}

/* ---- bash completion ----------------------------------------------------- */

/* What bash offers behind these words; the last may be half a word. */
static void completes(const char *words, const char *expected)
{
	static const char script[] = "compopt() { :; }\n"
				     "source \"$0\"\n"
				     "read -ra COMP_WORDS <<<\"$1\"\n"
				     "[[ $1 == *' ' ]] && COMP_WORDS+=('')\n"
				     "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
				     "_wicket\n"
				     /* As readline does with them. */
				     "printf '%s\\n' \"${COMPREPLY[@]}\" | "
				     "sort -u | tr '\\n' ' '\n";
	char file[2 * BOUND_PATH];
	struct capture c;

	snprintf(file, sizeof(file), "%s",
		 paths_source("priv/command/completion.bash"));
	cr_assert_eq(
		capture_run(&c, ARGV("/bin/bash", "-c", script, file, words)),
		0, "%s", c.err);
	cr_expect_str_eq(c.err, "");
	/* The last one has a blank behind it too. */
	cr_assert_gt(strlen(c.out), 0);
	c.out[strlen(c.out) - 1] = '\0';
	cr_expect_str_eq(c.out, expected, "%s: %s", words, c.out);
	capture_free(&c);
}

Test(command, bash_completes_commands_and_options)
{
	completes("wicket ch", "check");
	completes("wicket run --q", "--quiet");
	completes("wicket check --str", "--strict");
	completes("wicket explain --j", "--json");
	completes("wicket unit --fu", "--full");
	completes("wicket help ex", "explain");
}

Test(command, bash_completes_what_an_option_takes)
{
	completes("wicket run --audit /etc/hostn", "/etc/hostname");
	completes("wicket run --instance x", "");
	completes("wicket unit --policy /etc/hostn", "/etc/hostname");
}

Test(command, bash_completes_by_place)
{
	completes("wicket check /etc/hostn", "/etc/hostname");
	completes("wicket explain p rem", "remove");
	completes("wicket explain --json p ren", "rename");
	completes("wicket explain p read /etc/hostn", "/etc/hostname");
	completes("wicket explain p listen t", "tcp");
	completes("wicket explain p packet l", "lo");
	completes("wicket run --audit none p -- tru", "true truncate");
	completes("wicket run p cat /etc/hostn", "/etc/hostname");
	completes("wicket unit --full x -- tru", "true truncate");
	completes("wicket unit x cat /etc/hostn", "/etc/hostname");
}
