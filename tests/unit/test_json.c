/* SPDX-License-Identifier: ISC */
#include "command/json.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "support/capture.h"
#include "support/scratch.h"

/* What json_string() makes of s. */
static char *written(const char *s)
{
	char *text = NULL;
	size_t len;
	struct json j = {.to = open_memstream(&text, &len)};

	json_string(&j, s);
	fclose(j.to);
	return text;
}

static void check(const char *s, const char *expected)
{
	_cleanup_free_ char *text = written(s);

	cr_expect_str_eq(text, expected, "%s, expected %s", text, expected);
}

Test(json, escapes_what_json_reserves, .timeout = 10)
{
	check("a\"b\\c/", "\"a\\\"b\\\\c/\"");
	check("\n\t\001\177", "\"\\u000a\\u0009\\u0001\\u007f\"");
	check("", "\"\"");
	check(NULL, "null");
}

Test(json, leaves_utf8_as_it_is, .timeout = 10)
{
	check("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x9a\xaa",
	      "\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x9a\xaa\"");
	/* The first and last of each length. */
	check("\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80"
	      "\xf4\x8f\xbf\xbf",
	      "\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80"
	      "\xf4\x8f\xbf\xbf\"");
}

Test(json, keeps_bytes_that_are_not_utf8_apart, .timeout = 10)
{
	check("\xff\x80", "\"\\udcff\\udc80\"");
	/* Cut short by the end and by another character. */
	check("\xe2\x82", "\"\\udce2\\udc82\"");
	check("\xe2\x82x", "\"\\udce2\\udc82x\"");
	/* Overlong, a surrogate, beyond the last code point. */
	check("\xc0\x80", "\"\\udcc0\\udc80\"");
	check("\xe0\x80\x80", "\"\\udce0\\udc80\\udc80\"");
	check("\xed\xa0\x80", "\"\\udced\\udca0\\udc80\"");
	check("\xf4\x90\x80\x80", "\"\\udcf4\\udc90\\udc80\\udc80\"");
}

Test(json, puts_commas_between_values_only, .timeout = 10)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	struct json j = {.to = open_memstream(&text, &len)};

	json_open(&j, '{');
	json_key(&j, "a");
	json_open(&j, '[');
	json_close(&j, ']');
	json_key(&j, "b");
	json_open(&j, '[');
	json_number(&j, 1);
	json_bool(&j, true);
	json_null(&j);
	json_open(&j, '{');
	json_close(&j, '}');
	json_close(&j, ']');
	json_close(&j, '}');
	fclose(j.to);
	cr_assert_str_eq(text, "{\"a\":[],\"b\":[1,true,null,{}]}");
}

/* Python gives back every byte that went in. */
Test(json, every_byte_comes_back_from_python, .timeout = 10)
{
	char all[256];
	struct scratch s;
	struct capture c;
	_cleanup_free_ char *text = NULL;
	const char *argv[] = {
		"/usr/bin/env",
		"python3",
		"-c",
		"import json, os, sys\n"
		"text = json.load(open(sys.argv[1], encoding='utf-8'))\n"
		"assert os.fsencode(text) == bytes(range(1, 256))\n",
		NULL,
		NULL};

	for (int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	text = written(all);
	scratch_make(&s);
	scratch_write(&s, "all.json", text, 0600);
	argv[4] = scratch_path(&s, "all.json");
	setenv("PYTHONUTF8", "1", 1);
	cr_assert_eq(capture_run(&c, argv), 0, "%s", c.err);
	capture_free(&c);
	scratch_remove(&s);
}
