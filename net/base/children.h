// SPDX-License-Identifier: GPL-3.0-or-later
// The children of this process, all of them: for who answers for whatever a program leaves behind.
#ifndef NET_BASE_CHILDREN_H
#define NET_BASE_CHILDREN_H

/* Send a signal to every child of the calling thread's process. How many there were. */
int net_children_signal(int signo);
/*
 * Kill and reap every child, and those that the dead leave to us (PR_SET_CHILD_SUBREAPER), until there is none. For a
 * process of one thread.
 */
void net_children_end(void);

#endif
