// SPDX-License-Identifier: GPL-3.0-or-later
// Landlock: what a thread, and what it starts, can still open.
#ifndef NET_BASE_CONFINE_H
#define NET_BASE_CONFINE_H

/*
 * From now on this thread, and every thread and process that it begins, can open nothing else. It cannot be undone.
 *
 *   PROGRAM  reads what a program of the system needs (libraries, the names of hosts, time zones), /proc, and the
 *            folder; writes into the folder and to /dev/null.
 *   LAB      reads as before; writes into the folder, to /proc and to the devices of /dev.
 *
 *   folder   may not be there; then nothing can be written in it.
 *   returns  0; -1 with errno where the kernel has no Landlock (ENOSYS, EOPNOTSUPP), or refused: nothing has changed
 *            but no_new_privs.
 *   thread   any; open descriptors stay as they are.
 *   source   landlock(7), linux/landlock.h; of the kernel's versions only what is known here is asked for.
 */
enum net_confined { NET_CONFINED_PROGRAM, NET_CONFINED_LAB };
int net_confine(enum net_confined, const char *folder);

#endif
