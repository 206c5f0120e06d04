// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/actor/usage.h"

#include "net/actor/actor_private.h"

enum { TEXT_BYTES = 4096, KIB = 1024 };

static void read_memory(int pid, const char *status, struct net_task_usage *out)
{
    char text[TEXT_BYTES];
    uint64_t private_kib = 0, tables_kib = 0;
    out->has_memory = net_proc_read(pid, 0, "smaps_rollup", text, sizeof text) > 0 &&
                      net_proc_number(text, "Private_Dirty:", &private_kib) &&
                      net_proc_number(status, "VmPTE:", &tables_kib);
    if (!out->has_memory)
        return;
    out->private_bytes = private_kib * KIB;
    out->table_bytes = tables_kib * KIB;
}

int net_task_usage(struct net_actors *all, uint32_t task, struct net_task_usage *out)
{
    const struct net_watched_task *known = net_watched_by_id(all, task);
    struct net_task_usage usage = {0};
    char status[TEXT_BYTES];
    if (!known || !known->is_process || known->ended)
        return -1;
    int tid = known->tid ? known->tid : known->pid;
    if (net_proc_read(known->pid, tid, "status", status, sizeof status) <= 0 ||
        !net_proc_number(status, "voluntary_ctxt_switches:", &usage.voluntary) ||
        !net_proc_number(status, "nonvoluntary_ctxt_switches:", &usage.forced))
        return -1;
    if (known->kind != NET_TASK_THREAD)
        read_memory(known->pid, status, &usage);
    *out = usage;
    return 0;
}
