# SPDX-License-Identifier: ISC
#
# make            build the programs, the library, the examples
# make help       the other targets
#
# Variables: CC CFLAGS LDFLAGS PKG_CONFIG, PREFIX and the GNU directory
# variables, DESTDIR, V=1 (show commands), MODE=release|asan|tsan|cov.

VERSION    := 0.1.0
MODE       ?= release
V          ?= 0
PKG_CONFIG ?= pkg-config
INSTALL    ?= install

PREFIX     ?= /usr/local
prefix     ?= $(PREFIX)
exec_prefix ?= $(prefix)
bindir     ?= $(exec_prefix)/bin
libdir     ?= $(exec_prefix)/lib
libexecdir ?= $(exec_prefix)/libexec
includedir ?= $(prefix)/include
datarootdir ?= $(prefix)/share
mandir     ?= $(datarootdir)/man
docdir     ?= $(datarootdir)/doc/wicket
sysconfdir ?= /etc

B := build$(if $(filter-out release,$(MODE)),/$(MODE))
Q := $(if $(filter 0,$(V)),@)
say = $(if $(filter 0,$(V)),@printf '  %-7s %s\n' '$(1)' '$(2)')

# ---- flags ---------------------------------------------------------------

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wvla -Wformat=2 -Wundef -Wwrite-strings \
	-Wpointer-arith
ifneq ($(WERROR),)
WARN += -Werror
endif
HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIE
ifeq ($(MODE),release)
HARDEN += -D_FORTIFY_SOURCE=2
else ifeq ($(MODE),asan)
MODEFLAGS := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
else ifeq ($(MODE),tsan)
MODEFLAGS := -O1 -fsanitize=thread -fno-omit-frame-pointer
else ifeq ($(MODE),cov)
override CC := clang
MODEFLAGS := -O0 -fprofile-instr-generate -fcoverage-mapping \
	-mllvm -runtime-counter-relocation
else
$(error MODE=$(MODE): expected release, asan, tsan or cov)
endif
ALL_CPPFLAGS := -D_GNU_SOURCE -DWICKET_VERSION='"$(VERSION)"' \
	-DWICKET_LIBEXECDIR='"$(libexecdir)/wicket"' $(CPPFLAGS)
ALL_CFLAGS = -std=gnu17 -fvisibility=hidden -ffunction-sections \
	-fdata-sections $(WARN) $(HARDEN) $(CFLAGS) $(MODEFLAGS) -MMD -MP
ALL_LDFLAGS = -Wl,--gc-sections -Wl,-z,relro,-z,now -Wl,--as-needed \
	$(MODEFLAGS) $(LDFLAGS)

SECCOMP_LIBS = $(shell $(PKG_CONFIG) --libs libseccomp)
CAP_LIBS     = $(shell $(PKG_CONFIG) --libs libcap)
MHD_LIBS     = $(shell $(PKG_CONFIG) --libs libmicrohttpd)
CRITERION_LIBS = $(shell $(PKG_CONFIG) --libs criterion)

# ---- what there is -------------------------------------------------------

# Each folder lists its sources, and says nothing else.
include common/sources.mk priv/sources.mk unpriv/sources.mk \
	tests/sources.mk docs/sources.mk

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))

PROGRAMS := $(B)/bin/wicket $(B)/libexec/wicket/supervisor \
	$(B)/libexec/wicket/helper
LIBRARIES := $(B)/lib/libwicket.a $(B)/lib/libwicket.so $(B)/lib/wicket.pc
EXAMPLES := $(EXAMPLE_NAMES:%=$(B)/examples/%)

.PHONY: all help deps demo test asan tsan lint fuzz bench coverage install \
	uninstall clean distclean audit-size tests fuzzers
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PROGRAMS) $(LIBRARIES) $(EXAMPLES)

# ---- objects: the include path is the layering ---------------------------

INC_common   := -Icommon
INC_priv     := -Icommon -Ipriv
INC_unpriv   := -Icommon -Iunpriv
INC_tests    := -Icommon -Ipriv -Iunpriv -Itests
INC_docs     := -Icommon -Iunpriv

# Rebuilds everything when the compiler or a flag changed.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS)' \
		| cmp -s - $@ || printf '%s\n' \
		'$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS)' > $@
FORCE:

define compile
$(B)/obj/$(1)/%.o: $(1)/%.c $(B)/flags
	$$(call say,CC,$$<)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(INC_$(1)) $$(ALL_CPPFLAGS) $$(ALL_CFLAGS) $(2) -c -o $$@ $$<
endef
$(eval $(call compile,common,-fPIC))
$(eval $(call compile,priv))
$(eval $(call compile,unpriv,-fPIC))
$(eval $(call compile,tests))
$(eval $(call compile,docs))

