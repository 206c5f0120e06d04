// SPDX-License-Identifier: GPL-3.0-or-later
// The tasks that are in connect(), and the port that each calls.
#include "net/socket/connects.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

void net_connects_enter(struct net_connects *list, const struct net_event *ev)
{
    struct sockaddr_in to;
    if (ev->data_bytes < sizeof to || list->count == NET_CONNECTS)
        return;
    memcpy(&to, ev->data, sizeof to);
    if (to.sin_family != AF_INET)
        return;
    list->task[list->count] = ev->task;
    list->port[list->count++] = ntohs(to.sin_port);
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
