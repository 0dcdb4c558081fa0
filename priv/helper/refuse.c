/* SPDX-License-Identifier: ISC */
#include "helper/helper.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include "control.h"

static int refuse(struct job *j, const struct policy_rule *deny)
{
	j->refused = true;
	j->rule = deny;
	j->missing[0] = '\0';
	j->why = NULL;
	return -EACCES;
}

int refuse_path(struct job *j, const struct policy_rule *deny,
		unsigned missing_rights, const char *path)
{
	int r = refuse(j, deny);

	if (!deny)
		policy_hint(missing_rights, path, j->missing, BOUND_MISSING);
	return r;
}

int refuse_for(struct job *j, const char *why)
{
	int r = refuse(j, NULL);

	j->why = why;
	return r;
}

/*
 * The lock was made when the helper was started: a file that came later, or a
 * directory that took another's place, is none that it knows.  The next
 * helper's will; what that one's refuses too, no lock of this policy allows.
 */
int refuse_lock(const struct helper *h, struct job *j, int error, int fd,
		int access)
{
	if (error != -EACCES || h->start.landlock == 0 ||
	    syscall(SYS_faccessat2, fd, "", access,
		    AT_EMPTY_PATH | AT_EACCESS) < 0)
		return error;
	if (!(j->again & CONTROL_LOCK))
		j->waits = CONTROL_LOCK;
	return refuse_for(j, "landlock");
}

/*
 * Who may change such a link did so, and the policy means where it leads now;
 * or the worker did, and then the next look at the machine refuses it.
 */
int refuse_link(struct job *j)
{
	if (!(j->again & CONTROL_LOCK))
		j->waits = CONTROL_LOCK;
	return -EACCES;
}
