// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/actor/usage.h"

#include "net/actor/actor_private.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES = 4096, KIB = 1024 };

static bool read_proc(const char *path, char *out, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, out, room - 1);
    if (fd >= 0)
        close(fd);
    out[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* The number behind a line's name, as in "VmPTE:\t      76 kB". */
static bool find_number(const char *text, const char *name, uint64_t *out)
{
    size_t n = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (strncmp(line, name, n) != 0)
            continue;
        *out = strtoull(line + n, NULL, 10);
        return true;
    }
    return false;
}

static void read_memory(int pid, const char *status, struct net_task_usage *out)
{
    char path[48], text[TEXT_BYTES];
    uint64_t private_kib = 0, tables_kib = 0;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    out->has_memory = read_proc(path, text, sizeof text) && find_number(text, "Private_Dirty:", &private_kib) &&
                      find_number(status, "VmPTE:", &tables_kib);
    if (!out->has_memory)
        return;
    out->private_bytes = private_kib * KIB;
    out->table_bytes = tables_kib * KIB;
}

int net_task_usage(struct net_actors *all, uint32_t task, struct net_task_usage *out)
{
    const struct net_watched_task *known = net_watched_by_id(all, task);
    struct net_task_usage usage = {0};
    char path[64], status[TEXT_BYTES];
    if (!known || !known->is_process || known->ended)
        return -1;
    snprintf(path, sizeof path, "/proc/%d/task/%d/status", known->pid, known->tid ? known->tid : known->pid);
    if (!read_proc(path, status, sizeof status) || !find_number(status, "voluntary_ctxt_switches:", &usage.voluntary) ||
        !find_number(status, "nonvoluntary_ctxt_switches:", &usage.forced))
        return -1;
    if (known->kind != NET_TASK_THREAD)
        read_memory(known->pid, status, &usage);
    *out = usage;
    return 0;
}
