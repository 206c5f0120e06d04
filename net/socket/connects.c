// SPDX-License-Identifier: GPL-3.0-or-later
// The tasks that are in connect(), and the port that each calls.
#include "net/socket/connects.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

bool net_connect_address(const struct net_event *ev, uint32_t *ip, uint16_t *port)
{
    struct sockaddr_in to;
    if (ev->data_bytes < sizeof to)
        return false;
    memcpy(&to, ev->data, sizeof to);
    *ip = ntohl(to.sin_addr.s_addr);
    *port = ntohs(to.sin_port);
    return to.sin_family == AF_INET;
}

void net_connects_enter(struct net_connects *list, const struct net_event *ev)
{
    uint32_t ip;
    if (list->count == NET_CONNECTS || !net_connect_address(ev, &ip, &list->port[list->count]))
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
