// SPDX-License-Identifier: GPL-3.0-or-later
// What the main thread asks of tasks by the arena: an option of a descriptor that only one task can reach, and calls
// that are to fail.
#ifndef NET_RING_RING_SERVICE_H
#define NET_RING_RING_SERVICE_H

#include "net/data/option.h"

#include <stdatomic.h>

/* Where pidfd_getfd(2) is refused, the task's handler of NET_STOP_SIGNAL does it. `task` is stored last, and cleared by
 * the task when it is done. */
struct net_service {
    _Atomic uint32_t task;
    int fd;
    uint32_t option; /* index in net_options */
    bool set;
    struct net_option_value value;
    int error; /* errno; 0 done */
};

enum { NET_FAILURES = 32 };

/* `actor` is stored last, and cleared by whichever task makes the last call that is to fail. */
struct net_failure {
    _Atomic uint32_t actor; /* 0: free */
    _Atomic uint32_t seen;  /* calls so far, by every task of the actor */
    uint32_t call;          /* enum net_call */
    int32_t error;          /* errno */
    uint32_t after, times;
};

struct net_failures {
    _Atomic uint32_t count; /* of those that are not free: 0 is all that a call looks at */
    struct net_failure of[NET_FAILURES];
};

#endif
