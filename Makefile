# SPDX-License-Identifier: ISC
#
# make            build the programs, the library, the examples, in build/
# make help       the other targets
#
# Variables: CC HOSTCC CPPFLAGS CFLAGS LDFLAGS PKG_CONFIG HOST_PKG_CONFIG OBJCOPY
# INSTALL, PREFIX and the GNU directory variables, DESTDIR, V=1 (show commands),
# WERROR=1, HELPER_LINK=dynamic|static,
# MODE=release|asan|tsan|cov|fuzz|afl (each has a folder of its own in build/).

VERSION    := 0.1.0
MODE       ?= release
V          ?= 0
PKG_CONFIG ?= pkg-config
HOSTCC     ?= cc
HOST_PKG_CONFIG ?= pkg-config
OBJCOPY    ?= objcopy
INSTALL    ?= install

PREFIX      ?= /usr/local
prefix      ?= $(PREFIX)
exec_prefix ?= $(prefix)
bindir      ?= $(exec_prefix)/bin
libdir      ?= $(exec_prefix)/lib
libexecdir  ?= $(exec_prefix)/libexec
includedir  ?= $(prefix)/include
datarootdir ?= $(prefix)/share
mandir      ?= $(datarootdir)/man
docdir      ?= $(datarootdir)/doc/wicket
bashdir     ?= $(datarootdir)/bash-completion/completions
sysusersdir ?= $(prefix)/lib/sysusers.d
sysconfdir  ?= /etc

B := build$(if $(filter-out release,$(MODE)),/$(MODE))
Q := $(if $(filter 0,$(V)),@)
quiet := $(filter-out 0,$(V))$(findstring s,$(firstword -$(MAKEFLAGS)))
say = $(if $(quiet),,@printf '  %-7s %s\n' '$(1)' '$(2)')
quoted = '$(subst ','\'',$(1))'

# ---- flags ---------------------------------------------------------------

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wvla -Wformat=2 -Wundef -Wwrite-strings \
	-Wpointer-arith -Wno-missing-field-initializers
# gcc(1): with a sanitizer its warnings are less exact.
ifeq ($(filter asan tsan,$(MODE)),)
WARN += $(if $(WERROR),-Werror)
endif
HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIE

ifeq ($(MODE),release)
HARDEN += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
else ifeq ($(MODE),asan)
MODEFLAGS := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
else ifeq ($(MODE),tsan)
MODEFLAGS := -O1 -fsanitize=thread -fno-omit-frame-pointer
else ifeq ($(MODE),cov)
# Counters live in a mapped file: what ends by _exit() or a kill is counted.
override CC := clang
override CXX := clang++
MODEFLAGS := -O0 -fcoverage-mapping -mllvm -runtime-counter-relocation \
	-fprofile-instr-generate=$(CURDIR)/build/cov/profile/%p-%m%c.profraw
else ifeq ($(MODE),fuzz)
override CC := clang
MODEFLAGS := -O1 -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all
else ifeq ($(MODE),afl)
override CC := AFL_QUIET=1 afl-clang-fast
MODEFLAGS := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
else
$(error MODE=$(MODE): expected release, asan, tsan, cov, fuzz or afl)
endif

# An assert() that fails is a filter that would not be what it says: no flag of
# a packager's takes it out.
ALL_CPPFLAGS := -D_GNU_SOURCE -DWICKET_VERSION='"$(VERSION)"'
ALL_CFLAGS := -std=gnu17 -fvisibility=hidden -ffunction-sections \
	-fdata-sections $(WARN) $(HARDEN) $(CPPFLAGS) $(CFLAGS) $(MODEFLAGS) \
	-UNDEBUG -MMD -MP
ALL_LDFLAGS := -Wl,--gc-sections -Wl,-z,relro,-z,now -Wl,--as-needed \
	$(MODEFLAGS) $(LDFLAGS)

# PERFORMANCE.md has what either costs.  Sanitizers and counters are dynamic.
HELPER_LINK ?= dynamic
ifeq ($(filter dynamic static,$(HELPER_LINK)),)
$(error HELPER_LINK=$(HELPER_LINK): expected dynamic or static)
endif
HELPER_PIE := $(if $(filter release/static,$(MODE)/$(HELPER_LINK)),-static-pie,-pie)

