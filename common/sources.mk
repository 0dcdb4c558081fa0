COMMON_SOURCES := $(wildcard common/*.c common/apply/*.c common/policy/*.c)
# What the worker's library needs of it.
COMMON_LIBRARY = $(wildcard common/answer.c common/bpf.c common/calls.c \
	common/chan.c common/fdpass.c common/fdstream.c common/identity.c \
	common/landlock.c common/op.c common/promise.c common/spin.c \
	common/text.c common/wire.c common/path.c common/policy/net*.c \
	common/policy/pattern.c) \
	$(LIMIT_PARSER)
# A limit is text in the policy's language.
LIMIT_PARSER := $(addprefix common/policy/,index.c lex.c nearest.c note.c \
	options.c pack.c parse.c parse_rule.c policy.c values.c)
# What can be taken alone.
CORE := common/fdpass.c common/fdstream.c
PUBLIC_HEADERS := common/wicket/fdpass.h common/wicket/fdstream.h
