/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "policy/policy.h"
#include "support/alike.h"

TestSuite(print, .timeout = 30);

#define _cleanup_policy_ __attribute__((cleanup(policy_freep)))

static struct policy *parse(const char *text)
{
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy *p;

	cr_assert_eq(policy_new("test", &p), 0);
	cr_assert_eq(policy_parse(p, "t", text, strlen(text), NULL, &err), 0,
		     "%u:%u: %s in: %s", err.line, err.column, err.text, text);
	return p;
}

static char *print(const struct policy *p)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	cr_assert_not_null(to);
	cr_assert_eq(policy_print(p, to), 0);
	cr_assert_eq(fclose(to), 0);
	return text;
}

static void expect_printed(const char *text, const char *printed)
{
	_cleanup_policy_ struct policy *p = parse(text);
	_cleanup_free_ char *got = print(p);

	cr_expect_str_eq(got, printed, "got: %s", got);
}

/* What is printed says the same, and is printed in the same words again. */
static void expect_to_return(const char *text)
{
	_cleanup_policy_ struct policy *p = parse(text);
	_cleanup_free_ char *once = print(p);
	_cleanup_policy_ struct policy *again = parse(once);
	_cleanup_free_ char *twice = print(again);

	cr_assert_str_eq(once, twice, "of: %s", text);
	cr_assert(alike(p, again), "%s is not %s", text, once);
}

Test(print, writes_nothing_for_an_empty_policy)
{
	expect_printed("", "");
}

Test(print, has_one_form_for_each_meaning)
{
	expect_printed("worker  www-data:web # who\nhelper 61001\n"
		       "promise accept\npromise +ftruncate\n"
		       "read //a/./b  \"/c\" type=file\n"
		       "append /l owner=%worker:adm create=640\n"
		       "write /d type=char,fifo,dir,file\n"
		       "limit fds=4K\n",
		       "worker www-data:web\nhelper 61001\n"
		       "promise stdio accept +ftruncate\n"
		       "read /a/b\nread /c\n"
		       "append /l create=0640 owner=%worker:adm\n"
		       "write /d type=any\n"
		       "limit fds=4096\n");
	expect_printed("listen tcp *:80 [::]:443 v6only=off backlog=1K\n"
		       "bind udp [0:0::1]:53 v6only=on freebind=off\n"
		       "connect tcp *:* [*]:1-2 mark=0x10\n"
		       "packet \"eth0\" priority=0 proto=35020\nraw icmp\n",
		       "listen tcp *:80 backlog=1024\n"
		       "listen tcp [::]:443 backlog=1024 v6only=off\n"
		       "bind udp [::1]:53\n"
		       "connect tcp *:* mark=16\nconnect tcp [*]:1-2 mark=16\n"
		       "packet eth0 proto=0x88cc priority=0\nraw icmp\n");
}

Test(print, quotes_only_what_needs_it)
{
	expect_printed("read \"/a b\" \"/#\" \"/\\\"\" \"/\\\\\" \"/\\*\" /%% "
		       "/x=y\n"
		       "packet \"#a\" \"b=c\" proto=1 priority=1\n"
		       "connect unix \"@a b\" @c=d\n",
		       "read \"/a b\"\nread /#\nread \"/\\\"\"\n"
		       "read \"/\\\\\"\nread \"/\\*\"\nread /%%\nread /x=y\n"
		       "packet \"#a\" proto=0x0001 priority=1\n"
		       "packet \"b=c\" proto=0x0001 priority=1\n"
		       "connect unix \"@a b\"\nconnect unix @c=d\n");
}

Test(print, writes_what_was_written_and_not_where_it_led)
{
	_cleanup_policy_ struct policy *p = parse("listen unix /var/run/x\n");
	_cleanup_free_ char *text = NULL;

	p->rules[0].net.resolved = strdup("/run/x");
	text = print(p);
	cr_assert_str_eq(text, "listen unix /var/run/x\n");
}

Test(print, fails_where_nothing_can_be_written)
{
	_cleanup_policy_ struct policy *p = parse("read /a\nread /b\n");
	FILE *full = fopen("/dev/full", "we");

	cr_assert_not_null(full);
	(void)setvbuf(full, NULL, _IONBF, 0);
	cr_assert_eq(policy_print(p, full), -EIO);
	(void)fclose(full);
}

/* ---- many policies ------------------------------------------------------ */