# Empty where a package is missing; the targets need_* below say so.
pkg = $(shell $(PKG_CONFIG) $(1) 2>/dev/null)
LIBS      := $(call pkg,--libs libcap)
SECCOMP   := $(call pkg,--cflags --libs libseccomp)
# That of the machine which builds, with its version.
host_pkg = $(shell $(HOST_PKG_CONFIG) $(1) libseccomp 2>/dev/null)
HOST_SECCOMP := $(call host_pkg,--cflags --libs)
HOST_FLAGS := $(HOSTCC) $(HOST_SECCOMP) $(call host_pkg,--modversion)
MHD       := $(call pkg,--libs libmicrohttpd)
CRITERION := $(call pkg,--libs criterion)
LIBS_evhttp := $(call pkg,--libs libevent)
LIBS_uv   := $(call pkg,--libs libuv)

# ---- what there is -------------------------------------------------------

# Each folder lists its sources, and says nothing else.
include common/sources.mk priv/sources.mk unpriv/sources.mk \
	tests/sources.mk docs/sources.mk

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))

PROGRAMS := $(B)/bin/wicket $(B)/libexec/wicket/supervisor \
	$(B)/libexec/wicket/helper
LIBRARY := $(B)/lib/libwicket.a $(B)/lib/libwicket.so $(B)/lib/wicket.pc
EXAMPLES := $(EXAMPLE_NAMES:%=$(B)/examples/%)
LOOPS := $(LOOP_NAMES:%=$(B)/examples/%)
TESTS := $(patsubst tests/%.c,$(B)/tests/%,$(TEST_SOURCES) $(SAMPLE_SOURCES))
TSAN_TESTS := $(patsubst tests/%.c,$(B)/tests/%,$(TSAN_SOURCES))
BENCHES := $(patsubst tests/%.c,$(B)/tests/%,$(BENCH_SOURCES))
FUZZERS := $(patsubst tests/%.c,$(B)/%,$(FUZZ_SOURCES))

.PHONY: all programs library examples tests benches fuzzers help deps demo \
	test asan tsan tsan-tests lint fuzz fuzz-afl valgrind bench \
	bench-publish soak coverage audit-size install uninstall clean distclean \
	need_build need_host need_criterion need_libmicrohttpd need_loops FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: programs library examples
programs: $(PROGRAMS)
library: $(LIBRARY)
examples: $(EXAMPLES)

ASKED := $(PKG_CONFIG)
need_build: PACKAGES := libcap
need_host: PACKAGES := libseccomp
need_host: ASKED := $(HOST_PKG_CONFIG)
need_criterion: PACKAGES := criterion
need_libmicrohttpd: PACKAGES := libmicrohttpd
need_loops: PACKAGES := libevent libuv
need_build need_host need_criterion need_libmicrohttpd need_loops:
	@$(ASKED) --exists $(PACKAGES) || { echo '$(ASKED) does not' \
		'know $(PACKAGES): run `make deps`' >&2; exit 1; }

# ---- objects: the include path is the layering ---------------------------

INC_common := -Icommon -I$(B)/gen
INC_priv   := -Icommon -I$(B)/gen -Ipriv
INC_unpriv := -Icommon -I$(B)/gen -Iunpriv
INC_tests  := -Icommon -I$(B)/gen -Ipriv -Iunpriv -Itests
INC_docs   := -Icommon -Iunpriv

# Stamps: everything is built again when the compiler or a flag has changed,
# and what holds a folder's name when that has.
FLAGS := $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(HELPER_PIE) $(LIBS)
FOLDERS := $(prefix) $(libdir) $(libexecdir) $(includedir)
define stamp
	@mkdir -p $(@D)
	@printf '%s\n' $(call quoted,$(1)) | cmp -s - $@ || \
		printf '%s\n' $(call quoted,$(1)) > $@
endef
$(B)/flags: FORCE | need_build
	$(call stamp,$(FLAGS))
$(B)/folders: FORCE
	$(call stamp,$(FOLDERS))

# The system calls by name and number, by a program that runs where it is built.
# They are asked again when libseccomp is another.
$(B)/gen/flags: FORCE | need_host
	$(call stamp,$(HOST_FLAGS))
