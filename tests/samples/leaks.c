/* SPDX-License-Identifier: ISC */
/*
 * For the test of the test runner.  Leaks memory in a child, whose report is
 * on stderr and nowhere else; built with AddressSanitizer in every MODE.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

Test(leaks, forgets_its_memory)
{
	pid_t pid = fork();

	if (pid == 0) {
		void *volatile p = malloc(100);

		p = NULL;
		(void)p;
		exit(0);
	}
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}
