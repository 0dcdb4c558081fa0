/* SPDX-License-Identifier: ISC */
/*
 * `make install`, and then what an embedder does: a program built against what
 * is installed by what pkg-config says, and run.
 *
 * Each test installs from a copy of the build, since another PREFIX changes
 * what is built, and others may be using the build.  In the scripts below
 * $BUILD is the build, $COPY its copy, $S the scratch directory.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/capture.h"
#include "support/paths.h"
#include "support/scratch.h"

static struct scratch s;

/* Starts, reads what is granted, and is refused what is not. */
static const char program[] =
	"#include <wicket/wicket.h>\n"
	"#include <err.h>\n"
	"#include <errno.h>\n"
	"#include <fcntl.h>\n"
	"#include <unistd.h>\n"
	"\n"
	"int main(int argc, char **argv)\n"
	"{\n"
	"	struct wicket_options options = WICKET_OPTIONS_INIT;\n"
	"	struct wicket *w;\n"
	"	char text[64];\n"
	"	ssize_t n;\n"
	"	int fd;\n"
	"\n"
	"	if (argc != 3)\n"
	"		errx(2, \"usage: program POLICY FILE\");\n"
	"	options.policy_text = argv[1];\n"
	"	options.audit = \"none\";\n"
	"	if (wicket_start(&options, &w) < 0)\n"
	"		err(2, \"wicket_start\");\n"
	"	fd = wicket_open(w, argv[2], O_RDONLY, 0);\n"
	"	n = read(fd, text, sizeof(text));\n"
	"	if (n < 0 || write(1, text, (size_t)n) != n)\n"
	"		err(2, \"%s\", argv[2]);\n"
	"	if (wicket_open(w, \"/etc/passwd\", O_RDONLY, 0) >= 0)\n"
	"		errx(2, \"/etc/passwd was not refused\");\n"
	"	if (errno != EACCES)\n"
	"		err(2, \"/etc/passwd\");\n"
	"	wicket_close(w);\n"
	"	return 0;\n"
	"}\n";

/* The core alone, without a thought of the rest. */
static const char fdpass[] =
	"#include <wicket/fdpass.h>\n"
	"\n"
	"int main(void)\n"
	"{\n"
	"	int fds[2], sv[2], zero = 0;\n"
	"	size_t n = 2;\n"
	"	char c;\n"
	"\n"
	"	return wicket_socketpair(1, sv) < 0 ||\n"
	"	       wicket_sendfds(sv[0], \"x\", 1, &zero, 1, 0) != 1 ||\n"
	"	       wicket_recvfds(sv[1], &c, 1, fds, &n, 0) != 1 || n != "
	"1;\n"
	"}\n";

static const char fdstream[] =
	"#include <wicket/fdstream.h>\n"
	"\n"
	"int main(void)\n"
	"{\n"
	"	int fds[2], sv[2], zero = 0;\n"
	"	size_t n = 2;\n"
	"	char room[8];\n"
	"	struct wicket_stream s;\n"
	"\n"
	"	if (wicket_socketpair(1, sv) < 0)\n"
	"		return 1;\n"
	"	s = (struct wicket_stream)WICKET_STREAM_INIT(sv[1], room, 8);\n"
	"	return wicket_sendfds(sv[0], \"x\", 1, &zero, 1, 0) != 1 ||\n"
	"	       wicket_stream_want(&s, 1, NULL) != 1 ||\n"
	"	       wicket_stream_take(&s, NULL, 1, fds, &n) < 0 || n != "
	"1;\n"
	"}\n";

/* Runs a script of sh: its stdout, for capture_free(). */
static struct capture sh(const char *script)
{
	struct capture c;
	int status = capture_run(&c, ARGV("/bin/sh", "-euc", script));

	cr_assert_eq(status, 0, "%s\nleft with %d: %s%s", script, status, c.out,
		     c.err);
	return c;
}

static void does(const char *script)
{
	struct capture c = sh(script);

	capture_free(&c);
}

static void prints(const char *script, const char *expected)
{
	struct capture c = sh(script);

	cr_assert_str_eq(c.out, expected, "%s: %s%s", script, c.out, c.err);
	capture_free(&c);
}

/* What is there was built with these flags, whatever flags we have. */
#define MAKE                                                          \
	"env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C \"$SOURCE\"" \
	" B=\"$COPY\" FLAGS=\"$(cat \"$COPY/flags\")\" MODE=" MODE " V=0 "
#define INTO_DESTDIR  " DESTDIR=\"$S/dest\" PREFIX=/usr"
#define INTO_A_PREFIX " DESTDIR= PREFIX=\"$S/opt\" sysconfdir=\"$S/opt/etc\""