$(B)/gen/calls: common/gen/calls.c $(B)/gen/flags
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) -std=gnu17 -O1 $(WARN) -o $@ $< $(HOST_SECCOMP)
$(B)/gen/calls.def: $(B)/gen/calls
	$(call say,GEN,$@)
	$(Q)$< > $@

define compile
$(B)/obj/$(1)/%.o: $(1)/%.c $(B)/flags | $(B)/gen/calls.def
	$$(call say,CC,$$<)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(INC_$(1)) $$(ALL_CPPFLAGS) $$(ALL_CFLAGS) $(2) -c -o $$@ $$<
endef
$(eval $(call compile,common,-fPIC))
$(eval $(call compile,priv))
$(eval $(call compile,unpriv,-fPIC))
$(eval $(call compile,tests))
$(eval $(call compile,docs))

# Where the supervisor is when nothing else says so.
LIBEXEC_OBJECTS := $(B)/obj/priv/command/run.o $(B)/obj/unpriv/embed.o
$(LIBEXEC_OBJECTS): $(B)/folders
$(LIBEXEC_OBJECTS): private ALL_CPPFLAGS += \
	-DWICKET_LIBEXECDIR='"$(libexecdir)/wicket"'

PIE := -pie

define archive
	$(call say,AR,$@)
	@mkdir -p $(@D) && rm -f $@
	$(Q)$(AR) rcs $@ $^
endef
define link
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^)
endef

$(B)/obj/libcommon.a: $(call obj,$(COMMON_SOURCES))
	$(archive)
$(B)/obj/libhelper.a: $(call obj,$(filter-out %/main.c,$(HELPER_SOURCES)))
	$(archive)
$(B)/obj/libsupervisor.a: \
		$(call obj,$(filter-out %/main.c,$(SUPERVISOR_SOURCES)))
	$(archive)
$(B)/obj/libcommand.a: $(call obj,$(filter-out %/main.c,$(COMMAND_SOURCES)))
	$(archive)
$(B)/obj/libunpriv.a: $(call obj,$(UNPRIV_SOURCES))
	$(archive)
$(B)/obj/libsupport.a: $(call obj,$(SUPPORT_SOURCES))
	$(archive)

# ---- programs ------------------------------------------------------------

# A program without stderr reports to a file under MODE=asan.
ASAN_OPTIONS_OBJECT := $(if $(filter asan,$(MODE)),$(B)/obj/tests/asan/options.o)
$(B)/obj/tests/asan/options.o: private ALL_CPPFLAGS += \
	-DREPORTS='"$(CURDIR)/$(B)/reports"'

$(B)/bin/wicket: $(B)/obj/priv/command/main.o $(B)/obj/libcommand.a \
		$(B)/obj/libcommon.a
	$(link) $(LIBS)
$(B)/libexec/wicket/supervisor: $(B)/obj/priv/supervisor/main.o \
		$(B)/obj/libsupervisor.a $(B)/obj/libcommon.a \
		$(ASAN_OPTIONS_OBJECT)
	$(link) $(LIBS)
# The helper alone can do without the loader: it links nothing but libc.
$(B)/libexec/wicket/helper: private PIE := $(HELPER_PIE)
$(B)/libexec/wicket/helper: $(B)/obj/priv/helper/main.o $(B)/obj/libhelper.a \
		$(B)/obj/libcommon.a $(ASAN_OPTIONS_OBJECT)
	$(link)

# ---- the library ---------------------------------------------------------

# With -flto the code is generated when it is put together.
LTO_OFF := $(if $(findstring -flto,$(CFLAGS)),-flinker-output=nolto-rel)

# The core's members alone, for who wants no more, and the rest as one object
# whose internal names are made local; but for the counters of MODE=cov, which
# all objects share by such a name.
$(B)/obj/wicket.o: $(call obj,$(UNPRIV_SOURCES)) \
		$(call obj,$(filter-out $(CORE),$(COMMON_LIBRARY)))
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -fPIC $(LTO_OFF) -r -nostdlib -o $@ $^
	$(if $(filter cov,$(MODE)),,$(Q)$(OBJCOPY) --localize-hidden $@)
$(B)/lib/libwicket.a: $(call obj,$(CORE)) $(B)/obj/wicket.o
	$(archive)
