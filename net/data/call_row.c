// SPDX-License-Identifier: GPL-3.0-or-later
// The table of calls, and what an event of one says in numbers.

#include "net/data/call.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

static const struct net_call_row rows[NET_CALL_COUNT] = {[NET_CALL_NONE] = {.name = "?", .args = ""},
#define ROW(id, name_, args_, flags_) [NET_CALL_##id] = {.name = name_, .args = args_, .flags = flags_},
                                                         NET_CALLS(ROW)
#undef ROW
};

const struct net_call_row *net_call_row(unsigned call)
{
    return &rows[call < NET_CALL_COUNT ? call : NET_CALL_NONE];
}

bool net_call_is(unsigned call, unsigned wanted)
{
    return net_call_row(call)->flags & wanted;
}

unsigned net_call_message_flags(const struct net_ev_call *call)
{
    const char *args = net_call_row(call->call)->args, *at = strchr(args, 'm');
    return at ? (unsigned)call->args[at - args] : 0;
}

static int letter_at(unsigned call, char letter)
{
    const char *args = net_call_row(call)->args, *at = strchr(args, letter);
    return at ? (int)(at - args) : -1;
}

unsigned net_call_moves(const struct net_ev_call *call)
{
    if (call->call == NET_CALL_SPLICE)
        return call->fd == (int)call->args[0] ? NET_READS : NET_WRITES;
    return net_call_row(call->call)->flags & (NET_READS | NET_WRITES);
}

int64_t net_call_size(const struct net_ev_call *call)
{
    int at = letter_at(call->call, 'z');
    return at < 0 ? -1 : call->args[at];
}

struct net_control net_control_of(const struct net_ev_call *call)
{
    struct net_control control = {0};
    if (letter_at(call->call, 'C') < 0)
        return control;
    control.kinds = (unsigned)call->args[3];
    control.time_ns = call->args[5];
    if (control.kinds & NET_CONTROL_ZEROCOPY) {
        control.first = (uint32_t)call->args[4];
        control.last = (uint32_t)((uint64_t)call->args[4] >> 32);
    } else {
        control.queue = call->args[4];
    }
    return control;
}

unsigned net_call_number(const char *name)
{
    for (unsigned call = NET_CALL_NONE + 1; call < NET_CALL_COUNT; call++)
        if (strcmp(rows[call].name, name) == 0)
            return call;
    return NET_CALL_NONE;
}

bool net_call_answers(unsigned call)
{
    return letter_at(call, 'P') == 0 || letter_at(call, 'T') >= 0;
}

bool net_poll_entry_at(const struct net_event *event, size_t i, struct net_poll_entry *out)
{
    unsigned call = event->u.call.call;
    struct pollfd one;
    struct epoll_event answer;
    if (event->kind == NET_EV_CALL_RETURN && letter_at(call, 'T') >= 0) {
        if ((i + 1) * sizeof answer > event->data_bytes)
            return false;
        memcpy(&answer, event->data + i * sizeof answer, sizeof answer);
        *out = (struct net_poll_entry){.fd = answer.data.u64 <= INT32_MAX ? (int)answer.data.u64 : -1,
                                       .answered = answer.events};
        return true;
    }
    if (letter_at(call, 'P') != 0 || (i + 1) * sizeof one > event->data_bytes)
        return false;
    memcpy(&one, event->data + i * sizeof one, sizeof one);
    *out = (struct net_poll_entry){
        .fd = one.fd, .asked = (unsigned short)one.events, .answered = (unsigned short)one.revents};
    return true;
}