/* For what lies in DESTDIR, where no program would look. */
#define IN_DESTDIR                                           \
	"export PKG_CONFIG_SYSROOT_DIR=\"$S/dest\""          \
	" PKG_CONFIG_PATH=\"$S/dest/usr/lib/pkgconfig\""     \
	" LD_LIBRARY_PATH=\"$S/dest/usr/lib\""               \
	" WICKET_LIBEXECDIR=\"$S/dest/usr/libexec/wicket\";" \
	" cd \"$S\";"

#define CONFIG "pkg-config --cflags --libs wicket"
/* A sanitizer cannot be linked statically. */
#define STATIC_CONFIG                                                     \
	"case " MODE " in release) echo -static ;; *) echo -Wl,-Bstatic;" \
	" esac; pkg-config --static --cflags --libs wicket;"              \
	" case " MODE " in release) ;; *) echo -Wl,-Bdynamic; esac"

#define RUN "\"$POLICY\" \"$S/granted\""

static void make(void)
{
	char policy[2 * BOUND_PATH];

	scratch_make(&s);
	scratch_write(&s, "granted", "granted\n", 0600);
	scratch_write(&s, "program.c", program, 0644);
	scratch_write(&s, "program.cc", program, 0644);
	scratch_write(&s, "fdpass.c", fdpass, 0644);
	scratch_write(&s, "fdstream.c", fdstream, 0644);
	snprintf(policy, sizeof(policy),
		 "worker 61010\nhelper 61001\nread %s\n",
		 scratch_path(&s, "granted"));
	cr_assert_eq(setenv("POLICY", policy, 1), 0);
	cr_assert_eq(setenv("S", s.dir, 1), 0);
	cr_assert_eq(setenv("COPY", scratch_path(&s, "copy"), 1), 0);
	cr_assert_eq(setenv("BUILD", paths_built("."), 1), 0);
	cr_assert_eq(setenv("SOURCE", paths_source("."), 1), 0);
	does("mkdir -p \"$COPY/obj/tests\" && cd \"$BUILD\" &&"
	     " cp -a flags folders bin lib libexec \"$COPY\" &&"
	     " cp -a obj/*.a obj/*.o obj/common obj/priv obj/unpriv"
	     " \"$COPY/obj\" &&"
	     " if [ -d obj/tests/asan ]; then"
	     " cp -a obj/tests/asan \"$COPY/obj/tests\"; fi");
	/* All of one age, and younger than any source. */
	does("cd \"$COPY\" && touch now && find . -exec touch -r now {} +");
}

static void drop(void)
{
	scratch_remove(&s);
}

TestSuite(install, .init = make, .fini = drop, .timeout = 60);

Test(install, a_c_program_runs_against_the_shared_library)
{
	does(MAKE "install" INTO_DESTDIR);
	does(IN_DESTDIR COMPILE_C " -o program program.c $(" CONFIG ")");
	prints(IN_DESTDIR "./program " RUN, "granted\n");
	prints(IN_DESTDIR "ldd program | grep -o \"$S.*libwicket.so.0\"",
	       scratch_path(&s, "dest/usr/lib/libwicket.so.0\n"));
}

Test(install, a_cpp_program_runs_against_the_shared_library)
{
	does(MAKE "install" INTO_DESTDIR);
	does(IN_DESTDIR COMPILE_CXX " -o program program.cc $(" CONFIG ")");
	prints(IN_DESTDIR "./program " RUN, "granted\n");
}

Test(install, a_static_program_needs_no_library)
{
	does(MAKE "install" INTO_DESTDIR);
	does(IN_DESTDIR COMPILE_C " -o program program.c $(" STATIC_CONFIG ")");
	prints(IN_DESTDIR "unset LD_LIBRARY_PATH; ./program " RUN, "granted\n");
	prints(IN_DESTDIR "ldd program 2>/dev/null |"
			  " grep -e wicket -e seccomp -e libcap || :",
	       "");
}

/* The name of the folder is within the library and within wicket. */
Test(install, a_prefix_needs_no_environment)
{
	does(MAKE "install" INTO_A_PREFIX);
	does("export PKG_CONFIG_PATH=\"$S/opt/lib/pkgconfig\"; cd "
	     "\"$S\"; " COMPILE_C " -o program program.c"
	     " -Wl,-rpath,\"$S/opt/lib\" $(" CONFIG ")");
	prints("\"$S/program\" " RUN, "granted\n");
	prints("cd \"$S\" && printf %s \"$POLICY\" >p.policy &&"
	       " opt/bin/wicket run --quiet --audit none ./p.policy --"
	       " echo run",
	       "run\n");
	/* Moved alone, it still knows where it was installed. */
	prints("cd \"$S\" && mv opt/bin/wicket . &&"
	       " ./wicket run --quiet --audit none ./p.policy -- echo run",
	       "run\n");
}

Test(install, another_prefix_builds_two_objects_anew)
{
	prints(MAKE "install" INTO_DESTDIR " | sed -n 's/^  CC *//p' | sort",
	       "priv/command/run.c\nunpriv/embed.c\n");
	prints(MAKE "install" INTO_DESTDIR " | sed -n 's/^  CC *//p'", "");
}

