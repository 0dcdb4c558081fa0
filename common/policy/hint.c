/* SPDX-License-Identifier: ISC */
#include "policy/match.h"

#include <string.h>

#include "text.h"

/* The path as a word of the language, which stands for this path alone. */
static void put_word(struct text *t, const char *path)
{
	bool quoted = strpbrk(path, " \t#\"\\*");

	if (quoted)
		text_put(t, "\"");
	for (; *path; path++) {
		if (strchr("\"\\*", *path))
			text_put(t, "\\");
		text_put(t, "%s%c", *path == '%' ? "%" : "", *path);
	}
	if (quoted)
		text_put(t, "\"");
}

/* The language has none but the tab. */
static bool has_control(const char *path)
{
	for (; *path; path++)
		if (*path == 0x7f ||
		    ((unsigned char)*path < ' ' && *path != '\t'))
			return true;
	return false;
}

static void put_line(struct text *t, const char *verb, const char *path,
		     bool create)
{
	text_put(t, "%s%s ", t->len ? " and " : "", verb);
	put_word(t, path);
	text_put(t, "%s", create ? " create=0640" : "");
}

/* A hint that does not fit is no hint: half a line misleads. */
static size_t finish(struct text *t)
{
	if (!t->failed)
		return t->len;
	if (t->size > 0)
		t->buf[0] = '\0';
	return 0;
}

size_t policy_hint(unsigned rights, const char *path, char *buf, size_t size)
{
	static const struct {
		unsigned right;
		const char *verb;
	} verbs[] = {
		{RIGHT_READ, "read"},	  {RIGHT_WRITE, "write"},
		{RIGHT_APPEND, "append"}, {RIGHT_REMOVE, "remove"},
		{RIGHT_LIST, "list"},	  {RIGHT_STAT, "stat"},
	};
	const unsigned made = RIGHT_WRITE | RIGHT_APPEND;
	struct text t = text_in(buf, size);

	if (has_control(path))
		return 0;
	/* Each of the others brings stat with it. */
	if (rights & ~RIGHT_STAT)
		rights &= ~RIGHT_STAT;
	if (rights & RIGHT_CREATE && !(rights & made))
		rights |= RIGHT_WRITE;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (rights & verbs[i].right)
			put_line(&t, verbs[i].verb, path,
				 rights & RIGHT_CREATE &&
					 verbs[i].right & made);
	return finish(&t);
}

/* ---- addresses and names ------------------------------------------------- */

/*
 * In a policy these mean more than themselves.  A hint for a name with one in
 * it would grant what was not asked for, by the worker's own choice of name.
 */
static bool is_plain(const char *text)
{
	return !strpbrk(text, "*\\\"#% \t\n");
}

size_t policy_hint_socket(enum policy_verb verb, enum net_kind kind,
			  const char *name, char *buf, size_t size)
{
	struct text t = text_in(buf, size);

	/* A path that a link led to may be longer than any rule's can be. */
	if (!is_plain(name) || strlen(name) >= NET_PATH)
		return 0;
	text_put(&t, "%s %s %s", policy_verb_name(verb), net_kind_name(kind),
		 name);
	return finish(&t);
}

size_t policy_hint_net(enum policy_verb verb, const struct net_addr *a,
		       char *buf, size_t size)
{
	struct text t = text_in(buf, size);
	char address[BOUND_ADDRESS];

	/* No line can grant to listen for datagrams. */
	if ((verb == POLICY_LISTEN && a->kind == NET_UDP) ||
	    net_addr_print(a, verb == POLICY_CONNECT, address,
			   sizeof(address)) < 0 ||
	    (a->sa.sa_family == AF_UNIX && !is_plain(strchr(address, ' ') + 1)))
		return 0;
	text_put(&t, "%s %s", policy_verb_name(verb), address);
	return finish(&t);
}

size_t policy_hint_name(enum policy_verb verb, const char *name,
			uint16_t protocol, char *buf, size_t size)
{
	struct text t = text_in(buf, size);

	if (!is_plain(name))
		return 0;
	text_put(&t, "%s %s", policy_verb_name(verb), name);
	if (verb == POLICY_PACKET)
		text_put(&t, " proto=0x%04x", protocol);
	return finish(&t);
}
