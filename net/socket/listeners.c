// SPDX-License-Identifier: GPL-3.0-or-later
// The sockets that listen, by port.
#include "net/socket/listeners.h"

#include "net/socket/diag_ask.h"

void net_listeners_forget(struct net_listeners *list, unsigned host, uint64_t cookie)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->all[i].host == host && list->all[i].cookie == cookie)
            list->all[i] = list->all[--list->count];
}

void net_listeners_note(struct net_listeners *list, const struct net_ev_sample *s)
{
    net_listeners_forget(list, s->host, s->cookie);
    if (s->state == NET_STATE_LISTEN && list->count < NET_LISTENERS)
        list->all[list->count++] = (struct net_listener){s->cookie, s->host, s->local_port};
}

const struct net_listener *net_listeners_at(const struct net_listeners *list, uint16_t port)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->all[i].port == port)
            return &list->all[i];
    return NULL;
}

struct wanted {
    uint64_t cookie;
    struct net_ev_sample *out;
    bool found;
};

static void take_wanted(void *user, const struct net_ev_sample *sample)
{
    struct wanted *wanted = user;
    if (sample->cookie != wanted->cookie)
        return;
    *wanted->out = *sample;
    wanted->found = true;
}

bool net_listener_find(int fd, const struct net_ev_sample *before, struct net_ev_sample *out)
{
    const struct net_tuple tuple = {.local_ip = before->local_ip, .local_port = before->local_port};
    struct wanted wanted = {before->cookie, out, false};
    struct net_diag_answer answer;
    if (net_diag_ask(fd, before->host, &tuple, &answer) > 0)
        take_wanted(&wanted, &answer.sample);
    if (!wanted.found)
        net_diag_dump(fd, before->host, before->local_port, take_wanted, &wanted, NULL);
    return wanted.found;
}