#define CALLS "\"$COPY/gen/calls.def\" | sed -n 's/^  GEN .*/asked/p'"

/* What another libseccomp knows is not what the one before did. */
Test(install, another_libseccomp_is_asked_for_the_calls_anew)
{
	scratch_write(&s, "other",
		      "#!/bin/sh\n"
		      "case \"$*\" in\n"
		      "*--modversion*) echo 99.9 ;;\n"
		      "*) exec pkg-config \"$@\" ;;\n"
		      "esac\n",
		      0755);
	prints(MAKE CALLS, "asked\n");
	prints(MAKE CALLS, "");
	prints(MAKE "HOST_PKG_CONFIG=\"$S/other\" " CALLS, "asked\n");
}

/* Archives are taken apart by member, and the core is in members alone. */
static void brings_nothing_else(const char *name)
{
	cr_assert_eq(setenv("NAME", name, 1), 0);
	does(IN_DESTDIR COMPILE_C " -o $NAME $NAME.c $(pkg-config --cflags"
				  " wicket) -Wl,-Bstatic -L\"$S/dest/usr/lib\""
				  " -lwicket -Wl,-Bdynamic");
	does("\"$S/$NAME\"");
	prints("nm \"$S/$NAME\" | grep -o 'T wicket_sendfds$'",
	       "T wicket_sendfds\n");
	prints("nm \"$S/$NAME\" | grep -E ' _*(seccomp|cap|pthread)_' || :",
	       "");
	prints("nm \"$S/$NAME\" | grep -E ' wicket_(start|open)' || :", "");
}

Test(install, fdpass_alone_brings_nothing_else)
{
	does(MAKE "install" INTO_DESTDIR);
	brings_nothing_else("fdpass");
	prints("nm \"$S/fdpass\" | grep wicket_stream || :", "");
}

Test(install, fdstream_alone_brings_only_fdpass)
{
	does(MAKE "install" INTO_DESTDIR);
	brings_nothing_else("fdstream");
}

Test(install, everything_is_there)
{
	static const char *const files[] = {
		"etc/wicket",
		"usr/bin/wicket",
		"usr/include/wicket/fdpass.h",
		"usr/include/wicket/fdstream.h",
		"usr/include/wicket/none.h",
		"usr/include/wicket/wicket.h",
		"usr/lib/libwicket.a",
		"usr/lib/libwicket.so",
		"usr/lib/libwicket.so.0",
		"usr/lib/pkgconfig/wicket.pc",
		"usr/lib/sysusers.d/wicket.conf",
		"usr/libexec/wicket/helper",
		"usr/libexec/wicket/supervisor",
		"usr/share/bash-completion/completions/wicket",
		"usr/share/doc/wicket/LICENSE",
		"usr/share/doc/wicket/POLICY.md",
		"usr/share/doc/wicket/README.md",
		"usr/share/doc/wicket/examples/httpd.policy",
		"usr/share/doc/wicket/examples/httpd/main.c",
		"usr/share/doc/wicket/examples/ping.c",
		"usr/share/doc/wicket/examples/ping.policy",
		"usr/share/doc/wicket/examples/wicket@.service",
		"usr/share/man/man1/wicket.1",
		"usr/share/man/man3/wicket.3",
		"usr/share/man/man3/wicket_sendfds.3",
		"usr/share/man/man3/wicket_stream.3",
		"usr/share/man/man5/wicket.policy.5",
	};
	char path[BOUND_PATH];

	does(MAKE "install" INTO_DESTDIR);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "dest/%s", files[i]);
		cr_expect_eq(access(scratch_path(&s, path), R_OK), 0, "%s",
			     path);
	}
	prints("cd \"$S/dest\" && find . -perm /022 ! -type l", "");
	/* Nothing tells of where it was built or put together. */
	prints("grep -rlF \"$S\" \"$S/dest\" || :", "");
}

Test(install, uninstall_leaves_no_file)
{
	does(MAKE "install" INTO_DESTDIR);
	does(MAKE "uninstall" INTO_DESTDIR);
	prints("cd \"$S/dest\" && find . ! -type d", "");
	prints("cd \"$S/dest\" && find . -name wicket", "");
	/* A second time there is nothing to do, and nothing to complain of. */
	does(MAKE "uninstall" INTO_DESTDIR);
}

Test(install, uninstall_leaves_what_is_not_wickets_own)
{
	does(MAKE "install" INTO_DESTDIR);
	scratch_write(&s, "dest/etc/wicket/mine.policy", "", 0644);
	scratch_write(&s, "dest/usr/share/doc/wicket/mine", "", 0644);
	does(MAKE "uninstall" INTO_DESTDIR);
	prints("cd \"$S/dest\" && find . ! -type d | sort",
	       "./etc/wicket/mine.policy\n./usr/share/doc/wicket/mine\n");
}
