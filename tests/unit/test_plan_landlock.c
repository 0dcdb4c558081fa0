/* SPDX-License-Identifier: ISC */
#include "plan_landlock.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "wire.h"

TestSuite(plan_landlock, .timeout = 10);

#define _cleanup_policy_ __attribute__((cleanup(policy_freep)))
#define _cleanup_plan_	 __attribute__((cleanup(plan_landlock_freep)))

static struct policy *parse(const char *text)
{
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy *p = NULL;

	cr_assert_eq(policy_new("httpd", &p), 0);
	cr_assert_eq(policy_parse(p, "test", text, strlen(text), NULL, &err), 0,
		     "%u:%u: %s", err.line, err.column, err.text);
	return p;
}

static struct plan_landlock *plan(const struct policy *p)
{
	struct policy_note err = POLICY_NOTE_INIT;
	struct plan_landlock *l = NULL;

	cr_assert_eq(plan_landlock_make(p, &l, &err), 0, "%u:%u: %s", err.line,
		     err.column, err.text);
	return l;
}

static void print_one(FILE *to, const char *path, char scope, uint64_t rights)
{
	char words[PLAN_RIGHTS_TEXT];

	if (!rights)
		return;
	cr_assert_eq(plan_rights_print(rights, words, sizeof(words)), 0);
	fprintf(to, "%s%c %s\n", path, scope, words);
}

/*
 * The plan as text: "PATH= rights" for a file, "PATH/ rights" for what is
 * beneath, "PATH+ rights" for its excess.
 */
static void expect(const char *text, const char *wanted)
{
	_cleanup_policy_ struct policy *p = parse(text);
	_cleanup_plan_ struct plan_landlock *l = plan(p);
	_cleanup_free_ char *got = NULL;
	size_t len;
	FILE *to = open_memstream(&got, &len);

	cr_assert(to);
	for (size_t i = 0; i < l->nplaces; i++) {
		const struct plan_place *place = &l->places[i];

		print_one(to, place->path, '=', place->file);
		print_one(to, place->path, '/', place->tree);
		print_one(to, place->path, '+', plan_excess(p, place));
	}
	fclose(to);
	cr_assert_str_eq(got, wanted, "%sgave:\n%s", text, got);
}

Test(plan_landlock, allows_nothing_for_nothing)
{
	expect("", "");
	expect("stat /srv/**\n", "");
	expect("deny /srv/**\n", "");
	expect("connect unix /run/x\nraw icmp\nlisten unix @x\n", "");
}

Test(plan_landlock, allows_a_named_file_by_itself)
{
	expect("read /x\n", "/x= read_file\n");
	expect("write /x\n", "/x= write_file,truncate\n");
	expect("append /x\n", "/x= write_file\n");
	expect("read /x\nwrite /x\n", "/x= write_file,read_file,truncate\n");
}

Test(plan_landlock, opens_directories_only_to_be_listed)
{
	expect("list /x/**\n", "/x/ read_dir\n");
	expect("list /x\n", "/x/ read_dir\n/x+ read_dir\n");
	expect("read /x type=dir\n", "/x/ read_dir\n/x+ read_dir\n");
	expect("read /x/** type=dir\n", "/x/ read_dir\n");
}

Test(plan_landlock, lets_devices_be_what_they_are)
{
	expect("read /x type=char\n", "/x= read_file,ioctl_dev\n");
	expect("read /x type=fifo\n", "/x= read_file\n");
}

Test(plan_landlock, allows_a_tree_without_excess)
{
	expect("read /x/**\n", "/x= read_file\n/x/ read_file\n");
}

Test(plan_landlock, is_wider_than_a_pattern_and_says_so)
{
	expect("read /x/*.pem\n", "/x/ read_file\n/x+ read_file\n");
	expect("read /x/*/y/**\n", "/x/ read_file\n/x+ read_file\n");
	expect("read /*\n", "// read_file\n/+ read_file\n");
	expect("read /x/*.pem\nread /x/**\n", "/x= read_file\n/x/ read_file\n");
}

Test(plan_landlock, makes_names_in_the_directory_above)
{
	expect("append /x/y create=0640\n",
	       "/x/ write_file,make_dir,make_reg\n"
	       "/x+ write_file,make_dir,make_reg\n");
	expect("write /x/** create=0640\n",
	       "/x= write_file,truncate\n"
	       "/x/ write_file,make_dir,make_reg,truncate\n");
	expect("remove /x/y\n",
	       "/x/ remove_dir,remove_file\n/x+ remove_dir,remove_file\n");
	expect("remove /x/**\n", "/x/ remove_dir,remove_file\n");
	expect("listen unix /x/y\n",
	       "/x/ remove_file,make_sock\n/x+ remove_file,make_sock\n");
}

