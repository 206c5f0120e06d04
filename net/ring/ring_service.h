// SPDX-License-Identifier: GPL-3.0-or-later
// A favour that the main thread asks of one task: an option of a descriptor that only the task can reach.
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

#endif