/* The same numbers in every run (xorshift). */
static unsigned draw(unsigned below)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % below;
}

#define PICK(words) words[draw(sizeof(words) / sizeof(words[0]))]

static void put_path(FILE *to)
{
	static const char *const parts[] = {
		"a",	"srv", "**",	"*",	    "x*.html",
		".git", "\\*", "\\\\",	"a b",	    "\\\"",
		"%%",	"=",   "#",	"\xc3\xa4", "\\*\\**",
		"...",	"a=b", "%%%%i", "'",	    "\t",
	};

	(void)fputc('"', to);
	for (unsigned n = draw(5) + 1; n > 0; n--)
		(void)fprintf(to, "%s%s", draw(8) ? "/" : "//./", PICK(parts));
	(void)fputc('"', to);
}

static void put_path_rule(FILE *to)
{
	static const char *const plain[] = {"remove", "list", "stat", "deny"};
	static const char *const types[] = {"file", "dir", "fifo,char", "any",
					    "char,file"};
	static const char *const owners[] = {"root", "%worker", "%worker:adm",
					     "0:0", "a:b"};
	unsigned kind = draw(4);

	(void)fprintf(to, "%s ",
		      kind == 0	  ? PICK(plain)
		      : kind == 1 ? "read"
		      : kind == 2 ? "write"
				  : "append");
	for (unsigned n = draw(3) + 1; n > 0; n--) {
		put_path(to);
		(void)fputc(' ', to);
	}
	if (kind > 0 && draw(2))
		(void)fprintf(to, "type=%s ", PICK(types));
	if (kind > 1 && draw(2))
		(void)fprintf(to, "create=%o ", draw(01000));
	if (kind > 0 && draw(2))
		(void)fprintf(to, "owner=%s", PICK(owners));
	(void)fputc('\n', to);
}

static void put_inet_rule(FILE *to)
{
	static const char *const verbs[] = {"listen tcp", "bind udp",
					    "bind tcp", "connect tcp",
					    "connect udp"};
	static const char *const hosts[] = {"*",
					    "127.0.0.1",
					    "10.0.0.0/8",
					    "[::]",
					    "[::1]",
					    "[fe80::1%2]",
					    "[2001:db8::]/32",
					    "0.0.0.0/0",
					    "[::ffff:1.2.3.4]"};
	static const char *const ports[] = {"80", "*", "1-65535", "8000-8010"};

	(void)fprintf(to, "%s %s:%s", PICK(verbs), PICK(hosts), PICK(ports));
	if (draw(2))
		(void)fprintf(to, " mark=%u", draw(9));
	if (draw(2))
		(void)fprintf(to, " rcvbuf=%uK", draw(9) + 1);
	if (draw(2))
		(void)fprintf(to, " device=\"e#%u\\\"\"", draw(9));
	(void)fputc('\n', to);
}

static void put_other_rule(FILE *to)
{
	static const char *const lines[] = {
		"listen tcp [::]:80 v6only=off reuseport=3 backlog=7",
		"bind udp [::1]:53 v6only=off freebind=on transparent=on",
		"listen unix /run/a mode=0600 owner=%worker:adm",
		"listen unix:dgram \"/run/a b\" mode=0777",
		"connect unix:seqpacket \"@\\\\ \\*\"",
		"connect unix \"/run/\\*/*/s %%\"",
		"bind unix @x=1",
		"raw icmp6",
		"packet \"#\" proto=0xffff",
		"packet a%%b proto=9 priority=2147483647",
		"promise spawn +kill",
		"promise time",
	};

	(void)fprintf(to, "%s\n", PICK(lines));
}

static char *draw_policy(void)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	cr_assert_not_null(to);
	if (draw(2))
		(void)fprintf(to, "worker %s\n", draw(2) ? "w:1,b" : "33");
	if (draw(2))
		(void)fprintf(to, "helper h\nlimit fds=%uK\n", draw(9) + 1);
	for (unsigned n = draw(6); n > 0; n--) {
		put_path_rule(to);
		put_inet_rule(to);
		put_other_rule(to);
	}
	cr_assert_eq(fclose(to), 0);
	return text;
}

Test(print, returns_the_same_of_many_policies)
{
	for (int i = 0; i < 5000; i++) {
		_cleanup_free_ char *text = draw_policy();

		expect_to_return(text);
	}
}
