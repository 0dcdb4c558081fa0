/* SPDX-License-Identifier: ISC */
#include "command/unitdirs.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/support.h"

static struct scratch s;
static struct unitfile unit;
static struct policy_note err;
static size_t fds;

static void make(void)
{
	fds = fds_count();
	scratch_make(&s);
	scratch_mkdir(&s, "etc", 0755);
	scratch_mkdir(&s, "lib", 0755);
}

static void drop(void)
{
	unitfile_free(&unit);
	scratch_remove(&s);
	cr_assert_eq(fds_count(), fds);
}

TestSuite(unitdirs, .timeout = 10, .init = make, .fini = drop);

/* /etc before /lib, and a directory that is not there. */
static int read_units(void)
{
	char path[4 * BOUND_PATH];

	unitfile_free(&unit);
	(void)snprintf(path, sizeof(path), "%s/etc:%s/none:%s/lib", s.dir,
		       s.dir, s.dir);
	return unitdirs_read(path, "d", &unit, &err);
}

static void starts(const char *program)
{
	const struct unitfile_setting *start = NULL;

	cr_assert_eq(read_units(), 1, "%s: %s", err.source, err.text);
	cr_assert_eq(unitfile_count(&unit, "ExecStart", &start), 1);
	cr_expect_str_eq(start->value, program);
}

static void refuses(int error, const char *file, const char *text)
{
	cr_assert_eq(read_units(), -error, "%s", err.text);
	cr_expect_str_eq(err.source, scratch_path(&s, file), "%s", err.source);
	cr_expect_str_eq(err.text, text, "%s", err.text);
}

static void write_start(const char *file, const char *program)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "[Service]\nExecStart=\nExecStart=%s\n", program);
	scratch_write(&s, file, text, 0644);
}

Test(unitdirs, finds_none)
{
	write_start("lib/dd.service", "/x");
	write_start("lib/d.service.d/a.conf", "/x");
	cr_assert_eq(read_units(), 0);
	cr_assert_eq(unit.n, 0);
}

Test(unitdirs, takes_the_first_directory_that_has_it)
{
	write_start("lib/d.service", "/lib");
	starts("/lib");
	write_start("etc/d.service", "/etc");
	starts("/etc");
	cr_assert_str_eq(unit.v[0].file, scratch_path(&s, "etc/d.service"));
}

Test(unitdirs, reads_dropins_by_name_and_each_name_once)
{
	write_start("lib/d.service", "/lib");
	write_start("lib/d.service.d/50-b.conf", "/b");
	starts("/b");
	write_start("etc/d.service.d/10-a.conf", "/a");
	starts("/b");
	write_start("etc/d.service.d/50-b.conf", "/local-b");
	starts("/local-b");
	/* Masked: what the other directory has of that name is gone too. */
	cr_assert_eq(unlink(scratch_path(&s, "etc/d.service.d/50-b.conf")), 0);
	scratch_link(&s, "etc/d.service.d/50-b.conf", "/dev/null");
	starts("/a");
}

Test(unitdirs, never_reads_its_own_dropin_or_what_is_none)
{
	write_start("lib/d.service", "/lib");
	write_start("etc/d.service.d/wicket.conf", "/wicket");
	write_start("etc/d.service.d/.hidden.conf", "/hidden");
	write_start("etc/d.service.d/.conf", "/nameless");
	write_start("etc/d.service.d/x.conf~", "/backup");
	starts("/lib");
}

Test(unitdirs, refuses_a_dropin_that_would_undo_its_own)
{
	write_start("lib/d.service", "/lib");
	scratch_write(&s, "etc/d.service.d/zz.conf", "[Service]\nUser=x\n",
		      0644);
	starts("/lib");
	write_start("etc/d.service.d/zz.conf", "/zz");
	refuses(EINVAL, "etc/d.service.d/zz.conf",
		"found ExecStart= in a drop-in that systemd reads after "
		"wicket.conf, expected an earlier name");
	cr_assert_eq(err.line, 2);
}

Test(unitdirs, refuses_a_masked_unit)
{
	write_start("lib/d.service", "/lib");
	scratch_link(&s, "etc/d.service", "/dev/null");
	refuses(ENOENT, "etc/d.service",
		"the unit is masked, expected one that starts something");
	cr_assert_eq(unlink(scratch_path(&s, "etc/d.service")), 0);
	scratch_write(&s, "etc/d.service", "", 0644);
	refuses(ENOENT, "etc/d.service",
		"the unit is masked, expected one that starts something");
}

Test(unitdirs, refuses_what_is_no_unit)
{
	scratch_mkdir(&s, "etc/d.service", 0755);
	refuses(EINVAL, "etc/d.service", "expected a regular file");
}

Test(unitdirs, bounds_a_unit)
{
	static char text[BOUND_UNIT_BYTES + 2];

	memset(text, '#', BOUND_UNIT_BYTES + 1);
	scratch_write(&s, "etc/d.service", text, 0644);
	refuses(E2BIG, "etc/d.service", "too long for a unit");
	text[BOUND_UNIT_BYTES] = '\0';
	scratch_write(&s, "etc/d.service", text, 0644);
	cr_assert_eq(read_units(), 1);
}

Test(unitdirs, looks_where_systemd_looks)
{
	static const char standard[] =
		"/etc/systemd/system:/run/systemd/system:"
		"/usr/local/lib/systemd/system:/usr/lib/systemd/system:"
		"/lib/systemd/system";
	static const struct {
		const char *variable;
		const char *path;
	} cases[] = {{"", ""}, {"/a:/b", "/a:/b"}, {"/a:", "/a:"}};

	for (size_t i = 0; i < 3; i++) {
		_cleanup_free_ char *path = NULL;
		char expected[512];

		cr_assert_eq(setenv("SYSTEMD_UNIT_PATH", cases[i].variable, 1),
			     0);
		(void)snprintf(expected, sizeof(expected), "%s%s",
			       cases[i].path, i == 1 ? "" : standard);
		path = unitdirs_path();
		cr_expect_str_eq(path, expected, "%s", path);
	}
}
