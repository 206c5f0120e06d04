// SPDX-License-Identifier: GPL-3.0-or-later
// A clean start for the next experiment.
#ifndef NET_SOCKET_SWEEP_H
#define NET_SOCKET_SWEEP_H

#include "net/host/hosts.h"

/* Destroy every socket of both hosts that has no owner any more, TIME_WAIT too. Not on loopback, where other programs'
 * sockets live. Main thread. */
void net_sweep(const struct net_hosts *);
/* The same of one host, and those that have an owner, or listen, too. */
void net_sweep_host(const struct net_hosts *, enum net_host);

#endif
