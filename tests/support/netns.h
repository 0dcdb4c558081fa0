/* SPDX-License-Identifier: ISC */
/*
 * A network of the test's own, so that ports and abstract names are free.
 */
#ifndef SUPPORT_NETNS_H
#define SUPPORT_NETNS_H

/*
 * Enters a new network namespace with lo up.  An ordinary user enters a user
 * namespace too, as the same user, and has every capability in it until the
 * next exec.  A failure ends the process, and so fails the test.
 */
void netns_enter(void);

/* As it, and an ordinary user has no capability there either. */
void netns_enter_plain(void);

/*
 * One that nobody is in yet, with lo up, for those with privilege: a
 * descriptor, or -errno.
 */
int netns_make(void);

/* Runs work() in a child that has entered one; returns as child_run(). */
int netns_run(void (*work)(void));

/*
 * A Criterion test that is run so; its claims are for CHILD_CHECK().
 *
 *	NETNS_TEST(suite, name)
 *	{
 *		CHILD_CHECK(...);
 *	}
 */
#define NETNS_TEST(suite, name)                                        \
	static void suite##_##name##_in_netns(void);                   \
	Test(suite, name)                                              \
	{                                                              \
		cr_assert_eq(netns_run(suite##_##name##_in_netns), 0); \
	}                                                              \
	static void suite##_##name##_in_netns(void)

#endif