define archive
	$(call say,AR,$@)
	@mkdir -p $(@D) && rm -f $@
	$(Q)$(AR) rcs $@ $^
endef
define link
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -pie $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^)
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

# ---- programs ------------------------------------------------------------

$(B)/bin/wicket: $(B)/obj/priv/command/main.o $(B)/obj/libcommand.a \
		$(B)/obj/libcommon.a
	$(link) $(CAP_LIBS)
$(B)/libexec/wicket/supervisor: $(B)/obj/priv/supervisor/main.o \
		$(B)/obj/libsupervisor.a $(B)/obj/libcommon.a
	$(link) $(CAP_LIBS)
$(B)/libexec/wicket/helper: $(B)/obj/priv/helper/main.o $(B)/obj/libhelper.a \
		$(B)/obj/libcommon.a
	$(link) $(CAP_LIBS)

# ---- the library ---------------------------------------------------------

# Two members: fdpass alone, for who wants no more, and the rest as one object
# whose internal names are made local.
$(B)/obj/wicket.o: $(call obj,$(UNPRIV_SOURCES)) \
		$(call obj,$(filter-out common/fdpass.c,$(COMMON_LIBRARY)))
	$(call say,LD,$@)
	$(Q)$(CC) -r -nostdlib -o $@ $^
	$(Q)$(OBJCOPY) --localize-hidden $@
OBJCOPY ?= objcopy
$(B)/lib/libwicket.a: $(B)/obj/common/fdpass.o $(B)/obj/wicket.o
	$(archive)
$(B)/lib/libwicket.so.0: $(call obj,$(UNPRIV_SOURCES)) \
		$(call obj,$(COMMON_LIBRARY)) unpriv/wicket.map
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -shared -Wl,-soname,libwicket.so.0 \
		-Wl,--version-script=unpriv/wicket.map $(ALL_LDFLAGS) \
		-Wl,-z,defs -o $@ $(filter %.o,$^) $(SECCOMP_LIBS) $(CAP_LIBS) \
		-pthread
$(B)/lib/libwicket.so: $(B)/lib/libwicket.so.0
	$(Q)ln -sf libwicket.so.0 $@
$(B)/lib/wicket.pc: unpriv/wicket.pc.in Makefile
	@mkdir -p $(@D)
	$(Q)sed -e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(libdir)|' \
		-e 's|@includedir@|$(includedir)|' \
		-e 's|@version@|$(VERSION)|' $< > $@

# ---- examples ------------------------------------------------------------

$(B)/examples/%: $(B)/obj/docs/examples/%.o $(B)/lib/libwicket.a
	$(link) $(SECCOMP_LIBS) $(CAP_LIBS)
$(B)/examples/httpd: $(call obj,$(HTTPD_SOURCES)) $(B)/lib/libwicket.a
	$(link) $(SECCOMP_LIBS) $(CAP_LIBS) $(MHD_LIBS)

# The same source without wicket: each call is the system call it stands for.
$(B)/examples/httpd-none: $(HTTPD_SOURCES:%.c=$(B)/obj/none/%.o)
	$(link) $(MHD_LIBS)
$(B)/obj/none/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(INC_docs) -DWICKET_NONE $(ALL_CPPFLAGS) $(ALL_CFLAGS) \
		-c -o $@ $<

# ---- tests ---------------------------------------------------------------

TEST_ARCHIVES := $(B)/obj/libsupport.a $(B)/obj/libcommand.a \
	$(B)/obj/libsupervisor.a $(B)/obj/libhelper.a $(B)/obj/libunpriv.a \
	$(B)/obj/libcommon.a
TESTS := $(patsubst tests/%.c,$(B)/tests/%,$(TEST_SOURCES))

$(B)/obj/libsupport.a: $(call obj,$(SUPPORT_SOURCES))
	$(archive)
# Criterion finds its tests in a section that nothing refers to.
$(B)/tests/%: $(B)/obj/tests/%.o $(TEST_ARCHIVES)
	$(link) -Wl,--no-gc-sections $(CRITERION_LIBS) $(SECCOMP_LIBS) \
		$(CAP_LIBS) $(TESTLIBS_$(@F)) -pthread -ldl
TESTLIBS_test_interop = -lskarnet

tests: all $(TESTS)

# What needs packages says so itself, and installs them where it can.
DEPS := tests/tools/deps
test: ; $(Q)$(DEPS) --check test || $(DEPS) test
	$(Q)+$(MAKE) --no-print-directory tests
	$(Q)tests/tools/run $(B)
asan: ; $(Q)$(DEPS) --check test || $(DEPS) test
	$(Q)+$(MAKE) --no-print-directory MODE=asan tests
	$(Q)tests/tools/run build/asan
