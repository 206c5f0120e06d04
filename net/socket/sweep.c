// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/socket/sweep.h"

#include "net/socket/diag.h"

#include <stdlib.h>

enum { ROUNDS = 3 };

struct leftovers {
    struct net_ev_sample *all;
    size_t count, room;
};

static void collect(void *user, const struct net_ev_sample *s)
{
    struct leftovers *left = user;
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

static void collect_unowned(void *user, const struct net_ev_sample *s)
{
    if (s->inode == 0 && s->state != NET_STATE_LISTEN)
        collect(user, s);
}

/* One round may not be enough: a socket whose end was destroyed can turn up in another form. */
static void sweep(const struct net_hosts *hosts, unsigned first, unsigned last, net_sample_fn *which)
{
    struct leftovers left = {0};
    for (int round = 0; round < ROUNDS; round++) {
        left.count = 0;
        for (unsigned host = first; host <= last; host++)
            net_diag_dump(hosts->host[host].diag_fd, host, 0, which, &left, NULL);
        if (left.count == 0)
            break;
        for (size_t i = 0; i < left.count; i++)
            net_diag_destroy(hosts->host[left.all[i].host].diag_fd, &left.all[i], NULL);
    }
    free(left.all);
}

void net_sweep(const struct net_hosts *hosts)
{
    sweep(hosts, 0, NET_HOSTS - 1, collect_unowned);
}

void net_sweep_host(const struct net_hosts *hosts, enum net_host host)
{
    sweep(hosts, host, host, collect);
}
