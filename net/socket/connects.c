// SPDX-License-Identifier: GPL-3.0-or-later
// The tasks that are in connect(), and the port that each calls.
#include "net/socket/connects.h"

void net_connects_enter(struct net_connects *list, const struct net_event *ev)
{
    struct net_ip ip;
    if (list->count == NET_CONNECTS || !net_address_of(ev->data, ev->data_bytes, &ip, &list->port[list->count]))
        return;
    list->task[list->count++] = ev->task;
}

void net_connects_leave(struct net_connects *list, uint32_t task)
{
    for (size_t i = list->count; i-- > 0;) {
        if (list->task[i] != task)
            continue;
        list->task[i] = list->task[--list->count];
        list->port[i] = list->port[list->count];
    }
}