/* What the policy lets be made is allowed where it is made. */
Test(plan_landlock, follows_what_may_be_made_to_where_it_is)
{
	expect("write /x/y create=0640\nread /x/y\n",
	       "/x/ write_file,read_file,make_dir,make_reg,truncate\n"
	       "/x+ write_file,read_file,make_dir,make_reg,truncate\n");
	expect("append /x/** create=0640\nread /x/a/b/**\nlist /x/c\n",
	       "/x= write_file\n"
	       "/x/ write_file,read_file,read_dir,make_dir,make_reg\n"
	       "/x+ read_file,read_dir\n");
}

Test(plan_landlock, moves_names_where_both_ends_are_granted)
{
	expect("append /x/** create=0640\nremove /y/**\n",
	       "/x= write_file\n"
	       "/x/ write_file,make_dir,make_reg,make_sock,make_fifo,make_sym,"
	       "refer\n"
	       "/y/ remove_dir,remove_file,refer\n");
}

/* What may be replaced may be removed, as far as the lock can tell. */
Test(plan_landlock, is_wider_where_a_rename_replaces_and_nothing_removes)
{
	expect("write /x/** create=0640\nremove /y/**\n",
	       "/x= write_file,truncate\n"
	       "/x/ write_file,remove_dir,remove_file,make_dir,make_reg,"
	       "make_sock,make_fifo,make_sym,refer,truncate\n"
	       "/x+ remove_dir,remove_file\n"
	       "/y/ remove_dir,remove_file,refer\n");
}

Test(plan_landlock, leaves_out_what_is_denied_as_a_whole)
{
	expect("read /x/y /z\ndeny /x\n", "/z= read_file\n");
	expect("listen unix /x/y\nwrite /x/** create=0600\ndeny /x\n", "");
}

Test(plan_landlock, knows_no_deny_and_says_so)
{
	_cleanup_policy_ struct policy *p = parse(
		"read /x/** /y/**\ndeny /x/**/.git\n");
	_cleanup_plan_ struct plan_landlock *l = plan(p);

	cr_assert_eq(l->nplaces, 2);
	cr_assert_eq(plan_denied(p, &l->places[0]), &p->rules[2]);
	cr_assert_null(plan_denied(p, &l->places[1]));
}

/* ---- what is everybody's --------------------------------------------------
 */

static void refuses(const char *text, const char *better)
{
	_cleanup_policy_ struct policy *p = parse(text);
	struct policy_note err = POLICY_NOTE_INIT;
	struct plan_landlock *l = NULL;

	cr_assert_eq(plan_landlock_make(p, &l, &err), -EPERM, "%s", text);
	cr_assert_null(l);
	cr_assert_eq(err.line, 1);
	cr_assert(strstr(err.text, better), "%s", err.text);
}

Test(plan_landlock, refuses_to_open_what_is_everybodys)
{
	refuses("append /var/log/x.log create=0640\n",
		"such as '/var/log/httpd/x.log', or a file");
	refuses("write /etc/*.conf create=0644\n", "'/etc/httpd/*.conf'");
	refuses("remove /tmp/*\n", "'/tmp/httpd/*'");
	refuses("write /x create=0600\n", "in '/', which others use");
	refuses("write /*/x create=0600\n", "in '/', which others use");
	refuses("remove /var/x\n", "in '/var'");
}

Test(plan_landlock, opens_it_for_a_socket_which_is_one_name)
{
	expect("listen unix /run/x.sock\n", "/run/ remove_file,make_sock\n"
					    "/run+ remove_file,make_sock\n");
}

Test(plan_landlock, opens_it_where_the_policy_says_all)
{
	expect("remove /tmp/**\n", "/tmp/ remove_dir,remove_file\n");
	expect("remove /tmp/x/*\n", "/tmp/x/ remove_dir,remove_file\n"
				    "/tmp/x+ remove_dir,remove_file\n");
	expect("append /var/log/x.log\n", "/var/log/x.log= write_file\n");
}

/* ---- ports and scopes -----------------------------------------------------
 */

static struct landlock_handled handled(const char *text, size_t ports)
{
	_cleanup_policy_ struct policy *p = parse(text);
	_cleanup_plan_ struct plan_landlock *l = plan(p);

	cr_assert_eq(l->nports, ports, "%s", text);
	return l->handled;
}