tsan: ; $(Q)$(DEPS) --check test || $(DEPS) test
	$(Q)+$(MAKE) --no-print-directory MODE=tsan tests
	$(Q)tests/tools/run build/tsan
demo: ; $(Q)$(DEPS) --check demo || $(DEPS) demo
	$(Q)+$(MAKE) --no-print-directory all
	$(Q)tests/tools/demo $(B)
lint: ; $(Q)$(DEPS) --check lint || $(DEPS) lint
	$(Q)+$(MAKE) --no-print-directory all
	$(Q)tests/tools/lint $(B)
coverage: ; $(Q)$(DEPS) --check lint || $(DEPS) lint
	$(Q)+$(MAKE) --no-print-directory MODE=cov tests
	$(Q)tests/tools/coverage build/cov
deps:
	$(Q)$(DEPS)

FUZZ_SECONDS ?= 60
FUZZERS := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(FUZZ_SOURCES))
fuzz: ; $(Q)$(DEPS) --check lint || $(DEPS) lint
	$(Q)+$(MAKE) --no-print-directory fuzzers
	$(Q)tests/tools/fuzz build/fuzz $(FUZZ_SECONDS)
fuzzers: $(FUZZERS)
build/fuzz/%: tests/fuzz/%.c $(COMMON_SOURCES)
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)clang -std=gnu17 -Icommon $(ALL_CPPFLAGS) -g -O1 \
		-fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $@ $^ -lcap
bench: all
	$(Q)tests/tools/bench $(B)

# ---- the rest ------------------------------------------------------------

install: all
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(libexecdir)/wicket \
		$(DESTDIR)$(libdir)/pkgconfig $(DESTDIR)$(includedir)/wicket \
		$(DESTDIR)$(docdir) $(DESTDIR)$(sysconfdir)/wicket
	$(INSTALL) -m 755 $(B)/bin/wicket $(DESTDIR)$(bindir)
	$(INSTALL) -m 755 $(B)/libexec/wicket/supervisor \
		$(B)/libexec/wicket/helper $(DESTDIR)$(libexecdir)/wicket
	$(INSTALL) -m 644 $(B)/lib/libwicket.a $(DESTDIR)$(libdir)
	$(INSTALL) -m 755 $(B)/lib/libwicket.so.0 $(DESTDIR)$(libdir)
	ln -sf libwicket.so.0 $(DESTDIR)$(libdir)/libwicket.so
	$(INSTALL) -m 644 $(B)/lib/wicket.pc $(DESTDIR)$(libdir)/pkgconfig
	$(INSTALL) -m 644 $(PUBLIC_HEADERS) $(DESTDIR)$(includedir)/wicket
	for page in $(MAN_PAGES); do \
		section=$(DESTDIR)$(mandir)/man$${page##*.}; \
		$(INSTALL) -d $$section && \
		$(INSTALL) -m 644 $$page $$section || exit 1; \
	done
	$(INSTALL) -m 644 README.md LICENSE $(DOC_FILES) $(DESTDIR)$(docdir)
	$(INSTALL) -d $(DESTDIR)$(datarootdir)/bash-completion/completions
	$(INSTALL) -m 644 priv/command/completion.bash \
		$(DESTDIR)$(datarootdir)/bash-completion/completions/wicket

uninstall:
	rm -f $(DESTDIR)$(bindir)/wicket $(DESTDIR)$(libdir)/libwicket.* \
		$(DESTDIR)$(libdir)/pkgconfig/wicket.pc \
		$(DESTDIR)$(datarootdir)/bash-completion/completions/wicket \
		$(foreach p,$(MAN_PAGES),$(DESTDIR)$(mandir)/man$(subst .,,$(suffix $p))/$(notdir $p))
	rm -rf $(DESTDIR)$(libexecdir)/wicket $(DESTDIR)$(includedir)/wicket \
		$(DESTDIR)$(docdir)

# The lines that run with the helper's privilege, without blanks and comments.
audit-size: ; $(Q)tests/tools/audit-size

clean:
	rm -rf build
distclean: clean

help:
	@sed -n 's/^# make/make/p' Makefile
	@echo 'make deps       install what the build and the tests need (Debian)'
	@echo 'make demo       a real HTTPS daemon without root, narrated'
	@echo 'make test       all tests; as root for all of them'
	@echo 'make asan       all tests under AddressSanitizer and UBSan'
	@echo 'make lint       formatting, static analysis, layering, exports'
	@echo 'make fuzz       each fuzzer for FUZZ_SECONDS=60'
	@echo 'make bench      the benchmarks, as a table'
	@echo 'make coverage   line coverage of the tests'
	@echo 'make install    DESTDIR= PREFIX=/usr/local'
	@echo 'make audit-size lines of the privileged programs'

-include $(shell test -d $(B)/obj && find $(B)/obj -name '*.d')
