SUPPORT_SOURCES := $(filter-out %/fault.c,$(wildcard tests/support/*.c))
# These alone get the fault injector, in place of the calls that it makes fail.
FAULT_TESTS := test_fault test_fdpass_control test_fdpass_faults \
	test_helper_faults test_library_faults test_steady \
	test_supervisor_faults
FAULT_CALLS := sendmsg send recvmsg poll socketpair setsockopt clock_gettime \
	close fcntl fflush malloc calloc realloc reallocarray strdup syscall \
	fstat fstatfs readlinkat ftruncate fchownat
TEST_SOURCES := $(wildcard tests/unit/test_*.c tests/system/test_*.c \
	tests/hostile/test_*.c)
# What `make tsan` runs: docs/TESTS.md says why these.
TSAN_SOURCES := $(patsubst %,tests/unit/test_%.c,batch call chan client clone \
	fdpass_control fdpass_shared fdpass_signals helper_connect quota spin \
	steady submit sync threads walk) \
	$(patsubst %,tests/hostile/test_%.c,channel crowd files liar)
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)
# What the benchmarks share, and the benchmarks.
BENCH_SHARED := $(addprefix tests/bench/,measure.c contest.c report.c) \
	$(wildcard tests/bench/peers/*.c)
BENCH_SOURCES := $(filter-out $(BENCH_SHARED),$(wildcard tests/bench/*.c))
SAMPLE_SOURCES := $(wildcard tests/samples/*.c)
SOAK_SOURCES := $(wildcard tests/soak/*.c)
PUPPET_SOURCES := $(wildcard tests/puppet/*.c)
