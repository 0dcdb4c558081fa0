/* SPDX-License-Identifier: ISC */
#include "wicket/wicket.h"

#include <string.h>

#include "answer.h"
#include "call.h"

/* What has been collected, page by page. */
struct listing {
	struct wicket_entry *v; /* owned */
	size_t n;
	size_t room;
	uint64_t next; /* where the next page begins, 0 after the last */
};

static int make_room(struct listing *l)
{
	size_t room = l->room ? l->room * 2 : 64;
	struct wicket_entry *v;

	if (l->n < l->room)
		return 0;
	if (l->n >= BOUND_LIST)
		return -EOVERFLOW;
	v = reallocarray(l->v, room, sizeof(*v));
	if (!v)
		return -ENOMEM;
	l->v = v;
	l->room = room;
	return 0;
}

static int fill_entry(struct wicket_entry *to, const struct answer_entry *e)
{
	to->type = e->type;
	to->size = (off_t)e->size;
	to->mtime = (time_t)e->mtime;
	to->name = strdup(e->name);
	return to->name ? 0 : -ENOMEM;
}

static int add_entry(struct listing *l, const struct answer_entry *e)
{
	int r = make_room(l);

	if (r >= 0)
		r = fill_entry(&l->v[l->n], e);
	if (r >= 0)
		l->n++;
	return r;
}

/* A name goes on into the caller's paths: it must be one component. */
static bool is_component(const char *name)
{
	return name[0] != '\0' && !strchr(name, '/') &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int take_page(void *arg, const struct op_reply *reply)
{
	struct wire_in i = wire_in(reply->blob, reply->blob_len);
	struct listing *l = arg;
	struct answer_entry e;
	int r;

	while ((r = answer_get_entry(&i, &e)) > 0) {
		if (!is_component(e.name))
			return -EPROTO;
		r = add_entry(l, &e);
		if (r < 0)
			return r;
	}
	/* A page that is empty and not the last would be asked for ever. */
	if (r >= 0 && reply->number != 0 && reply->blob_len == 0)
		return -EPROTO;
	l->next = reply->number;
	return r;
}

static int list_all(struct wicket *w, const char *path, struct listing *l)
{
	do {
		struct op_request q = {
			.op = OP_list,
			.object = path,
			.number = l->next,
		};
		int r = call(w, &q, take_page, l, NULL);

		if (r < 0)
			return r;
	} while (l->next != 0);
	return 0;
}

ssize_t wicket_list(struct wicket *w, const char *path,
		    struct wicket_entry **ret)
{
	struct listing l = {0};
	int r;

	if (!ret)
		return edge(-EFAULT);
	r = list_all(w, path, &l);
	if (r < 0) {
		wicket_list_free(l.v, l.n);
		return edge(r);
	}
	*ret = l.v;
	return (ssize_t)l.n;
}

void wicket_list_free(struct wicket_entry *entries, size_t n)
{
	if (!entries)
		return;
	for (size_t i = 0; i < n; i++)
		free(entries[i].name);
	free(entries);
}
