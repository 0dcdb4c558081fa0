/* SPDX-License-Identifier: ISC */
/*
 * What the single calls make of their arguments and of their answers.
 */
#include "wicket/wicket.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "support/played.h"

/* ---- what rides in the blob ------------------------------------------ */

Test(calls, stat_gives_what_the_helper_saw, .timeout = 10)
{
	struct stat seen = {.st_ino = 42, .st_mode = S_IFREG | 0640};
	struct stat st = {0};
	uint8_t blob[256];
	struct wire_out o = wire_out(blob, sizeof(blob));
	struct played p;

	played_open(&p, 0);
	answer_put_stat(&o, &seen);
	played_reply(&p,
		     &(struct op_reply){.op = OP_stat,
					.id = 1,
					.blob = blob,
					.blob_len = o.len},
		     0);
	cr_assert_eq(wicket_stat(p.w, "/a", &st), 0);
	cr_assert_eq(st.st_ino, 42u);
	cr_assert_eq(st.st_mode, (mode_t)(S_IFREG | 0640));
	played_reply(&p,
		     &(struct op_reply){.op = OP_stat, .id = 2, .blob_len = 0},
		     0);
	FAILS(wicket_lstat(p.w, "/a", &st), EPROTO);
	cr_assert_eq(st.st_ino, 42u);
	played_close(&p);
}

Test(calls, readlink_cuts_like_readlink, .timeout = 10)
{
	struct op_reply target = {
		.op = OP_readlink, .id = 1, .blob = "target", .blob_len = 6};
	char buf[8] = "########";
	struct played p;

	played_open(&p, 0);
	played_reply(&p, &target, 0);
	cr_assert_eq(wicket_readlink(p.w, "/a", buf, 4), 4);
	cr_assert_arr_eq(buf, "targ####", 8);
	target.id = 2;
	played_reply(&p, &target, 0);
	cr_assert_eq(wicket_readlink(p.w, "/a", buf, 8), 6);
	cr_assert_arr_eq(buf, "target##", 8);
	played_close(&p);
}

static void queue_page(const struct played *p, uint32_t id, uint64_t next,
		       const char *const *names, size_t n)
{
	uint8_t blob[1024];
	struct wire_out o = wire_out(blob, sizeof(blob));

	for (size_t i = 0; i < n; i++)
		answer_put_entry(&o, &(struct answer_entry){.name = names[i],
							    .type = S_IFREG,
							    .size = i,
							    .mtime = 7});
	played_reply(p,
		     &(struct op_reply){.op = OP_list,
					.id = id,
					.number = next,
					.blob = blob,
					.blob_len = o.len},
		     0);
}

Test(calls, list_gathers_all_pages, .timeout = 10)
{
	const char *const names[] = {"a", "b", "c"};
	struct wicket_entry *v = NULL;
	struct op_request q;
	uint8_t buf[8192];
	struct played p;

	played_open(&p, 0);
	queue_page(&p, 1, 99, names, 2);
	queue_page(&p, 2, 0, names + 2, 1);
	cr_assert_eq(wicket_list(p.w, "/srv", &v), 3);
	cr_assert_str_eq(v[0].name, "a");
	cr_assert_str_eq(v[2].name, "c");
	cr_assert_eq(v[1].size, 1);
	cr_assert_eq(v[1].mtime, 7);
	cr_assert_eq(v[1].type, (mode_t)S_IFREG);
	wicket_list_free(v, 3);
	q = played_request(p.helper, buf, sizeof(buf));
	cr_assert_eq(q.number, 0u);
	q = played_request(p.helper, buf, sizeof(buf));
	cr_assert_eq(q.number, 99u);
	queue_page(&p, 3, 0, NULL, 0);
	cr_assert_eq(wicket_list(p.w, "/empty", &v), 0);
	wicket_list_free(v, 0);
	played_close(&p);
}

Test(calls, list_refuses_names_that_are_paths, .timeout = 10)
{
	static const char *const names[] = {"../../etc", "a/b", "..", "."};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct wicket_entry *v = NULL;
		struct played p;

		played_open(&p, 0);
		queue_page(&p, 1, 0, &names[i], 1);
		FAILS(wicket_list(p.w, "/srv", &v), EPROTO);
		cr_assert_null(v);
		played_close(&p);
	}
}

Test(calls, list_refuses_an_empty_page_that_is_not_the_last, .timeout = 10)
{
	struct wicket_entry *v = NULL;
	struct played p;

	played_open(&p, 0);
	queue_page(&p, 1, 5, NULL, 0);
	FAILS(wicket_list(p.w, "/srv", &v), EPROTO);
	played_close(&p);
}

