// SPDX-License-Identifier: GPL-3.0-or-later
// The sysctls of a host that matter to TCP, as a table: plain data.
#ifndef NET_DATA_SYSCTL_TABLE_H
#define NET_DATA_SYSCTL_TABLE_H

#include <stddef.h>

struct net_sysctl {
    const char *name;   /* as net_sysctl_get() takes it */
    const char *unit;   /* "s", "bytes", ""; where there are several values, of each; for net_message() */
    const char *preset; /* what a new namespace has; "" where that depends on the machine */
    const char *option; /* the option by which one socket has its own value; NULL none */
    const char *effect; /* one sentence, for net_message() */
};

extern const struct net_sysctl net_sysctls[];
extern const size_t net_sysctl_count;

const struct net_sysctl *net_sysctl_find(const char *name); /* NULL: not in the table, though a host may have it */

#endif
