/* SPDX-License-Identifier: ISC */
/* For the test of the test runner: a program that counts nothing. */
int main(void)
{
	return 0;
}