/* ---- streams, addresses, words --------------------------------------- */

Test(calls, fopen_asks_for_what_its_mode_means, .timeout = 10)
{
	static const struct {
		const char *mode;
		int flags;
	} table[] = {
		{"r", O_RDONLY},
		{"rb", O_RDONLY},
		{"r+", O_RDWR},
		{"rb+e", O_RDWR},
		{"w", O_WRONLY | O_CREAT | O_TRUNC},
		{"w+x", O_RDWR | O_CREAT | O_TRUNC | O_EXCL},
		{"a", O_WRONLY | O_CREAT | O_APPEND},
		{"ab+", O_RDWR | O_CREAT | O_APPEND},
	};
	uint8_t buf[8192];
	struct played p;

	played_open(&p, 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct op_reply no = {
			.op = OP_open, .id = (uint32_t)i + 1, .error = ENOENT};
		struct op_request q;

		played_reply(&p, &no, 0);
		cr_assert_null(wicket_fopen(p.w, "/a", table[i].mode));
		cr_assert_eq(errno, ENOENT);
		q = played_request(p.helper, buf, sizeof(buf));
		cr_assert_eq(q.flags, (uint32_t)table[i].flags, "%s",
			     table[i].mode);
	}
	played_close(&p);
}

Test(calls, fopen_refuses_other_modes, .timeout = 10)
{
	static const char *const modes[] = {"", "x", "rz", "+r", "r,ccs=x"};
	struct played p;

	played_open(&p, 0);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		errno = 0;
		cr_assert_null(wicket_fopen(p.w, "/a", modes[i]));
		cr_assert_eq(errno, EINVAL);
	}
	cr_assert_not(played_was_asked(p.helper));
	played_close(&p);
}

Test(calls, fopen_gives_a_stream, .timeout = 10)
{
	struct played p;
	FILE *f;

	played_open(&p, 0);
	played_fd(&p, 1);
	f = wicket_fopen(p.w, "/a", "re");
	cr_assert_not_null(f);
	cr_assert_eq(fgetc(f), EOF);
	(void)fclose(f);
	played_close(&p);
}

Test(calls, socket_addresses_become_the_same_text, .timeout = 10)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons(5432),
				 .sin_addr = {htonl(0x0a000001)}};
	struct sockaddr other = {.sa_family = AF_APPLETALK};
	struct op_reply no = {.op = OP_bind, .id = 1, .error = EACCES};
	struct op_request q;
	uint8_t buf[8192];
	struct played p;

	played_open(&p, 0);
	played_reply(&p, &no, 0);
	FAILS(wicket_bind_addr(p.w, SOCK_DGRAM, (struct sockaddr *)&in,
			       sizeof(in)),
	      EACCES);
	q = played_request(p.helper, buf, sizeof(buf));
	cr_assert_str_eq(q.object, "udp 10.0.0.1:5432");
	FAILS(wicket_bind_addr(p.w, SOCK_DGRAM, &other, sizeof(other)),
	      EAFNOSUPPORT);
	FAILS(wicket_bind_addr(p.w, SOCK_RAW, (struct sockaddr *)&in,
			       sizeof(in)),
	      EINVAL);
	FAILS(wicket_bind_addr(p.w, SOCK_DGRAM, NULL, 16), EFAULT);
	FAILS(wicket_bind_addr(p.w, SOCK_DGRAM, (struct sockaddr *)&in, 1),
	      EINVAL);
	played_close(&p);
}

Test(calls, notify_refuses_more_than_a_message, .timeout = 10)
{
	char state[BOUND_NOTIFY + 1];
	struct played p;

	memset(state, 'x', sizeof(state));
	state[BOUND_NOTIFY] = '\0';
	played_open(&p, 0);
	FAILS(wicket_notify(p.w, state), EINVAL);
	played_done(&p, OP_notify, 1);
	cr_assert_eq(wicket_notify(p.w, "READY=1"), 0);
	played_close(&p);
}

Test(calls, syslog_cuts_the_text_and_sends_the_severity_only, .timeout = 10)
{
	char text[2 * BOUND_SYSLOG];
	struct op_request q;
	uint8_t buf[8192];
	struct played p;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	played_open(&p, 0);
	played_done(&p, OP_syslog, 1);
	wicket_syslog(p.w, (4 << 3) | 6, "%s", text);
	q = played_request(p.helper, buf, sizeof(buf));
	cr_assert_eq(strlen(q.object), (size_t)BOUND_SYSLOG - 1);
	cr_assert_eq(q.number, 6u);
	played_close(&p);
}
