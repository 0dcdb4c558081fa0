SUPPORT_SOURCES := $(wildcard tests/support/*.c)
TEST_SOURCES := $(wildcard tests/unit/test_*.c tests/system/test_*.c \
	tests/hostile/test_*.c)
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)
BENCH_SOURCES := $(filter-out %/measure.c,$(wildcard tests/bench/*.c))
SAMPLE_SOURCES := $(wildcard tests/samples/*.c)
