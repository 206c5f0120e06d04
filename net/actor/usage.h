// SPDX-License-Identifier: GPL-3.0-or-later
// What the kernel has counted for a task that lives in a process of its own.
#ifndef NET_ACTOR_USAGE_H
#define NET_ACTOR_USAGE_H

#include "net/actor/actor.h"

/*
 * Memory is what the process has for itself: pages that it wrote and shares with nobody. What it only reads of its
 * program and of libraries it shares with every other process of them, and a forked child what it has not changed since
 * with its parent: that is not counted. The tables are what the kernel needs to know where all of its pages are: each
 * process has tables of its own, threads share those of their process. Not counted, because the kernel tells it of no
 * single process: stacks in the kernel (16 KiB for each task on x86-64), sockets and their queues.
 */
struct net_task_usage {
    uint64_t voluntary, forced; /* context switches of this task alone: it had to wait; its time was up */
    /* Of its whole process; zero, and has_memory false, for a thread that is not its process's first one. */
    bool has_memory; /* false too where the kernel does not tell (no smaps_rollup) */
    uint64_t private_bytes, table_bytes;
};

/*
 * Ask /proc for them, now.
 *
 *   out      caller's; all fields set on 0, untouched on -1.
 *   errors   -1: no such task, one that is a thread of the lab (its numbers would be the lab's), or gone.
 *   cost     about 20 us, with memory 0.2 ms: the kernel walks through all pages of the process.
 *   thread   main. Disturbs no call.
 *   source   proc(5): /proc/PID/task/TID/status, /proc/PID/smaps_rollup.
 */
int net_task_usage(struct net_actors *, uint32_t task, struct net_task_usage *out);

#endif