$(B)/lib/libwicket.so.0: $(call obj,$(UNPRIV_SOURCES)) \
		$(call obj,$(COMMON_LIBRARY)) unpriv/wicket.map
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -fPIC -shared -Wl,-soname,$(@F) -Wl,-z,defs \
		-Wl,--version-script=unpriv/wicket.map $(ALL_LDFLAGS) \
		-o $@ $(filter %.o,$^) $(LIBS) -pthread
$(B)/lib/libwicket.so: $(B)/lib/libwicket.so.0
	$(Q)ln -sf $(<F) $@
$(B)/lib/wicket.pc: unpriv/wicket.pc.in $(B)/folders
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)sed -e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(libdir)|' \
		-e 's|@includedir@|$(includedir)|' \
		-e 's|@version@|$(VERSION)|' $< > $@

# ---- examples ------------------------------------------------------------

$(B)/examples/%: $(B)/obj/docs/examples/%.o $(B)/lib/libwicket.a
	$(link) $(LIBS) $(LIBS_$(@F))
$(B)/examples/httpd: $(call obj,$(HTTPD_SOURCES)) $(B)/lib/libwicket.a
	$(link) $(LIBS) $(MHD)
$(call obj,$(HTTPD_SOURCES)): | need_libmicrohttpd
$(LOOP_NAMES:%=$(B)/obj/docs/examples/%.o): | need_loops

# The same source without wicket: each call is the system call it stands for.
$(B)/examples/httpd-none: $(HTTPD_SOURCES:%.c=$(B)/obj/none/%.o)
	$(link) $(MHD)
$(B)/obj/none/%.o: %.c $(B)/flags | need_libmicrohttpd
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(INC_docs) -DWICKET_NONE $(ALL_CPPFLAGS) $(ALL_CFLAGS) \
		-c -o $@ $<

# ---- tests ---------------------------------------------------------------

TEST_ARCHIVES := $(B)/obj/libsupport.a $(B)/obj/libcommand.a \
	$(B)/obj/libsupervisor.a $(B)/obj/libhelper.a $(B)/obj/libunpriv.a \
	$(B)/obj/libcommon.a

# Criterion starts under MODE=tsan by this alone.
TSAN_ARENA_OBJECT := $(if $(filter tsan,$(MODE)),$(B)/obj/tests/tsan/arena.o)

# Criterion finds its tests in a section that nothing refers to.
$(B)/tests/%: $(B)/obj/tests/%.o $(TSAN_ARENA_OBJECT) $(TEST_ARCHIVES)
	$(link) -Wl,--no-gc-sections $(CRITERION) $(LIBS) $(LIBS_$(@F)) \
		-pthread -ldl
$(call obj,$(TEST_SOURCES) $(SAMPLE_SOURCES)): | need_criterion
LIBS_test_interop := -lskarnet
# The filters are compared with what libseccomp makes of the same.
LIBS_test_oracle := $(SECCOMP)
LIBS_test_call := $(SECCOMP)
$(FAULT_TESTS:%=$(B)/tests/unit/%): $(B)/obj/tests/support/fault.o
$(FAULT_TESTS:%=$(B)/tests/unit/%): private LIBS += \
	$(FAULT_CALLS:%=-Wl,--wrap=%)
# Compiles programs of its own, as an embedder does, and as this build does.
$(B)/obj/tests/system/test_install.o: private ALL_CPPFLAGS += \
	-DMODE='"$(MODE)"' -DCOMPILE_C='"$(CC) $(MODEFLAGS)"' \
	-DCOMPILE_CXX='"$(CXX) $(MODEFLAGS)"'
$(B)/tests/samples/leaks: private ALL_LDFLAGS += -fsanitize=address

$(B)/obj/libbench.a: $(call obj,$(BENCH_SHARED))
	$(archive)
$(B)/tests/bench/%: $(B)/obj/tests/bench/%.o $(B)/obj/libbench.a \
		$(TEST_ARCHIVES)
	$(link) $(LIBS) -lskarnet -pthread

$(B)/tests/soak/soak: $(call obj,$(SOAK_SOURCES)) $(TEST_ARCHIVES)
	$(link) $(LIBS) -pthread

$(B)/tests/puppet/puppet: $(call obj,$(PUPPET_SOURCES)) $(TEST_ARCHIVES)
	$(link) $(LIBS) -pthread