Test(plan_landlock, handles_all_ports_and_scopes)
{
	struct landlock_handled h = handled("", 0);

	cr_assert_eq(h.fs, LANDLOCK_ALL_FS);
	cr_assert_eq(h.net, LANDLOCK_ALL_NET);
	cr_assert_eq(h.scopes, LANDLOCK_ALL_SCOPES);
}

Test(plan_landlock, names_ports_by_what_is_done)
{
	_cleanup_policy_ struct policy *p = parse(
		"listen tcp *:80\nbind tcp *:90-91\n"
		"connect tcp 10.0.0.0/8:5432\nbind udp *:53\n");
	_cleanup_plan_ struct plan_landlock *l = plan(p);

	cr_assert_eq(l->nports, 3);
	cr_assert_eq(l->ports[0].rights, LANDLOCK_BIND_TCP);
	cr_assert_eq(l->ports[0].low, 80);
	cr_assert_eq(l->ports[1].low, 90);
	cr_assert_eq(l->ports[1].high, 91);
	cr_assert_eq(l->ports[2].rights, LANDLOCK_CONNECT_TCP);
	cr_assert_eq(l->ports[2].high, 5432);
}

Test(plan_landlock, leaves_alone_more_ports_than_it_can_name)
{
	struct landlock_handled h = handled(
		"connect tcp *:*\nlisten tcp *:80\n", 1);

	cr_assert_eq(h.net, LANDLOCK_BIND_TCP);
	h = handled("connect tcp *:1-4096\n", 1);
	cr_assert_eq(h.net, LANDLOCK_ALL_NET);
	h = handled("connect tcp *:1-4096\nconnect tcp 10.0.0.1:9999\n", 0);
	cr_assert_eq(h.net, LANDLOCK_BIND_TCP);
}

Test(plan_landlock, reaches_abstract_sockets_only_to_connect)
{
	cr_assert_eq(handled("connect unix @x\n", 0).scopes, LANDLOCK_SIGNAL);
	cr_assert_eq(handled("listen unix @x\n", 0).scopes,
		     LANDLOCK_ALL_SCOPES);
}

/* ---- by age ---------------------------------------------------------------
 */

Test(plan_landlock, is_less_on_older_kernels)
{
	const struct landlock_handled all = {LANDLOCK_ALL_FS, LANDLOCK_ALL_NET,
					     LANDLOCK_ALL_SCOPES};
	/* include/uapi/linux/landlock.h, by the kernels that brought them. */
	static const struct landlock_handled of[] = {
		{0, 0, 0},	{0x1fff, 0, 0}, {0x3fff, 0, 0}, {0x7fff, 0, 0},
		{0x7fff, 3, 0}, {0xffff, 3, 0}, {0xffff, 3, 3}, {0xffff, 3, 3},
	};

	for (int v = 0; v <= LANDLOCK_KNOWN; v++) {
		struct landlock_handled h = landlock_at(v, &all);

		cr_assert_eq(h.fs, of[v].fs, "version %d", v);
		cr_assert_eq(h.net, of[v].net, "version %d", v);
		cr_assert_eq(h.scopes, of[v].scopes, "version %d", v);
		cr_assert_eq(landlock_lost(v) == NULL, v >= 6);
	}
}

/* ---- packed ---------------------------------------------------------------
 */

Test(plan_landlock, packs_all_of_it)
{
	_cleanup_policy_ struct policy *p = parse(
		"read /x\nlisten tcp *:80-81\n");
	_cleanup_plan_ struct plan_landlock *l = plan(p);
	_cleanup_free_ void *bytes = NULL;
	struct wire_in i;
	size_t len;

	cr_assert_eq(plan_landlock_pack(l, &bytes, &len), 0);
	i = wire_in(bytes, len);
	cr_assert_eq(wire_get_u64(&i), LANDLOCK_ALL_FS);
	cr_assert_eq(wire_get_u64(&i), LANDLOCK_ALL_NET);
	cr_assert_eq(wire_get_u64(&i), LANDLOCK_ALL_SCOPES);
	cr_assert_eq(wire_get_u32(&i), 1);
	cr_assert_eq(wire_get_u64(&i), LANDLOCK_READ_FILE);
	cr_assert_eq(wire_get_u64(&i), 0);
	cr_assert_str_eq(wire_get_string(&i, 100), "/x");
	cr_assert_eq(wire_get_u32(&i), 1);
	cr_assert_eq(wire_get_u64(&i), LANDLOCK_BIND_TCP);
	cr_assert_eq(wire_get_u16(&i), 80);
	cr_assert_eq(wire_get_u16(&i), 81);
	cr_assert(wire_done(&i));
}
