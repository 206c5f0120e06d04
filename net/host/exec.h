// SPDX-License-Identifier: GPL-3.0-or-later
// `tcplab exec`: a command on a host of a running lab.
#ifndef NET_HOST_EXEC_H
#define NET_HOST_EXEC_H

#include "net/host/hosts.h"

/*
 * Make these hosts findable for net_exec(): a descriptor (of a memory file; nothing lies on a disk, and it goes with
 * the process) that other processes of this user see in /proc. Returns it, or -1; the caller closes it.
 */
int net_exec_publish(const struct net_hosts *, struct net_error *err);

/*
 * Run a command on a host of a running lab of this user, with all capabilities that the lab's namespaces grant, and
 * wait for it (net/host/exec_watch.h): it and all that it leaves behind end with the lab.
 *
 *   lab_pid  of the lab, or of the process that watches over it; 0: the only one.
 *   returns  the command's exit status; -1: no lab runs (the sentence says how to start one), several do and none was
 *            chosen, the command cannot be run.
 *   thread   the only one there is.
 */
int net_exec(int lab_pid, enum net_host, char *const argv[], struct net_error *);

#endif
