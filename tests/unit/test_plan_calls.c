/* SPDX-License-Identifier: ISC */
#include "plan_calls.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

TestSuite(plan_calls, .timeout = 10);

#define _cleanup_policy_ __attribute__((cleanup(policy_freep)))

static unsigned needs_of(const char *text)
{
	struct policy_note err = POLICY_NOTE_INIT;
	_cleanup_policy_ struct policy *p = NULL;

	cr_assert_eq(policy_new("test", &p), 0);
	cr_assert_eq(policy_parse(p, "test", text, strlen(text), NULL, &err), 0,
		     "%u:%u: %s", err.line, err.column, err.text);
	return plan_needs(p);
}

static bool allows(const char *text, const char *name)
{
	unsigned needs = needs_of(text);
	const struct plan_call *calls;
	size_t n;

	calls = plan_calls(&n);
	for (size_t i = 0; i < n; i++)
		if (calls[i].need & needs && strcmp(calls[i].name, name) == 0)
			return true;
	return false;
}

static void expect_sockets(const char *text, const char *wanted)
{
	char buf[PLAN_SOCKETS_TEXT];

	cr_assert_eq(plan_sockets_print(needs_of(text), buf, sizeof(buf)), 0);
	cr_assert_str_eq(buf, wanted, "%s: %s", text, buf);
}

/* Every verb and option at once. */
static const char everything[] =
	"read /x/**\nlist /x/**\nstat /y\nappend /x/** create=0600\n"
	"write /z/** create=0600\nremove /x/**\n"
	"listen tcp *:80 reuseport=2 backlog=9 device=eth0 transparent=on\n"
	"listen tcp [::]:80 freebind=on mark=1 rcvbuf=1M\n"
	"listen unix /run/x/y mode=0600\nlisten unix:seqpacket @y\n"
	"bind udp *:53\nbind udp [::]:53\nconnect tcp *:1-9\n"
	"raw icmp\nraw icmp6\npacket eth0 proto=0x88cc priority=7\n";

Test(plan_calls, never_allows_what_no_request_needs)
{
	static const char *const never[] = {
		"execve",
		"execveat",
		"ptrace",
		"fork",
		"vfork",
		"clone",
		"clone3",
		"chmod",
		"fchmodat",
		"fchmodat2",
		"chown",
		"lchown",
		"fchown",
		"utimensat",
		"setxattr",
		"fsetxattr",
		"removexattr",
		"mount",
		"move_mount",
		"fsopen",
		"open_tree",
		"umount2",
		"pivot_root",
		"chroot",
		"bpf",
		"keyctl",
		"add_key",
		"unshare",
		"setns",
		"open",
		"openat",
		"creat",
		"openat2x",
		"link",
		"linkat",
		"symlink",
		"symlinkat",
		"mknod",
		"mknodat",
		"kill",
		"tkill",
		"pidfd_open",
		"pidfd_getfd",
		"process_vm_readv",
		"setuid",
		"setfsuid",
		"capset",
		"prctl",
		"seccomp",
		"io_uring_setup",
		"userfaultfd",
		"perf_event_open",
		"open_by_handle_at",
		"name_to_handle_at",
		"init_module",
		"reboot",
		"rename",
		"renameat",
		"truncate",
		"memfd_create",
		"accept",
		"accept4",
		"read",
		"dup",
		"dup2",
	};

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		cr_expect_not(allows(everything, never[i]), "%s", never[i]);
}

Test(plan_calls, opens_files_only_where_there_are_any)
{
	cr_assert_not(allows("listen tcp *:80\n", "openat2"));
	cr_assert_not(allows("deny /x\n", "openat2"));
	cr_assert(allows("stat /x\n", "openat2"));
	cr_assert(allows("connect unix /run/x\n", "openat2"));
	cr_assert_not(allows("connect unix @x\n", "openat2"));
	cr_assert_not(allows("read /x\n", "getdents64"));
	cr_assert_not(allows("read /x\nappend /x\n", "ftruncate"));
	cr_assert(allows("write /x\n", "ftruncate"));
}

Test(plan_calls, changes_names_only_where_that_is_granted)
{
	cr_assert_not(allows("write /x\n", "unlinkat"));
	cr_assert_not(allows("write /x\n", "mkdirat"));
	cr_assert(allows("write /x/y create=0600\n", "mkdirat"));
	cr_assert_not(allows("write /x/y create=0600\n", "renameat2"));
	cr_assert_not(allows("remove /x/y\n", "renameat2"));
	cr_assert(
		allows("remove /x/y\nappend /x/z create=0600\n", "renameat2"));
}

Test(plan_calls, changes_modes_and_owners_only_of_what_it_makes)
{
	cr_assert_not(allows("write /x/** create=0600\n", "fchmod"));
	cr_assert_not(allows("write /x/** create=0600\n", "fchownat"));
	cr_assert(allows("write /x/** create=0600 owner=%worker:0\n",
			 "fchownat"));
	cr_assert(allows("listen unix /x/y\n", "fchmod"));
	cr_assert_not(allows("listen unix @y\n", "fchmod"));
	cr_assert_not(allows("listen tcp *:80\n", "fchmod"));
}

Test(plan_calls, makes_only_the_policys_sockets)
{
	expect_sockets("", "unix:dgram");
	expect_sockets("listen tcp *:80\n", "unix:dgram tcp4");
	expect_sockets("connect tcp [::1]:80\n", "unix:dgram tcp6");
	expect_sockets("bind udp *:80\n", "unix:dgram udp4");
	expect_sockets("raw icmp6\n", "unix:dgram raw:icmp6");
	expect_sockets("listen unix:seqpacket @x\n",
		       "unix:dgram unix:seqpacket");
	expect_sockets(everything, "unix:dgram unix unix:seqpacket tcp4 tcp6 "
				   "udp4 udp6 raw:icmp raw:icmp6 packet");
}

Test(plan_calls, looks_at_every_argument_of_a_socket)
{
	const struct plan_call *calls;
	size_t n;

	calls = plan_calls(&n);
	for (size_t i = 0; i < n; i++) {
		const struct plan_call *c = &calls[i];

		if (strcmp(c->name, "socket") != 0)
			continue;
		cr_assert_eq(c->ntests, 3);
		cr_assert_eq(c->tests[0].mask, ~0u);
		cr_assert_eq(c->tests[1].mask,
			     ~(unsigned)(SOCK_CLOEXEC | SOCK_NONBLOCK));
		cr_assert_eq(c->tests[2].mask, ~0u);
	}
}

/* The line without tests would win. */
Test(plan_calls, has_no_line_with_tests_beside_one_without)
{
	const struct plan_call *calls;
	size_t n;

	calls = plan_calls(&n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			cr_assert(i == k || calls[i].ntests ||
					  strcmp(calls[i].name,
						 calls[k].name) != 0,
				  "%s", calls[i].name);
}
