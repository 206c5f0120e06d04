// SPDX-License-Identifier: GPL-3.0-or-later
// A command that ends with its lab.
#ifndef NET_HOST_EXEC_WATCH_H
#define NET_HOST_EXEC_WATCH_H

#include "net/base/error.h"

/*
 * Run a command as execvp() does, but as a child, and wait for its end. Its PATH leads also to where the tools for
 * networks are. Signals that another process sends to us are passed on to it; those of the terminal reach it anyway,
 * since it stays in our process group. It may leave processes behind, which live on. When the lab ends, all of them
 * end: by SIGHUP, as when a terminal is closed, and by SIGKILL if that is not enough. When we are killed they end too.
 *
 *   lab_fd   pidfd of the lab.
 *   returns  its exit status; 128 + 9, with a sentence on standard error, when the lab has ended first. Where a signal
 *            ended it, this process ends by the same one. -1: it could not be started.
 *   thread   the only one there is.
 */
int net_exec_watched(int lab_fd, char *const argv[], struct net_error *);

#endif
