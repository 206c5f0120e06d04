// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/socket/sweep.h"

#include "net/socket/diag.h"

#include <stdlib.h>

enum { ROUNDS = 3 };

struct leftovers {
    struct net_ev_sample *all;
    size_t count, room;
};

static void collect_unowned(void *user, const struct net_ev_sample *s)
{
    struct leftovers *left = user;
    if (s->inode != 0 || s->state == NET_STATE_LISTEN)
        return;
    if (left->count == left->room) {
        size_t room = left->room ? 2 * left->room : 64;
        struct net_ev_sample *all = realloc(left->all, room * sizeof *all);
        if (!all)
            return;
        left->all = all;
        left->room = room;
    }
    left->all[left->count++] = *s;
}

/* One round may not be enough: a socket whose end was destroyed can turn up in another form. */
void net_sweep(const struct net_hosts *hosts)
{
    struct leftovers left = {0};
    for (int round = 0; round < ROUNDS; round++) {
        left.count = 0;
        for (unsigned host = 0; host < NET_HOSTS; host++)
            net_diag_dump(hosts->host[host].diag_fd, host, 0, collect_unowned, &left, NULL);
        if (left.count == 0)
            break;
        for (size_t i = 0; i < left.count; i++)
            net_diag_destroy(hosts->host[left.all[i].host].diag_fd, &left.all[i], NULL);
    }
    free(left.all);
}
