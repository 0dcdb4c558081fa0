/* SPDX-License-Identifier: ISC */
/*
 * Runs a seccomp program as the kernel does, in the process itself: to ask it
 * about calls that nobody is to make.
 */
#ifndef TESTS_SUPPORT_MACHINE_H
#define TESTS_SUPPORT_MACHINE_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

/* What it answers, SECCOMP_RET_...; a program that is none aborts. */
uint32_t machine_run(const struct sock_filter *code, size_t n,
		     const struct seccomp_data *call);

#endif