$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(B)/obj/libcommon.a
	$(link) -fsanitize=fuzzer $(LIBS)

# A helper that says yes to all, behind the locks and without them.
PLANTED := $(foreach d,locked unlocked,$(B)/planted/$(d)/helper \
	$(B)/planted/$(d)/supervisor)
wrap = $(addprefix -Wl$(comma)--wrap=,$(1))
comma := ,

$(B)/planted/locked/helper: $(B)/obj/priv/helper/main.o \
		$(B)/obj/tests/planted/yes.o $(B)/obj/libhelper.a \
		$(B)/obj/libcommon.a $(ASAN_OPTIONS_OBJECT)
	$(link) $(call wrap,policy_judge policy_judge_net path_names_process \
		beneath_proc owner_check do_notify)
$(B)/planted/unlocked/helper: $(B)/planted/locked/helper
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(B)/planted/locked/supervisor: $(B)/libexec/wicket/supervisor
	@mkdir -p $(@D)
	$(Q)cp $< $@
# The built helper, and nothing of the kernel's around it.
UNLOCKED := $(B)/tests/unlocked/helper $(B)/tests/unlocked/supervisor
$(B)/tests/unlocked/helper: $(B)/libexec/wicket/helper
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(B)/tests/unlocked/supervisor: $(B)/planted/unlocked/supervisor
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(B)/planted/unlocked/supervisor: $(B)/obj/priv/supervisor/main.o \
		$(B)/obj/tests/planted/unlocked.o $(B)/obj/libsupervisor.a \
		$(B)/obj/libcommon.a $(ASAN_OPTIONS_OBJECT)
	$(link) $(call wrap,landlock_version program_make) $(LIBS)

tests: all $(LOOPS) $(TESTS) $(PLANTED) $(B)/tests/soak/soak \
		$(B)/tests/puppet/puppet
tsan-tests: programs $(TSAN_TESTS) $(B)/tests/puppet/puppet
benches: all $(BENCHES) $(UNLOCKED)
fuzzers: $(FUZZERS)

# What needs packages says so itself, and installs them where it can.
DEPS := tests/tools/deps
have = $(Q)$(DEPS) --check $(1) || $(DEPS) $(1)
# One build at a time in a tree: a second run waits for the first one's.
again = $(Q)+mkdir -p build && flock build/lock $(MAKE) --no-print-directory

deps:
	$(Q)$(DEPS)
test:
	$(call have,test)
	$(again) tests
	$(Q)tests/tools/run $(B)
asan:
	$(call have,test)
	$(again) MODE=$@ tests
	$(Q)tests/tools/run build/$@
tsan:
	$(call have,test)
	$(again) MODE=$@ tsan-tests
	$(Q)tests/tools/tsan build/tsan $(TSAN_SOURCES)
demo:
	$(call have,demo)
	$(again) all
	$(Q)tests/tools/demo $(B)
lint:
	$(call have,lint)
	$(again) all
	$(Q)tests/tools/lint $(B)
FUZZ_SECONDS ?= 60
fuzz:
	$(call have,fuzz)
	$(again) MODE=fuzz fuzzers
	$(Q)tests/tools/fuzz build/fuzz/fuzz $(FUZZ_SECONDS)
# The same targets, driven by AFL++.
fuzz-afl:
	$(call have,afl)
	$(again) MODE=afl fuzzers
	$(Q)tests/tools/fuzz-afl build/afl/fuzz $(FUZZ_SECONDS)
# The tests of the core, for memory and descriptors.
valgrind:
	$(call have,valgrind)
	$(again) tests
	$(Q)tests/tools/valgrind $(B)
# BENCH: some of tests/bench alone, by name.
bench:
	$(call have,bench)
	$(again) benches
	$(Q)tests/tools/bench $(B) $(BENCH)
