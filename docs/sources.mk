# SPDX-License-Identifier: ISC
EXAMPLE_NAMES := httpd httpd-none ping cat epoll
# Of loops that need a package each: built for the tests alone.
LOOP_NAMES := evhttp uv
HTTPD_SOURCES := $(wildcard docs/examples/httpd/*.c)
MAN_PAGES := $(wildcard docs/man/*.[1-8])
DOC_FILES := $(wildcard docs/*.md)
# What is installed of the examples.
EXAMPLE_FILES := $(wildcard docs/examples/*.[ch] docs/examples/*.policy \
	docs/examples/*.service)
HTTPD_FILES := $(wildcard docs/examples/httpd/*.[ch])
