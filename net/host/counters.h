// SPDX-License-Identifier: GPL-3.0-or-later
// Reading what a host's kernel counts.
#ifndef NET_HOST_COUNTERS_H
#define NET_HOST_COUNTERS_H

#include "net/data/counter.h"
#include "net/host/hosts.h"

/*
 * /proc/net/snmp and /proc/net/netstat of each host, opened once in its namespace and read again and again. On the
 * machine's own loopback both hosts are the machine, and other programs move its counters, too.
 */
struct net_counter_reader;

struct net_counter_values {
    uint64_t value[NET_COUNTERS]; /* since the host exists; 0 where the kernel lacks it */
    bool has[NET_COUNTERS];
};

/*
 *   returns  NULL with err: no memory, or /proc cannot be read (hidden, or not mounted). The lab works without.
 *   thread   main; moves to each host and back.
 */
struct net_counter_reader *net_counters_open(const struct net_hosts *, struct net_error *err);
void net_counters_close(struct net_counter_reader *); /* NULL: nothing */

/* Gives out one event (kind COUNTER, no time yet) for each counter that has moved since the last call, or since open.
 */
typedef void net_counter_fn(void *user, struct net_event *);
void net_counters_moved(struct net_counter_reader *, net_counter_fn *, void *user);
/* A host whose power is off: what moves until it is on again is never given out. */
void net_counters_power(struct net_counter_reader *, enum net_host, bool on);

/*
 *   out      all set on 0, untouched on -1.
 *   errors   -1 with errno.
 *   thread   main; two reads of /proc, some 50 us.
 *   source   proc(5), net/ipv4/proc.c.
 */
int net_counters_read(const struct net_counter_reader *, enum net_host, struct net_counter_values *out);

#endif