# What the last run measured, for the documents that show it.
bench-publish:
	$(Q)mkdir -p docs/bench
	$(Q)cp $(B)/bench/results.json $(B)/bench/table.md $(B)/bench/*.svg \
		docs/bench/
# The policy is reloaded, and the helper killed, so often under load.
SOAK_RELOADS ?= 1000
SOAK_KILLS ?= 500
soak:
	$(call have,test)
	$(again) $(B)/tests/soak/soak all
	$(Q)$(B)/tests/soak/soak $(SOAK_RELOADS) $(SOAK_KILLS)
coverage:
	$(call have,coverage)
	$(again) MODE=cov tests
	$(Q)tests/tools/coverage build/cov
# The lines that run with the helper's privilege, without blanks and comments.
audit-size:
	$(again) programs
	$(Q)tests/tools/audit-size $(B)

# ---- install -------------------------------------------------------------

# What goes where: the mode, the folder, the files, and the name there where it
# is another.  Said once, for install and uninstall.
define installed
$(call $(1),755,$(bindir),$(B)/bin/wicket)
$(call $(1),755,$(libexecdir)/wicket,$(filter $(B)/libexec/%,$(PROGRAMS)))
$(call $(1),644,$(libdir),$(B)/lib/libwicket.a)
$(call $(1),755,$(libdir),$(B)/lib/libwicket.so.0)
$(call $(1),644,$(libdir)/pkgconfig,$(B)/lib/wicket.pc)
$(call $(1),644,$(includedir)/wicket,$(PUBLIC_HEADERS))
$(call $(1),644,$(mandir)/man1,$(filter %.1,$(MAN_PAGES)))
$(call $(1),644,$(mandir)/man3,$(filter %.3,$(MAN_PAGES)))
$(call $(1),644,$(mandir)/man5,$(filter %.5,$(MAN_PAGES)))
$(call $(1),644,$(docdir),README.md LICENSE $(DOC_FILES))
$(call $(1),644,$(docdir)/examples,$(EXAMPLE_FILES))
$(call $(1),644,$(docdir)/examples/httpd,$(HTTPD_FILES))
$(call $(1),644,$(sysusersdir),priv/supervisor/sysusers.conf,wicket.conf)
$(call $(1),644,$(bashdir),priv/command/completion.bash,wicket)
endef
# Folders that are nobody else's, the inner ones first.
OWN_FOLDERS = $(libexecdir)/wicket $(includedir)/wicket \
	$(docdir)/examples/httpd $(docdir)/examples $(docdir) \
	$(sysconfdir)/wicket

put = $(INSTALL) -d $(DESTDIR)$(2) && \
	$(INSTALL) -m $(1) $(3) $(DESTDIR)$(2)/$(4)
take = rm -f $(addprefix $(DESTDIR)$(2)/,$(or $(4),$(notdir $(3))))

install: programs library
	$(call installed,put)
	ln -sf libwicket.so.0 $(DESTDIR)$(libdir)/libwicket.so
	$(INSTALL) -d $(DESTDIR)$(sysconfdir)/wicket
# Policies of the administrator's stay, and with them their folder.
uninstall:
	$(call installed,take)
	rm -f $(DESTDIR)$(libdir)/libwicket.so
	for folder in $(addprefix $(DESTDIR),$(OWN_FOLDERS)); do \
		[ ! -d $$folder ] || \
			rmdir --ignore-fail-on-non-empty $$folder; \
	done

# ---- the rest ------------------------------------------------------------

clean:
	rm -rf build
distclean: clean

help:
	@sed -n 's/^# make/make/p' Makefile
	@echo 'make deps       install what the build and the tests need (Debian)'
	@echo 'make demo       a real HTTPS daemon without root, narrated'
	@echo 'make test       all tests; as root for all of them'
	@echo 'make asan       all tests under AddressSanitizer and UBSan'
	@echo 'make tsan       the tests with threads under ThreadSanitizer'
	@echo 'make lint       formatting, static analysis, layering, exports'
	@echo 'make fuzz       each fuzzer for FUZZ_SECONDS=60'
	@echo 'make fuzz-afl   the same by AFL++'
	@echo 'make valgrind   the tests of the fd-passing core under valgrind'
	@echo 'make bench      the benchmarks, as a table and as pictures in build/'
	@echo 'make bench-publish  puts the last results into docs/bench/'
	@echo 'make soak       reloads and killed helpers under load: SOAK_RELOADS=1000'
	@echo '                SOAK_KILLS=500'
	@echo 'make coverage   line coverage of the tests'
	@echo 'make install    DESTDIR= PREFIX=/usr/local; make uninstall'
	@echo 'make audit-size lines of the privileged programs'

-include $(shell test -d $(B)/obj && find $(B)/obj -name '*.d')
